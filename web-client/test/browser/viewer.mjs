// A viewer, who may only read, next to an editor.
// Argument: --viewer LINK, a link whose token has only the scope `read`.

import { parseArgs } from 'node:util';
import { caretAfter, check, eventually, expect, line, openFile, openWindow, run, screenshot, squeezed, status, text } from './harness.mjs';

const { values } = parseArgs({ options: { viewer: { type: 'string' } } });

await run(async (browser) => {
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  const [viewer, editor] = await Promise.all([openWindow(browser, phone, values.viewer), openWindow(browser)]);
  await openFile(viewer.page, 'README.md');
  await openFile(editor.page, 'README.md');

  await check('typing changes nothing, and a sentence says why', async () => {
    await eventually('the status bar says so', async () => (await status(viewer.page, 'edits')) === 'Read only');
    const before = await text(viewer.page);
    await line(viewer.page, 'A small').tap();
    await viewer.page.keyboard.type('not allowed');
    await eventually('it says why', async () => /may read this file/.test(await viewer.page.locator('.monaco-editor-overlaymessage').textContent()));
    await screenshot(viewer.page, 'viewer-360');
    expect((await text(viewer.page)) === before, 'the text changed');
  });
  await check('no action that changes files or workspaces is offered', async () => {
    const offered = async (words) => {
      await viewer.page.keyboard.press('F1');
      await viewer.page.locator('.quick-input-widget:visible input[type=text]').fill(`>${words}`);
      await viewer.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
      const rows = await viewer.page.locator('.quick-input-list .monaco-list-row').allTextContents();
      await viewer.page.keyboard.press('Escape');
      return rows.join();
    };
    const commands = await offered('Q-IDE:');
    expect(/Switch Workspace/.test(commands) && !/New Workspace|Delete This|Trust|Merge a Zip/.test(commands), commands);
  });
  await check('others’ edits and carets are visible', async () => {
    await caretAfter(editor.page, 'A small workspace');
    await editor.page.keyboard.type(' to watch');
    await eventually('the text flows', async () => squeezed(await text(viewer.page)).includes('towatch'));
    await eventually('the caret is there', () => viewer.page.locator('.person-caret').count());
  });
  await check('the pages log no errors', () => {
    const errors = [...viewer.errors, ...editor.errors];
    expect(errors.length === 0, errors.join(' | '));
  });
});

// A viewer, who may only read, next to an editor.
// Argument: --viewer LINK, a link whose token has only the scope `read`.

import { parseArgs } from 'node:util';
import { caretAfter, check, eventually, expect, openFile, openWindow, run, screenshot, squeezed, status, text } from './harness.mjs';

const { values } = parseArgs({ options: { viewer: { type: 'string' } } });

await run(async (browser) => {
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  const [viewer, editor] = await Promise.all([openWindow(browser, phone, values.viewer), openWindow(browser)]);
  await viewer.page.locator('#menu').tap();
  await openFile(viewer.page, 'README.md');
  await openFile(editor.page, 'README.md');

  await check('the page tells a viewer in a sentence that they may not change the file', async () => {
    await eventually('it says so', async () => /may read this file/.test((await viewer.page.locator('.banner:visible').textContent()) ?? ''));
    expect((await status(viewer.page, 'edits')) === 'Read only', await status(viewer.page, 'edits'));
    await screenshot(viewer.page, 'viewer-360');
  });
  await check('typing changes nothing', async () => {
    const before = await text(viewer.page);
    await viewer.page.locator('.view-line').first().tap();
    await viewer.page.keyboard.type('not allowed');
    expect((await text(viewer.page)) === before, 'the text changed');
  });
  await check('no action that changes files or workspaces is offered', async () => {
    const items = async () => (await viewer.page.getByRole('menuitem').allTextContents()).join();
    await viewer.page.locator('#menu').tap();
    await viewer.page.locator('#file-menu').tap();
    expect((await items()) === 'Download all as zip,Refresh the list', await items());
    await viewer.page.keyboard.press('Escape');
    await viewer.page.locator('#workspaces').tap();
    expect((await items()) === '', await items());
    await viewer.page.keyboard.press('Escape');
    expect((await viewer.page.locator('#new-file').count()) === 0, 'a new file is offered');
    await viewer.page.locator('.shade').tap({ position: { x: 350, y: 400 } });
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

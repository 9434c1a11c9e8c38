// One person with a real language server: errors are underlined, members completed, definitions opened, ghost text
// accepted.
// Arguments: --ghost TEXT, the scripted model's answer (without it ghost text is not checked).

import { parseArgs } from 'node:util';
import { caretAfter, check, eventually, expect, openFile, openWindow, run, saved, screenshot, status, text } from './harness.mjs';

const { values } = parseArgs({ options: { ghost: { type: 'string' } } });

await run(async (browser) => {
  const { page, errors } = await openWindow(browser);

  await check('the token is removed from the address', () => expect(!page.url().includes('token'), page.url()));

  await openFile(page, 'src/Main.py');
  await check('a planted error is underlined in a file with a capital in its name', async () => {
    await eventually('the error is underlined', () => page.locator('.squiggly-error').count());
    await eventually('the status bar counts it', async () => /1 error/.test(await page.locator('.problems').textContent()));
  });

  await check('hovering shows the type', async () => {
    await page.locator('.view-line', { hasText: 'circle = Circle' }).locator('span span').first().hover({ position: { x: 10, y: 8 } });
    await eventually('the hover shows Circle', async () =>
      /Circle/.test((await page.locator('.monaco-hover:visible').first().textContent()) ?? ''),
    );
    await page.mouse.move(700, 750);
  });

  await check('a member is completed', async () => {
    await caretAfter(page, 'print(');
    await page.keyboard.press('Enter');
    await page.keyboard.type('circle.ar', { delay: 40 });
    await eventually('the list offers area', () =>
      page.locator('.suggest-widget.visible .monaco-list-row[aria-label^="area"]').count(),
    );
    await screenshot(page, 'completion-1280');
    await page.keyboard.press('Enter');
    await eventually('area is inserted once', async () => /circle\.area(\n|$)/.test(await text(page)));
    await saved(page);
  });

  await check('a definition in a file that is not open is opened', async () => {
    const name = page.locator('.view-line', { hasText: 'print(area_of_all' }).locator('span', { hasText: 'area_of_all' }).last();
    await name.click();
    await page.keyboard.press('F12');
    await eventually('the other file is shown', () => page.locator('.tab.shown[data-path="src/shapes.py"]').count());
    await eventually('the caret is at the definition', async () => /Line 14, /.test(await page.locator('.place').textContent()));
  });

  await check('a definition in a library is shown read-only, and closes', async () => {
    await openFile(page, 'src/Main.py');
    await caretAfter(page, 'os.sep');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('F12');
    const tab = page.locator('.tab.shown[data-path^="qide-external:"]');
    await tab.waitFor();
    const name = /\w+\.pyi?/.exec(await tab.textContent())?.[0];
    await eventually('the caret is at the definition', async () => /Line \d\d+, column \d+ · python/.test(await page.locator('.place').textContent()));
    await eventually('the caret is seen', async () => {
      const [caret, editor] = [await page.locator('.cursors-layer .cursor').first().boundingBox(), await page.locator('#editor').boundingBox()];
      return caret.y > editor.y && caret.y + caret.height < editor.y + editor.height;
    });
    expect(/shown read-only/.test(await page.locator('.banner:visible').textContent()), 'no label');
    expect((await status(page, 'edits')) === 'Read only', await status(page, 'edits'));
    await page.keyboard.type('qzx');
    expect(!(await text(page)).includes('qzx'), 'it was changed');
    await screenshot(page, 'library-1280-light');
    await tab.getByRole('button', { name: `Close ${name}` }).click();
    await eventually('it is closed', async () => !(await tab.count()));
  });

  if (values.ghost !== undefined) {
    await check('ghost text is shown and accepted with Tab', async () => {
      await openFile(page, 'src/shapes.py');
      await caretAfter(page, 'return sum');
      await page.keyboard.press('Enter');
      await page.keyboard.type('# ');
      await eventually('the ghost text is shown', () => page.locator('.ghost-text-decoration, .ghost-text').count());
      await page.keyboard.press('Tab');
      await eventually('the ghost text is in the file', async () => (await text(page)).includes(values.ghost));
      await saved(page);
    });
  }

  await check('saving by key reports when everything is saved', async () => {
    await page.keyboard.press('Control+s');
    await eventually('the status bar says so', async () => /is saved/.test(await status(page, 'sentence')));
  });

  await check('the page logs no errors', () => expect(errors.length === 0, errors.join(' | ')));
});

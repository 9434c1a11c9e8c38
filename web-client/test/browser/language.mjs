// One person with a real language server: errors are underlined, members completed, definitions opened, ghost text
// accepted, a failing model reported.
// Arguments: --ghost TEXT, the scripted model's answer (without it ghost text is not checked).

import { parseArgs } from 'node:util';
import { activeTab, askStarter, caret, caretAfter, check, editorOf, eventually, expect, line, notifications, openFile, openWindow, run, saved, screenshot, text } from './harness.mjs';

const { values } = parseArgs({ options: { ghost: { type: 'string' } } });

await run(async (browser) => {
  const { page, errors } = await openWindow(browser);

  await check('the token is removed from the address', () => expect(!page.url().includes('token'), page.url()));

  await openFile(page, 'src/Main.py');
  await check('a planted error is underlined in a file with a capital in its name', async () => {
    await eventually('the error is underlined', () => page.locator('.squiggly-error').count());
    await eventually('the status bar counts it', () => page.locator('.statusbar-item [aria-label*="Errors: 1"], .statusbar-item[aria-label*="Errors: 1"]').count());
  });

  await check('hovering shows the type', async () => {
    await line(page, 'circle = Circle').locator('span span').first().hover({ position: { x: 10, y: 8 } });
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
    const name = line(page, 'print(area_of_all').locator('span', { hasText: 'area_of_all' }).last();
    await name.click();
    await page.keyboard.press('F12');
    await eventually('the other file is shown', () => editorOf(page, 'src/shapes.py').count());
    await eventually('the caret is at the definition', async () => /Ln 14, /.test(await caret(page)));
  });

  await check('a definition in a library is shown read-only, and closes', async () => {
    await openFile(page, 'src/Main.py');
    await caretAfter(page, 'os.sep');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('F12');
    const shown = page.locator('.editor-group-container.active .editor-instance .monaco-editor[data-uri^="qide-external:"]');
    await shown.waitFor();
    await eventually('the caret is at the definition', async () => /Ln \d\d+, /.test(await caret(page)) && /Python/.test(await page.locator('.statusbar').textContent()));
    await eventually('the caret is seen', async () => {
      const [seen, editor] = [await shown.locator('.cursors-layer .cursor').first().boundingBox(), await shown.boundingBox()];
      return seen.y > editor.y && seen.y + seen.height < editor.y + editor.height;
    });
    const before = await text(page);
    await page.keyboard.type('qzx');
    expect((await text(page)) === before, 'it was changed');
    await screenshot(page, 'library-1280-light');
    await page.keyboard.press('Escape');
    await activeTab(page).locator('.codicon-close').click();
    await eventually('it is closed', async () => !(await shown.count()));
  });

  if (values.ghost !== undefined) {
    await check('a model that fails is reported once, in a sentence', async () => {
      await askStarter('model-fails', 'failing');
      await openFile(page, 'src/shapes.py');
      await caretAfter(page, 'return sum');
      await page.keyboard.press('Enter');
      await page.keyboard.type('# many keys, each a request', { delay: 60 });
      await eventually('it is reported', async () => (await notifications(page)).some((sentence) => sentence.includes('There is no ghost text.')));
      await page.keyboard.type(' and more', { delay: 60 });
      await askStarter('model-was-asked-again', 'asked');
      const shown = (await notifications(page)).filter((sentence) => /ghost text|failed|object/.test(sentence));
      expect(shown.length === 1 && shown[0].includes('The model’s provider refused the request (status 503).'), shown.join(' | '));
      await askStarter('model-works', 'working');
      await page.keyboard.press('Shift+Home');
      await page.keyboard.press('Delete');
      await page.keyboard.press('Backspace');
      await saved(page);
    });

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

  await check('saving by key waits for the acknowledgement, and no tab is ever dirty', async () => {
    await page.keyboard.press('Control+s');
    await saved(page);
    expect((await page.locator('.tab.dirty').count()) === 0, 'a tab is dirty');
  });

  await check('the page logs no errors', () => expect(errors.length === 0, errors.join(' | ')));
});

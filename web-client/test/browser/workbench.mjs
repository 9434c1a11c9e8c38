// What a person knows from VS Code's workbench: settings and keys that are there in another browser, back and forward, breadcrumbs,
// high contrast, the preview of a rename, a file dragged into a folder, encodings and line ends; what only the drawing shows of
// language servers: inlay hints, colours, linked editing, the hierarchy of calls; a changed name.
//
// Arguments: --folder PATH, the workspace on disk; --person LINK of another editor.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { answer, caret, caretAfter, check, command, editorOf, eventually, expect, explorerRow, line, notifications, openFile, openWindow, pick, run, saved, screenshot, text } from './harness.mjs';

const { values } = parseArgs({ options: { folder: { type: 'string' }, person: { type: 'string' } } });
const onDisk = (path) => readFileSync(join(values.folder, path), 'utf8');
const FILES = {
  '.vscode/settings.json': '{ "typescript.inlayHints.includeInlayParameterNameHints": "all", "editor.linkedEditing": true }\n',
  'tsconfig.json': '{ "compilerOptions": { "strict": true, "module": "commonjs" } }\n',
  'app/sum.ts': 'export function sum(left: number, right: number) {\n  return left + right;\n}\n',
  'app/use.ts': 'import { sum } from "./sum";\nexport function four() {\n  return sum(1, 3);\n}\n',
  'app/pale.css': 'a { color: #ff0000; }\n',
  'app/page.html': '<p>text</p>\n',
  'box/keep.txt': 'kept\n',
  'box/large.txt': 'a large file\n'.repeat(500_000),
  'drag.txt': 'dragged\n',
  'windows.txt': 'one\r\ntwo\r\n',
  'latin.txt': Buffer.from('caf\xe9\n', 'latin1'),
};
for (const [path, content] of Object.entries(FILES)) {
  mkdirSync(dirname(join(values.folder, path)), { recursive: true });
  writeFileSync(join(values.folder, path), content);
}

await run(async (browser) => {
  const windows = [await openWindow(browser)];
  const [{ page }] = windows;
  const word = (where, which) => line(page, where).locator('span span', { hasText: which }).last();
  const fontSize = (on) => on.locator('.editor-instance .view-lines').first().evaluate((one) => getComputedStyle(one).fontSize);
  const replaceAll = async (content) => {
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(content);
    // The bracket that the editor has closed by itself.
    await page.keyboard.press('Control+Shift+End');
    await page.keyboard.press('Delete');
  };
  const stored = (name, content) =>
    page.waitForResponse((response) => response.url().endsWith(`/settings/${name}`) && response.request().postData() === content);
  /** Replaces the text of one of the person's files of settings. */
  const write = async (title, name, content) => {
    await command(page, title);
    await editorOf(page, name).waitFor();
    await editorOf(page, name).locator('.view-line').first().click();
    // The workbench saves by itself after a second, which can be before the key.
    const answer = stored(name, content);
    await replaceAll(content);
    await page.keyboard.press('Control+s');
    expect((await answer).ok(), `the server answers ${(await answer).status()}`);
    // The editor of settings is a dialog, in which other commands have no keys.
    await page.keyboard.press('Escape');
    await page.locator('.monaco-modal-editor-block').waitFor({ state: 'detached' });
  };

  await check('settings and keys are there in another browser', async () => {
    await write('Preferences: Open User Settings (JSON)', 'settings.json', '{ "editor.fontSize": 21 }');
    await write('Preferences: Open Keyboard Shortcuts (JSON)', 'keybindings.json', '[{ "key": "ctrl+alt+j", "command": "editor.action.copyLinesDownAction" }]');
    const other = await openWindow(browser);
    windows.push(other);
    await openFile(other.page, 'box/keep.txt');
    await eventually('the font is as large', async () => (await fontSize(other.page)) === '21px');
    await caretAfter(other.page, 'kept');
    await eventually('the key copies the line', async () => {
      await other.page.keyboard.press('Control+Alt+j');
      return /^kept\nkept/.test(await text(other.page));
    });
    await saved(other.page);
    await write('Preferences: Open User Settings (JSON)', 'settings.json', '{}');
    await eventually('another browser follows a change', async () => (await fontSize(other.page)) !== '21px');
  });
  await check('a change during a slow save is stored after it, without a question', async () => {
    const address = '**/settings/settings.json';
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    let requests = 0;
    await page.route(address, async (route) => {
      requests += 1;
      if (requests === 1) await held;
      await route.continue();
    });
    const first = write('Preferences: Open User Settings (JSON)', 'settings.json', '{ "editor.fontSize": 18 }');
    await eventually('the first request is on its way', () => requests === 1);
    const second = stored('settings.json', '{}');
    await replaceAll('{}');
    await page.keyboard.press('Control+s');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    release();
    await first;
    expect((await second).ok(), 'the second change is stored under the version of the first one');
    await page.unroute(address);
  });
  await check('back and forward lead to the places of before', async () => {
    await openFile(page, 'app/use.ts');
    await caretAfter(page, 'return sum');
    await openFile(page, 'app/sum.ts');
    await page.keyboard.press('Control+Alt+Minus');
    await editorOf(page, 'app/use.ts').waitFor();
    await eventually('the caret is where it was', async () => /^Ln 3,/.test(await caret(page)));
    await page.keyboard.press('Control+Shift+Minus');
    await editorOf(page, 'app/sum.ts').waitFor();
  });
  await check('breadcrumbs show the folder, the file and the symbol, and lead to others', async () => {
    await openFile(page, 'app/use.ts');
    await caretAfter(page, 'return sum');
    const crumbs = page.locator('.breadcrumbs-control .monaco-breadcrumb-item');
    await eventually('all three are shown', async () => {
      const words = await crumbs.allTextContents();
      if (['app', 'use.ts', 'four'].every((one) => words.some((each) => each.includes(one)))) return true;
      throw new Error(words.join());
    });
    await crumbs.filter({ hasText: 'use.ts' }).first().click();
    await page.locator('.monaco-breadcrumbs-picker .monaco-list-row', { hasText: 'sum.ts' }).first().click();
    await editorOf(page, 'app/sum.ts').waitFor();
  });
  await check('inlay hints are drawn', async () => {
    await openFile(page, 'app/use.ts');
    await eventually('the name of a parameter is shown', async () => /left:/.test(await line(page, 'return').textContent()));
  });
  await check('the hierarchy of calls leads to a caller in another file', async () => {
    await openFile(page, 'app/sum.ts');
    await word('function', 'sum').click();
    await page.keyboard.press('Shift+Alt+h');
    const caller = page.locator('.peekview-widget .monaco-list-row', { hasText: 'four' }).first();
    await caller.waitFor();
    await page.keyboard.press('Escape');
    await caller.waitFor({ state: 'detached' });
  });
  await check('a rename is previewed in both files before it is applied, and meanwhile any file can be opened', async () => {
    await openFile(page, 'app/sum.ts');
    await word('function', 'sum').click();
    await page.keyboard.press('F2');
    const field = page.locator('.rename-box input:visible');
    await field.waitFor();
    await field.fill('total');
    await page.keyboard.press('Control+Enter');
    const preview = page.locator('.bulk-edit-panel');
    for (const name of ['sum.ts', 'use.ts']) await preview.locator('.monaco-list-row', { hasText: name }).first().waitFor();
    expect(!onDisk('app/use.ts').includes('total'), 'it is applied unasked');
    await openFile(page, 'box/large.txt');
    expect((await text(page)).includes('a large file'), 'no text');
    await command(page, 'View: Close Editor');
    await preview.getByRole('button', { name: 'Apply' }).click();
    await eventually('both files are changed on disk', () => ['app/sum.ts', 'app/use.ts'].every((path) => onDisk(path).includes('total(')));
  });
  await check('a colour has a swatch', async () => {
    await openFile(page, 'app/pale.css');
    await editorOf(page, 'app/pale.css').locator('.colorpicker-color-decoration').first().waitFor();
  });
  await check('the closing tag follows the opening one', async () => {
    await openFile(page, 'app/page.html');
    const before = onDisk('app/page.html');
    const failed = async (error) => {
      throw new Error(`the caret at ${await caret(page)} of ${JSON.stringify(await text(page))}: ${error.message}`);
    };
    await eventually('both have the new name', async () => {
      // What was open before may take the focus once more.
      await line(page, 'text').locator('span span', { hasText: 'p' }).first().click({ timeout: 5_000 });
      if ((await text(page)).trimEnd() !== before.trimEnd()) await replaceAll(before);
      // The editor does not ask again at the place of its last question, so another attempt begins with a caret that rests elsewhere.
      await page.keyboard.press('Control+End');
      await page.waitForTimeout(500);
      await page.keyboard.press('Control+Home');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      // The editor asks the server for the linked ranges when the caret arrives.
      await page.locator('.editor-instance .linked-editing-decoration').first().waitFor({ timeout: 5_000 }).catch(failed);
      await page.keyboard.type('re');
      return eventually('it is on disk', () => onDisk('app/page.html') === '<pre>text</pre>\n', 15_000).catch(failed);
    });
  });
  await check('a file that is dragged to a folder is in it, on disk', async () => {
    await command(page, 'Focus on Files Explorer');
    await explorerRow(page, 'drag.txt').dragTo(explorerRow(page, 'box'));
    await eventually('it is moved', async () => {
      const move = page.locator('.monaco-dialog-box').getByRole('button', { name: 'Move' });
      if (await move.count()) await move.click();
      return existsSync(join(values.folder, 'box/drag.txt')) && !existsSync(join(values.folder, 'drag.txt'));
    });
  });
  await check('the encoding and the line ends on disk are shown, and a change of the encoding is said', async () => {
    const shows = (words) => eventually(`the status bar has ${words}`, async () => (await page.locator('[id="qide.page.format"]').textContent())?.trim() === words);
    await openFile(page, 'windows.txt');
    await shows('UTF-8 CRLF');
    expect((await page.locator('[id="status.editor.eol"]:visible').count()) === 0, 'the line ends of the shared text are shown too');
    await openFile(page, 'latin.txt');
    await shows('ISO 8859-1 LF');
    await caretAfter(page, 'café');
    await page.keyboard.type('!');
    await saved(page);
    await page.keyboard.insertText('€');
    await shows('UTF-8 LF');
    await eventually('a sentence says so', async () => (await notifications(page)).some((one) => /latin\.txt is stored as UTF-8 now: ISO 8859-1 lacks a character/.test(one)));
    expect(onDisk('latin.txt') === 'café!€\n', onDisk('latin.txt'));
  });
  await check('a person changes their name, which others see', async () => {
    const guest = await openWindow(browser, {}, values.person);
    windows.push(guest);
    await openFile(page, 'box/keep.txt');
    await openFile(guest.page, 'box/keep.txt');
    await command(guest.page, 'Change Your Name…');
    await answer(guest.page, 'Zoë');
    await command(page, 'Focus on Members View');
    await page.locator('.monaco-list-row[aria-label^="Zoë"]').first().waitFor();
  });
  await check('high contrast is chosen', async () => {
    await command(page, 'Preferences: Color Theme');
    await page.locator('.quick-input-widget:visible input[type=text]').fill('Dark High Contrast');
    await pick(page, 'Dark High Contrast');
    await page.locator('.monaco-workbench.hc-black').waitFor();
    await screenshot(page, 'contrast-1280');
  });
  await check('the pages log no errors', () => {
    const all = windows.flatMap((one) => one.errors);
    expect(all.length === 0, all.join(' | '));
  });
});

// What people do every day: language ids of `.tsx` and JSON with comments, a rename over files that are not open and its
// undo, quick fixes, a peek that nobody notices, formatting; an input method while somebody
// else types, or in an editor that is not drawn, and keys typed while somebody else moves the file.
//
// Argument: --folder PATH, the workspace on disk.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { act, caretAfter, check, command, editorOf, eventually, expect, line, openFile, openWindow, run, saved, send, text } from './harness.mjs';

const { values } = parseArgs({ options: { folder: { type: 'string' } } });
const onDisk = (path) => readFileSync(join(values.folder, path), 'utf8');
const FILES = {
  '.editorconfig': 'root = true\n[*]\nindent_style = space\nindent_size = 2\n',
  'tsconfig.json': '{\n  // made by tsc --init\n  "compilerOptions": { "strict": true, "jsx": "preserve", "module": "commonjs" /* strict */ }\n}\n',
  'x.jsonc': '{\n  // a comment\n  "a": 1\n}\n',
  'a.json': '{"a":1}\n',
  'App.tsx':
    'declare global { namespace JSX { interface IntrinsicElements { div: { id?: string } } interface Element {} } }\nexport function App(p: { name: string }) {\n  return <div id="a">{p.name}</div>;\n}\n',
  'Wrong.tsx': 'export function Wrong() {\n  return missing;\n}\n',
  'lib/calc.ts': 'export function total(a: number) { return a; }\n',
  'lib/use.ts': 'import { total } from "./calc";\nconsole.log(total(1));\n',
  'lib/other.ts': 'console.log(total(2));\n',
  'composed.txt': 'first line\nsecond line\nthird\n',
  'composing.txt': 'first\nlast\n',
  'endless.txt': 'first\nlast\n',
  'moving.txt': 'start\n',
  'undrawn.txt': 'first\nlast\n',
  'fresh.md': '# Shapes\n',
};
for (const [path, content] of Object.entries(FILES)) {
  mkdirSync(dirname(join(values.folder, path)), { recursive: true });
  writeFileSync(join(values.folder, path), content);
}

await run(async (browser) => {
  const [{ page, errors }, other] = await Promise.all([openWindow(browser), openWindow(browser)]);
  const devtools = await page.context().newCDPSession(page);
  const compose = (words) => devtools.send('Input.imeSetComposition', { text: words, selectionStart: words.length, selectionEnd: words.length });
  const move = async (from, to) => {
    const { status } = await send(other.page, `api/workspaces/demo/files/${from}?move=${to}`, { method: 'POST' });
    expect(status === 204, String(status));
    await editorOf(other.page, to).waitFor();
  };
  const bothShow = (path, words) =>
    eventually('both windows and the file have everything', async () => {
      const texts = [await text(page), await text(other.page), onDisk(path)];
      if (texts.every((one) => one === words)) return true;
      throw new Error(JSON.stringify(texts));
    });
  const problems = (on = page) => on.locator('.editor-group-container.active .editor-instance .squiggly-error').count();

  await check('a correct .tsx file and JSON with comments have no problems', async () => {
    await openFile(page, 'Wrong.tsx');
    await eventually('a wrong one has', () => problems());
    await openFile(page, 'App.tsx');
    await eventually('it is TypeScript JSX', async () => /TypeScript JSX/.test(await page.locator('.statusbar').textContent()));
    await command(page, 'Focus on Problems View');
    const listed = async () => (await page.locator('.markers-panel .monaco-list-row').allTextContents()).join();
    await openFile(page, 'x.jsonc');
    await openFile(page, 'tsconfig.json');
    await eventually('only the wrong one is listed', async () => {
      if (/missing/.test(await listed()) && !/App\.tsx|jsonc|tsconfig/.test(await listed())) return true;
      throw new Error(await listed());
    });
  });
  await check('a rename changes files that nobody has open, and is undone in all of them', async () => {
    await openFile(page, 'lib/calc.ts');
    await line(page, 'total').locator('span span', { hasText: 'total' }).first().click();
    await eventually('the server knows the name', async () => {
      await page.keyboard.press('F2');
      await page.locator('.rename-box input:focus').waitFor({ timeout: 3_000 });
      return true;
    });
    await page.keyboard.press('Control+a');
    await page.keyboard.type('sumAll');
    await page.keyboard.press('Enter');
    await eventually('both files are changed on disk', () => ['lib/calc.ts', 'lib/use.ts'].every((path) => onDisk(path).includes('sumAll')));
    expect((await page.locator('.tab.dirty').count()) === 0, 'a tab is dirty');
    await page.keyboard.press('Control+z');
    await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Undo in 2 Files' }).click();
    await eventually('both are as before', () => ['lib/calc.ts', 'lib/use.ts'].every((path) => onDisk(path) === FILES[path]));
  });
  await check('a quick fix adds an import', async () => {
    await openFile(page, 'lib/other.ts');
    await eventually('the error is underlined', () => problems());
    await line(page, 'console').locator('span span', { hasText: 'total' }).last().click();
    await act(page, 'Add import from');
    await eventually('it is on disk', () => /import \{ total \} from ["']\.\/calc["']/.test(onDisk('lib/other.ts')));
  });
  await check('one letter at the top of a file that was just opened is undone, there and on disk', async () => {
    await openFile(page, 'fresh.md');
    await editorOf(page, 'fresh.md').locator('.view-line').first().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('q');
    await eventually('the letter is on disk', () => onDisk('fresh.md').startsWith('q#'));
    await page.keyboard.press('Control+z');
    await eventually('it is gone', async () => (await text(page)) === FILES['fresh.md'] && onDisk('fresh.md') === FILES['fresh.md']);
  });
  await check('a peek makes nobody present', async () => {
    await openFile(page, 'lib/use.ts');
    await line(page, 'console').locator('span span', { hasText: 'total' }).last().click();
    await command(other.page, 'Focus on Members View');
    await page.keyboard.press('Control+Shift+F12');
    await page.keyboard.press('Alt+F12');
    await page.locator('.peekview-widget .view-line', { hasText: 'total' }).first().waitFor();
    const rows = other.page.locator('.monaco-list-row[aria-label*="another window · lib/use.ts"]');
    await rows.first().waitFor();
    const seen = (await other.page.locator('.monaco-list-row[aria-label*="another window"]').allTextContents()).join();
    expect((seen.match(/lib\/use\.ts/g) ?? []).length === 1, seen);
    await page.keyboard.press('Escape');
  });
  await check('formatting follows .editorconfig and keeps the final line feed', async () => {
    await openFile(page, 'a.json');
    await line(page, '"a"').click();
    await command(page, 'Format Document');
    await eventually('it is formatted', () => onDisk('a.json') === '{\n  "a": 1\n}\n');
  });
  await check('what an input method composes and what somebody else types are both kept', async () => {
    for (const { page: one } of [{ page }, other]) await openFile(one, 'composed.txt');
    await caretAfter(page, 'second line');
    await compose('に');
    await caretAfter(other.page, 'second line');
    await other.page.keyboard.press('Home');
    await other.page.keyboard.type('SAME ');
    await saved(other.page);
    for (const words of ['にほ', 'にほん']) await compose(words);
    await devtools.send('Input.insertText', { text: '日本' });
    await eventually('both have both', async () => {
      const texts = [await text(page), await text(other.page)];
      if (texts.every((one) => one.split('\n')[1] === 'SAME second line日本')) return true;
      throw new Error(JSON.stringify(texts));
    });
  });
  await check('an editor follows two moves of its file when the composition in it has ended', async () => {
    for (const { page: one } of [{ page }, other]) await openFile(one, 'composing.txt');
    await caretAfter(page, 'first');
    await compose('に');
    await move('composing.txt', 'first-move.txt');
    await compose('にほ');
    await move('first-move.txt', 'second-move.txt');
    await caretAfter(other.page, 'last');
    await other.page.keyboard.type(' seen');
    await saved(other.page);
    await compose('にほん');
    expect((await editorOf(page, 'composing.txt').count()) === 1, 'the editor was replaced during the composition');
    await devtools.send('Input.insertText', { text: '日本' });
    await editorOf(page, 'second-move.txt').waitFor();
    await page.keyboard.type(' typed');
    await saved(page);
    await bothShow('second-move.txt', 'first日本 typed\nlast seen\n');
  });
  await check('a composition that does not end is ended when its file has been moved for ten seconds', async () => {
    for (const { page: one } of [{ page }, other]) await openFile(one, 'endless.txt');
    await caretAfter(page, 'first');
    await compose('にほん');
    await move('endless.txt', 'ended.txt');
    await editorOf(page, 'ended.txt').waitFor();
    await page.keyboard.type(' typed');
    await saved(page);
    await bothShow('ended.txt', 'firstにほん typed\nlast\n');
  });
  await check('an input method gets the place of its characters from an editor that is not drawn yet', async () => {
    await openFile(page, 'undrawn.txt');
    await caretAfter(page, 'last');
    const places = () => page.evaluate(() => document.activeElement.editContext.characterBounds().map(({ left, top }) => ({ left, top })));
    await page.evaluate(() => {
      const draw = globalThis.requestAnimationFrame;
      const held = [];
      globalThis.requestAnimationFrame = (callback) => held.push(callback);
      globalThis.drawAgain = () => {
        globalThis.requestAnimationFrame = draw;
        for (const callback of held) draw(callback);
      };
    });
    const { status } = await send(other.page, 'api/workspaces/demo/files/undrawn.txt?move=drawn.txt', { method: 'POST' });
    expect(status === 204, String(status));
    await eventually('the editor has the moved file', () => editorOf(page, 'drawn.txt').count());
    await compose('に');
    const undrawn = await places();
    await page.evaluate(() => {
      globalThis.drawAgain();
      return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    });
    await compose('に');
    const drawn = await places();
    expect(undrawn.length === 1 && JSON.stringify(undrawn) === JSON.stringify(drawn), JSON.stringify({ undrawn, drawn }));
    await devtools.send('Input.insertText', { text: '日' });
    await saved(page);
  });
  await check('keys typed while somebody else moves the file are all in the moved file', async () => {
    await openFile(page, 'moving.txt');
    await caretAfter(page, 'start');
    const words = [];
    let isMoved = false;
    // As fast as a person: Chromium prefers keys to everything else, so without a pause the page would receive no message.
    const typing = (async () => {
      for (let number = 0; !isMoved || number < 40; number += 1) {
        words.push(`<${number}>`);
        await page.keyboard.type(`<${number}>`, { delay: 80 });
      }
    })();
    await eventually('some are saved', () => onDisk('moving.txt').includes('<5>'));
    const { status } = await send(other.page, 'api/workspaces/demo/files/moving.txt?move=moved%2Fmoving.txt', { method: 'POST' });
    expect(status === 204, String(status));
    await editorOf(page, 'moved/moving.txt').waitFor();
    isMoved = true;
    await typing;
    await saved(page);
    await eventually('the moved file has every word', () => {
      const lost = words.filter((word) => !onDisk('moved/moving.txt').includes(word));
      if (lost.length === 0) return true;
      throw new Error(`${lost.join()} of ${words.length} are not in ${onDisk('moved/moving.txt')}`);
    });
    expect(!readdirSync(values.folder).some((name) => /conflict/.test(name)), 'there is a copy');
    return { words: words.length };
  });
  await check('the pages log no errors', () => {
    const all = [...errors, ...other.errors];
    expect(all.length === 0, all.join(' | '));
  });
});

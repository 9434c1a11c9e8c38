// What language servers leave to their editor: the commands that their actions and code lenses name, documents that they show, and
// the name of what a refactoring has extracted.
//
// Argument: --folder PATH, the workspace on disk.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { act, check, command, editorOf, eventually, expect, line, notifications, openFile, openWindow, run } from './harness.mjs';

const { values } = parseArgs({ options: { folder: { type: 'string' } } });
const onDisk = (path) => readFileSync(join(values.folder, path), 'utf8');
const FILES = {
  '.vscode/settings.json': '{ "typescript.referencesCodeLens.enabled": true, "typescript.implementationsCodeLens.enabled": true }\n',
  'tsconfig.json': '{ "compilerOptions": { "strict": true, "module": "commonjs" } }\n',
  'lens/shape.ts': 'export interface Shape {\n  area(): number;\n}\n',
  'lens/square.ts': 'import { Shape } from "./shape";\nexport class Square implements Shape {\n  area() { return 4; }\n}\n',
  'lens/extract.ts': 'export function twice(a: number) {\n  return a + a;\n}\n',
  'style.css': 'a { colr: red; }\n',
  'sorted.json': '{\n  "one": { "z": [3, 2], "b": "\u{1f600}" },\n  "a": 1\n}\n',
  'links.md': 'See [this](https://example.com/one).\n',
  'shape.schema.json': '{ "title": "A shape", "properties": { "sides": { "type": "number" } } }\n',
  'shape.yaml': '# yaml-language-server: $schema=shape.schema.json\nsides: 4\n',
};
for (const [path, content] of Object.entries(FILES)) {
  mkdirSync(dirname(join(values.folder, path)), { recursive: true });
  writeFileSync(join(values.folder, path), content);
}

await run(async (browser) => {
  const { page, errors } = await openWindow(browser);
  const nameBox = page.locator('.rename-box input:visible');
  /** Clicks a code lens until what it shows is there: a lens is drawn again when its text is known. */
  const clickLens = (words, shown) =>
    eventually(`the lens "${words}" shows`, async () => {
      await page.locator('.editor-instance .codelens-decoration a', { hasText: words }).first().click({ timeout: 3_000 });
      await shown.waitFor({ timeout: 5_000 });
      return true;
    });

  await check('actions whose commands the servers of CSS and Markdown leave to the editor are carried out', async () => {
    await openFile(page, 'style.css');
    await eventually('the warning is underlined', () => page.locator('.editor-instance .squiggly-warning').count());
    await line(page, 'colr').locator('span span', { hasText: 'colr' }).last().click();
    await act(page, 'color');
    await eventually('the style is on disk', () => onDisk('style.css') === 'a { color: red; }\n');
    await openFile(page, 'links.md');
    // The workbench drops a rename that it still prepares when the caret or the text changes: by the action itself, if that is slow.
    await eventually('the name of the definition is asked for', async () => {
      if (onDisk('links.md') !== FILES['links.md']) await page.keyboard.press('Control+z');
      await eventually('the link is as before', () => onDisk('links.md') === FILES['links.md'], 5_000);
      await line(page, 'See').locator('span span', { hasText: 'example.com' }).last().click();
      await act(page, 'Extract to link definition');
      await nameBox.waitFor({ timeout: 5_000 });
      return true;
    });
    await nameBox.fill('one');
    await page.keyboard.press('Enter');
    await eventually('the link is on disk', () => {
      if (/^See \[this\]\[one\]\.\n+\[one\]: https:\/\/example\.com\/one\n*$/.test(onDisk('links.md'))) return true;
      throw new Error(onDisk('links.md'));
    });
  });
  await check('JSON is sorted, by an action and by a command, is undone in one step, and keeps its last line feed', async () => {
    const sorted = '{\n  "a": 1,\n  "one": {\n    "b": "\u{1f600}",\n    "z": [\n      3,\n      2\n    ]\n  }\n}\n';
    const isOnDisk = (words) =>
      eventually(`the disk has ${words}`, () => {
        if (onDisk('sorted.json') === words) return true;
        throw new Error(JSON.stringify(onDisk('sorted.json')));
      });
    await openFile(page, 'sorted.json');
    await line(page, 'one').click();
    for (const way of [
      async () => {
        await command(page, 'Source Action...');
        await page.locator('.action-widget .monaco-list-row.action', { hasText: 'Sort JSON' }).first().waitFor();
        await page.keyboard.press('Enter');
      },
      () => command(page, 'JSON: Sort Document'),
    ]) {
      await way();
      await isOnDisk(sorted);
      await page.keyboard.press('Control+z');
      await isOnDisk(FILES['sorted.json']);
    }
  });
  await check('code lenses of TypeScript show references and implementations in other files', async () => {
    await openFile(page, 'lens/shape.ts');
    for (const [words, shown] of [['1 implementation', 'class Square implements Shape'], ['reference', 'import { Shape }']]) {
      const peeked = page.locator('.peekview-widget .monaco-list-row', { hasText: shown }).first();
      await clickLens(words, peeked);
      await page.keyboard.press('Escape');
      await peeked.waitFor({ state: 'detached' });
    }
  });
  await check('a code lens of a YAML file opens its schema', async () => {
    await openFile(page, 'shape.yaml');
    await clickLens('A shape', editorOf(page, 'shape.schema.json').first());
  });
  await check('the name of what a refactoring has extracted is asked for', async () => {
    await openFile(page, 'lens/extract.ts');
    await line(page, 'return').click();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    for (let letter = 0; letter < 'a + a'.length; letter += 1) await page.keyboard.press('Shift+ArrowLeft');
    await act(page, 'Extract to function in module scope');
    await nameBox.waitFor();
    await nameBox.fill('doubled');
    await page.keyboard.press('Enter');
    await eventually('the name is on disk, twice', () => {
      if (onDisk('lens/extract.ts').split('doubled(').length === 3) return true;
      throw new Error(onDisk('lens/extract.ts'));
    });
  });
  await check('nothing is reported, and the page logs no errors', async () => {
    const shown = await notifications(page);
    expect(shown.length === 0, shown.join(' | '));
    expect(errors.length === 0, errors.join(' | '));
  });
});

// A person in Theia with the extension of extensions/vscode, on a published TypeScript project as its workspace: opening a file in
// folders, a quick fix, a rename that changes closed files. Each is compared with the language server alone, on a copy of the project.
// Arguments: the link of the server's owner, the folder of its only workspace, the copy, and the packed extension.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { declarationOf, installOf } from '../../ops/parity/server.mjs';
import { positionAt } from '../../ops/parity/texts.mjs';
import { apply, different, result, sources, startAlone } from '../vscode/packaging/alone.mjs';
import { command, eventually, openFile, shown, withTheia } from './theia.mjs';

const [link, folder, copy, extension] = process.argv.slice(2);
const FILE = 'src/v4/core/checks.ts';
const SYMBOL = '$ZodCheck';
const RENAMED = '$ZodTest';
/** Files that a rename changes; fewer while the language server still reads the project. */
const FILES_WITH_SYMBOL = 6;
/** A line after the imports, with a mistake that the language server can mend. */
const MISTAKE = 'export const unused: boolean = util.nulish(1);';
const MISTAKE_LINE = 7;
/** The list of quick fixes is shown within this time. */
const LIST_MILLISECONDS = 2_000;

function openedAlone(alone, text, version) {
  const document = { uri: pathToFileURL(join(copy, FILE)).href, languageId: 'typescript', version, text };
  if (version === 1) alone.open(document);
  else alone.change(document);
  return document;
}

/** Puts the caret into the first occurrence of some words, by the keyboard: only some lines of the text are in the page. */
async function caretIn(page, editor, text, words, further = 1) {
  const { line, character } = positionAt(text, text.indexOf(words) + further);
  await editor.locator('.view-line').first().click();
  await page.keyboard.press('Control+Home');
  for (let i = 0; i < line; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Home');
  for (let i = 0; i < character; i++) await page.keyboard.press('ArrowRight');
}

const textOf = (root) => readFileSync(join(root, FILE), 'utf8');
let alone = null;
try {
  await withTheia({ extensions: [extension] }, async ({ page, check }) => {
    let editor;

    await check('Theia opens a file in folders', async () => {
      await command(page, 'Q-IDE: Open Workspace');
      await page.getByText('The server’s address').waitFor();
      await page.locator('.quick-input-box input').fill(link);
      await page.keyboard.press('Enter');
      const [name, ...outer] = FILE.split('/').reverse();
      for (const each of outer.reverse()) await page.locator('.theia-TreeNode', { hasText: new RegExp(`^\\s*${each}\\s*$`) }).first().click();
      editor = await openFile(page, name);
      await eventually('the text is shown', async () => (await shown(editor)).includes('import'));
    });

    await check('a quick fix is one of those that the language server alone offers', async () => {
      await eventually('Q-IDE has installed the language server', () => installOf(declarationOf('typescript')));
      alone = await startAlone('typescript', copy);
      openedAlone(alone, textOf(copy), 1);
      const lines = textOf(copy).split('\n');
      lines.splice(MISTAKE_LINE, 0, MISTAKE);
      const document = openedAlone(alone, lines.join('\n'), 2);
      const at = positionAt(document.text, document.text.indexOf('nulish') + 1);
      const diagnostic = await eventually('the language server alone sees the mistake', () => alone.diagnosticsOf(document.uri).find(({ range }) => range.start.line === at.line));
      const context = { diagnostics: [diagnostic], only: ['quickfix'] };
      const offered = result(await alone.request('textDocument/codeAction', { textDocument: { uri: document.uri }, range: { start: at, end: at }, context })).map(({ title }) => title);

      if (offered.length === 0) throw new Error('the language server alone offers nothing');
      const above = textOf(folder).split('\n')[MISTAKE_LINE - 1];
      await caretIn(page, editor, textOf(folder), above, 0);
      await page.keyboard.press('End');
      await page.keyboard.press('Enter');
      await page.keyboard.insertText(MISTAKE);
      await eventually('it is on disk', () => textOf(folder) === document.text);
      await eventually('the mistake is underlined', async () => (await editor.locator('.squiggly-error').count()) > 0);
      await caretIn(page, editor, textOf(folder), 'nulish');
      const list = page.locator('.action-widget .monaco-list-row');
      const titles = await eventually('quick fixes are shown', async () => {
        await page.keyboard.press('Control+.');
        await page.waitForTimeout(LIST_MILLISECONDS);
        const all = (await list.allTextContents()).map((each) => each.trim());
        if (offered.every((title) => all.some((each) => each.includes(title)))) return all;
        await page.keyboard.press('Escape');
        throw new Error(`offered alone: ${offered}; shown: ${all}`);
      });
      // By the keyboard: an element of Theia covers the list for the mouse.
      await page.locator('.action-widget .monaco-list-row.focused', { hasText: 'Change spelling' }).waitFor();
      await page.keyboard.press('Enter');
      const mended = document.text.replace('nulish', 'nullish');
      await eventually('the mistake is mended', () => textOf(folder) === mended);
      writeFileSync(join(copy, FILE), mended);
      return { offered: offered.length, shown: titles.length };
    });

    await check('a rename changes the same files as the language server alone', async () => {
      const before = sources(folder);
      const document = openedAlone(alone, textOf(copy), 3);
      const position = positionAt(document.text, document.text.indexOf(`${SYMBOL}:`) + 1);
      apply(result(await alone.request('textDocument/rename', { textDocument: { uri: document.uri }, position, newName: RENAMED })));
      const expected = sources(copy);
      await caretIn(page, editor, textOf(folder), `${SYMBOL}:`);
      await eventually('the language server offers a rename', async () => {
        await page.keyboard.press('F2');
        await page.waitForTimeout(LIST_MILLISECONDS);
        return page.locator('.rename-box input').isVisible();
      });
      await page.locator('.rename-box input').fill(RENAMED);
      await page.keyboard.press('Enter');
      await eventually('all files are equal', () => {
        const rest = different(sources(folder), expected);
        if (rest.length > 0) throw new Error(`they differ: ${rest}`);
        return true;
      });
      const files = different(before, expected).length;
      if (files < FILES_WITH_SYMBOL) throw new Error(`only ${files} files were changed`);
      return { files };
    });
  });
} finally {
  await alone?.close();
}
console.log('a person worked in a published project in Theia as with the language server alone');

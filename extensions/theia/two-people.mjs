// One person in Theia with the extension of extensions/vscode, one in the browser IDE, on one workspace. Arguments: the link of the
// server's owner, the folder of its only workspace, which has a file shop.py of at least five lines, and the packed extension.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, eventually, frameWith, ghostText, lineEnd, openFile, shown, withTheia } from './theia.mjs';

const [link, folder, extension] = process.argv.slice(2);
const FILE = 'shop.py';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'.repeat(2);
/** An undone step is shown in both within this time. */
const UNDO_MILLISECONDS = 500;
/** The list of completions is shown within this time. */
const LIST_MILLISECONDS = 1_000;
const CAPITALS = LETTERS.toUpperCase();

await withTheia({ extensions: [extension] }, async ({ page: theia, newPage, check }) => {
  const ide = await newPage();
  const editorOfIde = ide.locator('.editor-group-container.active .monaco-editor');
  let editor;
  const both = async () => [await shown(editor), await shown(editorOfIde)];

  await check('Theia opens the workspace by the link', async () => {
    await command(theia, 'Q-IDE: Open Workspace');
    await theia.getByText('The server’s address').waitFor();
    await theia.locator('.quick-input-box input').fill(link);
    await theia.keyboard.press('Enter');
    editor = await openFile(theia, FILE);
    await eventually('the text is shown', async () => (await shown(editor)).length > 50);
  });

  await check('the other person opens the file in the browser IDE, and both see the caret of each other', async () => {
    const url = new URL(link);
    url.searchParams.set('file', FILE);
    await ide.goto(url.href);
    await ide.waitForSelector('html[data-ready]');
    await eventually('the text is the same', async () => ((texts) => texts[0] === texts[1])(await both()));
    await lineEnd(theia, editor, 3);
    await lineEnd(ide, editorOfIde, 5);
    await eventually('the browser IDE shows the caret of Theia', async () => (await ide.locator('.person-label').count()) > 0);
    await eventually('Theia shows the caret of the browser IDE', () =>
      theia.evaluate(() => [...document.querySelectorAll('.monaco-editor .view-lines span')].some((one) => getComputedStyle(one, '::after').content.length > 2)),
    );
  });

  await check('they type in one line at the same time, and nothing is lost', async () => {
    await lineEnd(theia, editor, 1);
    await theia.keyboard.press('Enter');
    await theia.keyboard.type('# ');
    await eventually('the line is there', async () => (await both())[1].split('\n')[1]?.trim() === '#');
    await lineEnd(ide, editorOfIde, 2);
    await Promise.all([theia.keyboard.type(LETTERS, { delay: 20 }), ide.keyboard.type(CAPITALS, { delay: 20 })]);
    const line = await eventually('both show the same', async () => {
      const [one, other] = await both();
      const typed = one.split('\n')[1];
      return one === other && typed.replace(/[^A-Za-z]/g, '').length === LETTERS.length + CAPITALS.length && typed;
    });
    if (line.replace(/[^a-z]/g, '') !== LETTERS || line.replace(/[^A-Z]/g, '') !== CAPITALS) throw new Error(`letters are out of order: ${line}`);
  });

  await check('undo takes back only one’s own edits', async () => {
    await eventually('one’s own letters are gone', async () => {
      await theia.keyboard.press('Control+z');
      await theia.waitForTimeout(UNDO_MILLISECONDS);
      return !(await both()).some((text) => /[a-z]/.test(text.split('\n')[1]));
    });
    await eventually('the other’s are left in both', async () => (await both()).every((text) => text.includes(CAPITALS)));
  });

  await check('the language server completes in Theia', async () => {
    await lineEnd(theia, editor, 4);
    await theia.keyboard.press('Enter');
    await theia.keyboard.type('import os.pat', { delay: 30 });
    await eventually('completion has path', async () => {
      await theia.keyboard.press('Control+Space');
      await theia.waitForTimeout(LIST_MILLISECONDS);
      return (await theia.locator('.suggest-widget.visible .monaco-list-row').allTextContents()).some((text) => text.startsWith('path'));
    });
    await theia.keyboard.press('Escape');
  });

  await check('ghost text is shown in Theia and accepted', async () => {
    await theia.keyboard.press('End');
    await theia.keyboard.press('Enter');
    await theia.keyboard.type('answer = ', { delay: 30 });
    await eventually('ghost text is shown', async () => (await ghostText(editor)).includes('forty_two'));
    await theia.keyboard.press('Tab');
    await eventually('both have it', async () => (await both()).every((text) => text.includes('answer = forty_two')));
  });

  await check('a model answers in the chat of Theia, and its change is accepted', async () => {
    await command(theia, 'Q-IDE: Open the Chat with Models');
    const frame = await frameWith(theia, '.qide-chat');
    const field = frame.getByRole('textbox', { name: 'Your question' });
    await field.fill('Add a comment');
    await eventually('a question can be sent', () => frame.getByRole('button', { name: 'Send' }).isEnabled());
    await field.press('Enter');
    await frame.locator('.chat-code').getByRole('button', { name: 'Show as a change of the file' }).click();
    await theia.locator('.theia-mod-current, .lm-mod-current', { hasText: 'change by' }).first().waitFor();
    if ((await shown(editorOfIde)).includes('proposed by the model')) throw new Error('the change is in the text before it is accepted');
    await command(theia, 'Q-IDE: Accept the Change');
    await eventually('the other person has it', async () => (await shown(editorOfIde)).includes('# proposed by the model'));
  });

  await check('both texts and the file are equal at the end', () =>
    eventually('they are', async () => {
      const [one, other] = await both();
      return one === other && readFileSync(join(folder, FILE), 'utf8').trimEnd() === one.trimEnd();
    }),
  );
});
console.log('two people edited one file in Theia and the browser IDE');

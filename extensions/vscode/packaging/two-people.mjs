// One person in VS Code (code-server with the packed extension), one in the browser IDE, on one workspace.
// Arguments: --code URL of code-server, --link LINK of the server's owner; --file a Python file of the workspace, --folder its directory,
// --workspace its name, --pictures a directory for screenshots.

import { chmodSync, existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { command, eventually, goToFile, lineEnd, openWorkspace, PATIENCE_MILLISECONDS, shown } from './code-server.mjs';

const { values } = parseArgs({ options: { code: { type: 'string' }, link: { type: 'string' }, file: { type: 'string' }, folder: { type: 'string' }, workspace: { type: 'string', default: 'project' }, pictures: { type: 'string' } } });
/** An editor that VS Code opens by itself is shown within this time. */
const RETURN_MILLISECONDS = 4_000;
let failed = 0;

const browser = await chromium.launch({ executablePath: process.env.QIDE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const windowOf = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  return context.newPage();
};
const code = await windowOf();
const page = await windowOf();

async function check(sentence, run) {
  const began = Date.now();
  try {
    const figures = await run();
    console.log(JSON.stringify({ check: sentence, ok: true, milliseconds: Date.now() - began, ...(figures ?? {}) }));
  } catch (error) {
    failed += 1;
    console.log(JSON.stringify({ check: sentence, ok: false, milliseconds: Date.now() - began, message: String(error.message).slice(0, 600) }));
    await picture(`failed-${failed}`);
    await browser.close();
    process.exit(1);
  }
}

async function picture(name) {
  if (!values.pictures) return;
  await code.screenshot({ path: `${values.pictures}/${name}-code.png` });
  await page.screenshot({ path: `${values.pictures}/${name}-page.png` });
}

/** The webview of VS Code that has an element. */
function frameWith(selector) {
  return eventually(`a view shows ${selector}`, async () => {
    for (const one of code.frames()) if ((await one.locator(selector).count().catch(() => 0)) > 0) return one;
    return null;
  });
}

const onDisk = (path) => readFileSync(join(values.folder, path), 'utf8');
const name = values.file.split('/').at(-1);

await check('VS Code opens the workspace by the link', async () => ({ reloaded: await openWorkspace(code, values.code, values.link) }));

await check('it finds a file by a part of its path and shows its text', async () => {
  await goToFile(code, values.file);
  await eventually('the editor is open', async () => (await shown(code)).length > 50);
});

await check('the other person opens it in the browser IDE, and both see each other', async () => {
  const url = new URL(values.link);
  url.searchParams.set('file', values.file);
  await page.goto(url.href);
  await page.waitForSelector('html[data-ready]', { timeout: PATIENCE_MILLISECONDS });
  await eventually('the text is the same', async () => (await shown(page)).slice(0, 400) === (await shown(code)).slice(0, 400));
  await lineEnd(code, 3);
  await lineEnd(page, 5);
  await eventually('the page shows the caret of VS Code', async () => (await page.locator('.person-label').count()) > 0);
  await eventually('VS Code shows the caret of the page', () => code.evaluate(() => [...document.querySelectorAll('.monaco-editor .view-lines span')].some((one) => getComputedStyle(one, '::after').content.length > 2)));
  const heights = await page.locator('.editor-group-container.active .view-line').evaluateAll((lines) =>
    lines.filter((line) => line.textContent !== '').map((line) => Math.round(line.querySelector('span > span').getBoundingClientRect().top - line.getBoundingClientRect().top)),
  );
  if (new Set(heights).size !== 1) throw new Error(`a caret moves the text of its line: ${heights}`);
  await picture('carets');
});

await check('they type in one line at the same time, and nothing is lost', async () => {
  await lineEnd(code, 1);
  await code.keyboard.press('Enter');
  await code.keyboard.type('# ');
  await eventually('the line is there', async () => (await shown(page)).split('\n')[1] === '# ');
  await lineEnd(page, 2);
  const mine = 'abcdefghijklmnopqrstuvwxyz'.repeat(2);
  const theirs = mine.toUpperCase();
  await Promise.all([code.keyboard.type(mine, { delay: 20 }), page.keyboard.type(theirs, { delay: 20 })]);
  const line = await eventually('both show the same', async () => {
    const [one, other] = [(await shown(code)).split('\n')[1], (await shown(page)).split('\n')[1]];
    return one === other && one.length === 2 + mine.length + theirs.length && one;
  });
  const [small, capital] = [line.replace(/[^a-z]/g, ''), line.replace(/[^A-Z]/g, '')];
  if (small !== mine || capital !== theirs) throw new Error(`letters are out of order: ${line}`);
  await picture('one-line');
});

await check('undo takes back only one’s own edits', async () => {
  const theirs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.repeat(2);
  await eventually('one’s own letters are gone', async () => {
    await code.keyboard.press('Control+z');
    await code.waitForTimeout(500);
    return !/[a-z]/.test((await shown(code)).split('\n')[1]);
  });
  await eventually('the other’s are left in both', async () => (await shown(page)).includes(theirs) && (await shown(code)).includes(theirs) && !/[a-z]/.test((await shown(page)).split('\n')[1]));
});

await check('the language server completes and explains in VS Code', async () => {
  await lineEnd(code, 4);
  await code.keyboard.press('Enter');
  await code.keyboard.type('import os.pat', { delay: 30 });
  await eventually('completion has path', async () => {
    await code.keyboard.press('Control+Space');
    await code.waitForTimeout(1_000);
    return (await code.locator('.suggest-widget.visible .monaco-list-row').allTextContents()).some((text) => text.startsWith('path'));
  });
  await code.keyboard.press('Escape');
  await code.keyboard.press('Escape');
  await picture('completion');
});

await check('ghost text is shown in VS Code and accepted', async () => {
  await lineEnd(code, 4);
  await code.keyboard.press('Enter');
  await code.keyboard.type('answer = ', { delay: 30 });
  await eventually('ghost text is shown', async () => (await code.locator('.monaco-editor .ghost-text-decoration, .monaco-editor .ghost-text').allTextContents()).join('').includes('forty_two'));
  await picture('ghost-text');
  await code.keyboard.press('Tab');
  await eventually('both have it', async () => (await shown(page)).includes('answer = forty_two') && (await shown(code)).includes('answer = forty_two'));
});

await check('a model answers in the chat of VS Code, and its change is accepted', async () => {
  await command(code, 'Q-IDE: Open the Chat with Models');
  const frame = await frameWith('.qide-chat');
  const field = frame.getByRole('textbox', { name: 'Your question' });
  await field.fill('Add a comment');
  await eventually('a question can be sent', () => frame.getByRole('button', { name: 'Send' }).isEnabled());
  await field.press('Enter');
  await frame.locator('.chat-code').getByRole('button', { name: 'Show as a change of the file' }).click({ timeout: PATIENCE_MILLISECONDS });
  await code.locator('.tab.active', { hasText: 'change by' }).waitFor({ timeout: PATIENCE_MILLISECONDS });
  if ((await shown(page)).includes('proposed by the model')) throw new Error('the change is in the text before it is accepted');
  await picture('chat');
  await command(code, 'Q-IDE: Accept the Change');
  await eventually('the other person has it', async () => (await shown(page)).includes('# proposed by the model'));
  await eventually('the comparison is closed', async () => (await code.locator('.tab.active', { hasText: 'change by' }).count()) === 0);
});

await check('it is saved by itself', () => eventually('the tab is clean', async () => (await code.locator('.tab.active.dirty').count()) === 0 && (await code.locator('[id="qide.qide-vscode.edits"]').textContent()).includes('Saved')));

await check('the team chat reaches both', async () => {
  await command(page, 'Open Team Chat');
  await page.locator('.team-chat').getByRole('textbox').fill('Hello from the page');
  await page.keyboard.press('Enter');
  await command(code, 'Q-IDE: Open Team Chat');
  const frame = await frameWith('.team-chat');
  await eventually('the message is there', async () => (await frame.locator('.team-chat-text').allTextContents()).includes('Hello from the page'));
  await frame.getByRole('textbox').fill('Hello from VS Code');
  await frame.getByRole('textbox').press('Enter');
  await eventually('the answer is there', async () => (await page.locator('.team-chat-text').allTextContents()).includes('Hello from VS Code'));
  await picture('team-chat');
});

await check('a file that is deleted and created again while it is open is shared again', async () => {
  writeFileSync(join(values.folder, 'again.py'), 'first = 1\n');
  await eventually('it is found', async () => {
    await goToFile(code, 'again.py');
    return (await shown(code)).startsWith('first');
  });
  unlinkSync(join(values.folder, 'again.py'));
  await eventually('VS Code says so', async () => (await code.locator('.notification-list-item', { hasText: 'was deleted or moved' }).count()) > 0);
  writeFileSync(join(values.folder, 'again.py'), 'second = 2\n');
  await eventually('its new text is shown', async () => (await shown(code)).startsWith('second = 2'));
  writeFileSync(join(values.folder, 'again.py'), 'second = 2\nthird = 3\n');
  await eventually('it follows the disk', async () => (await shown(code)).includes('third = 3'));
  await lineEnd(code, 1);
  await code.keyboard.type('2');
  await eventually('and the disk follows it', () => onDisk('again.py') === 'second = 22\nthird = 3\n');
});

await check('the editor follows a file that somebody else moves', async () => {
  await lineEnd(code, 1);
  await code.keyboard.type('4');
  const { origin, hash } = new URL(values.link);
  const token = new URLSearchParams(hash.slice(1)).get('token');
  const workspace = values.workspace;
  const response = await fetch(`${origin}/api/workspaces/${workspace}/files/again.py?move=moved.py`, { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`the move was refused: ${response.status}`);
  await eventually('the new path is shown', async () => (await code.locator('.tab.active', { hasText: 'moved.py' }).count()) === 1);
  await lineEnd(code, 1);
  await code.keyboard.type('5');
  await eventually('it is shared there', () => onDisk('moved.py') === 'second = 2245\nthird = 3\n');
  // VS Code shows a document with unsaved edits again some time after its tab was closed.
  await code.waitForTimeout(RETURN_MILLISECONDS);
  if ((await code.locator('.tab', { hasText: 'again.py' }).count()) > 0) throw new Error('the old path is still shown');
  if (existsSync(join(values.folder, 'again.py'))) throw new Error('the old path exists again');
  await picture('moved');
});

await check('an edit that the server refuses is not called saved', async () => {
  writeFileSync(join(values.folder, 'fixed.py'), 'fixed = 1\n');
  chmodSync(join(values.folder, 'fixed.py'), 0o444);
  await eventually('it is found', async () => {
    await goToFile(code, 'fixed.py');
    return (await shown(code)).startsWith('fixed');
  });
  await lineEnd(code, 1);
  await code.keyboard.type('0');
  // VS Code refuses the key itself as soon as it knows that the file is read-only; until then saving fails.
  const refusal = await eventually('the edit is refused', async () => {
    if (await code.locator('.monaco-editor-overlaymessage', { hasText: 'read-only' }).isVisible()) return 'by the editor';
    return (await code.locator('.notification-list-item', { hasText: 'does not let you change this file' }).count()) > 0 && 'by saving';
  });
  const isUnsaved = (await code.locator('.tab.active.dirty').count()) === 1;
  const isTyped = (await shown(code)).includes('fixed = 10');
  if (isTyped !== isUnsaved || isTyped !== (refusal === 'by saving')) throw new Error(`refused ${refusal}, typed: ${isTyped}, unsaved: ${isUnsaved}`);
  if (onDisk('fixed.py') !== 'fixed = 1\n') throw new Error(onDisk('fixed.py'));
  await picture('read-only');
  return { refused: refusal };
});

await browser.close();
process.exit(failed === 0 ? 0 : 1);

// A day's work of a person in VS Code (code-server with the packed extension) on a published project, with another person in the browser
// IDE. Answers of language servers are compared with those of the language server alone, on a copy of the project. Arguments: --code URL
// of code-server, --link LINK of the server's owner; --project the name of a plan, --folder the directory of the workspace, --copy the
// copy; --pictures a directory for screenshots.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { positionAt } from '../../../ops/parity/texts.mjs';
import { apply, different, result, sources, startAlone } from './alone.mjs';
import { checksOf, command, drawTerminalsAsText, eventually, goToFile, hasPrompt, lineEnd, openWorkspace, PATIENCE_MILLISECONDS, shown, terminals, textOfTerminal, typeInTerminal } from './code-server.mjs';
import { PLANS } from './plans.mjs';

const { values } = parseArgs({ options: { code: { type: 'string' }, link: { type: 'string' }, project: { type: 'string' }, folder: { type: 'string' }, copy: { type: 'string' }, pictures: { type: 'string' } } });
const plan = PLANS[values.project];
/** How long a list is given to appear after a key. */
const LIST_MILLISECONDS = 2_000;
/** An undone step is on the disk within this time. */
const UNDO_MILLISECONDS = 1_000;
/** A change on the disk is noticed within this time. */
const NOTICED_MILLISECONDS = 20_000;

const browser = await chromium.launch({ executablePath: process.env.QIDE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const windowOf = async () => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  await drawTerminalsAsText(context);
  return context.newPage();
};
const code = await windowOf();
const page = await windowOf();
const check = checksOf(browser, [code, page], values.pictures, values.project);

const onDisk = (root = values.folder) => readFileSync(join(root, plan.file), 'utf8');
const uri = pathToFileURL(join(values.copy, plan.file)).href;
let alone = null;
let version = 0;

/** The language server alone sees this text of the file, which is also on the disk of the copy. */
function openAlone(text) {
  version += 1;
  writeFileSync(join(values.copy, plan.file), text);
  const document = { uri, languageId: plan.language, version, text };
  if (version === 1) alone.open(document);
  else alone.change(document);
  return document;
}

const at = (text, words, further = 1) => ({ textDocument: { uri }, position: positionAt(text, text.indexOf(words) + further) });

/** Puts the caret at the end of a line of the file. A terminal may have the focus: it takes most keys, but not this one. */
async function caretAtEndOf(line) {
  await code.keyboard.press('Control+1');
  await lineEnd(code, line);
}

/** Puts the caret into the first occurrence of words in the text on the disk. */
async function caretIn(words, further = 1) {
  const { line, character } = positionAt(onDisk(), onDisk().indexOf(words) + further);
  await caretAtEndOf(line + 1);
  await code.keyboard.press('Home');
  await code.keyboard.press('Home');
  const isIndented = /^\s/.test(onDisk().split('\n')[line]);
  // The first Home goes to the first letter of an indented line.
  if (isIndented && !(await caretIsAtLineStart())) await code.keyboard.press('Home');
  for (let i = 0; i < character; i++) await code.keyboard.press('ArrowRight');
}

const caretIsAtLineStart = async () => /Col 1\b/.test(await code.locator('[id="status.editor.selection"]').textContent());

/** Writes a line after line `plan.at`, and waits until it is on the disk. */
async function writeLine(text) {
  await caretAtEndOf(plan.at);
  await code.keyboard.press('Enter');
  await code.keyboard.insertText(text);
  await eventually('it is on the disk', () => onDisk().split('\n')[plan.at] === text);
}

/** Takes the line of `writeLine` away. */
async function removeLine() {
  await caretAtEndOf(plan.at + 1);
  await code.keyboard.press('Control+Shift+K');
  await eventually('it is gone from the disk', () => onDisk() === onDisk(values.copy));
}

const squiggles = () => code.locator('.editor-group-container.active').locator('.squiggly-error, .squiggly-warning').count();
const inShell = async (line) => typeInTerminal(code, terminals(code).last(), line);

await check('VS Code opens the project by the link', async () => ({ reloaded: await openWorkspace(code, values.code, values.link) }));

await check('it finds a file', async () => {
  await eventually('its text is shown', async () => {
    // While the window loads, the chat view of code-server may take the focus from the list of files.
    await goToFile(code, plan.file);
    return (await shown(code)).includes('import');
  });
  alone = await eventually('Q-IDE has installed the language server', () => startAlone(plan.language, values.copy));
  openAlone(onDisk());
});

await check('completion offers nothing that the language server alone does not offer, and nothing twice', async () => {
  const figures = {};
  for (const line of plan.completed) figures[line] = await sameCompletions(line);
  return figures;
});

/** Types a line after line `plan.at`, and compares the list that is shown at its end with that of the language server alone. */
async function sameCompletions(line) {
  await caretAtEndOf(plan.at);
  await code.keyboard.press('Enter');
  await code.keyboard.type(line, { delay: 30 });
  const rows = await eventually('completions are shown', async () => {
    await code.keyboard.press('Escape');
    await code.keyboard.press('Control+Space');
    await code.waitForTimeout(LIST_MILLISECONDS);
    const offered = (await listed()).filter(({ kind }) => kind !== 'snippet');
    // While TypeScript's server reads the project it offers nothing, and VS Code shows the words of the file.
    return offered.length > 1 && offered.some(({ kind }) => kind !== 'text') && offered;
  });
  await code.keyboard.press('Escape');
  const labels = (await completedAlone(line)).map(({ label }) => label);
  const unknown = rows.filter(({ label }) => !labels.includes(label));
  if (unknown.length > 0) throw new Error(`not offered alone: ${JSON.stringify(unknown)}; alone: ${labels.slice(0, 20)}`);
  const twice = rows.filter(({ label }, index) => rows.findIndex((row) => row.label === label) !== index && labels.filter((each) => each === label).length === 1);
  if (twice.length > 0) throw new Error(`offered twice: ${JSON.stringify(twice)}`);
  await removeLineAlone();
  return { shown: rows.length, alone: labels.length };
}

/** The rows of the list of completions that are in the page. VS Code adds snippets of its own. */
function listed() {
  return code.locator('.suggest-widget.visible .monaco-list-row').evaluateAll((rows) =>
    rows.map((row) => ({
      label: row.querySelector('.label-name').textContent,
      kind: /codicon-symbol-(\w+)/.exec(row.querySelector('.suggest-icon')?.className)?.[1] ?? '',
    })),
  );
}

/** What the language server alone offers at the end of a line after line `plan.at`, when it has read the project. */
function completedAlone(line) {
  const lines = onDisk(values.copy).split('\n');
  lines.splice(plan.at, 0, line);
  const text = lines.join('\n');
  openAlone(text);
  return eventually('it is offered alone', async () => {
    const answer = result(await alone.request('textDocument/completion', { ...at(text, `\n${line}`, line.length + 1), context: { triggerKind: 1 } }));
    const items = answer?.items ?? answer ?? [];
    return items.length > 0 && items;
  });
}

if (plan.imported) {
  await check('a completion adds the import that the language server alone adds, and undo takes both back', async () => {
    const { typed, name } = plan.imported;
    const before = onDisk();
    await caretAtEndOf(plan.at);
    await code.keyboard.press('Enter');
    await code.keyboard.type(typed, { delay: 30 });
    const row = code.locator('.suggest-widget.visible .monaco-list-row.focused', { hasText: name });
    await eventually('it is offered', async () => {
      await code.keyboard.press('Escape');
      await code.keyboard.press('Control+Space');
      await code.waitForTimeout(LIST_MILLISECONDS);
      return (await row.count()) > 0;
    });
    const item = (await completedAlone(typed)).find(({ label }) => label === name);
    const { additionalTextEdits } = result(await alone.request('completionItem/resolve', item));
    apply({ changes: { [uri]: additionalTextEdits } });
    const expected = onDisk(values.copy).replace(`\n${typed}\n`, `\n${name}\n`);
    await code.keyboard.press('Enter');
    await eventually('the text is the expected one', () => onDisk() === expected);
    await eventually('it is as before', async () => {
      await code.keyboard.press('Control+z');
      await code.waitForTimeout(UNDO_MILLISECONDS);
      return onDisk() === before;
    });
    openAlone(before);
    return { added: additionalTextEdits.map(({ newText }) => newText.trim()) };
  });
}

await check('a mistake gets a quick fix of the language server', async () => {
  const { text, words } = plan.mistake;
  await writeLine(text);
  const document = openAlone(onDisk());
  const position = at(document.text, words).position;
  const diagnostic = await eventually('the language server alone sees the mistake', () => alone.diagnosticsOf(uri).find(({ range, message }) => range.start.line === position.line && message.includes(words)));
  const answer = result(await alone.request('textDocument/codeAction', { textDocument: { uri }, range: { start: position, end: position }, context: { diagnostics: [diagnostic], only: ['quickfix'] } }));
  const offered = (answer ?? []).map(({ title }) => title);
  await eventually('the mistake is underlined', async () => (await squiggles()) > 0);
  await caretIn(words);
  const rows = code.locator('.action-widget .monaco-list-row');
  const titles = await eventually('quick fixes are shown', async () => {
    await code.keyboard.press('Control+.');
    await code.waitForTimeout(LIST_MILLISECONDS);
    const all = (await rows.allTextContents()).map((each) => each.trim());
    if (offered.every((title) => all.some((each) => each.includes(title)))) return all;
    await code.keyboard.press('Escape');
    throw new Error(`offered alone: ${offered}; shown: ${all}`);
  });
  await code.keyboard.press('Escape');
  await removeLineAlone();
  return { alone: offered.length, shown: titles };
});

/** Takes the line after line `plan.at` away in both. */
async function removeLineAlone() {
  const lines = onDisk(values.copy).split('\n');
  lines.splice(plan.at, 1);
  openAlone(lines.join('\n'));
  await removeLine();
}

await check('a definition is that of the language server alone, and no other', async () => {
  const text = onDisk();
  const found = await eventually('it is found alone', async () => {
    const all = [result(await alone.request('textDocument/definition', at(text, plan.defined)))].flat();
    return all[0] && all;
  });
  if (found.length > 1) throw new Error(`found alone: ${JSON.stringify(found)}`);
  const name = basename(fileURLToPath(found[0].targetUri ?? found[0].uri));
  await caretIn(plan.defined);
  await code.keyboard.press('F12');
  await eventually('its file is shown', async () => (await code.locator('.tab.active', { hasText: name }).count()) === 1 || (await code.locator('.peekview-widget').count()) > 0);
  if ((await code.locator('.peekview-widget').count()) > 0) throw new Error('a list of definitions is shown');
  await code.locator('.tab', { hasText: basename(plan.file) }).click();
  await code.locator('.tab.active', { hasText: basename(plan.file) }).waitFor();
  return { file: name };
});

await check('references are those of the language server alone', async () => {
  const text = onDisk();
  const found = await eventually('all are found', async () => {
    const all = result(await alone.request('textDocument/references', { ...at(text, plan.symbol), context: { includeDeclaration: true } }));
    return all.length > 5 && all;
  });
  const files = new Set(found.map((one) => one.uri)).size;
  await caretIn(plan.symbol);
  const words = await eventually('the view says how many', async () => {
    await caretIn(plan.symbol);
    await command(code, 'References: Find All References');
    await code.waitForTimeout(LIST_MILLISECONDS);
    const message = await code.locator('.pane-body .message').allTextContents();
    const sentence = message.find((one) => /results? in/.test(one));
    if (sentence?.startsWith(`${found.length} results in ${files} files`)) return sentence;
    throw new Error(`alone ${found.length} in ${files}; shown: ${sentence}`);
  });
  return { shown: words };
});

await check('a rename changes the same files as the language server alone, also closed ones', async () => {
  const before = sources(values.folder, plan.folder);
  const text = onDisk();
  apply(result(await alone.request('textDocument/rename', { ...at(text, plan.symbol), newName: plan.renamed })));
  const expected = sources(values.copy, plan.folder);
  await caretIn(plan.symbol);
  await eventually('a rename is offered', async () => {
    await code.keyboard.press('F2');
    await code.waitForTimeout(LIST_MILLISECONDS);
    return code.locator('.rename-box input').isVisible();
  });
  await code.locator('.rename-box input').fill(plan.renamed);
  await code.keyboard.press('Enter');
  await eventually('all files are equal', () => {
    const rest = different(sources(values.folder, plan.folder), expected);
    if (rest.length > 0) throw new Error(`they differ: ${rest}`);
    return true;
  });
  openAlone(onDisk());
  return { files: different(before, expected).length, dirty: await code.locator('.tab.dirty').count() };
});

await check('a search finds the lines that grep finds', async () => {
  const found = execFileSync('git', ['grep', '-n', '-F', plan.searched], { cwd: values.folder, encoding: 'utf8' }).trim().split('\n');
  await command(code, 'Q-IDE: Search in Files');
  await code.locator('.quick-input-box input').fill(plan.searched);
  const expected = found.map((line) => line.split(':').slice(0, 2).join(':')).sort();
  await eventually('they are shown', async () => {
    const rows = (await code.locator('.quick-input-list .monaco-list-row .label-description').allTextContents()).map((each) => each.trim()).sort();
    if (rows.join() === expected.join()) return true;
    throw new Error(`grep: ${expected.slice(0, 5)} (${expected.length}); shown: ${rows.slice(0, 5)} (${rows.length})`);
  });
  await code.keyboard.press('Escape');
  return { lines: found.length };
});

await check('in a terminal, the rename is committed and another branch is made', async () => {
  await command(code, 'Q-IDE: New Terminal');
  await eventually('it is shown', async () => (await terminals(code).count()) === 1);
  await hasPrompt(terminals(code));
  const { file, text } = plan.added;
  await inShell('git commit -qam rename && git switch -qc other');
  await inShell(`echo '${text.trim()}' > ${file} && sed -i '1i ${plan.comment} of the other branch' ${plan.file} && git add -A && git commit -qm other && git log --oneline | wc -l`);
  await eventually('it is committed', () => execFileSync('git', ['log', '--format=%s', '-1', 'other'], { cwd: values.folder, encoding: 'utf8' }).trim() === 'other');
  return { terminal: (await textOfTerminal(terminals(code))).trim().split('\n').slice(-2) };
});

await check('the open editor follows the branch that the terminal switches to', async () => {
  const first = async () => (await shown(code)).split('\n')[0];
  await caretAtEndOf(1);
  await eventually('it shows the other branch', async () => (await first()) === `${plan.comment} of the other branch`);
  const times = {};
  for (const [name, isOther] of [['main', false], ['other', true], ['main', false]]) {
    await inShell(`clear; git switch -q ${name} && echo on-${name}-$((40+2))`);
    await eventually('git has switched', async () => (await textOfTerminal(terminals(code))).includes(`on-${name}-42`));
    const began = Date.now();
    await eventually(`it shows ${name}`, async () => ((await first()) === `${plan.comment} of the other branch`) === isOther);
    times[`${name} ${isOther ? 'shown' : 'shown again'}`] = Date.now() - began;
  }
  const status = execFileSync('git', ['status', '--porcelain'], { cwd: values.folder, encoding: 'utf8' });
  if (status !== '') throw new Error(`the editor has changed the branch: ${status}`);
  if ((await code.locator('.tab.dirty').count()) > 0) throw new Error('the editor has unsaved edits');
  return times;
});

await check('the language server notices a module of the other branch, and a package that is added', async () => {
  const times = {};
  for (const { line, words, change, undo } of [
    { ...plan.added, change: () => inShell('clear; git stash -q && git switch -q other && git stash pop -q'), undo: () => inShell('clear; git stash -q && git switch -q main && git stash drop -q') },
    { ...plan.package, change: () => execFileSync('bash', ['-c', plan.package.add], { cwd: values.folder }), undo: removeLine },
  ]) {
    await writeLine(line);
    await eventually('it is not found', async () => (await squiggles()) > 0);
    await change();
    const began = Date.now();
    await eventually(`${words} is found`, async () => (await squiggles()) === 0);
    times[words] = Date.now() - began;
    if (times[words] > NOTICED_MILLISECONDS) throw new Error(`${words} was noticed only after ${times[words]} ms`);
    await undo();
    await eventually('the line is gone', async () => !(await shown(code)).includes(line));
  }
  return times;
});

await check('two people type in one line at once; undo takes back one’s own edits', async () => {
  const url = new URL(values.link);
  url.searchParams.set('file', plan.file);
  await page.goto(url.href);
  await page.waitForSelector('html[data-ready]', { timeout: PATIENCE_MILLISECONDS });
  await caretAtEndOf(plan.at);
  await code.keyboard.press('Enter');
  await code.keyboard.type(`${plan.comment} `);
  const line = async (window) => (await shown(window)).split('\n').find((each) => /^(#|\/\/) [a-zA-Z]*$/.test(each));
  await lineEnd(page, plan.at + 1);
  const mine = 'abcdefghijklmnopqrstuvwxyz'.repeat(2);
  const theirs = mine.toUpperCase();
  await Promise.all([code.keyboard.type(mine, { delay: 20 }), page.keyboard.type(theirs, { delay: 20 })]);
  const typed = await eventually('both show the same', async () => {
    const [one, other] = [await line(code), await line(page)];
    return one === other && one?.replace(/[^A-Za-z]/g, '').length === mine.length + theirs.length && one;
  });
  if (typed.replace(/[^a-z]/g, '') !== mine || typed.replace(/[^A-Z]/g, '') !== theirs) throw new Error(`letters are out of order: ${typed}`);
  await eventually('one’s own letters are gone, the other’s stay', async () => {
    await code.keyboard.press('Control+z');
    await code.waitForTimeout(UNDO_MILLISECONDS);
    return onDisk().split('\n').some((each) => each.endsWith(theirs) && !each.includes(mine.slice(0, 3)));
  });
});

await alone.close();
await browser.close();

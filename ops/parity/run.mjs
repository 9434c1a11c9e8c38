// Asks the same language servers the same over stdio, `/lsp/{ws}/{language}` and `/ws/{ws}`, and compares. See README.md.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { announcedCases, casesOf, isAnnounced } from './cases.mjs';
import { NOTHING } from './chains.mjs';
import { CLIENTS } from './client.mjs';
import { differences, normalised, reasonsOf } from './compare.mjs';
import { SocketEndpoint, StdioEndpoint } from './endpoints.mjs';
import { create, createOther, missing, PROJECTS } from './projects.mjs';
import { losses, reasons, shares, summarised, table } from './report.mjs';
import { declarationOf, filled, installOf, startServer, stopServers } from './server.mjs';
import { ownItems, ownPart } from './views.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const HELP = `usage: ./run [options]
  --only python,css   projects: ${PROJECTS.map(({ name }) => name).join(', ')}
  --rows hover,rename these requests alone
  --places 8          in each document
  --turns 4           how often each request is timed
  --client full       or plain: what the client announces
  --quiet 1500        ms without a message after which a language server has no more to say
  --json FILE         where the results are written (target/parity.json)
  --tolerant          exit code 0 even if something is lost
  --qide PROGRAM      another build's ./qide
  --server URL --token TOKEN --directory DIR
                      a server that runs, with the empty workspace demo in DIR; for one project`;

const WAYS = ['/lsp', '/ws'];
const QUIET_WITHIN_MS = 60_000;
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
      only: text(''),
      rows: text(''),
      places: text('8'),
      turns: text('4'),
      client: text('full'),
      quiet: text('1500'),
      server: { type: 'string' },
      token: text(''),
      directory: { type: 'string' },
      json: text(here('../../target/parity.json')),
      qide: text(here('../../qide')),
      tolerant: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const number = (name, least, most) => {
    const value = Number(values[name]);
    if (!(Number.isInteger(value) && value >= least && value <= most)) throw new Error(`--${name} is from ${least} to ${most}`);
    return value;
  };
  const list = (value) => value.split(',').filter(Boolean);
  const unknown = list(values.only).filter((name) => !PROJECTS.some((project) => project.name === name));
  if (unknown.length > 0) throw new Error(`--only names no project: ${unknown.join(', ')}`);
  if (!(values.client in CLIENTS)) throw new Error(`--client is one of ${Object.keys(CLIENTS).join(', ')}`);
  if (values.server && (!values.directory || list(values.only).length !== 1)) throw new Error('--server needs --directory, and --only with one project');
  return {
    ...values,
    only: list(values.only),
    rows: list(values.rows),
    count: number('places', 1, 200),
    turns: number('turns', 0, 100),
    quiet: number('quiet', 100, 60_000),
  };
}

async function main() {
  const chosen = options();
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'qide-parity-')));
  try {
    const opened = PROJECTS.filter(({ name }) => chosen.only.length === 0 || chosen.only.includes(name)).filter((project) => {
      const why = missing(project);
      if (why) say(`${project.name} is left out: ${why}`);
      return !why;
    });
    const projects = opened.map((project) => {
      const place = chosen.server ? realpathSync(chosen.directory) : join(directory, project.name);
      return { project, place, workspace: chosen.server ? 'demo' : project.name, documents: create(project, place), other: createOther(project, place) };
    });
    const server = chosen.server
      ? { url: chosen.server.replace(/\/$/, ''), token: chosen.token }
      : await startServer(chosen.qide, join(directory, 'data'), Object.fromEntries(projects.map(({ workspace, place }) => [workspace, place])));
    const accepted = JSON.parse(readFileSync(here('reasons.json'), 'utf8'));
    const results = [];
    for (const each of projects) results.push(...(await compared(each, server, chosen, accepted)));
    report(results, chosen);
    if (!chosen.tolerant && results.some(({ outcomes }) => Object.values(outcomes).some(({ outcome }) => outcome === 'lost'))) process.exitCode = 1;
  } finally {
    await stopServers();
    rmSync(directory, { recursive: true, force: true });
  }
}

function report(results, chosen) {
  const rows = summarised(results, WAYS);
  console.log(`${table(rows, WAYS)}\n\n${shares(results, WAYS)}\n\n${reasons(results)}\n${losses(results, WAYS)}`);
  mkdirSync(dirname(chosen.json), { recursive: true });
  writeFileSync(chosen.json, JSON.stringify({ client: chosen.client, rows, results: results.map(({ one: _, ...result }) => result) }, null, 1));
  say(`The results are in ${chosen.json}. Load: ${readFileSync('/proc/loadavg', 'utf8').trim()}`);
}

async function compared({ project, place, workspace, documents, other }, server, chosen, accepted) {
  say(`${project.name}: opening ${documents.map(({ path }) => path).join(', ')} …`);
  const places = { root: pathToFileURL(place).href, directory: place, files: new Set(namesIn(place)) };
  const ways = await connected({ project, place, workspace }, server, chosen, places);
  try {
    for (const endpoint of Object.values(ways)) for (const document of documents) endpoint.open(document);
    await openOther(ways['/ws'], other);
    await settled(documents, ways, chosen.quiet);
    const all = announcedCases(casesOf({ project, documents, count: chosen.count }), ways.stdio).filter(({ row }) => chosen.rows.length === 0 || chosen.rows.includes(row));
    say(`${project.name}: ${all.length} cases …`);
    const results = [];
    const judge = (one) => judged(one, { project, ways, places, accepted, chosen });
    for (const one of all) {
      const result = await judge(one);
      if (result) results.push(result);
    }
    await measured(results, ways, chosen.turns);
    results.push(...(await changed(documents, ways, chosen.quiet, judge)));
    const lost = results.filter(({ outcomes }) => Object.values(outcomes).some(({ outcome }) => outcome === 'lost'));
    say(`${project.name}: ${results.length} cases, ${lost.length} lost`);
    return results;
  } finally {
    for (const endpoint of Object.values(ways)) await endpoint.close();
  }
}

/** The three clients, initialized. `/lsp` is first: it installs the language server that stdio then starts. */
async function connected({ project, place, workspace }, server, chosen, places) {
  const declaration = declarationOf(project.language);
  const introduction = { rootUri: places.root, capabilities: CLIENTS[chosen.client] };
  const lsp = await SocketEndpoint.connect('/lsp', `${server.url}/lsp/${workspace}/${project.language}`, server.token);
  await lsp.initialize(introduction);
  const ws = await SocketEndpoint.connect('/ws', `${server.url}/ws/${workspace}`, server.token);
  await ws.initialize(introduction);
  ws.own = (value) => ownItems(project, value);
  places.install = installOf(declaration);
  if (!places.install) throw new Error(`The language server of ${project.language} is not installed where it is looked for (QIDE_TOOLS).`);
  const found = { install: places.install, node: process.execPath, workspace: place };
  const stdio = new StdioEndpoint(filled(declaration.command, found), place, filled(declaration.configuration ?? {}, found));
  await stdio.initialize({ ...introduction, initializationOptions: filled(declaration.initializationOptions ?? {}, found) });
  return { stdio, '/lsp': lsp, '/ws': ws };
}

async function openOther(endpoint, other) {
  endpoint.open(other);
  const textDocument = { uri: other.uri };
  const start = { line: 0, character: 3 };
  endpoint.askOther = () =>
    Promise.all([
      endpoint.request('textDocument/completion', { textDocument, position: start }),
      endpoint.request('textDocument/codeAction', { textDocument, range: { start, end: start }, context: { diagnostics: [] } }),
      endpoint.request('textDocument/documentLink', { textDocument }),
    ]);
}

/** Waits until every language server has read the project, and has no more to say. */
async function settled(documents, ways, quietMs) {
  // While TypeScript reads a project, it answers what needs no more than the text.
  const position = { line: 0, character: 0 };
  const ask = (endpoint) => documents.map(({ uri }) => endpoint.request('textDocument/references', { textDocument: { uri }, position, context: { includeDeclaration: true } }));
  await Promise.all(Object.values(ways).flatMap(ask));
  for (const endpoint of Object.values(ways)) endpoint.beginPulls();
  const begun = performance.now();
  const isQuiet = () => Object.values(ways).every((endpoint) => performance.now() - Math.max(endpoint.lastMessage, begun) > quietMs);
  while (!isQuiet() && performance.now() < begun + QUIET_WITHIN_MS) await pause(LOOK_AGAIN_MS);
}

/** Mistakes are typed into each document: what is shown then, and after they are taken back. */
async function changed(documents, ways, quiet, judge) {
  const results = [];
  for (const [row, textOf] of [
    ['diagnostics after a mistake', ({ text, mistake }) => text + mistake],
    ['diagnostics after its correction', ({ text }) => text],
  ]) {
    for (const document of documents) {
      const next = { ...document, version: document.version + (row.endsWith('mistake') ? 1 : 2), text: textOf(document) };
      for (const endpoint of Object.values(ways)) endpoint.change(next);
    }
    await settled(documents, ways, quiet);
    for (const document of documents) {
      const ask = async (endpoint) => ({ value: endpoint.diagnosticsOf(document.uri) });
      results.push(await judge({ row, method: 'textDocument/publishDiagnostics', document, label: document.path, isOnce: true, ask }));
    }
  }
  return results;
}

/** One case, asked in every way; null when there is nothing to ask about. */
async function judged(one, { project, ways, places, accepted, chosen }) {
  const outcomes = {};
  const asked = Object.entries(ways).filter(([way]) => !(one.isForeign && way === '/lsp'));
  let before = null;
  for (let round = 0; round < TRIES; round += 1) {
    if (round > 0) await pause(TRY_AGAIN_AFTER_MS);
    const answers = {};
    for (const [way, endpoint] of asked) answers[way] = await answered(one, way, endpoint, project, places);
    if (one.row === 'executeCommand') removeNewFiles(places);
    if (Object.values(answers).every(({ value }) => value === NOTHING)) return null;
    for (const [way] of asked.filter(([way]) => way !== 'stdio')) {
      const found = differences(answers.stdio, answers[way]);
      const why = found.length === 0 ? [] : reasonsOf(found, { language: project.language, row: one.row, way, label: one.label }, accepted);
      outcomes[way] = found.length === 0 ? { outcome: 'equal' } : why ? { outcome: 'reason', reasons: why, differences: found } : { outcome: 'lost', differences: found };
    }
    const now = JSON.stringify(outcomes);
    if (now === before || Object.values(outcomes).every(({ outcome }) => outcome !== 'lost')) break;
    before = now;
  }
  return { project: project.name, language: project.language, row: one.row, method: one.method, label: one.label, outcomes, times: [], one };
}

/** Over stdio a command may create files. */
function removeNewFiles({ directory, files }) {
  for (const path of namesIn(directory)) if (!files.has(path)) rmSync(join(directory, path), { recursive: true, force: true });
}

const namesIn = (directory) => readdirSync(directory, { recursive: true }).filter((path) => !path.startsWith('node_modules/'));

async function answered(one, way, endpoint, project, places) {
  if (one.isForeign) {
    // Over stdio nobody would ask: the right answer is none.
    if (way === 'stdio' || !isAnnounced(one, endpoint)) return { value: 0 };
    const { value } = await one.ask(endpoint);
    return { value: (value?.items ?? value ?? []).length };
  }
  if (way !== 'stdio' && !isAnnounced(one, endpoint)) return { value: 'not announced' };
  try {
    return normalised(ownPart(await one.ask(endpoint), one, way, project), places);
  } catch (failure) {
    return { value: failure.message };
  }
}

/**
 * Times what is equal, after everything was asked once: by then all parts have run for a while. Asks stdio twice: how far its
 * two times differ is what the language server and the machine themselves vary.
 */
async function measured(results, ways, turns) {
  const timed = results.filter(({ one, outcomes }) => !one.isOnce && !one.isForeign && Object.values(outcomes).every(({ outcome }) => outcome === 'equal'));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const { one, times } of timed) {
      const micros = {};
      for (const [way, endpoint] of Object.entries(ways)) {
        await one.ask(endpoint);
        micros[way] = endpoint.lastMicros;
      }
      await one.ask(ways.stdio);
      micros.again = ways.stdio.lastMicros;
      times.push(micros);
    }
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopServers().finally(() => process.exit(130)));
await main();

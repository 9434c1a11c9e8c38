// Asks the same language servers the same over stdio, `/lsp/{ws}/{language}` and `/ws/{ws}`, and compares. See README.md.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { announcedCases, casesOf, isAnnounced } from './cases.mjs';
import { NOTHING } from './chains.mjs';
import { CLIENTS } from './client.mjs';
import { normalised } from './compare.mjs';
import { SocketEndpoint } from './endpoints.mjs';
import { ofProjects, optionsOf, outcomeOf, pause, projectRead, quiet, run, say, startAlone, TRIES, TRY_AGAIN_AFTER_MS, written } from './program.mjs';
import { createOther, PROJECTS } from './projects.mjs';
import { losses, reasons, shares, summarised, table } from './report.mjs';
import { ownItems, ownPart } from './views.mjs';

const HELP = `  --turns 4           how often each request is timed
  --client full       or plain: what the client announces
  --server URL --token TOKEN --directory DIR
                      a server that runs, with the empty workspace demo in DIR; for one project`;

const WAYS = ['/lsp', '/ws'];

function options() {
  const text = (value) => ({ type: 'string', default: value });
  const own = { turns: text('4'), client: text('full'), token: text('') };
  const chosen = optionsOf({ usage: './run', projects: PROJECTS.map(({ name }) => name), json: '../../target/parity.json', own, help: HELP });
  if (!(chosen.client in CLIENTS)) throw new Error(`--client is one of ${Object.keys(CLIENTS).join(', ')}`);
  return chosen;
}

async function main() {
  const chosen = options();
  const given = chosen.server ? { url: chosen.server.replace(/\/$/, ''), token: chosen.token } : null;
  report(await ofProjects(chosen, given, (each, server, accepted) => compared(each, server, chosen, accepted)), chosen);
}

function report(results, chosen) {
  const rows = summarised(results, WAYS);
  console.log(`${table(rows, WAYS)}\n\n${shares(results, WAYS)}\n\n${reasons(results)}\n${losses(results, WAYS)}`);
  written({ client: chosen.client, rows, results: results.map(({ one: _, ...result }) => result) }, chosen);
}

async function compared({ project, place, workspace, documents }, server, chosen, accepted) {
  say(`${project.name}: opening ${documents.map(({ path }) => path).join(', ')} …`);
  const other = createOther(project, place);
  const places = { root: pathToFileURL(place).href, directory: place, files: new Set(namesIn(place)) };
  const ways = await connected({ project, place, workspace }, server, chosen, places);
  try {
    for (const endpoint of Object.values(ways)) for (const document of documents) endpoint.open(document);
    await openOther(ways['/ws'], other);
    await settled(documents, ways, chosen.quiet);
    const all = announcedCases(casesOf({ project, documents, count: chosen.places }), ways.stdio).filter(({ row }) => chosen.rows.length === 0 || chosen.rows.includes(row));
    say(`${project.name}: ${all.length} cases …`);
    const results = [];
    const judge = (one) => judged(one, { project, ways, places, accepted, chosen });
    for (const one of all) {
      const result = await judge(one);
      if (result) results.push(result);
    }
    await measured(results, ways, chosen.turns);
    results.push(...(await changed(documents, ways, chosen.quiet, judge)));
    return results;
  } finally {
    for (const endpoint of Object.values(ways)) await endpoint.close();
  }
}

/** The three clients, initialized. `/lsp` is first: it installs the language server that stdio then starts. */
async function connected({ project, place, workspace }, server, chosen, places) {
  const introduction = { rootUri: places.root, capabilities: CLIENTS[chosen.client] };
  const lsp = await SocketEndpoint.connect('/lsp', `${server.url}/lsp/${workspace}/${project.language}`, server.token);
  await lsp.initialize(introduction);
  const ws = await SocketEndpoint.connect('/ws', `${server.url}/ws/${workspace}`, server.token);
  await ws.initialize(introduction);
  ws.own = (value) => ownItems(project, value);
  return { stdio: await startAlone({ project, place }, places, introduction.capabilities), '/lsp': lsp, '/ws': ws };
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
  const endpoints = Object.values(ways);
  await projectRead(endpoints, documents);
  for (const endpoint of endpoints) endpoint.beginPulls();
  await quiet(quietMs, () => endpoints.map(({ lastMessage }) => lastMessage));
}

/** Mistakes are typed into each document: what is shown then, and after they are taken back. */
async function changed(documents, ways, quietMs, judge) {
  const results = [];
  for (const [row, textOf] of [
    ['diagnostics after a mistake', ({ text, mistake }) => text + mistake],
    ['diagnostics after its correction', ({ text }) => text],
  ]) {
    for (const document of documents) {
      const next = { ...document, version: document.version + (row.endsWith('mistake') ? 1 : 2), text: textOf(document) };
      for (const endpoint of Object.values(ways)) endpoint.change(next);
    }
    await settled(documents, ways, quietMs);
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
      outcomes[way] = outcomeOf(answers.stdio, answers[way], { project, one, way }, accepted);
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

await run(main);

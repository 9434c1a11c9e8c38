// Asks the same language servers the same over stdio and in the browser IDE, by VS Code's API in the page. See README.md.
import { pathToFileURL } from 'node:url';
import { announcedCases, casesOf } from './cases.mjs';
import { NOTHING } from './chains.mjs';
import { normalised } from './compare.mjs';
import { AnsweredEndpoint, diagnosticOf } from './page/answers.mjs';
import { commandsIn, commandTable, namedCommands } from './page/commands.mjs';
import { launched, PageEndpoint } from './page/endpoint.mjs';
import { paired } from './page/paired.mjs';
import { featureTable, FEATURES } from './page/table.mjs';
import { ofProjects, optionsOf, outcomeOf, pause, projectRead, quiet, run, say, startAlone, TRIES, TRY_AGAIN_AFTER_MS, written } from './program.mjs';
import { losses, reasons } from './report.mjs';

const PROJECTS = ['requests', 'typescript', 'json', 'html', 'css', 'markdown', 'yaml', 'bash'];
const HELP = `  --server LINK --directory DIR
                      the link of a server that runs, with the empty workspace demo in DIR; for one project`;

const WAY = 'page';
/** The workspace's folder in what is compared. */
const ROOT = 'root:';
const BEGIN_WITHIN_MS = 120_000;

async function main() {
  const chosen = optionsOf({ usage: 'node page.mjs', projects: PROJECTS, json: '../../target/page-parity.json', own: {}, help: HELP });
  const browser = await launched();
  try {
    report(await ofProjects(chosen, chosen.server ? { link: chosen.server } : null, (each, { link }, accepted) => compared(each, { browser, link, chosen, accepted })), chosen);
  } finally {
    await browser.close();
  }
}

function report(results, chosen) {
  const commands = namedCommands(results);
  console.log(`${featureTable(results, WAY)}\n\n${reasons(results)}\n${losses(results, [WAY])}\n\n${commandTable(commands)}`);
  written({ commands, results }, chosen);
  const missing = commands.filter(({ isHere }) => !isHere);
  if (missing.length === 0) return;
  say(`The page does not have: ${missing.map(({ command }) => command).join(', ')}.`);
  if (!chosen.tolerant) process.exitCode = 1;
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
    // The page's first document of the language installs it.
    stdio = await startAlone({ project, place }, places, page.capabilities);
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
    return results.filter(Boolean);
  } finally {
    await stdio?.close();
    await page.close();
  }
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
  await projectRead([answered, page], documents);
  stdio.beginPulls();
  await quiet(quietMs, () => [stdio.isWaiting ? null : stdio.lastMessage, page.lastMessage]);
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
async function mistaken(documents, ways, { quiet: quietMs, rows }, judge) {
  if (rows.length > 0 && !rows.some((row) => row.startsWith('diagnostics') || row === 'quick fix')) return [];
  const results = [];
  for (const isTyped of [true, false]) {
    for (const document of documents) {
      await ways.page.change(document, document.mistake, isTyped);
      ways.stdio.change({ ...document, version: document.version + (isTyped ? 1 : 2), text: isTyped ? document.text + document.mistake : document.text });
    }
    await settled(documents, ways, quietMs);
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
  let [outcome, commands] = [];
  for (let round = 0; round < TRIES; round += 1) {
    if (round > 0) await pause(TRY_AGAIN_AFTER_MS);
    const [ours, theirs] = paired(one.method, await answerOf(one, stdio), await answerOf(one, page));
    if (ours.value === NOTHING) return null;
    outcome = outcomeOf(normalised(rooted(ours, places), rootless), normalised(rooted(theirs, places), rootless), { project, one, way: WAY }, accepted);
    commands = commandsIn(ours.value);
    if (outcome.outcome !== 'lost') break;
  }
  return { project: project.name, language: project.language, row: one.row, method: one.method, label: one.label, outcomes: { [WAY]: outcome }, commands: await page.haveCommands(commands) };
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

await run(main);

// What `run.mjs` and `page.mjs` share: options, time limits, the projects with their server, the language server alone, outcomes.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { differences, reasonsOf } from './compare.mjs';
import { StdioEndpoint } from './endpoints.mjs';
import { create, missing, PROJECTS } from './projects.mjs';
import { declarationOf, filled, installOf, startServer, stopServers } from './server.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const QUIET_WITHIN_MS = 60_000;
const INSTALLED_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 25;

/** An answer that differs is asked for again: a language server may still have been reading the project. */
export const TRIES = 3;
export const TRY_AGAIN_AFTER_MS = 500;

const NUMBERS = { places: [1, 200], quiet: [100, 60_000], turns: [0, 100] };
const HELP = `
  --only requests,css projects: ${PROJECTS.map(({ name }) => name).join(', ')}
  --rows hover,rename these requests alone
  --places 8          in each document
  --quiet 1500        ms without a message after which a language server has no more to say
  --json FILE         where the results are written
  --tolerant          exit code 0 even if something is lost
  --qide PROGRAM      another build's ./qide`;

export const say = (sentence) => process.stderr.write(`${sentence}\n`);
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The options of the command line. Prints the help and ends the program if that is asked for.
 *
 * @param usage how the program is called
 * @param projects the names of those that it compares without `--only`
 * @param json the file of the results without `--json`, relative to this folder
 * @param own what else the program has, as `parseArgs` takes it
 * @param help the lines about these
 */
export function optionsOf({ usage, projects, json, own, help }) {
  const text = (value) => ({ type: 'string', default: value });
  const common = { only: text(''), rows: text(''), places: text('8'), quiet: text('1500'), json: text(here(json)), qide: text(here('../../qide')) };
  const place = { server: { type: 'string' }, directory: { type: 'string' } };
  const { values } = parseArgs({ options: { ...common, ...place, ...own, tolerant: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(`usage: ${usage} [options]${HELP}\n${help}`);
    process.exit(0);
  }
  const list = (value) => value.split(',').filter(Boolean);
  const named = list(values.only);
  const unknown = named.filter((name) => !PROJECTS.some((project) => project.name === name));
  if (unknown.length > 0) throw new Error(`--only names no project: ${unknown.join(', ')}`);
  if (values.server && (!values.directory || named.length !== 1)) throw new Error('--server needs --directory, and --only with one project');
  const numbers = Object.keys(NUMBERS).filter((name) => values[name] !== undefined);
  return { ...values, only: named.length > 0 ? named : projects, rows: list(values.rows), ...Object.fromEntries(numbers.map((name) => [name, numberOf(name, values[name])])) };
}

function numberOf(name, text) {
  const [least, most] = NUMBERS[name];
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= least && value <= most)) throw new Error(`--${name} is from ${least} to ${most}`);
  return value;
}

/**
 * Compares the chosen projects, each in a directory of its own, on one server with all of them.
 *
 * @param given the server that runs, in the form of `startServer`; null for one of its own
 * @param compared gives the results of one project: { project, place, workspace, documents }, the server, the accepted reasons
 * @returns the results of all
 */
export async function ofProjects(chosen, given, compared) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'qide-parity-')));
  try {
    const projects = PROJECTS.filter(({ name }) => chosen.only.includes(name)).filter(isHere).map((project) => {
      const place = given ? realpathSync(chosen.directory) : join(directory, project.name);
      return { project, place, workspace: given ? 'demo' : project.name, documents: create(project, place) };
    });
    const server = given ?? (await startServer(chosen.qide, join(directory, 'data'), Object.fromEntries(projects.map(({ workspace, place }) => [workspace, place]))));
    const accepted = JSON.parse(readFileSync(here('reasons.json'), 'utf8'));
    const results = [];
    for (const each of projects) {
      const found = await compared(each, server, accepted);
      say(`${each.project.name}: ${found.length} cases, ${found.filter(isLost).length} lost`);
      results.push(...found);
    }
    return results;
  } finally {
    await stopServers();
    rmSync(directory, { recursive: true, force: true });
  }
}

function isHere(project) {
  const why = missing(project);
  if (why) say(`${project.name} is left out: ${why}`);
  return !why;
}

/**
 * The language server alone, once Q-IDE has installed it.
 *
 * @param places { root }, which gets the folder of the installation as `install`
 */
export async function startAlone({ project, place }, places, capabilities) {
  const declaration = declarationOf(project.language);
  const deadline = performance.now() + INSTALLED_WITHIN_MS;
  while (!(places.install = installOf(declaration)) && performance.now() < deadline) await pause(LOOK_AGAIN_MS);
  if (!places.install) throw new Error(`The language server of ${project.language} is not installed where it is looked for (QIDE_TOOLS).`);
  const values = { install: places.install, node: process.execPath, workspace: place };
  const stdio = new StdioEndpoint(filled(declaration.command, values), place, filled(declaration.configuration ?? {}, values));
  await stdio.initialize({ rootUri: places.root, capabilities, initializationOptions: filled(declaration.initializationOptions ?? {}, values) });
  return stdio;
}

/** Waits until every language server has answered what needs the whole project: before, TypeScript answers what needs the text alone. */
export async function projectRead(endpoints, documents) {
  const position = { line: 0, character: 0 };
  const ask = (endpoint) => documents.map(({ uri }) => endpoint.request('textDocument/references', { textDocument: { uri }, position, context: { includeDeclaration: true } }));
  await Promise.all(endpoints.flatMap(ask));
}

/**
 * Waits until nothing has arrived for a while, but not for ever.
 *
 * @param lastMessages gives when each side last received a message, in milliseconds of `performance.now()`; null for one that waits for an answer
 */
export async function quiet(quietMs, lastMessages) {
  const begun = performance.now();
  const isQuiet = () => lastMessages().every((last) => last !== null && performance.now() - Math.max(last, begun) > quietMs);
  while (!isQuiet() && performance.now() < begun + QUIET_WITHIN_MS) await pause(LOOK_AGAIN_MS);
}

/** How an answer compares with that of stdio; both are normalised. */
export function outcomeOf(stdio, other, { project, one, way }, accepted) {
  const found = differences(stdio, other);
  if (found.length === 0) return { outcome: 'equal' };
  const why = reasonsOf(found, { language: project.language, row: one.row, way, label: one.label }, accepted);
  return { outcome: why ? 'reason' : 'lost', ...(why ? { reasons: why } : {}), differences: found };
}

export const isLost = ({ outcomes }) => Object.values(outcomes).some(({ outcome }) => outcome === 'lost');

/** Writes the results' file; the program fails if something is lost. */
export function written(content, chosen) {
  mkdirSync(dirname(chosen.json), { recursive: true });
  writeFileSync(chosen.json, JSON.stringify(content, null, 1));
  say(`The results are in ${chosen.json}. Load: ${readFileSync('/proc/loadavg', 'utf8').trim()}`);
  if (!chosen.tolerant && content.results.some(isLost)) process.exitCode = 1;
}

/** Runs a program, and ends its servers when it is interrupted. */
export async function run(main) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopServers().finally(() => process.exit(130)));
  await main();
}

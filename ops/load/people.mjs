#!/usr/bin/env node
// `node people.mjs`: people who edit, complete, ask a model, save files, search and use terminals, on one server. See README.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { endAll, startServer, stop, temporary } from '../build/proof.mjs';
import * as activities from './activities.mjs';
import { course } from './course.mjs';
import { row } from './figures.mjs';
import { flatness, sample } from './health.mjs';
import { startModel } from './model.mjs';
import { Edits, Person } from './person.mjs';
import { Tally } from './tally.mjs';

/** The workspaces' people; a workspace has at most 100 shares. */
const PEOPLE_OF_A_WORKSPACE = 50;
const PEOPLE_OF_A_DOCUMENT = 4;
/** Each person with completion has a language server: 60 to 80 MB each. */
const COMPLETING_MAX = 50;
/** One person may have this many terminals, and turns of a chat. */
const TERMINALS_MAX = 8;
const CHATS_MAX = 12;
const JOIN_AT_ONCE = 10;
const SAMPLE_EVERY_MS = 5_000;
const DELIVERED_WITHIN_MS = 60_000;
const EQUAL_WITHIN_MS = 30_000;
const TEXT = '/* */\n.team { co }\n.other { color: red; }\n';
const SCENARIOS = ['edit', 'complete', 'files', 'search', 'chat', 'terminal'];
const HELP = `usage: node people.mjs [options]
  --people 50,200,1000                                   how many, one server for each number
  --scenario edit,complete,files,search,chat,terminal    what they do (all)
  --seconds 60  --warm-up 20
  --soak MINUTES   50 people for this long: fails unless memory, descriptors, threads and the disk's growth stay flat
  --svg FILE       the course of the last run as a chart
  --json FILE      all figures
  --budget         fails if a figure of 50 people is beyond budget.json`;

const say = (sentence) => process.stderr.write(`${sentence}\n`);

function options() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: {
      people: text('50,200,1000'),
      scenario: text(SCENARIOS.join()),
      seconds: text('60'),
      'warm-up': text('20'),
      soak: { type: 'string' },
      svg: { type: 'string' },
      json: { type: 'string' },
      budget: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const number = (name, value, most) => {
    const parsed = Number(value);
    if (!Number.isInteger(parsed) || parsed < 1 || parsed > most) throw new Error(`--${name} is a whole number from 1 to ${most}, not ${value}`);
    return parsed;
  };
  const scenarios = values.scenario.split(',');
  for (const name of scenarios) if (!SCENARIOS.includes(name)) throw new Error(`--scenario: ${name} is unknown; see --help`);
  const isSoak = values.soak !== undefined;
  return {
    scenarios,
    isSoak,
    sizes: isSoak || values.budget ? [50] : values.people.split(',').map((value) => number('people', value, 1_500)),
    seconds: isSoak ? 60 * number('soak', values.soak, 24 * 60) : number('seconds', values.seconds, 3_600),
    warmSeconds: number('warm-up', values['warm-up'], 600),
    ...{ svg: values.svg, json: values.json, isBudget: values.budget },
  };
}

/** A heap that never grows, so that growth of resident memory is growth outside it. */
const FIXED_HEAP = '-Xms1g -Xmx1g -XX:+AlwaysPreTouch';

/** A server with workspaces and a model, empty but for the shared documents. */
async function startSite(people, model, isSoak) {
  const directory = temporary('people');
  const data = join(directory, 'data');
  const workspaces = Array.from({ length: Math.ceil(people / PEOPLE_OF_A_WORKSPACE) }, (_, number) => `team${number}`);
  const parameters = ['--data', data];
  for (const name of workspaces) {
    const folder = join(directory, name);
    mkdirSync(join(folder, 'styles'), { recursive: true });
    for (let number = 0; number < Math.ceil(PEOPLE_OF_A_WORKSPACE / PEOPLE_OF_A_DOCUMENT); number++) writeFileSync(join(folder, `styles/${number}.css`), TEXT);
    parameters.push('--workspace', `${name}=${folder}`);
  }
  const models = join(directory, 'models.json');
  writeFileSync(models, JSON.stringify(model.models));
  const heap = isSoak && !process.env.QIDE_JAVA_OPTIONS ? { QIDE_JAVA_OPTIONS: FIXED_HEAP } : {};
  const server = await startServer(parameters, { QIDE_MODELS_FILE: models, QIDE_TERMINALS: 'owners', ...heap });
  return { server, data, workspaces };
}

async function guestToken(site, workspace, number) {
  const response = await fetch(`${site.server.origin}/api/workspaces/${workspace}/shares`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${site.server.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ role: 'edit', expiresInDays: 1, name: `Person ${number}` }),
    signal: AbortSignal.timeout(DELIVERED_WITHIN_MS),
  });
  if (response.status !== 201) throw new Error(`a share of ${workspace}: ${response.status} ${await response.text()}`);
  return (await response.json()).token;
}

/** Connects everybody, a few at once. */
async function arrive(site, count, shared) {
  const people = [];
  for (let first = 0; first < count; first += JOIN_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(JOIN_AT_ONCE, count - first) }, (_, more) => first + more);
    people.push(...(await Promise.all(numbers.map((number) => joinOne(site, number, count, shared)))));
  }
  return people;
}

async function joinOne(site, number, count, shared) {
  const workspace = site.workspaces[Math.floor(number / PEOPLE_OF_A_WORKSPACE)];
  const inWorkspace = number % PEOPLE_OF_A_WORKSPACE;
  const document = Math.floor(inWorkspace / PEOPLE_OF_A_DOCUMENT);
  const firstOfDocument = number - (inWorkspace % PEOPLE_OF_A_DOCUMENT);
  const lastOfWorkspace = Math.min(count, number - inWorkspace + PEOPLE_OF_A_WORKSPACE);
  const others = Math.min(PEOPLE_OF_A_DOCUMENT, lastOfWorkspace - firstOfDocument) - 1;
  const token = await guestToken(site, workspace, number);
  const person = new Person(shared, { number, workspace, token, path: `styles/${document}.css`, others });
  await shared.tally.time('join', () => person.open());
  return person;
}

/** More connections of the owner, for actions that guests may not take. */
async function owners(site, count, shared) {
  const there = [];
  for (let number = 0; number < count; number++) {
    const person = new Person(shared, { workspace: site.workspaces[number % site.workspaces.length], token: site.server.token });
    await person.open();
    await person.startEditor();
    there.push(person);
  }
  return there;
}

/** One number of people, from the server's start to its end. */
async function once(chosen, count) {
  const model = await startModel();
  const site = await startSite(count, model, chosen.isSoak);
  const tally = new Tally();
  const shared = { origin: site.server.origin, tally, edits: new Edits(tally) };
  const day = { isOver: false, tally, model };
  const does = (name) => chosen.scenarios.includes(name);
  tally.isOn = true;
  const people = await arrive(site, count, shared);
  const completing = does('complete') ? people.slice(0, COMPLETING_MAX) : [];
  await Promise.all(completing.map((person) => tally.time('first completion', () => person.startEditor().then(() => person.complete()))));
  const chatting = await owners(site, does('chat') ? Math.min(CHATS_MAX, Math.ceil(count / 10)) : 0, shared);
  const typing = await owners(site, does('terminal') ? Math.min(TERMINALS_MAX, Math.ceil(count / 10)) : 0, shared);
  tally.isOn = false;
  const running = [
    ...(does('edit') ? people.map((person) => activities.edit(person, day)) : []),
    ...completing.map((person) => activities.complete(person, day)),
    ...(does('files') ? people.map((person) => activities.files(person, day)) : []),
    ...(does('search') ? people.map((person) => activities.search(person, day)) : []),
    ...chatting.map((person) => activities.chat(person, day)),
    ...typing.map((person) => activities.terminal(person, day)),
  ];
  await sleep(chosen.warmSeconds * 1_000);
  tally.isOn = true;
  const samples = await watch(site, chosen.seconds, tally);
  tally.isOn = false;
  day.isOver = true;
  await Promise.all(running);
  await isWhole(people, shared, tally);
  for (const person of [...people, ...chatting, ...typing]) person.close();
  await stop(site.server);
  model.close();
  return { people: count, completing: completing.length, chatting: chatting.length, terminals: typing.length, figures: tally.figures(), samples };
}

async function watch(site, seconds, tally) {
  const samples = [];
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    const now = await sampled(site, tally);
    if (now) samples.push({ ...now, edit: tally.recent('edit: others have it') });
    const left = end - performance.now();
    if (left <= 0) return samples;
    await sleep(Math.min(left, SAMPLE_EVERY_MS));
  }
}

/** A sample; null, and a failure, if the server does not give its metrics. The run goes on, since its figures are worth more than this one. */
async function sampled(site, tally) {
  try {
    return await sample(site.server, site.data);
  } catch (failure) {
    if (site.server.child.exitCode !== null) throw new Error(`the server has ended with ${site.server.child.exitCode}`, { cause: failure });
    tally.fail('metrics', `${failure.message}: ${failure.cause?.code ?? failure.cause?.message ?? 'no cause'}`);
    return null;
  }
}

/** Every edit has arrived, and everybody who has a document open sees the same text. */
async function isWhole(people, shared, tally) {
  const until = async (milliseconds, condition) => {
    const end = performance.now() + milliseconds;
    while (!condition() && performance.now() < end) await sleep(100);
  };
  await until(DELIVERED_WITHIN_MS, () => shared.edits.missing === 0);
  if (shared.edits.missing > 0) tally.fail('edit: others have it', `${shared.edits.missing} edits did not reach everybody`);
  const texts = () => {
    const byDocument = new Map();
    for (const person of people) {
      const key = `${person.workspace}/${person.path}`;
      byDocument.set(key, (byDocument.get(key) ?? new Set()).add(person.text.toString()));
    }
    return [...byDocument].filter(([, different]) => different.size > 1);
  };
  await until(EQUAL_WITHIN_MS, () => texts().length === 0);
  for (const [document] of texts()) {
    const there = people.filter((person) => `${person.workspace}/${person.path}` === document).map((person) => person.summary());
    tally.fail('edit: others have it', `${document}: people see different texts: ${there.join('; ')}`);
  }
}

const number = (value) => (Number.isFinite(value) ? value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 }) : '–');

function report({ people, completing, chatting, terminals, figures, samples }) {
  const [first, last] = [samples[0], samples.at(-1)];
  const seconds = last.at - first.at;
  const share = (name) => number((100 * (last[name] - first[name])) / seconds);
  return [
    `\n### ${people} people, ${completing} with completion, ${chatting} chatting, ${terminals} in terminals; ${number(seconds)} s`,
    row(['', 'count', 'p50 ms', 'p99 ms', 'max ms', 'failed']),
    row(['---', '---', '---', '---', '---', '---']),
    ...figures.map((one) => row([one.name, number(one.count), number(one.p50), number(one.p99), number(one.max), number(one.failed)])),
    `- CPU, % of one core: server ${share('cpu')}; PostgreSQL, language servers and shells ${share('cpuBelow')}; load ${last.load}`,
    `- at the end: ${number(last.resident)} MB resident, ${number(last.heap)} MB of heap after a collection, ` +
      `${number(last.descriptors)} descriptors, ${number(last.threads)} threads, ${number(last.disk)} MB on disk`,
    ...figures.flatMap((one) => one.messages.map((message) => `- ${one.name}: ${message}`)),
  ].join('\n');
}

/** The figures that exceed budget.json, as sentences. */
function beyondBudget({ figures }) {
  const budget = JSON.parse(readFileSync(new URL('budget.json', import.meta.url), 'utf8'));
  return Object.entries(budget).flatMap(([name, limit]) => {
    const found = figures.find((one) => one.name === name);
    if (!found?.count) return [`${name}: no figure`];
    return found.p99 > limit ? [`${name}: p99 ${number(found.p99)} ms, the budget is ${limit}`] : [];
  });
}

async function main() {
  const chosen = options();
  const runs = [];
  for (const count of chosen.sizes) {
    say(`${count} people …`);
    const run = await once(chosen, count);
    runs.push(run);
    console.log(report(run));
  }
  const last = runs.at(-1);
  const problems = runs.flatMap(({ figures }) => figures.filter((one) => one.failed > 0).map((one) => `${one.name}: ${one.failed} failed`));
  if (chosen.isSoak) {
    const rows = flatness(last.samples);
    console.log(['', row(['', 'second quarter', 'last quarter']), row(['---', '---', '---']), ...rows.map((one) => row([one.title, number(one.before), number(one.after)]))].join('\n'));
    problems.push(...rows.filter((one) => !one.isFlat).map((one) => `${one.title}: grew from ${number(one.before)} to ${number(one.after)}`));
  }
  if (chosen.isBudget) problems.push(...beyondBudget(runs[0]));
  if (chosen.svg) writeFileSync(chosen.svg, course(last.samples));
  if (chosen.json) writeFileSync(chosen.json, JSON.stringify({ options: chosen, runs }, null, 1));
  for (const problem of problems) say(`people: ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => endAll().then(() => process.exit(130)));
let code = 1;
try {
  code = await main();
} catch (failure) {
  say(failure.stack);
} finally {
  await endAll();
}
process.exit(code);

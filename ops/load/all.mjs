// `node all.mjs`: measures docs/benchmarks.md again, part by part, beside the same peers, on a quiet machine. See README.md.
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { endAll, startServer, stop, temporary } from '../build/proof.mjs';
import { PARTS } from './benchmark-parts.mjs';
import { row } from './figures.mjs';
import { build, missingPackages, missingTools } from './needs.mjs';
import { load } from './processes.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A machine is quiet if its cores do less than this share of what they can. */
const BUSY_SHARE = 0.1;
const LOOK_MS = 5_000;
/** A part that has reached its bound stops its servers within this time, or is killed with them. */
const STOP_WITHIN_MS = 60_000;
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const HELP = `usage: node all.mjs [options]
  --parts NAME,NAME   some of them; --list shows all
  --long              also those that take hours
  --trace FILE        an editing trace (json.gz) for the part yjs
  --output DIR        what each part prints, and its figures (ops/load/target/benchmarks/DATE)
  --skip-missing      leaves out the parts for which something is missing
  --busy              measures although the machine has other work
  --bound MINUTES     of each part, instead of its own
  --list              the parts, and what is missing for each`;

const say = (sentence) => process.stderr.write(`${sentence}\n`);

function options() {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    options: { parts: text, trace: text, output: text, bound: text, long: flag, list: flag, busy: flag, 'skip-missing': flag, help: flag },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const names = values.parts?.split(',') ?? Object.keys(PARTS).filter((name) => values.long || !PARTS[name].isLong);
  for (const name of names) if (!(name in PARTS)) throw new Error(`--parts: ${name} is unknown; see --list`);
  const bound = values.bound === undefined ? undefined : Number(values.bound);
  if (bound !== undefined && !(bound > 0 && bound <= 1_440)) throw new Error('--bound is from 0 to 1440 minutes');
  const date = new Date().toISOString().slice(0, 16).replace(':', '');
  return { ...values, names, bound, output: values.output ?? join(ROOT, 'ops/load/target/benchmarks', date) };
}

const isThere = (program) => spawnSync('bash', ['-c', 'command -v "$0"', program]).status === 0;

/** What a part lacks, beyond what all of them need. */
function lackOf(name, { trace }) {
  const { command, npm, programs = [], files = [], hasBrowser } = PARTS[name];
  const needsTrace = command.includes('{trace}');
  const hasChromium = process.env.QIDE_CHROMIUM || BROWSERS.some(isThere);
  return [
    ...(npm ? missingPackages(npm) : []),
    ...(hasBrowser && !existsSync(join(ROOT, 'node_modules/playwright-core')) ? ['npm packages: run "npm ci --ignore-scripts" in the root of the repository'] : []),
    ...programs.filter((program) => !isThere(program)).map((program) => `the program ${program}`),
    ...files.filter((file) => !existsSync(join(ROOT, file))).map((file) => `${file}: run "mvn -q -pl protocol/yjs -am test-compile"`),
    hasBrowser && !hasChromium && 'Chromium: install one, or set QIDE_CHROMIUM',
    needsTrace && !trace && 'an editing trace: name it with --trace',
    needsTrace && trace && !existsSync(trace) && `the file ${trace}`,
  ].filter(Boolean);
}

/** The share of time in which the cores work. */
async function busyShare() {
  const now = () => readFileSync('/proc/stat', 'latin1').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  const before = now();
  await sleep(LOOK_MS);
  const passed = now().map((ticks, index) => ticks - before[index]);
  const [, , , idle, waiting] = passed;
  const all = passed.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0);
  return 1 - (idle + waiting) / all;
}

/** Ends this process with exit code 2 if the run cannot begin; returns the parts that can. */
async function ready(chosen) {
  const lacks = chosen.names.flatMap((name) => lackOf(name, chosen).map((lack) => ({ name, lack })));
  for (const lack of missingTools()) say(`Missing: ${lack}.`);
  for (const { name, lack } of lacks) say(`Missing for ${name}: ${lack}.`);
  if (missingTools().length > 0) process.exit(2);
  if (lacks.length > 0 && !chosen['skip-missing']) {
    say('Install what is missing, or leave these parts out with --skip-missing.');
    process.exit(2);
  }
  const share = await busyShare();
  if (share > BUSY_SHARE) {
    say(`The machine is busy: its cores work ${Math.round(100 * share)} % of the time. ${chosen.busy ? 'The figures will show it.' : 'Stop other work, or measure nevertheless with --busy.'}`);
    if (!chosen.busy) process.exit(2);
  }
  return chosen.names.filter((name) => !lacks.some((one) => one.name === name));
}

let running;
let isInterrupted = false;

/** Ends a part with everything that it has started in its process group. */
async function end(child) {
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch {
      // Nothing of it runs any more.
    }
  };
  signal('SIGTERM');
  const timer = setTimeout(() => signal('SIGKILL'), STOP_WITHIN_MS);
  await child.gone;
  clearTimeout(timer);
  signal('SIGKILL');
}

/** Runs a part to its end or its bound: { name, seconds, load, result, log }. */
async function once(name, chosen) {
  const { folder, command, minutes, hasServer } = PARTS[name];
  const log = join(chosen.output, `${name}.log`);
  const bound = chosen.bound ?? minutes;
  const before = load();
  const begun = performance.now();
  const server = hasServer ? await startServer(['--data', temporary('benchmarks')]) : null;
  const [program, ...parameters] = command.map((word) => word.replace('{output}', chosen.output).replace('{trace}', chosen.trace));
  const env = { ...process.env, ...(server && { QIDE_URL: `${server.origin}/#token=${server.token}` }) };
  // A group of its own, so that its servers end with it.
  const child = spawn(program.includes('/') ? join(ROOT, folder, program) : program, parameters, { cwd: join(ROOT, folder), env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running = child;
  const file = createWriteStream(log);
  for (const stream of [child.stdout, child.stderr]) stream.pipe(file, { end: false });
  let result = 'passed';
  child.gone = new Promise((resolve) => {
    child.once('error', (error) => resolve((result = `failed: ${error.message}`)));
    child.once('close', (code, signal) => resolve(code !== 0 && result === 'passed' && (result = `failed: ended with ${code ?? signal}`)));
  });
  const timer = setTimeout(() => {
    result = `failed: not within ${bound} minutes`;
    end(child);
  }, bound * 60_000);
  await child.gone;
  clearTimeout(timer);
  // What it has left behind would disturb the next part.
  await end(child);
  running = undefined;
  if (server) await stop(server);
  file.end();
  return { name, seconds: Math.round((performance.now() - begun) / 1_000), load: before, result, log };
}

function summary(results, leftOut) {
  const output = (path) => relative(process.cwd(), path);
  return [
    row(['part', 'section of docs/benchmarks.md', 'seconds', 'load before', 'result', 'output']),
    row(['---', '---', '--:', '--:', '---', '---']),
    ...results.map(({ name, seconds, load: before, result, log }) => row([name, PARTS[name].section + (PARTS[name].writes ? ' (written)' : ''), seconds, before, result, output(log)])),
    ...leftOut.map((name) => row([name, PARTS[name].section, '', '', 'left out: something is missing', ''])),
  ].join('\n');
}

function list(chosen) {
  const lack = (name) => lackOf(name, chosen).join('; ') || 'nothing';
  const rows = Object.entries(PARTS).map(([name, { section, folder, command, minutes, writes, isLong }]) =>
    row([name + (isLong ? ' (long)' : ''), section + (writes ? ' (written)' : ''), `${folder}: ${command.join(' ')}`, minutes, lack(name)]),
  );
  console.log([row(['part', 'section', 'command', 'at most, minutes', 'missing']), row(['---', '---', '---', '--:', '---']), ...rows].join('\n'));
}

async function main() {
  const chosen = options();
  if (chosen.list) return list(chosen);
  const names = await ready(chosen);
  const leftOut = chosen.names.filter((name) => !names.includes(name));
  build();
  mkdirSync(chosen.output, { recursive: true });
  const results = [];
  for (const name of names) {
    if (isInterrupted) break;
    say(`${name} …`);
    const result = await once(name, chosen).catch((error) => ({ name, seconds: 0, load: load(), result: `failed: ${error.message}`, log: chosen.output }));
    results.push(result);
    say(`  ${result.result}, ${result.seconds} s`);
    writeFileSync(join(chosen.output, 'summary.md'), `${summary(results, leftOut)}\n`);
  }
  console.log(summary(results, leftOut));
  if (results.some(({ result }) => result !== 'passed')) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    isInterrupted = true;
    if (running) await end(running);
    await endAll();
    process.exit(130);
  });
}
await main().finally(endAll);

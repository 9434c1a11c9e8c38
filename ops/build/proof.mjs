// What the proofs of ops share: programs with a deadline, free ports, a real server. Everything that was started ends with `endAll`.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const START_WITHIN_MS = 180_000;
const RUN_WITHIN_MS = 240_000;
const STOP_WITHIN_MS = 30_000;
const LOOK_MS = 100;
const LAST_CHARACTERS = 4_000;
const running = new Map();
const directories = [];
/** What ends that which is not a child of this process. */
const endings = new Set();

export const here = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** A directory that `endAll` removes. */
export function temporary(name) {
  const directory = mkdtempSync(join(tmpdir(), `qide-${name}-`));
  directories.push(directory);
  return directory;
}

export async function until(what, condition, milliseconds = START_WITHIN_MS) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${milliseconds} ms`);
    await sleep(LOOK_MS);
  }
}

/** How long ago a moment of `performance.now()` was. */
export const seconds = (begun) => `${((performance.now() - begun) / 1000).toFixed(1)} s`;

export function check(isSo, what) {
  if (!isSo) throw new Error(`not so: ${what}`);
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Starts a program: { child, ended, output() }; `output` is the end of what it printed. */
export function start(command, parameters, { env = {}, cwd, input = 'ignore' } = {}) {
  const child = spawn(command, parameters.map(String), { stdio: [input, 'pipe', 'pipe'], env: { ...process.env, ...env }, cwd });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output = (output + bytes).slice(-LAST_CHARACTERS)));
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code: code ?? signal, output });
    });
  });
  ended.catch(() => running.delete(child));
  running.set(child, ended);
  return { child, ended, output: () => output };
}

/** Runs a program to its end, whatever its exit code, for at most `within` milliseconds: { code, output }. */
export async function outcomeOf(command, parameters, { within = RUN_WITHIN_MS, ...options } = {}) {
  const program = start(command, parameters, options);
  const timer = setTimeout(() => program.child.kill('SIGKILL'), within);
  return program.ended.finally(() => clearTimeout(timer));
}

/** Runs a program that must succeed; returns what it printed. */
export async function run(command, parameters, options) {
  const { code, output } = await outcomeOf(command, parameters, options);
  if (code !== 0) throw new Error(`${command} ${parameters.join(' ')} ended with ${code}: ${output}`);
  return output.trim();
}

/** Ends a program: SIGTERM, and SIGKILL if it does not go. */
export async function stop({ child, ended }, signal = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended.finally(() => clearTimeout(timer));
}

/** A real server, ready: { child, ended, origin, token }; `program` is the `qide` of another checkout. */
export async function startServer(parameters, env = {}, program = here('qide')) {
  const server = start(program, ['serve', ...(parameters.includes('--port') ? [] : ['--port', '0']), ...parameters], { env });
  let line = '';
  server.child.stdout.on('data', (bytes) => (line += bytes));
  const ready = until('the start of the server', () => {
    const found = /ready: (https?:\/\/[^/]+)\/#token=(\S+)/.exec(line);
    if (!found && server.child.exitCode !== null) throw new Error(`the server ended: ${server.output()}`);
    return found;
  });
  const [, origin, token] = await ready;
  return Object.assign(server, { origin, token });
}

/** `endAll` runs this once, after the programs have ended; it may run when there is nothing to end any more. */
export function whenEnding(action) {
  endings.add(action);
}

/** Ends every program that still runs, and removes the directories. */
export async function endAll() {
  await Promise.all([...running].map(([child, ended]) => stop({ child, ended }).catch(() => {})));
  await Promise.all([...endings].map((end) => end().catch(() => {})));
  // What a program started may still write for a moment.
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
}

/** Runs a proof; what is left of it is gone when this process ends. */
export async function prove(proof) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => endAll().then(() => process.exit(1)));
  let code = 0;
  try {
    await proof();
  } catch (failure) {
    console.error(failure);
    code = 1;
  }
  await endAll();
  process.exit(code);
}

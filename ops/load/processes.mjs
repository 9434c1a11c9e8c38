// What processes cost, from /proc, and how ours are ended: each by its id.
import { readFileSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const MICROS_PER_TICK = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const STOP_WITHIN_MS = 30_000;
const IDLE_WITHIN_MS = 15_000;
const IDLE_LOOK_MS = 250;
const IDLE_SHARE = 0.05;

function stat(pid) {
  const text = readOrNothing(`/proc/${pid}/stat`);
  if (text === '') return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
  return { parent: fields[1], own: fields[11] + fields[12], reaped: fields[13] + fields[14] };
}

/** A process or thread may be gone by the time one looks. */
function readOrNothing(file) {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** CPU time in microseconds: of the process, and of all below it with what they have reaped. */
export function cpuOf(pid) {
  const all = new Map();
  for (const name of readdirSync('/proc')) {
    const found = /^\d+$/.test(name) ? stat(name) : null;
    if (found) all.set(Number(name), found);
  }
  const isBelow = (one) => {
    for (let at = all.get(one)?.parent; at > 1; at = all.get(at)?.parent) if (at === pid) return true;
    return false;
  };
  let below = 0;
  for (const [one, found] of all) if (isBelow(one)) below += found.own + found.reaped;
  return { own: (all.get(pid)?.own ?? 0) * MICROS_PER_TICK, below: below * MICROS_PER_TICK };
}

/** CPU time in microseconds of a process's living threads, by the beginning of their names. */
export function threadsOf(pid) {
  const used = {};
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readOrNothing(`/proc/${pid}/task/${thread}/stat`);
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')).replace(/[-#\d ]+$/, '');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
    if (name) used[name] = (used[name] ?? 0) + (fields[11] + fields[12]) * MICROS_PER_TICK;
  }
  return used;
}

export function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  const megabytes = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1]) / 1024;
  return { rss: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

export const load = () => Number(readFileSync('/proc/loadavg', 'latin1').split(' ')[0]);

/** Waits, bounded, until the process does next to nothing. */
export async function idle(pid) {
  const end = Date.now() + IDLE_WITHIN_MS;
  while (Date.now() < end) {
    const before = cpuOf(pid);
    await sleep(IDLE_LOOK_MS);
    const after = cpuOf(pid);
    const used = after.own + after.below - before.own - before.below;
    if (used / 1000 / IDLE_LOOK_MS < IDLE_SHARE) return;
  }
}

/** Ends a child: SIGTERM, and SIGKILL if it does not go. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}

// What a server's process uses while it is under load, and whether that stays flat.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from './figures.mjs';
import { cpuOf, load, memoryOf } from './processes.mjs';

const WITHIN_MS = 30_000;
const run = promisify(execFile);

/** The values of a Prometheus exposition, by name with labels. On a connection of its own: one that is kept may be closed just when the next request is sent. */
export async function metricsOf(origin) {
  const text = await (await fetch(`${origin}/metrics`, { headers: { Connection: 'close' }, signal: AbortSignal.timeout(WITHIN_MS) })).text();
  const values = new Map();
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ');
    if (at > 0 && line[0] !== '#') values.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return values;
}

/** One sample: sizes in MB, CPU times in seconds since the process began. */
export async function sample(server, data) {
  const metrics = await metricsOf(server.origin);
  const afterCollection = [...metrics].filter(([name]) => name.startsWith('jvm_memory_pool_collection_used_bytes'));
  const cpu = cpuOf(server.child.pid);
  const [size] = (await run('du', ['-sm', data]).catch(({ stdout }) => ({ stdout }))).stdout.split('\t');
  return {
    at: performance.now() / 1000,
    resident: memoryOf(server.child.pid).rss,
    heap: afterCollection.reduce((sum, [, bytes]) => sum + bytes, 0) / 2 ** 20,
    descriptors: metrics.get('process_open_fds'),
    threads: metrics.get('jvm_threads_current'),
    disk: Number(size),
    cpu: cpu.own / 1e6,
    cpuBelow: cpu.below / 1e6,
    load: load(),
  };
}

/** The tolerance: a tenth more, and a little for values that grow in steps. */
const FLAT = {
  resident: { title: 'resident memory, MB', share: 0.1, spare: 20 },
  heap: { title: 'heap after garbage collection, MB', share: 0.1, spare: 10 },
  descriptors: { title: 'open file descriptors', share: 0, spare: 20 },
  threads: { title: 'threads', share: 0, spare: 20 },
};

/**
 * Compares the second quarter of a run with the last one.
 * @returns [{ title, before, after, isFlat }]; for the disk, whose history grows with the edits, MB an hour
 */
export function flatness(samples) {
  const quarter = (number) => samples.slice(Math.floor((samples.length * (number - 1)) / 4), Math.floor((samples.length * number) / 4));
  const rows = Object.entries(FLAT).map(([name, { title, share, spare }]) => {
    const [before, after] = [2, 4].map((number) => median(quarter(number).map((one) => one[name])));
    return { title, before, after, isFlat: after <= before * (1 + share) + spare };
  });
  const growth = (number) => {
    const some = quarter(number);
    const hours = (some.at(-1).at - some[0].at) / 3_600;
    return (some.at(-1).disk - some[0].disk) / hours;
  };
  const [before, after] = [growth(2), growth(4)];
  // PostgreSQL writes its log in files of 16 MB: one more in either quarter says nothing.
  const spare = (2 * 16 * 3_600) / (quarter(4).at(-1).at - quarter(4)[0].at);
  rows.push({ title: 'growth on disk, MB an hour', before, after, isFlat: after <= before * 1.1 + spare });
  return rows;
}

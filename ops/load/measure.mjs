// One measurement: a server, the process that plays its clients, and what both cost meanwhile.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Commits, ofCommits } from './commits.mjs';
import { cpuOf, idle, load, memoryOf, stop, threadsOf } from './processes.mjs';
import { start } from './servers.mjs';

const BARE_SECONDS = 3;
const BARE_PER_SECOND_UNDER_LOAD = 25;
/** How long a run may take beyond its own seconds before it is ended. */
const RUN_GRACE_MS = 180_000;

/** One server from its start to its end. */
export async function once(job, name) {
  const server = await start(name);
  let commits = null;
  try {
    if (server.postgres) commits = await Commits.connect(server.postgres);
    const bare = commits ? await commits.backToBack(BARE_SECONDS) : [];
    const result = await generate({ ...job, server: server.target }, server, commits);
    if (commits) {
      bare.push(...(await commits.backToBack(BARE_SECONDS)));
      result.bareCommit = ofCommits(bare);
    }
    return result;
  } finally {
    await commits?.close().catch(() => {});
    await server.close();
  }
}

/** Lets the generator's process play, and reads the servers' clocks when it says so. */
export function generate(job, server, commits) {
  const generator = fork(fileURLToPath(new URL('generator.mjs', import.meta.url)));
  const pid = server.child.pid;
  const marks = {};
  let underLoad = null;
  const atMark = {
    idle: () => idle(pid),
    begin: () => {
      marks.load = load();
      marks.cpu = cpuOf(pid);
      marks.threads = threadsOf(pid);
      underLoad = commits?.nowAndThen(BARE_PER_SECOND_UNDER_LOAD);
    },
    end: async () => {
      const now = cpuOf(pid);
      marks.used = { own: now.own - marks.cpu.own, below: now.below - marks.cpu.below };
      marks.threadsUsed = difference(marks.threads, threadsOf(pid));
      marks.memory = memoryOf(pid);
      marks.loadAfter = load();
      marks.bareUnderLoad = underLoad ? ofCommits(await underLoad()) : null;
    },
  };
  let timer;
  return new Promise((resolve, reject) => {
    const limit = (job.seconds + job.warmSeconds + 2 * job.waitSeconds) * 1000 + RUN_GRACE_MS;
    timer = setTimeout(() => reject(new Error('the run took too long')), limit);
    generator.once('exit', () => reject(new Error('the generator ended early')));
    generator.on('message', async (message) => {
      if (message.mark) {
        await atMark[message.mark]();
        generator.send('go');
      } else {
        if (message.error) reject(new Error(message.error));
        else resolve({ ...message.result, ...measured(marks) });
      }
    });
    generator.send(job);
  }).finally(() => {
    clearTimeout(timer);
    return stop(generator);
  });
}

const difference = (before, after) =>
  Object.fromEntries(Object.entries(after).map(([name, used]) => [name, used - (before[name] ?? 0)]));

function measured(marks) {
  return {
    cpu: marks.used.own,
    cpuBelow: marks.used.below,
    threads: marks.threadsUsed,
    memory: marks.memory,
    load: [marks.load, marks.loadAfter],
    bareUnderLoad: marks.bareUnderLoad,
  };
}

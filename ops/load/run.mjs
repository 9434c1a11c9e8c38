// `node run.mjs`: the same clients against each server in turn, and one table. See README.md.
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Commits, ofCommits } from './commits.mjs';
import { cpuOf, idle, load, memoryOf, stop, threadsOf } from './processes.mjs';
import { table } from './report.mjs';
import { isServer, start, stopAll } from './servers.mjs';

const SCENARIOS = {
  'one-document': { documents: 1 },
  'fifty-documents': { documents: 50 },
  joiners: { documents: 1 },
};
/** So that somebody is there to be delivered to, with few clients too. */
const CLIENTS_OF_A_DOCUMENT = 4;
const BARE_SECONDS = 3;
const BARE_PER_SECOND_UNDER_LOAD = 25;
/** How long a run may take beyond its own seconds before it is ended. */
const RUN_GRACE_MS = 180_000;
const HELP = `usage: node run.mjs [options]
  --scenario one-document|fifty-documents|joiners|all     (all)
  --servers qide,hocuspocus,y-websocket                   also qide-yjs, its y-websocket
                 endpoint, and qide@PROGRAM, the ./qide of another build
  --clients 200  --rate 1000 edits/s  --seconds 10  --warm-up 20 seconds  --wait 15 seconds
  --rounds 3     the table holds medians, their spread is in the file
  --json FILE    everything, of every round
  --smoke        Q-IDE alone, one document, ten clients, a few seconds`;

const say = (sentence) => process.stderr.write(`${sentence}\n`);

function options() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: {
      scenario: text('all'),
      servers: text('qide,hocuspocus,y-websocket'),
      clients: text('200'),
      rate: text('1000'),
      seconds: text('10'),
      'warm-up': text('20'),
      wait: text('15'),
      rounds: text('3'),
      json: { type: 'string' },
      smoke: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const smoke = { servers: 'qide', scenario: 'one-document', clients: 10, rate: 50, seconds: 2, 'warm-up': 1, rounds: 1 };
  if (values.smoke) Object.assign(values, smoke);
  const number = (name, least, most) => {
    const value = Number(values[name]);
    if (!(value >= least && value <= most)) throw new Error(`--${name} is from ${least} to ${most}`);
    return value;
  };
  const list = (name, isKnown) => {
    const chosen = values[name].split(',');
    for (const one of chosen) {
      if (!isKnown(one)) throw new Error(`--${name}: ${one} is unknown; see --help`);
    }
    return chosen;
  };
  const scenarios = Object.keys(SCENARIOS);
  return {
    scenarios: values.scenario === 'all' ? scenarios : list('scenario', (one) => one in SCENARIOS),
    servers: list('servers', isServer),
    clients: number('clients', 1, 2_000),
    rate: number('rate', 1, 20_000),
    seconds: number('seconds', 1, 60),
    warmSeconds: number('warm-up', 1, 60),
    waitSeconds: number('wait', 1, 60),
    rounds: number('rounds', 1, 20),
    json: values.json,
  };
}

async function main() {
  const chosen = options();
  const runs = [];
  for (const scenario of chosen.scenarios) {
    for (let round = 1; round <= chosen.rounds; round++) {
      for (const server of chosen.servers) {
        say(`${scenario}, round ${round} of ${chosen.rounds}, ${server} …`);
        const run = await once(chosen, scenario, server).catch((error) => ({ error: error.message }));
        if (run.error) say(`  failed: ${run.error}`);
        runs.push({ scenario, round, server, ...run });
      }
    }
    console.log(table(scenario, runs.filter((run) => run.scenario === scenario), chosen));
  }
  if (chosen.json) writeFileSync(chosen.json, JSON.stringify({ options: chosen, runs }, null, 1));
  process.exitCode = runs.some((run) => run.error) ? 1 : 0;
}

/** One server from its start to its end. */
async function once(chosen, scenario, name) {
  const server = await start(name);
  let commits = null;
  try {
    if (server.postgres) commits = await Commits.connect(server.postgres);
    const bare = commits ? await commits.backToBack(BARE_SECONDS) : [];
    const few = Math.max(1, Math.floor(chosen.clients / CLIENTS_OF_A_DOCUMENT));
    const documents = Math.min(SCENARIOS[scenario].documents, few);
    const { clients, rate, seconds, warmSeconds, waitSeconds } = chosen;
    const pace = { clients, documents, rate, seconds, warmSeconds, waitSeconds };
    const result = await generate({ scenario, server: server.target, ...pace }, server, commits);
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
function generate(job, server, commits) {
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

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => stopAll().finally(() => process.exit(130)));
}
await main();

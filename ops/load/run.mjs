// `node run.mjs`: the same clients against each server in turn, and one table. See README.md.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { demand } from './needs.mjs';
import { table } from './report.mjs';
import { isServer, stopAll } from './servers.mjs';

const SCENARIOS = {
  'one-document': { documents: 1 },
  'fifty-documents': { documents: 50 },
  joiners: { documents: 1 },
};
/** So that somebody is there to be delivered to, with few clients too. */
const CLIENTS_OF_A_DOCUMENT = 4;
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
  demand();
  const { once } = await import('./measure.mjs');
  const runs = [];
  for (const scenario of chosen.scenarios) {
    for (let round = 1; round <= chosen.rounds; round++) {
      for (const server of chosen.servers) {
        say(`${scenario}, round ${round} of ${chosen.rounds}, ${server} …`);
        const run = await once(jobOf(chosen, scenario), server).catch((error) => ({ error: error.message }));
        if (run.error) say(`  failed: ${run.error}`);
        runs.push({ scenario, round, server, ...run });
      }
    }
    console.log(table(scenario, runs.filter((run) => run.scenario === scenario), chosen));
  }
  if (chosen.json) writeFileSync(chosen.json, JSON.stringify({ options: chosen, runs }, null, 1));
  process.exitCode = runs.some((run) => run.error) ? 1 : 0;
}

function jobOf(chosen, scenario) {
  const few = Math.max(1, Math.floor(chosen.clients / CLIENTS_OF_A_DOCUMENT));
  const documents = Math.min(SCENARIOS[scenario].documents, few);
  const { clients, rate, seconds, warmSeconds, waitSeconds } = chosen;
  return { scenario, clients, documents, rate, seconds, warmSeconds, waitSeconds };
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => stopAll().finally(() => process.exit(130)));
}
await main();

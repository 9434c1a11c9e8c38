// `node scale.mjs`: how throughput grows from one node to several, each with the same small share of a core. See README.md.
import { fork } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createCluster } from '../build/cluster.mjs';
import { prove, startServer, temporary, until } from '../build/proof.mjs';
import { ControlGroup } from './cgroups.mjs';
import { median, row } from './figures.mjs';
import { cpuOf, load, stop } from './processes.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PEERS_WITHIN_MS = 60_000;
const RUN_WITHIN_MS = 600_000;
const WARM_WITHIN_MS = 400_000;
/** Part of its share of a core that a node must get, or else the machine has other work. */
const GOT_ENOUGH = 0.95;
const HELP = `usage: node scale.mjs [options]
  --nodes 1,2,3  --cores 0.25 (of each node)  --rounds 1  --json FILE
  --workspaces 6  --clients 24 and --documents 6 of each  --seconds 20  --wait 30 seconds
  --warm-up 45 seconds of processor time of each node`;
const say = (sentence) => process.stderr.write(`${sentence}\n`);

function options() {
  const defaults = { nodes: '1,2,3', cores: '0.25', rounds: '1', workspaces: '6', clients: '24', documents: '6', seconds: '20', 'warm-up': '45', wait: '30' };
  const known = { json: { type: 'string' }, help: { type: 'boolean' } };
  for (const [name, value] of Object.entries(defaults)) known[name] = { type: 'string', default: value };
  const { values } = parseArgs({ options: known });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const number = (name, least, most, value = Number(values[name])) => {
    if (!(value >= least && value <= most)) throw new Error(`--${name} is from ${least} to ${most}`);
    return value;
  };
  return {
    nodes: values.nodes.split(',').map((one) => number('nodes', 1, 10, Number(one))),
    cores: number('cores', 0.05, 8),
    rounds: number('rounds', 1, 20),
    workspaces: number('workspaces', 1, 60),
    warmSeconds: number('warm-up', 1, 300),
    json: values.json,
    pace: {
      clients: number('clients', 1, 1_000),
      documents: number('documents', 1, 500),
      seconds: number('seconds', 1, 120),
      waitSeconds: number('wait', 1, 120),
    },
  };
}

/** Nodes with the same directories of all workspaces, as on a shared volume. Whoever gets a workspace's first request serves it. */
async function startNodes(count, workspaces, cluster) {
  const directory = temporary('load-scale');
  const parameters = Array.from({ length: workspaces }, (_, i) => {
    mkdirSync(join(directory, `workspace-${i}`));
    return ['--workspace', `w${i}=${join(directory, `workspace-${i}`)}`];
  }).flat();
  const nodes = [];
  for (let i = 0; i < count; i++) {
    const data = join(directory, `node-${i}`);
    if (i > 0) {
      mkdirSync(data, { mode: 0o700 });
      copyFileSync(join(directory, 'node-0', 'token'), join(data, 'token'));
    }
    nodes.push(await startServer(['--data', data, ...parameters], { QIDE_DATABASE_URL: cluster.url }));
  }
  await until('the nodes know each other', () => everyAsync(nodes, (node) => peersOf(node).then((peers) => peers === count - 1)), PEERS_WITHIN_MS);
  return nodes;
}

const everyAsync = async (all, condition) => (await Promise.all(all.map(condition))).every(Boolean);

async function peersOf({ origin, token }) {
  const metrics = await (await fetch(`${origin}/metrics`, { headers: { Authorization: `Bearer ${token}` } })).text();
  return Number(/^qide_nodes_peers (\S+)/m.exec(metrics)?.[1]);
}

async function owned({ origin }) {
  return (await (await fetch(`${origin}/ready`)).json()).owned?.length ?? 0;
}

/** One run on an empty database. */
async function once(count, { cores, workspaces, warmSeconds, pace }) {
  say(`${count} node${count > 1 ? 's' : ''} …`);
  const cluster = await createCluster(temporary('load-postgresql'), { configuration: 'max_connections = 200' });
  const groups = [];
  let nodes = [];
  try {
    nodes = await startNodes(count, workspaces, cluster);
    for (const { child } of nodes) {
      const group = new ControlGroup(`qide-node-${groups.length}`);
      groups.push(group);
      group.add(child.pid);
    }
    const servers = Array.from({ length: workspaces }, (_, i) => {
      const { origin, token } = nodes[i % count];
      return { framing: 'hocuspocus', port: Number(new URL(origin).port), path: `/collab/w${i}`, token };
    });
    const postmaster = Number(readFileSync(join(cluster.path, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const clocks = () => ({
      nodes: nodes.map(({ child }) => cpuOf(child.pid).own),
      postgres: Object.values(cpuOf(postmaster)).reduce((sum, part) => sum + part, 0),
      periods: groups.map((group) => group.periods()),
      at: performance.now(),
    });
    // By their processor time: what the JIT compiler has seen then does not depend on other work of the machine.
    const isWarm = () => nodes.every(({ child }) => cpuOf(child.pid).own >= warmSeconds * 1e6);
    const run = await generate({ scenario: 'saturated', servers, ...pace }, { groups, cores, clocks, isWarm });
    run.owned = await Promise.all(nodes.map(owned));
    return { nodes: count, ...run };
  } finally {
    for (const group of groups) group.bound(Infinity);
    await Promise.all(nodes.map(({ child }) => stop(child)));
    for (const group of groups) group.remove();
    await cluster.stop();
  }
}

function generate(job, { groups, cores, clocks, isWarm }) {
  const generator = fork(here('generator.mjs'));
  const measured = {};
  let before;
  const atMark = {
    warm: async () => {
      await until('the nodes are warm', isWarm, WARM_WITHIN_MS);
      for (const group of groups) group.bound(cores);
    },
    begin: () => (before = clocks()),
    end: () => Object.assign(measured, usedSince(before, clocks(), cores), { load: load() }),
  };
  let timer;
  return new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the run took too long')), RUN_WITHIN_MS);
    generator.once('exit', () => reject(new Error('the generator ended early')));
    generator.on('message', (message) => {
      if (message.error) reject(new Error(message.error));
      else if (message.result) resolve({ ...message.result, ...measured });
      else Promise.resolve(atMark[message.mark]()).then(() => generator.send('go'), reject);
    });
    generator.send(job);
  }).finally(() => {
    clearTimeout(timer);
    return stop(generator);
  });
}

/** Shares of a core, and of the periods in which a node had to wait for more. */
function usedSince(before, after, cores) {
  const micros = (after.at - before.at) * 1000;
  const nodes = after.nodes.map((used, i) => (used - before.nodes[i]) / micros);
  const throttled = after.periods.map((now, i) => (now.throttled - before.periods[i].throttled) / Math.max(1, now.all - before.periods[i].all));
  return { cpu: { nodes, postgres: (after.postgres - before.postgres) / micros }, throttled, gotEnough: nodes.every((used) => used >= GOT_ENOUGH * cores) };
}

const number = (value, digits = 1) => (Number.isFinite(value) ? value.toLocaleString('en', { maximumFractionDigits: digits }) : '–');
const percents = (values) => values.map((value) => number(100 * value, 0)).join(', ');

function table(runs, { nodes, cores, pace, workspaces, rounds }) {
  const rates = nodes.map((count) => median(runs.filter((run) => run.nodes === count).map((run) => run.editsPerSecond)));
  const lines = [
    `${workspaces} workspaces with ${pace.clients} clients in ${pace.documents} documents each, who type on when the last edit is acknowledged; every node has ${cores} cores; ${pace.seconds} s; medians of ${rounds} rounds`,
    '',
    row(['nodes', 'edits/s', `times ${nodes[0]}`, 'acknowledgement p50, p99, ms', 'CPU of each node, %', 'periods in which it had to wait, %', 'CPU of PostgreSQL, of the generator, %', 'load']),
    row(Array(8).fill('---')),
  ];
  nodes.forEach((count, i) => {
    const run = runs.findLast((one) => one.nodes === count);
    lines.push(
      row([
        count,
        number(rates[i], 0),
        number(rates[i] / rates[0], 2),
        `${number(run.acknowledgement.p50)}, ${number(run.acknowledgement.p99)}`,
        percents(run.cpu.nodes),
        percents(run.throttled),
        percents([run.cpu.postgres, run.generator.cpuShare]),
        number(run.load),
      ]),
    );
  });
  return lines.join('\n');
}

const chosen = options();
await prove(async () => {
  const rest = new ControlGroup('qide-rest');
  rest.add(process.pid);
  const runs = [];
  try {
    for (let round = 1; round <= chosen.rounds; round++) {
      for (const count of chosen.nodes) runs.push({ round, ...(await once(count, chosen)) });
    }
  } finally {
    rest.remove();
  }
  console.log(table(runs, chosen));
  if (chosen.json) writeFileSync(chosen.json, JSON.stringify({ options: chosen, runs }, null, 1));
  for (const run of runs) {
    if (!run.isComplete || run.ended.length > 0) throw new Error(`with ${run.nodes} nodes: not everything was delivered: ${run.ended.join(', ')}`);
    if (run.gotEnough) continue;
    const sentence = `with ${run.nodes} nodes, one got less than ${100 * GOT_ENOUGH} % of its share of a core`;
    // The fewest nodes are what the others are compared with: what they lack makes the others look better.
    if (run.nodes === Math.min(...chosen.nodes)) throw new Error(`${sentence}: the machine has other work, so this measures nothing`);
    say(`${sentence}, so its edits are fewer than they could be`);
  }
});

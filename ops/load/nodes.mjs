// `node nodes.mjs`: two nodes of Q-IDE beside two of Hocuspocus with its Redis extension, with the same clients. See README.md.
import { fork, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createCluster } from '../build/cluster.mjs';
import { freePort, prove, start, startServer, temporary, until } from '../build/proof.mjs';
import { cpuOf, idle, load, memoryOf, stop } from './processes.mjs';
import { median } from './figures.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PEERS_WITHIN_MS = 30_000;
const RUN_WITHIN_MS = 240_000;
const HELP = `usage: node nodes.mjs [options]
  --servers qide,hocuspocus  --parts editors,killed,killed-with-readers  --rounds 1  --json FILE
  --clients 200  --documents 50  --rate 400 edits/s  --seconds 10  --warm-up 15 seconds  --wait 15 seconds`;
const PARTS = ['editors', 'killed', 'killed-with-readers'];
const say = (sentence) => process.stderr.write(`${sentence}\n`);

function options() {
  const defaults = { servers: 'qide,hocuspocus', parts: PARTS.join(','), clients: '200', documents: '50', rate: '400', seconds: '10', 'warm-up': '15', wait: '15', rounds: '1' };
  const options = { json: { type: 'string' }, help: { type: 'boolean' } };
  for (const [name, value] of Object.entries(defaults)) options[name] = { type: 'string', default: value };
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const number = (name, most) => {
    const value = Number(values[name]);
    if (!(value >= 1 && value <= most)) throw new Error(`--${name} is from 1 to ${most}`);
    return value;
  };
  const list = (name, isKnown) => {
    const chosen = values[name].split(',');
    for (const one of chosen) if (!isKnown(one)) throw new Error(`--${name}: ${one} is unknown; see --help`);
    return chosen;
  };
  return {
    servers: list('servers', (one) => one in NODES),
    parts: list('parts', (one) => PARTS.includes(one)),
    json: values.json,
    rounds: number('rounds', 20),
    pace: {
      clients: number('clients', 2_000),
      documents: number('documents', 500),
      rate: number('rate', 20_000),
      seconds: number('seconds', 60),
      warmSeconds: number('warm-up', 60),
      waitSeconds: number('wait', 60),
    },
  };
}

/** Redis that writes nothing to the disk, and an empty PostgreSQL. */
async function engines() {
  const directory = temporary('load-nodes');
  const cluster = await createCluster(temporary('load-postgresql'), { configuration: 'max_connections = 100' });
  const redisPort = await freePort();
  const redis = start('redis-server', ['--port', redisPort, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory]);
  await until('the start of Redis', () => redis.output().includes('Ready to accept connections'));
  return { directory, cluster, redis, redisPort };
}

/** Each starts two nodes: their programs, and what clients need to know. */
const NODES = {
  async qide({ directory, cluster, redisPort }) {
    const workspace = join(directory, 'workspace');
    mkdirSync(workspace);
    const environment = { QIDE_DATABASE_URL: cluster.url, QIDE_REDIS_URL: `redis://127.0.0.1:${redisPort}` };
    const serve = (data) => startServer(['--data', data, '--workspace', `load=${workspace}`], environment);
    const [first, second] = ['first', 'second'].map((name) => join(directory, name));
    const one = await serve(first);
    mkdirSync(second, { mode: 0o700 });
    copyFileSync(join(first, 'token'), join(second, 'token'));
    const two = await serve(second);
    await until('the nodes know each other', () => knowsPeer(one), PEERS_WITHIN_MS);
    const ports = [one, two].map(({ origin }) => Number(new URL(origin).port));
    return { nodes: [one, two], target: { framing: 'hocuspocus', ports, path: '/collab/load', token: one.token } };
  },
  async hocuspocus({ cluster, redisPort }) {
    const ports = [await freePort(), await freePort()];
    const nodes = ports.map((port) => start(process.execPath, [here('hocuspocus.mjs'), port, redisPort, cluster.url], { env: { NODE_ENV: 'production' } }));
    for (const node of nodes) {
      await until('the start of Hocuspocus', () => {
        if (node.child.exitCode !== null) throw new Error(node.output());
        return node.output().includes('listening');
      });
    }
    return { nodes, target: { framing: 'hocuspocus', ports, path: '/', token: 'anyone' } };
  },
};

async function knowsPeer({ origin, token }) {
  const metrics = await (await fetch(`${origin}/metrics`, { headers: { Authorization: `Bearer ${token}` } })).text();
  return /^qide_nodes_peers 1/m.test(metrics);
}

/** One product on fresh engines: first everybody types, then the first node is killed, twice. */
async function once(name, { parts: chosen, pace }) {
  const result = {};
  for (const part of chosen) {
    say(`${name}: ${part} …`);
    const parts = await engines();
    const { nodes, target } = await NODES[name](parts);
    const postmaster = Number(readFileSync(join(parts.cluster.path, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const clocks = () => ({
      nodes: nodes.reduce((sum, { child }) => sum + cpuOf(child.pid).own, 0),
      redis: cpuOf(parts.redis.child.pid).own,
      postgres: Object.values(cpuOf(postmaster)).reduce((sum, part) => sum + part, 0),
    });
    const job = { scenario: part.split('-')[0], hasReaders: part.endsWith('readers'), server: target, ...pace };
    try {
      result[part] = await generate(job, nodes, clocks);
    } finally {
      await Promise.all([...nodes, parts.redis].map(({ child }) => stop(child)));
      await parts.cluster.stop();
    }
  }
  return result;
}

function generate(job, nodes, clocks) {
  const generator = fork(here('generator.mjs'));
  const measured = {};
  const atMark = {
    idle: () => Promise.all(nodes.map(({ child }) => idle(child.pid))),
    begin: () => (measured.before = clocks()),
    end: () => {
      const after = clocks();
      measured.used = Object.fromEntries(Object.keys(after).map((part) => [part, after[part] - measured.before[part]]));
      measured.memory = nodes.map(({ child }) => memoryOf(child.pid).rss);
      measured.load = load();
    },
    kill: async () => {
      nodes[0].child.kill('SIGKILL');
      await nodes[0].ended;
    },
  };
  let timer;
  return new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the run took too long')), RUN_WITHIN_MS);
    generator.once('exit', () => reject(new Error('the generator ended early')));
    generator.on('message', async (message) => {
      if (message.mark) {
        await atMark[message.mark]();
        generator.send('go');
      } else if (message.error) {
        reject(new Error(message.error));
      } else {
        resolve({ ...message.result, ...measured });
      }
    });
    generator.send(job);
  }).finally(() => {
    clearTimeout(timer);
    return stop(generator);
  });
}

const number = (value, digits = 1) => (Number.isFinite(value) ? value.toLocaleString('en', { maximumFractionDigits: digits }) : '–');

const ROWS = [
  ['delivered', (run) => run.editors?.deliveries / run.editors?.expected, (value) => `${number(100 * value)} %`],
  ['delivery p50, ms', (run) => run.editors?.latency.p50],
  ['delivery p99, ms', (run) => run.editors?.latency.p99],
  ['acknowledgement p50, ms', (run) => run.editors?.acknowledgement.p50],
  ['acknowledgement p99, ms', (run) => run.editors?.acknowledgement.p99],
  ['CPU time of both nodes for each delivery, µs', (run) => run.editors?.used.nodes / run.editors?.deliveries],
  ['CPU time of Redis for each delivery, µs', (run) => run.editors?.used.redis / run.editors?.deliveries],
  ['CPU time of PostgreSQL for each delivery, µs', (run) => Math.max(0, run.editors?.used.postgres) / run.editors?.deliveries],
  ['memory of both nodes, MB', (run) => run.editors?.memory[0] + run.editors?.memory[1], (value) => number(value, 0)],
  ['a node is killed, authors do not return: acknowledged edits', (run) => run.killed?.acknowledged, (value) => number(value, 0)],
  ['… of which are lost', (run) => run.killed?.lost, (value) => number(value, 0)],
  ['… until all documents are open at the other node, s', (run) => run.killed?.openAgain / 1000],
  ['the same, with a reader at the other node: acknowledged edits', (run) => run['killed-with-readers']?.acknowledged, (value) => number(value, 0)],
  ['… of which are lost', (run) => run['killed-with-readers']?.lost, (value) => number(value, 0)],
  ['load of the machine', (run) => run.editors?.load],
];

function table(runs, { servers, pace, rounds }) {
  const lines = [`${pace.clients} clients in ${pace.documents} documents at two nodes, ${pace.rate} edits/s for ${pace.seconds} s, medians of ${rounds} rounds`, ''];
  lines.push(`| | ${servers.join(' | ')} |`, `|---|${servers.map(() => '---|').join('')}`);
  for (const [title, of, shown = number] of ROWS) {
    const cells = servers.map((server) => shown(median(runs.filter((run) => run.server === server).map(of))));
    lines.push(`| ${title} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

const chosen = options();
if (spawnSync('redis-server', ['--version']).error) throw new Error('redis-server is missing: apt-get install redis-server');
await prove(async () => {
  const runs = [];
  for (let round = 1; round <= chosen.rounds; round++) {
    for (const server of chosen.servers) runs.push({ server, round, ...(await once(server, chosen)) });
  }
  console.log(table(runs, chosen));
  if (chosen.json) writeFileSync(chosen.json, JSON.stringify({ options: chosen, runs }, null, 1));
});

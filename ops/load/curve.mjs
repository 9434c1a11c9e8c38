// `node curve.mjs`: curves instead of one point, with a table and charts, beside the same servers. See README.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeSection } from './benchmarks-page.mjs';
import { charts } from './charts.mjs';
import { curveTable } from './curve-table.mjs';
import { demand } from './needs.mjs';
import { isServer, start, stopAll } from './servers.mjs';

/** Edits per second of a person who types. */
const TYPED_PER_SECOND = 5;
const CLIENTS = 200;
const READ_EDITS_PER_SECOND = 20;
const WAIT_SECONDS = 5;
/** A server that delivers less has fallen over: larger values of the axis are left out. */
const FALLEN = 0.9;
const WARM_UP = [
  { clients: CLIENTS, documents: 1, rate: 1_000 },
  { clients: CLIENTS, documents: 50, rate: 1_000 },
  { clients: 50, documents: 1, rate: 250 },
];

/** What grows; `of` maps its value to the load of one point. */
const AXES = {
  clients: {
    values: [25, 50, 100, 200, 300, 400],
    quick: [50, 200],
    of: (value) => ({ clients: value, documents: 1, rate: value * TYPED_PER_SECOND }),
  },
  documents: {
    values: [1, 5, 20, 50, 100],
    quick: [5, 50],
    of: (value) => ({ clients: CLIENTS, documents: value, rate: CLIENTS * TYPED_PER_SECOND }),
  },
  readers: {
    values: [50, 200, 500, 1_000],
    quick: [500],
    of: (value) => ({ clients: value, documents: 1, rate: READ_EDITS_PER_SECOND }),
  },
};

const HELP = `usage: node curve.mjs [options]
  --servers qide,hocuspocus,y-websocket    as for run.mjs
  --seconds 5    of load at each point     --warm-up 45 seconds of each server
  --minutes 20   begins no further point after that
  --quick        few points: under 3 minutes
  --write        puts the charts into docs/images and the table into docs/benchmarks.md
  --json FILE    all figures of every point
  --from FILE    draws the figures of such a file again, without measuring`;
const QUICK = { seconds: '3', 'warm-up': '12', minutes: '3' };

const say = (sentence) => process.stderr.write(`${sentence}\n`);

function options() {
  const { values } = parseArgs({
    options: {
      servers: { type: 'string', default: 'qide,hocuspocus,y-websocket' },
      seconds: { type: 'string', default: '5' },
      'warm-up': { type: 'string', default: '45' },
      minutes: { type: 'string', default: '20' },
      json: { type: 'string' },
      from: { type: 'string' },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  if (values.quick) Object.assign(values, QUICK);
  for (const name of ['seconds', 'warm-up', 'minutes']) {
    values[name] = Number(values[name]);
    if (!(values[name] >= 1 && values[name] <= 60)) throw new Error(`--${name} is from 1 to 60`);
  }
  values.servers = values.servers.split(',');
  const unknown = values.servers.find((name) => !isServer(name));
  if (unknown !== undefined) throw new Error(`--servers: ${unknown} is unknown; see --help`);
  return values;
}

async function main() {
  const chosen = options();
  const measured = chosen.from ? JSON.parse(readFileSync(chosen.from, 'utf8')) : await measure(chosen);
  if (chosen.json) writeFileSync(chosen.json, JSON.stringify(measured, null, 1));
  const table = curveTable(measured);
  console.log(table);
  if (chosen.write) write(measured.points, table);
  if (measured.points.some((point) => point.error)) process.exitCode = 1;
}

async function measure(chosen) {
  demand();
  const { generate } = await import('./measure.mjs');
  const end = Date.now() + chosen.minutes * 60_000;
  const points = [];
  for (const name of chosen.servers) {
    say(`${name}: warm-up …`);
    const server = await start(name);
    const play = (load, name, seconds) =>
      generate(
        { scenario: 'editors', name, server: server.target, ...load, seconds, warmSeconds: 0, waitSeconds: WAIT_SECONDS },
        server,
        null,
      );
    try {
      for (const [number, load] of WARM_UP.entries()) {
        await play(load, `-warm-${number}`, chosen['warm-up'] / WARM_UP.length);
      }
      points.push(...(await pointsOf(name, play, chosen, end)));
    } catch (error) {
      say(`  failed: ${error.message}`);
      points.push({ server: name, error: error.message });
    } finally {
      await server.close();
    }
  }
  return { date: new Date().toISOString().slice(0, 10), seconds: chosen.seconds, points };
}

/** All points of one warm server. */
async function pointsOf(name, play, chosen, end) {
  const points = [];
  for (const [axis, { values, quick, of }] of Object.entries(AXES)) {
    for (const value of chosen.quick ? quick : values) {
      if (Date.now() > end) {
        say(`  ${axis} ${value}: left out, the time is up`);
        continue;
      }
      const run = await play(of(value), `-${axis}-${value}`, chosen.seconds);
      const point = { server: name, axis, value, ...pointOf(run) };
      points.push(point);
      say(`  ${axis} ${value}: p50 ${point.p50?.toFixed(1)}, p99 ${point.p99?.toFixed(1)} ms, ${point.cpu.toFixed(2)} µs`);
      if (point.delivered < FALLEN) break;
    }
  }
  return points;
}

function pointOf(run) {
  return {
    delivered: run.deliveries / Math.max(1, run.expected),
    perSecond: run.deliveriesPerSecond,
    p50: run.latency.p50,
    p99: run.latency.p99,
    ackP50: run.acknowledgement.p50,
    ackP99: run.acknowledgement.p99,
    cpu: run.cpu / Math.max(1, run.deliveries),
    cpuBelow: run.cpuBelow / Math.max(1, run.deliveries),
    updatesPerFrame: (run.deliveries + run.echoes) / Math.max(1, run.traffic.tokenFrames),
    rss: run.memory.rss,
    generatorCpu: run.generator.cpuShare,
    generatorLag: run.generator.loopDelayP99,
    load: run.load[1],
    ended: run.ended,
  };
}

function write(points, table) {
  for (const [name, svg] of Object.entries(charts(points))) {
    writeFileSync(new URL(`../../docs/images/${name}.svg`, import.meta.url), svg);
  }
  writeSection('curve.mjs', table);
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => stopAll().finally(() => process.exit(130)));
}
await main();

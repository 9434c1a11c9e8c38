// The process that plays all clients of one run. Its parent sends the job and, each time this
// process says `mark`, takes down the servers' CPU time before it answers; the results go back last.
import { setTimeout as sleep } from 'node:timers/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Books, openClients } from './clients.mjs';
import { ofSamples } from './figures.mjs';
import { killed } from './killed.mjs';
import { saturated } from './saturated.mjs';

const TICK_MS = 1;
const QUIET_MS = 500;
const JOINER_WRITERS = 10;
const JOINER_EDITS = 10_000;

const SCENARIOS = {
  joiners,
  killed: (job) => killed(job, { mark, type }),
  saturated: (job) => saturated(job, { mark, generatorWatch }),
};

process.once('message', (job) => {
  const scenario = SCENARIOS[job.scenario] ?? editors;
  scenario(job)
    .then((result) => process.send({ result }))
    .catch((error) => process.send({ error: error.message }))
    .finally(() => process.disconnect());
});
process.on('disconnect', () => process.exit());

const mark = (name) =>
  new Promise((resolve) => {
    process.once('message', resolve);
    process.send({ mark: name });
  });

/** Everybody types at a steady rate; first a while that nobody measures. */
async function editors(job) {
  const name = job.name ?? '';
  if (job.warmSeconds > 0) await editing({ ...job, seconds: job.warmSeconds }, `warm${name}`, async () => {});
  await mark('idle');
  return editing(job, `load${name}`, mark);
}

async function editing(job, prefix, marked) {
  const editsMax = Math.ceil(job.rate * job.seconds);
  const books = new Books(editsMax, Math.ceil(job.clients / job.documents));
  const nameOf = (document) => `${prefix}-${document}.txt`;
  const clients = await openClients(job.server, {
    count: job.clients,
    documents: job.documents,
    books,
    nameOf,
  });
  await sleep(QUIET_MS);
  const before = traffic(clients);
  await marked('begin');
  const watch = generatorWatch();
  const begunAt = performance.now();
  const typedFor = await type(clients, job.rate, job.seconds, books);
  await allDelivered(clients, books, job.waitSeconds);
  await marked('end');
  const endedAt = books.lastAt || performance.now();
  const result = {
    ...figuresOf(books, (endedAt - begunAt) / 1000),
    offered: books.edits / typedFor,
    traffic: trafficSince(before, traffic(clients)),
    generator: watch(),
    ended: [...new Set(clients.map((client) => client.whatEnded()).filter(Boolean))],
  };
  clients.forEach((client) => client.socket.close());
  return result;
}

/** Sends what is due by the clock, whatever the server does; returns the seconds it took. */
async function type(clients, rate, seconds, books) {
  const total = Math.ceil(rate * seconds);
  const begunAt = performance.now();
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - begunAt) / 1000) * rate));
    for (; sent < due; sent++) clients[sent % clients.length].edit();
    await sleep(TICK_MS);
  }
  return (performance.now() - begunAt) / 1000;
}

async function allDelivered(clients, books, waitSeconds) {
  const end = performance.now() + waitSeconds * 1000;
  const owesAcknowledgements = clients[0].framing.hasAcknowledgements;
  const isDone = () =>
    books.deliveries >= books.expected &&
    (!owesAcknowledgements || books.acknowledged + books.refused >= books.edits);
  const isOver = () => clients.every((client) => client.whatEnded());
  while (!isDone() && !isOver() && performance.now() < end) await sleep(5);
}

function figuresOf(books, seconds) {
  return {
    edits: books.edits,
    seconds,
    expected: books.expected,
    deliveries: books.deliveries,
    done: (books.edits / seconds) * (books.deliveries / Math.max(1, books.expected)),
    deliveriesPerSecond: books.deliveries / seconds,
    isAllDelivered: books.deliveries === books.expected,
    echoes: books.echoes,
    twice: books.twice,
    strange: books.strange,
    latency: ofSamples(books.latencies.subarray(0, books.deliveries)),
    acknowledged: books.acknowledged,
    refused: books.refused,
    acknowledgement: ofSamples(books.acknowledgements.subarray(0, books.acknowledged)),
  };
}

/** A text that is there already, and many who open it at the same moment. */
async function joiners(job) {
  const written = new Books(JOINER_EDITS, JOINER_WRITERS);
  const nameOf = () => 'joined.txt';
  const one = { documents: 1, nameOf };
  const writers = await openClients(job.server, { ...one, count: JOINER_WRITERS, books: written });
  await type(writers, Math.max(job.rate, 2_000), JOINER_EDITS / Math.max(job.rate, 2_000), written);
  await allDelivered(writers, written, job.waitSeconds);
  // Some come and go first: nobody measures them.
  await join(job, one, written, Math.min(50, job.clients));
  await mark('idle');
  await mark('begin');
  const watch = generatorWatch();
  const begunAt = performance.now();
  const result = await join(job, one, written, job.clients);
  await mark('end');
  writers.forEach((client) => client.socket.close());
  return { ...result, seconds: (performance.now() - begunAt) / 1000, generator: watch() };
}

async function join(job, one, written, count) {
  const books = new Books(written.edits, count);
  books.edits = written.edits;
  books.author.fill(-1);
  books.sentAt.fill(performance.now());
  const clients = await openClients(job.server, { ...one, count, books, atOnce: count });
  const isThere = (client) => client.tokens === written.edits || client.whatEnded();
  const end = performance.now() + job.waitSeconds * 1000;
  while (!clients.every(isThere) && performance.now() < end) await sleep(5);
  const times = clients.map((client) => Math.max(client.lastTokenAt, client.syncedAt) - client.begunAt);
  const result = {
    edits: written.edits,
    joiners: count,
    deliveries: books.deliveries,
    expected: count * written.edits,
    isAllDelivered: clients.every((client) => client.tokens === written.edits),
    join: ofSamples(Float32Array.from(times)),
    traffic: traffic(clients),
    ended: [...new Set(clients.map((client) => client.whatEnded()).filter(Boolean))],
  };
  clients.forEach((client) => client.socket.close());
  return result;
}

function traffic(clients) {
  const sum = (of) => clients.reduce((total, client) => total + of(client), 0);
  return {
    bytes: sum((client) => client.socket.bytesIn),
    frames: sum((client) => client.socket.framesIn),
    tokenFrames: sum((client) => client.tokenFrames),
  };
}

const trafficSince = (before, after) =>
  Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));

/** What this process itself costs: a busy generator measures itself. */
function generatorWatch() {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const cpu = process.cpuUsage();
  const begunAt = performance.now();
  return () => {
    delay.disable();
    const used = process.cpuUsage(cpu);
    const share = (used.user + used.system) / 1000 / (performance.now() - begunAt);
    return { cpuShare: share, loopDelayP99: Math.max(0, delay.percentile(99) / 1e6 - 5) };
  };
}

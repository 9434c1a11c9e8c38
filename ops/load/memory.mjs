// `node memory.mjs`: the memory of idle connections, of stored documents, and of a server with a small heap. See README.md.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSection } from './benchmarks-page.mjs';
import { memoryTable } from './memory-table.mjs';
import { demand } from './needs.mjs';
import { load } from './processes.mjs';

const PARTS = ['connections', 'tls', 'documents', 'documents-256m', 'clients-256m'];
/** The server admits 2,500 connections from one address. */
const CONNECTIONS_MAX = 2_400;
const WARM_UP_CONNECTIONS = 200;
const CLIENTS_OF_A_DOCUMENT = 40;
const DOCUMENTS_AT_ONCE = 200;
const DOCUMENTS_OF_A_FOLDER = 100;
const DOCUMENT_CHARACTERS = 2_000;
/** A document that nobody has open stays in memory for a minute. */
const EVICTED_WITHIN_MS = 120_000;
const ENDED_WITHIN_MS = 30_000;
const SMALL_HEAP = '-Xmx256m';
const SMALL_LOAD = { scenario: 'editors', clients: 200, documents: 50, rate: 1_000, warmSeconds: 20, waitSeconds: 15 };
const HELP = `usage: node memory.mjs [options]
  --parts ${PARTS.join()}
  --connections 2000   of each kind
  --documents 10000    that are opened and closed
  --seconds 30         of typing with the small heap
  --qide PROGRAM       another build's ./qide
  --write              puts the tables into docs/benchmarks.md
  --json FILE          all figures
  --from FILE,FILE     reports the figures of such files, without measuring; of the same part, the last one's`;

const say = (sentence) => process.stderr.write(`${sentence}\n`);

function options() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: {
      parts: text(PARTS.join()),
      connections: text('2000'),
      documents: text('10000'),
      seconds: text('30'),
      qide: { type: 'string' },
      write: { type: 'boolean', default: false },
      json: { type: 'string' },
      from: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const number = (name, most) => {
    const value = Number(values[name]);
    if (!(Number.isInteger(value) && value >= 1 && value <= most)) throw new Error(`--${name} is a whole number from 1 to ${most}`);
    return value;
  };
  const parts = values.parts.split(',');
  for (const part of parts) if (!PARTS.includes(part)) throw new Error(`--parts: ${part} is unknown; see --help`);
  return { ...values, parts, connections: number('connections', CONNECTIONS_MAX), documents: number('documents', 50_000), seconds: number('seconds', 60) };
}

/** A server with one workspace: what clients need to know is in `target`. */
async function startSite(chosen, { env = {}, isSecure = false } = {}) {
  const directory = proof.temporary('memory');
  const workspace = join(directory, 'workspace');
  mkdirSync(workspace);
  const all = { QIDE_LIMITS: `sockets=${2 * CONNECTIONS_MAX}`, ...env };
  let ca;
  if (isSecure) {
    const authority = join(directory, 'authority');
    ca = readFileSync(await createAuthority(authority), 'utf8');
    const pair = await issue(authority, 'server');
    Object.assign(all, { QIDE_TLS_CERT: join(pair, 'fullchain.pem'), QIDE_TLS_KEY: join(pair, 'privkey.pem') });
  }
  const data = join(directory, 'data');
  const server = await proof.startServer(['--data', data, '--workspace', `load=${workspace}`], all, chosen.qide);
  const { port } = new URL(server.origin);
  const target = { framing: 'hocuspocus', port: Number(port), path: '/collab/load', token: server.token, ca };
  return { server, pid: server.child.pid, target, data, workspace };
}

/** Idle clients of Hocuspocus, each with a document that others have open too. */
async function openEditors(site, count, name) {
  const documents = Math.max(1, Math.floor(count / CLIENTS_OF_A_DOCUMENT));
  const nameOf = (document) => `${name}-${document}.txt`;
  return openClients(site.target, { count, documents, books: new Books(1, 1), nameOf });
}

/** Idle editors at `/ws`, which have initialized a language session and opened no file. */
async function openSessions(site, count) {
  const all = [];
  for (let first = 0; first < count; first += 20) {
    const some = Array.from({ length: Math.min(20, count - first) }, () => openSession(site));
    all.push(...(await Promise.all(some)));
  }
  return all;
}

async function openSession({ target }) {
  const { port, token, ca } = target;
  let answered;
  const answer = new Promise((resolve) => (answered = resolve));
  const socket = new Socket(
    () => {},
    (text) => JSON.parse(text).id === 1 && answered(),
  );
  await socket.open({ host: '127.0.0.1', port, path: '/ws/load', headers: { Authorization: `Bearer ${token}` }, ca });
  const message = (fields) => socket.sendText(JSON.stringify({ jsonrpc: '2.0', ...fields }));
  message({ id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } });
  await within('initialize', answer);
  message({ method: 'initialized', params: {} });
  return { socket };
}

/** What the server holds when it has nothing to do. */
async function stateOf(site) {
  await idle(site.pid);
  const classes = await classesOf(site.pid);
  return { heap: totalOf(classes), resident: memoryOf(site.pid).rss * 2 ** 20, classes };
}

/** Connections come and go, so that what the first ones need is there. */
async function warmUp(site, open) {
  const descriptors = () => readdirSync(`/proc/${site.pid}/fd`).length;
  const before = descriptors();
  const clients = await open(site, WARM_UP_CONNECTIONS, 'warm');
  clients.forEach(({ socket }) => socket.close());
  await proof.until('the connections have ended', () => descriptors() < before + WARM_UP_CONNECTIONS / 4, ENDED_WITHIN_MS);
}

/** Bytes of one idle connection. */
async function connection(chosen, open, isSecure) {
  const site = await startSite(chosen, { isSecure });
  await warmUp(site, open);
  const before = await stateOf(site);
  const clients = await open(site, chosen.connections, 'idle');
  const after = await stateOf(site);
  const ended = clients.map(({ socket }) => socket.closed).filter(Boolean);
  if (ended.length > 0) throw new Error(`${ended.length} connections ended: ${ended[0]}`);
  clients.forEach(({ socket }) => socket.close());
  await proof.stop(site.server);
  const of = (name) => (after[name] - before[name]) / clients.length;
  return { count: clients.length, heap: of('heap'), resident: of('resident'), classes: growth(before.classes, after.classes, clients.length) };
}

/** Each kind of connection on a server of its own. */
async function connections(chosen, isSecure) {
  const result = {};
  for (const [kind, open] of Object.entries({ '/collab': openEditors, '/ws': openSessions })) {
    const found = (result[kind] = await connection(chosen, open, isSecure));
    say(`  ${kind}: ${Math.round(found.heap)} bytes of heap, ${Math.round(found.resident)} resident`);
    for (const [name, bytes] of found.classes.slice(0, 10)) say(`    ${Math.round(bytes)} ${name}`);
  }
  return result;
}

/** Documents are opened, each on a connection of its own, and closed, until the server has evicted all of them. */
async function documents(chosen, env = {}) {
  const site = await startSite(chosen, { env });
  for (let number = 0; number < chosen.documents; number++) {
    const file = join(site.workspace, documentName(number));
    if (number % DOCUMENTS_OF_A_FOLDER === 0) mkdirSync(join(file, '..'));
    writeFileSync(file, `${number}\n`.repeat(DOCUMENT_CHARACTERS).slice(0, DOCUMENT_CHARACTERS));
  }
  const before = await stateOf(site);
  let most = 0;
  const begun = performance.now();
  await visit(site, chosen.documents, () => (most = Math.max(most, memoryOf(site.pid).rss * 2 ** 20)));
  const seconds = (performance.now() - begun) / 1_000;
  const metric = async (name) => (await metricsOf(site.server.origin)).get(name);
  const closed = await stateOf(site);
  await proof.until('the documents are evicted', async () => (await metric('qide_collab_documents')) === 0, EVICTED_WITHIN_MS);
  const after = await stateOf(site);
  await proof.stop(site.server);
  const figures = ({ heap, resident }) => ({ heap, resident });
  return { documents: chosen.documents, seconds, before: figures(before), most, closed: figures(closed), after: figures(after), classes: growth(before.classes, after.classes, 1) };
}

const documentName = (number) => `d${Math.floor(number / DOCUMENTS_OF_A_FOLDER)}/file-${number}.txt`;

/** Opens and closes every document, some at once, each on a connection of its own. */
async function visit(site, count, look) {
  for (let first = 0; first < count; first += DOCUMENTS_AT_ONCE) {
    const some = Math.min(DOCUMENTS_AT_ONCE, count - first);
    const nameOf = (document) => documentName(first + document);
    const clients = await openClients(site.target, { count: some, documents: some, books: new Books(1, 1), nameOf });
    clients.forEach((client) => client.socket.close());
    look();
  }
}

/** The load of `fifty-documents` on a server with a small heap. */
async function smallHeap(chosen) {
  const site = await startSite(chosen, { env: { QIDE_JAVA_OPTIONS: SMALL_HEAP } });
  const run = await generate({ ...SMALL_LOAD, seconds: chosen.seconds, server: site.target }, site.server, null);
  const { exitCode } = site.server.child;
  const isOutOfMemory = exitCode !== null || /OutOfMemoryError/.test(site.server.output() + logsOf(site.data));
  const heap = exitCode === null ? totalOf(await classesOf(site.pid)) : NaN;
  await proof.stop(site.server);
  return {
    ...{ clients: SMALL_LOAD.clients, documents: SMALL_LOAD.documents, rate: SMALL_LOAD.rate, seconds: chosen.seconds },
    delivered: run.deliveries / run.expected,
    isWhole: run.isAllDelivered && run.refused === 0 && run.ended.length === 0,
    ...{ latency: run.latency, acknowledgement: run.acknowledgement, ended: run.ended, refused: run.refused },
    ...{ peak: run.memory.peak * 2 ** 20, heap, isOutOfMemory },
  };
}

const logsOf = (data) => spawnSync('grep', ['-rshm1', 'OutOfMemoryError', join(data, 'logs')], { encoding: 'utf8' }).stdout;

const MEASURE = {
  connections: (chosen) => connections(chosen, false),
  tls: (chosen) => connections(chosen, true),
  documents: (chosen) => documents(chosen),
  'documents-256m': (chosen) => documents(chosen, { QIDE_JAVA_OPTIONS: SMALL_HEAP }),
  'clients-256m': smallHeap,
};

async function measure(chosen) {
  const measured = {};
  for (const part of chosen.parts) {
    say(`${part} …`);
    const before = load();
    const figures = await MEASURE[part](chosen);
    measured[part] = { ...figures, date: new Date().toISOString().slice(0, 10), load: [before, load()] };
    if (chosen.json) writeFileSync(chosen.json, JSON.stringify(measured, null, 1));
  }
  return measured;
}

const merged = (files) => Object.assign({}, ...files.split(',').map((file) => JSON.parse(readFileSync(file, 'utf8'))));

/** Sentences about what must not happen, whatever the figures are. */
function problems({ 'clients-256m': small }) {
  if (!small) return [];
  return [
    small.isOutOfMemory && `the server with ${SMALL_HEAP} ran out of memory`,
    !small.isWhole && `the server with ${SMALL_HEAP} delivered ${(small.delivered * 100).toFixed(1)} %, refused ${small.refused} edits, ended sockets: ${small.ended.join('; ')}`,
  ].filter(Boolean);
}

async function main() {
  const measured = chosen.from ? merged(chosen.from) : await measure(chosen);
  const table = memoryTable(measured);
  console.log(table);
  if (chosen.write) writeSection('memory.mjs', table);
  const all = problems(measured);
  for (const problem of all) say(`memory: ${problem}`);
  if (all.length > 0) throw new Error('the server with a small heap failed');
}

const chosen = options();
if (!chosen.from) demand();
if (!chosen.from && chosen.parts.includes('tls') && spawnSync('openssl', ['version']).error) {
  console.error('Missing: openssl, for the certificate of the part tls.');
  process.exit(2);
}
// What needs npm's packages, which `demand` has found.
const proof = await import('../build/proof.mjs');
const { createAuthority, issue } = await import('../build/certificates.mjs');
const { Books, openClients } = await import('./clients.mjs');
const { metricsOf } = await import('./health.mjs');
const { classesOf, growth, totalOf } = await import('./heap.mjs');
const { generate } = await import('./measure.mjs');
const { within } = await import('./person.mjs');
const { idle, memoryOf } = await import('./processes.mjs');
const { Socket } = await import('./socket.mjs');
await proof.prove(main);

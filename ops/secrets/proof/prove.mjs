#!/usr/bin/env node
// Proves the rotation of secrets without a restart: a real PostgreSQL and a real server with TLS, stock Hocuspocus providers that type,
// and requests, model calls and logins that go on. Each secret is replaced under them; nothing fails, and the old value is refused. At
// the end nonsense is written into each file. The providers of models and of logins are doubles that accept only certain secrets.
//
//   node ops/secrets/proof/prove.mjs     needs postgresql, openssl, a built server, and the packages of ops/docker/client
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createAuthority, issue } from '../../build/certificates.mjs';
import { createCluster, PASSWORD } from '../../build/cluster.mjs';
import { check, freePort, here, outcomeOf, prove, run, seconds, start, stop, temporary, until } from '../../build/proof.mjs';

const require = createRequire(here('ops/docker/client/package.json'));
const { HocuspocusProvider, HocuspocusProviderWebsocket } = require('@hocuspocus/provider');
const WebSocket = require('ws');

const WORKSPACE = 'proof';
const FILE = 'notes.md';
const EDITORS = 5;
const TYPE_PAUSE_MS = 100;
const REQUEST_PAUSE_MS = 100;
/** The server admits 60 logins of an address in a minute, and each takes two requests. */
const LOGIN_PAUSE_MS = 2_500;
/** Longer than the interval at which the server reads its certificate. */
const NONSENSE_MS = 12_000;
const TEXT_WITHIN_MS = 30_000;

const directory = temporary('secrets');
const files = join(directory, 'files');
const certificates = join(directory, 'certificates');
const secret = (name) => join(files, name);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
let cluster;
let port;
let server;
let token;
/** Of the load: shown when a rotation does not end. */
let problems = [];

/** Replaces a file as Vault Agent does. */
function put(name, text) {
  writeFileSync(secret(`.${name}`), text, { mode: 0o600 });
  renameSync(secret(`.${name}`), secret(name));
}

const log = () => readFileSync(join(directory, 'data/logs/qide.json'), 'utf8');
const logged = (event) => log().split(`"${event}"`).length - 1;

/** What the doubles accept, and how often each secret was used. */
const provider = { keys: new Set(['file-key-1', 'stored-key']), clientSecrets: new Set(['client-1']), used: new Map(), refused: 0 };

function admit(accepted, value) {
  provider.used.set(value, (provider.used.get(value) ?? 0) + 1);
  if (!accepted.has(value)) provider.refused++;
  return accepted.has(value);
}

const uses = (value) => provider.used.get(value) ?? 0;

/** OpenAI's chat, and the parts of GitHub that a login needs. */
async function startProviders() {
  const double = createServer((asked, answer) => {
    let body = '';
    asked.on('data', (part) => (body += part)).on('end', () => {
      const json = (status, value) => answer.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
      if (asked.url === '/v1/chat/completions') {
        if (!admit(provider.keys, (asked.headers.authorization ?? '').replace('Bearer ', ''))) return json(401, { error: { message: 'wrong key' } });
        const frame = (delta, finish) => `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
        return answer.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(`${frame({ role: 'assistant', content: 'yes' }, null)}${frame({}, 'stop')}data: [DONE]\n\n`);
      }
      if (asked.url === '/login/oauth/access_token') {
        return admit(provider.clientSecrets, new URLSearchParams(body).get('client_secret')) ? json(200, { access_token: 'a', token_type: 'bearer' }) : json(200, { error: 'incorrect_client_credentials' });
      }
      return asked.url === '/user/emails' ? json(200, [{ email: 'ann@example.org', verified: true, primary: true }]) : json(200, { id: 7, login: 'ann', name: 'Ann' });
    });
  });
  await new Promise((resolve) => double.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${double.address().port}`, close: () => (double.closeAllConnections(), double.close()) };
}

/** One HTTPS request on a connection of its own: { status, headers, body }. */
function call(path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', servername: 'localhost', port, path, method, ca: readFileSync(join(certificates, 'ca.pem')), agent: false, timeout: 30_000, headers: { Host: `localhost:${port}`, Authorization: `Bearer ${token}`, ...headers } };
    const sent = request(options, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part)).on('error', reject).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
    });
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer in time`)));
    sent.on('error', reject).end(body && JSON.stringify(body));
  });
}

const JSON_BODY = { 'Content-Type': 'application/json' };

async function startServerWithSecrets(provided) {
  port = await freePort();
  put('database-url', `${cluster.url}\n`);
  put('model.key', 'file-key-1\n');
  put('client.secret', 'client-1\n');
  const model = (name, more) => ({ name, provider: 'openai', url: provided.url, model: 'm', purpose: ['chat'], local: true, ...more });
  put('models.json', JSON.stringify([model('of-file', { keyFile: 'model.key' })]));
  put('login.json', JSON.stringify([{ id: 'github', kind: 'github', url: provided.url, apiUrl: provided.url, clientId: 'id', clientSecretFile: 'client.secret', admit: 'everybody' }]));
  replaceCertificate(await issue(certificates, 'first'));
  const env = { QIDE_DATABASE_URL_FILE: secret('database-url'), QIDE_MODELS_FILE: secret('models.json'), QIDE_LOGIN_FILE: secret('login.json'), QIDE_PUBLIC_URL: `https://localhost:${port}/`, QIDE_KEYS_FILE: secret('keys'), QIDE_TLS_CERT: secret('tls.crt'), QIDE_TLS_KEY: secret('tls.key') };
  const workspace = join(directory, WORKSPACE);
  mkdirSync(workspace);
  writeFileSync(join(workspace, FILE), '');
  server = Object.assign(start(here('qide'), ['serve', '--port', port, '--data', join(directory, 'data'), '--workspace', `${WORKSPACE}=${workspace}`], { env }), { env });
  await until('the start of the server', async () => {
    check(server.child.exitCode === null, `the server ended: ${server.output()}`);
    return server.output().includes('Q-IDE ready');
  });
  token = readFileSync(join(directory, 'data/token'), 'utf8').trim();
  const stored = await call('/api/models/stored', { method: 'PUT', headers: JSON_BODY, body: { ...model(undefined), name: undefined, key: 'stored-key' } });
  check(stored.status < 300, `a model with a stored key: ${stored.status} ${stored.body}`);
}

function replaceCertificate(lineage) {
  put('tls.crt', readFileSync(join(lineage, 'fullchain.pem')));
  put('tls.key', readFileSync(join(lineage, 'privkey.pem')));
}

/** A socket that trusts the proof's authority. */
class TrustingSocket extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, { ca: readFileSync(join(certificates, 'ca.pem')) });
  }
}

/** A stock provider that types a numbered word each few milliseconds. */
class Editor {
  sent = 0;

  constructor(number, problems) {
    this.number = number;
    this.socket = new HocuspocusProviderWebsocket({ url: `wss://localhost:${port}/collab/${WORKSPACE}`, WebSocketPolyfill: TrustingSocket });
    this.provider = new HocuspocusProvider({ websocketProvider: this.socket, name: FILE, token });
    this.provider.attach();
    this.text = this.provider.document.getText('content');
    this.provider.on('authenticationFailed', ({ reason }) => problems.push(`editor ${number} was refused: ${reason}`));
    this.socket.on('close', ({ event }) => this.isEnding || problems.push(`the socket of editor ${number} was closed with ${event.code}`));
    this.synced = new Promise((resolve) => this.provider.on('synced', resolve));
  }

  async begin() {
    await this.synced;
    this.timer = setInterval(() => this.text.insert(this.text.length, `<${this.number}:${this.sent++}>`), TYPE_PAUSE_MS);
  }

  async end() {
    clearInterval(this.timer);
    await until('the acknowledgement of every edit', () => this.provider.unsyncedChanges === 0);
    this.isEnding = true;
    this.provider.destroy();
    this.socket.destroy();
  }
}

/** Editors, and what else people do, until `end`: { counts, problems, end() }. */
async function startLoad() {
  const problems = [];
  const counts = {};
  let isOver = false;
  const repeat = async (what, interval, work) => {
    for (counts[what] = 0; !isOver; counts[what]++) {
      await work().catch((failure) => problems.push(`${what}: ${failure.message}`));
      await pause(interval);
    }
  };
  const expect = (answer, status) => check(answer.status === status, `${status}: ${answer.status} ${answer.body}`);
  const chat = (model) => async () => expect(await call('/v1/chat/completions', { method: 'POST', headers: JSON_BODY, body: { model, messages: [{ role: 'user', content: 'well?' }] } }), 200);
  const editors = Array.from({ length: EDITORS }, (_, number) => new Editor(number, problems));
  await Promise.all(editors.map((editor) => editor.begin()));
  const running = [
    repeat('requests', REQUEST_PAUSE_MS, async () => expect(await call('/api/audit?limit=1'), 200)),
    repeat('calls with the key of a file', REQUEST_PAUSE_MS, chat('of-file')),
    repeat('calls with a stored key', REQUEST_PAUSE_MS, chat('stored')),
    repeat('logins', LOGIN_PAUSE_MS, logIn),
  ];
  const end = async () => {
    isOver = true;
    await Promise.all(running);
    await Promise.all(editors.map((editor) => editor.end()));
    return editors.flatMap((editor) => Array.from({ length: editor.sent }, (_, word) => `<${editor.number}:${word}>`));
  };
  return { counts, problems, end };
}

/** Logs in by the provider; the person's browser is left out: it would only bring the code. */
async function logIn() {
  const begun = await call('/auth/github', { headers: { Authorization: '' } });
  check(begun.status === 303, `a login begins: ${begun.status} ${begun.body}`);
  const state = new URL(begun.headers.location).searchParams.get('state');
  const cookie = begun.headers['set-cookie'].map((one) => one.split(';')[0]).join('; ');
  const ended = await call(`/auth/github/callback?code=code&state=${encodeURIComponent(state)}`, { headers: { Authorization: '', Cookie: cookie } });
  check(ended.status === 303 && String(ended.headers['set-cookie']).includes('qide_session='), `a login ends: ${ended.status} ${ended.body.replace(/\s+/g, ' ').slice(0, 300)}`);
}

/** Of the server's pools; the direct connection, which holds a lock, stays. */
const POOLED = "FROM pg_stat_activity WHERE application_name = 'qide' AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')";

/** Waits until no pool has a connection that began before this. */
async function connectionsReplaced(since) {
  await until('new connections in every pool', async () => (await cluster.sql(`SELECT count(*) FILTER (WHERE backend_start < '${since}') = 0 AND count(*) >= 3 ${POOLED}`)) === 't');
}

const now = () => cluster.sql('SELECT clock_timestamp()');
const urlOf = (user, password) => cluster.url.replace(/\/\/[^@]*@/, `//${user}:${password}@`);
const passwordIn = (name) => /:([^:@/]+)@/.exec(readFileSync(secret(name), 'utf8'))[1];

async function requireRefused(user, password) {
  const { code, output } = await outcomeOf('psql', ['-XAtq', '-d', urlOf(user, password).replace(`:${password}@`, '@'), '-c', 'SELECT 1'], { env: { PGPASSWORD: password } });
  check(code !== 0 && /password authentication failed|not permitted to log in/.test(output), `PostgreSQL refuses the old login: ${output}`);
}

async function rotatePassword() {
  const since = await now();
  const begun = performance.now();
  await run(here('ops/secrets/rotate-database'), [secret('database-url')]);
  await connectionsReplaced(since);
  await requireRefused('qide', PASSWORD);
  console.log(`database password: by rotate-database; every pooled connection has the new one after ${seconds(begun)}`);
}

async function rotatePasswordAfterFile() {
  const old = passwordIn('database-url');
  const refusals = logged('store.login_refused');
  put('database-url', urlOf('qide', 'third'));
  await until('the refusal in the log', () => logged('store.login_refused') > refusals);
  await pause(3_000);
  const since = await now();
  const begun = performance.now();
  await cluster.sql("ALTER ROLE qide PASSWORD 'third'");
  await connectionsReplaced(since);
  await requireRefused('qide', old);
  console.log(`database password: the file seconds before PostgreSQL; every pooled connection has the new one ${seconds(begun)} after both agree`);
}

async function rotateRole() {
  await cluster.sql("CREATE ROLE qide_b LOGIN PASSWORD 'fourth' IN ROLE qide");
  await cluster.sql('ALTER ROLE qide_b SET role = qide');
  const since = await now();
  const begun = performance.now();
  put('database-url', urlOf('qide_b', 'fourth'));
  await connectionsReplaced(since);
  check(Number(await cluster.sql(`SELECT count(*) ${POOLED} AND usename <> 'qide_b'`)) === 0, 'every pooled connection is of the other role');
  await cluster.sql('ALTER ROLE qide NOLOGIN');
  await requireRefused('qide', 'third');
  console.log(`database role: another one after ${seconds(begun)}; the first may not log in any more`);
}

async function rotateKeys() {
  const keys = () => run(here('qide'), ['keys', 'list', '--data', join(directory, 'data')], { env: server.env });
  const ids = () => readFileSync(secret('keys'), 'utf8').trim().split('\n').map((line) => line.split(' ')[0]);
  const [old] = ids();
  const begun = performance.now();
  await run(here('qide'), ['keys', 'rotate', '--drop-old', '--data', join(directory, 'data')], { env: server.env });
  const after = seconds(begun);
  const before = uses('stored-key');
  await until('a call with the stored key', () => uses('stored-key') >= before + 3);
  check(ids().length === 1 && ids()[0] !== old && !(await keys()).includes(old), `only the new key is left: ${await keys()}`);
  console.log(`key ring: a new key, stored secrets encrypted with it and the old key removed after ${after}; the stored key is used as before`);
}

/** Replaces a secret that its issuer accepts beside the old one for a moment. */
async function rotateAtProvider(what, name, accepted, old, renewed) {
  accepted.add(renewed);
  const begun = performance.now();
  put(name, `${renewed}\n`);
  await until(`the use of the new ${what}`, () => uses(renewed) > 0);
  const after = seconds(begun);
  await until('the end of calls under way', () => uses(renewed) > 2);
  accepted.delete(old);
  const last = uses(old);
  await until(`more use of the new ${what}`, () => uses(renewed) > 5);
  check(uses(old) === last, `the old ${what} is used no more`);
  console.log(`${what}: in use ${after} after its file, and the old one is revoked`);
}

const serial = () =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: readFileSync(join(certificates, 'ca.pem')) }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });

async function rotateCertificate() {
  const before = await serial();
  const lineage = await issue(certificates, 'second');
  const begun = performance.now();
  replaceCertificate(lineage);
  await until('the new certificate', async () => (await serial()) !== before);
  console.log(`certificate: shown ${seconds(begun)} after its files`);
}

/** Nothing that is no secret replaces one. */
async function writeNonsense() {
  const kept = new Map(['database-url', 'model.key', 'client.secret', 'tls.crt', 'keys'].map((name) => [name, readFileSync(secret(name))]));
  put('database-url', 'nonsense');
  put('model.key', 'two\nkeys');
  put('client.secret', '\n');
  put('tls.crt', 'nonsense');
  put('keys', 'nonsense');
  await pause(NONSENSE_MS);
  for (const event of ['store.login_malformed', 'ai.key_file_unusable', 'secrets.file_unusable', 'transport.certificate_refused', 'secrets.keys_unusable']) {
    check(logged(event) > 0, `the log has ${event}`);
  }
  const state = async () => JSON.parse((await call('/ready')).body).components['database-login']?.state;
  check((await state()) === 'degraded', `/ready shows the login that cannot be used: ${await state()}`);
  for (const [name, text] of kept) put(name, text);
  await until('a correct login', async () => (await state()) === 'up');
  console.log(`nonsense: in five files for ${NONSENSE_MS / 1000} s; the last values stay in use, and the log names each`);
}

/** The text of a document that nobody has open comes from its file, which follows within a second or so. */
async function requireText(words) {
  let lost = words;
  const look = async () => {
    const { body } = await call(`/api/workspaces/${WORKSPACE}/files/${FILE}`);
    lost = words.filter((word) => !body.includes(word));
    return lost.length === 0;
  };
  check(words.length > 0, 'somebody typed');
  await until('every edit in the text', look, TEXT_WITHIN_MS).catch((failure) => {
    throw new Error(`${failure.message}: ${lost.length} of ${words.length} are not, ${lost.slice(0, 5)}`);
  });
}

await prove(async () => {
  mkdirSync(files, { mode: 0o700 });
  await createAuthority(certificates);
  cluster = await createCluster(directory);
  const provided = await startProviders();
  try {
    await startServerWithSecrets(provided);
    const load = await startLoad();
    problems = load.problems;
    await until('every kind of load', () => Object.values(load.counts).every((count) => count > 1));
    await rotatePassword();
    await rotatePasswordAfterFile();
    await rotateRole();
    await rotateKeys();
    await rotateAtProvider('key of a model', 'model.key', provider.keys, 'file-key-1', 'file-key-2');
    await rotateAtProvider('client secret', 'client.secret', provider.clientSecrets, 'client-1', 'client-2');
    await rotateCertificate();
    await writeNonsense();
    const words = await load.end();
    check(load.problems.length === 0, `nothing fails: ${load.problems.length} did, ${load.problems.slice(0, 5).join('; ')}`);
    check(provider.refused === 0, `no provider was sent a secret that it refuses: ${provider.refused}`);
    await requireText(words);
    const counted = Object.entries(load.counts).map(([what, count]) => `${count} ${what}`);
    console.log(`load: ${EDITORS} editors with ${words.length} edits, ${counted.join(', ')}: 0 errors, 0 closed sockets`);
    await stop(server);
  } catch (failure) {
    throw new Error(`${failure.message}; under load failed: ${problems.slice(-5).join('; ') || 'nothing'}`, { cause: failure });
  } finally {
    provided.close();
    await cluster.stop();
  }
});

#!/usr/bin/env node
// Proves failover: a primary and a standby with TLS, a real server on them, and editors with the stock Hocuspocus provider that go on
// typing while the primary is killed. First with synchronous replication: nothing acknowledged is lost. Then asynchronously, with a
// standby that lacks acknowledged rows: the server stores its open documents again.
//
//   node ops/postgres/proof/prove.mjs     needs postgresql with its contrib modules, openssl, a built server, and the packages of
//                                         ops/docker/client
import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createAuthority, issue } from '../../build/certificates.mjs';
import { createCluster, declareCluster, PASSWORD } from '../../build/cluster.mjs';
import { check, here, outcomeOf, prove, run, seconds, startServer, stop, temporary, until } from '../../build/proof.mjs';

const require = createRequire(here('ops/docker/client/package.json'));
const { HocuspocusProvider, HocuspocusProviderWebsocket } = require('@hocuspocus/provider');
const WebSocket = require('ws');

const WORKSPACE = 'proof';
const FILE = 'notes.md';
const EDITORS = 10;
const PAUSE_MS = 50;
const TYPE_MS = 5_000;
/** How long file sync may take to write a document. */
const WRITTEN_WITHIN_MS = 30_000;
const LAG_MS = 3_000;

const directory = temporary('postgres');
const certificates = join(directory, 'certificates');
/** A copy: PostgreSQL's user may not reach this repository. */
const script = (name) => join(directory, 'scripts', name);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const clusters = [];
let url;

/** The shipped configuration; only the certificate's paths differ. */
async function startPrimary() {
  const own = join(directory, 'first');
  const lineage = await issue(certificates, 'database', 'DNS:localhost');
  const configuration = readFileSync(here('ops/postgres/postgresql.conf'), 'utf8').replaceAll('/etc/postgresql/qide/', `${own}/tls/`);
  const primary = await createCluster(own, { configuration: configuration.replace('ssl = on', 'ssl = off') });
  clusters.push(primary);
  const tls = primary.own('tls');
  for (const [from, to] of [['fullchain.pem', 'server.crt'], ['privkey.pem', 'server.key']]) {
    writeFileSync(join(tls, to), readFileSync(join(lineage, from)), { mode: 0o600 });
    primary.give(join(tls, to));
  }
  await primary.sql(`CREATE ROLE replicator REPLICATION LOGIN PASSWORD '${PASSWORD}'`);
  await primary.sql(`CREATE ROLE rotated LOGIN PASSWORD '${PASSWORD}'`);
  await primary.sql('CREATE EXTENSION pg_stat_statements');
  writeFileSync(join(primary.path, 'pg_hba.conf'), 'local all all trust\nhostssl qide qide,rotated 127.0.0.1/32 scram-sha-256\nhostssl replication,postgres replicator 127.0.0.1/32 scram-sha-256\n');
  await primary.sql('ALTER SYSTEM SET ssl = on');
  await primary.sql('SELECT pg_reload_conf()');
  return primary;
}

/** The network between a primary and its standby: { port, cut() }. */
async function network(to) {
  const sockets = new Set();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(to, '127.0.0.1');
    for (const [one, other] of [[near, far], [far, near]]) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => {}).on('close', () => (sockets.delete(one), other.destroy()));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const cut = () => {
    isCut = true;
    sockets.forEach((socket) => socket.destroy());
  };
  return { port: server.address().port, cut };
}

/** A standby made by the shipped script, which streams. */
async function startStandby(name, primary, { from = primary.port, port } = {}) {
  const standby = await declareCluster(join(directory, name), { port });
  const passwords = join(standby.socket, 'pgpass');
  writeFileSync(passwords, `localhost:*:*:replicator:${PASSWORD}\n`, { mode: 0o600 });
  standby.give(passwords);
  standby.env.PGPASSFILE = passwords;
  const connection = `host=localhost port=${from} user=replicator sslmode=verify-full sslrootcert=${join(certificates, 'ca.pem')}`;
  await standby.run(script('standby'), [name, connection, standby.own('cluster')]);
  await standby.start();
  standby.env.PGDATABASE = 'qide';
  clusters.push(standby);
  await until('the stream', async () => (await primary.sql(`SELECT state FROM pg_stat_replication WHERE application_name = '${name}'`)) === 'streaming');
  return standby;
}

async function startOn(data) {
  const server = await startServer(['--data', join(directory, data)], { QIDE_DATABASE_URL: url });
  server.call = async (method, path, body) => {
    const headers = { Authorization: `Bearer ${server.token}`, 'Content-Type': 'application/json' };
    const answer = await fetch(server.origin + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${await answer.text()}`);
    return answer.text();
  };
  return server;
}

/** An editor that types a numbered word each few milliseconds, and knows which words the server has acknowledged. */
class Editor {
  sent = 0;
  acknowledged = 0;
  acknowledgedAt = 0;

  constructor(server, number) {
    this.number = number;
    this.socket = new HocuspocusProviderWebsocket({ url: `${server.origin.replace('http', 'ws')}/collab/${WORKSPACE}`, WebSocketPolyfill: WebSocket });
    this.provider = new HocuspocusProvider({ websocketProvider: this.socket, name: FILE, token: server.token });
    this.provider.attach();
    this.text = this.provider.document.getText('content');
    this.provider.on('unsyncedChanges', () => this.#look());
    this.synced = new Promise((resolve) => this.provider.on('synced', resolve));
  }

  #look() {
    if (this.provider.synced && this.provider.unsyncedChanges === 0 && this.acknowledged < this.sent) {
      this.acknowledged = this.sent;
      this.acknowledgedAt = performance.now();
    }
  }

  async type() {
    await this.synced;
    this.timer = setInterval(() => this.text.insert(this.text.length, `<${this.number}:${this.sent++}>`), PAUSE_MS);
  }

  end() {
    clearInterval(this.timer);
    this.provider.destroy();
    this.socket.destroy();
  }
}

async function openEditors(server, first) {
  const editors = Array.from({ length: EDITORS }, (_, index) => new Editor(server, first + index));
  await Promise.all(editors.map((editor) => editor.type()));
  await until('every editor to be acknowledged', () => editors.every((editor) => editor.acknowledged > 0));
  return editors;
}

const acknowledgedWords = (editors) => editors.flatMap(({ number, acknowledged }) => Array.from({ length: acknowledged }, (_, word) => `<${number}:${word}>`));

/** Promotes by the shipped script, as soon as it does not refuse. */
const promote = (standby) => until('the promotion', async () => (await standby.attempt(script('promote'))).code === 0);

/** The server is killed; another one, which has only the database, has these words. */
async function requireStored(server, editors, data) {
  const words = acknowledgedWords(editors);
  await stop(server, 'SIGKILL');
  editors.forEach((editor) => editor.end());
  const fresh = await startOn(data);
  // The new directory begins with the text of the last file sync, which then writes the newer one.
  let lost = words;
  let text = '';
  await until(
    'the whole document',
    async () => {
      text = await fresh.call('GET', `/api/workspaces/${WORKSPACE}/files/${FILE}`).catch(() => '');
      lost = words.filter((word) => !text.includes(word));
      return lost.length === 0;
    },
    WRITTEN_WITHIN_MS,
  ).catch(() => undefined);
  check(words.length > 0 && lost.length === 0, `every acknowledged edit is in the database: ${lost.length} of ${words.length} are not, ${lost.slice(0, 5)}`);
  const remainder = text.replaceAll(/<\d+:\d+>/g, '');
  check(!/[<>]/.test(remainder), `no edit is cut in two: ${remainder.slice(0, 100)}`);
  const doubled = words.filter((word) => text.indexOf(word) !== text.lastIndexOf(word));
  check(doubled.length === 0, `no edit is there twice: ${doubled.length} of ${words.length} are, ${doubled.slice(0, 5)}`);
  return { fresh, count: words.length };
}

/** Until the first edit that was made after the loss is acknowledged. */
async function nextAcknowledgement(editors, begun) {
  const sent = editors.map((editor) => editor.sent);
  await until('an acknowledgement by the new primary', () => editors.some((editor, index) => editor.acknowledgedAt > begun && editor.acknowledged > sent[index]));
  return seconds(begun);
}

async function failOver(server, primary, standby) {
  const editors = await openEditors(server, 0);
  await pause(TYPE_MS);
  const refused = await standby.attempt(script('promote'));
  check(refused.code === 1 && refused.output.includes('still sends'), `a standby is not promoted beside its primary: ${refused.output}`);
  const begun = performance.now();
  const before = acknowledgedWords(editors).length;
  await primary.kill();
  await promote(standby);
  const promoted = seconds(begun);
  const taken = await nextAcknowledgement(editors, begun);
  await pause(TYPE_MS);
  const { fresh, count } = await requireStored(server, editors, 'data-2');
  console.log(`synchronous: ${EDITORS} editors, the primary killed after ${before} acknowledged edits; promoted after ${promoted}, next acknowledgement after ${taken} (RTO); ${count} acknowledged, none lost`);
  return fresh;
}

/** The URL's first host answers, but is a standby. Another role than the server's: a variable gives the server its URL. */
async function rotateBehindStandby(standby) {
  check((await standby.sql('SELECT pg_is_in_recovery()')) === 't', 'the first host is a standby');
  const file = join(directory, 'rotated-url');
  writeFileSync(file, url.replace('//qide:', '//rotated:'));
  // The second time with the password that the first one set.
  for (let time = 0; time < 2; time++) await run(here('ops/secrets/rotate-database'), [file]);
  const rotated = readFileSync(file, 'utf8');
  check(!rotated.includes(`:${PASSWORD}@`) && rotated.split('@')[1].trim() === url.split('@')[1], `the file has a new password: ${rotated}`);
  console.log('rotation: a new password through a URL whose first host is a standby');
}

/** The first machine comes back at its old address, as the standby of the second one. */
async function failOverWithLag(server, primary, port) {
  const link = await network(primary.port);
  const standby = await startStandby('first_again', primary, { from: link.port, port });
  await rotateBehindStandby(standby);
  const editors = await openEditors(server, EDITORS);
  await pause(TYPE_MS);
  link.cut();
  await pause(LAG_MS);
  // Not their number, which a compaction makes smaller.
  const rows = 'SELECT coalesce(max(seq), 0) FROM document_updates';
  const lacking = Number(await primary.sql(rows)) - Number(await standby.sql(rows));
  check(lacking > 0, `the standby lacks rows: ${lacking}`);
  const begun = performance.now();
  await primary.kill();
  await promote(standby);
  const taken = await nextAcknowledgement(editors, begun);
  await until('the documents to be stored again', () => readFileSync(join(directory, 'data-2/logs/qide.json'), 'utf8').includes('store.failed_over'));
  await pause(TYPE_MS);
  const { fresh, count } = await requireStored(server, editors, 'data-3');
  console.log(`asynchronous: the standby lacked ${lacking} rows of the last ${LAG_MS / 1000} s; next acknowledgement after ${taken} (RTO); the server stored its open document again: ${count} acknowledged, none lost`);
  await stop(fresh);
}

/** The server trusts only the authority, and only the name. */
async function refuseOtherCertificates(primary) {
  await createAuthority(join(directory, 'others'));
  const at = (host, authority) => `postgresql://qide:${PASSWORD}@${host}:${primary.port}/qide?sslmode=verify-full&sslrootcert=${join(directory, authority, 'ca.pem')}`;
  const examine = (address) => outcomeOf('sh', ['-c', `"${here('qide')}" doctor --data "${join(directory, 'doctor')}" | grep database`], { env: { QIDE_DATABASE_URL: address } });
  const right = await examine(at('localhost', 'certificates'));
  check(/PostgreSQL 1\d.* answers/.test(right.output), `the right certificate is accepted: ${right.output}`);
  for (const wrong of [at('localhost', 'others'), at('127.0.0.1', 'certificates'), at('localhost', 'certificates').replace('verify-full', 'disable')]) {
    const { output } = await examine(wrong);
    check(output.includes('It does not answer'), `${wrong} is refused: ${output}`);
  }
  console.log('TLS: another authority, another name and a connection without TLS are refused');
}

await prove(async () => {
  chmodSync(directory, 0o755);
  cpSync(here('ops/postgres'), join(directory, 'scripts'), { recursive: true });
  try {
    await createAuthority(certificates);
    const primary = await startPrimary();
    await refuseOtherCertificates(primary);
    const standby = await startStandby('second', primary);
    await primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (second)'");
    await primary.sql('SELECT pg_reload_conf()');
    await until('synchronous replication', async () => (await primary.sql('SELECT sync_state FROM pg_stat_replication')) === 'quorum');
    url = `postgresql://qide:${PASSWORD}@localhost:${primary.port},localhost:${standby.port}/qide?sslmode=verify-full&sslrootcert=${join(certificates, 'ca.pem')}`;
    const server = await startOn('data-1');
    await server.call('POST', '/api/workspaces', { name: WORKSPACE, template: 'python' });
    const fresh = await failOver(server, primary, standby);
    await failOverWithLag(fresh, standby, primary.port);
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  }
});

#!/usr/bin/env node
// Proves the proxies: HAProxy and nginx with the shipped files, each with TLS and a path prefix in front of two real servers on one
// PostgreSQL. Editors edit and ask a language server; a file goes up and down; the audit log has the real address; a certificate is
// renewed and the proxy reloaded under open sockets; a node dies and comes back; testssl.sh scans.
//
//   node ops/proxy/proof/prove.mjs [haproxy] [nginx]     needs haproxy, nginx, testssl.sh, openssl, postgresql, a built server, and the
//                                                         packages of ops/docker/client and ops/load
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { check, freePort, here, outcomeOf, prove, run, seconds, start, startServer, stop, temporary, until } from '../../build/proof.mjs';
import { createAuthority, issue } from '../../build/certificates.mjs';
import { createCluster } from '../../build/cluster.mjs';

const WebSocket = createRequire(here('ops/load/package.json'))('ws');

const PREFIX = '/q';
const WORKSPACE = 'demo';
const FILE_BYTES = 20 << 20;
const SOCKETS = 20;
/** It starts thousands of processes: half a minute, and minutes on a busy machine. */
const SCAN_WITHIN_MS = 900_000;
const CLIENT = '127.0.0.9';
/** Longer than the proxies' time-out for plain requests: a silent socket outlives it. */
const SILENT_MS = 61_000;
/** What testssl.sh may find: nothing that it grades higher. */
const ADMITTED = ['OK', 'INFO', 'LOW', 'DEBUG'];
/** The only finding above that: the page is compressed. The README says why that is safe; `keepSecretsUncompressed` checks the premise. */
const COMPRESSION = 'BREACH';

const names = process.argv.slice(2).length ? process.argv.slice(2) : ['haproxy', 'nginx'];
const directory = temporary('proxy');
const certificates = join(directory, 'certificates');
const nodes = [];
let database;

async function startNode(number, port) {
  const workspace = join(directory, WORKSPACE);
  // The owner's token is the same on every node.
  if (number > 0 && !nodes[number]) {
    mkdirSync(join(directory, `data-${number}`), { mode: 0o700 });
    copyFileSync(join(directory, 'data-0/token'), join(directory, `data-${number}/token`));
  }
  const parameters = ['--port', port, '--data', join(directory, `data-${number}`), '--workspace', `${WORKSPACE}=${workspace}`];
  const environment = { QIDE_DATABASE_URL: database.url, QIDE_TRUSTED_PROXIES: '127.0.0.1' };
  nodes[number] = Object.assign(await startServer(parameters, environment), { port });
}

/** HAProxy as ops/compose configures it, with the backend of this folder. */
async function startHaproxy(port, renew) {
  const pem = join(directory, 'haproxy/qide.pem');
  mkdirSync(join(directory, 'haproxy'));
  let proxy;
  const reload = () => `kill -USR2 ${proxy.child.pid}`;
  await renew(pem);
  const environment = { BACKEND: 'nodes', PREFIX, BIND: `127.0.0.1:${port}`, CERTIFICATE: pem, NODE1: `127.0.0.1:${nodes[0].port}`, NODE2: `127.0.0.1:${nodes[1].port}` };
  proxy = start('haproxy', ['-W', '-db', '-f', here('ops/compose/haproxy.cfg'), '-f', here('ops/proxy/nodes.cfg')], { env: environment });
  return { proxy, renew: () => renew(pem, reload()) };
}

/** nginx with the shipped file; only names, ports and paths differ. */
async function startNginx(port, renew, lineage) {
  const folder = join(directory, 'nginx');
  const live = join(folder, 'live');
  mkdirSync(live, { recursive: true });
  const main = join(folder, 'nginx.conf');
  const copy = (from) => ['fullchain.pem', 'privkey.pem'].forEach((file) => writeFileSync(join(live, file), readFileSync(join(from, file))));
  copy(lineage);
  const shipped = readFileSync(here('ops/proxy/qide.conf'), 'utf8')
    .replaceAll('/etc/letsencrypt/live/ide.example', live)
    .replaceAll('ide.example', 'localhost')
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replace('listen 80', `listen 127.0.0.1:${await freePort()}`)
    .replace('/var/log/nginx/qide.log', join(folder, 'access.log'))
    .replace('127.0.0.1:8081', `127.0.0.1:${nodes[0].port}`)
    .replace('127.0.0.1:8082', `127.0.0.1:${nodes[1].port}`);
  writeFileSync(join(folder, 'qide.conf'), shipped);
  writeFileSync(main, `daemon off;\npid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\n  client_body_temp_path ${folder}/body;\n  proxy_temp_path ${folder}/proxy;\n  fastcgi_temp_path ${folder}/f;\n  uwsgi_temp_path ${folder}/u;\n  scgi_temp_path ${folder}/s;\n  include ${folder}/qide.conf;\n}\n`);
  await run('nginx', ['-t', '-c', main, '-e', join(folder, 'error.log')]);
  const proxy = start('nginx', ['-c', main, '-e', join(folder, 'error.log')]);
  return { proxy, renew: (next) => (copy(next), renew('', `kill -HUP ${proxy.child.pid}`)) };
}

/** One HTTPS request, from an address of its own. */
function call(port, path, { method = 'GET', headers = {}, body, localAddress } = {}) {
  return new Promise((resolve, reject) => {
    const ca = readFileSync(join(certificates, 'ca.pem'));
    const options = { host: '127.0.0.1', servername: 'localhost', port, path, method, ca, localAddress, agent: false, headers: { Host: `localhost:${port}`, Authorization: `Bearer ${nodes[0].token}`, ...headers } };
    const sent = request(options, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part)).on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
    });
    sent.on('error', reject).end(body);
  });
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function edit(port, text) {
  const token = join(directory, 'token');
  writeFileSync(token, nodes[0].token, { mode: 0o600 });
  const address = `wss://localhost:${port}${PREFIX}/collab/${WORKSPACE}`;
  return outcomeOf('node', [here('ops/docker/client/editors.mjs'), 'write', address, token, 'notes.md', text], { env: { NODE_EXTRA_CA_CERTS: join(certificates, 'ca.pem') } });
}

/** A silent editor: connected and initialised. */
class Editor {
  #answers = new Map();
  #last = 0;
  closed = '';

  constructor(port) {
    const options = { ca: readFileSync(join(certificates, 'ca.pem')), headers: { Authorization: `Bearer ${nodes[0].token}` } };
    this.socket = new WebSocket(`wss://localhost:${port}${PREFIX}/ws/${WORKSPACE}`, options);
    this.socket.on('message', (data) => this.#answers.get(JSON.parse(data).id)?.());
    this.socket.on('close', (code) => (this.closed ||= `closed with ${code}`)).on('error', (error) => (this.closed ||= error.message));
    this.opened = new Promise((resolve) => this.socket.once('open', resolve).once('close', resolve));
  }

  ask(method, params) {
    const id = ++this.#last;
    let isAnswered = false;
    this.#answers.set(id, () => (isAnswered = true));
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return until(`an answer to ${method}`, () => {
      if (this.closed) throw new Error(`a socket was dropped: ${this.closed}`);
      return isAnswered;
    });
  }
}

async function openEditors(port) {
  const editors = Array.from({ length: SOCKETS }, () => new Editor(port));
  for (const editor of editors) {
    await editor.opened;
    await editor.ask('initialize', { processId: null, rootUri: null, capabilities: {} });
  }
  return editors;
}

const serialOf = (port) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: readFileSync(join(certificates, 'ca.pem')) }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });

async function useIt(name, port) {
  const bare = await call(port, PREFIX);
  check(bare.status === 308 && bare.headers.location === `${PREFIX}/`, `${PREFIX} leads to ${PREFIX}/: ${bare.status} ${bare.headers.location}`);
  check((await call(port, `${PREFIX}/ready`)).headers['strict-transport-security'], 'HSTS');
  const edited = await edit(port, `through ${name} `);
  check(edited.code === 0, `an edit over wss is acknowledged: ${edited.output}`);
  const environment = { QIDE_URL: `https://localhost:${port}${PREFIX}/`, QIDE_TOKEN_FILE: join(directory, 'token'), NODE_EXTRA_CA_CERTS: join(certificates, 'ca.pem') };
  // The first completion installs the language server.
  const probed = await until('the probe', async () => {
    const { code, output } = await outcomeOf('node', [here('ops/probe/probe.mjs'), WORKSPACE], { env: environment });
    return code === 0 && output.trim();
  });
  const bytes = randomBytes(FILE_BYTES);
  const path = `${PREFIX}/api/workspaces/${WORKSPACE}/files/${name}.bin`;
  const put = await call(port, path, { method: 'PUT', headers: { 'If-None-Match': '*', 'Content-Length': bytes.length }, body: bytes });
  check(put.status === 201, `an upload: ${put.status} ${put.body}`);
  const got = await call(port, path);
  check(got.status === 200 && sha256(got.body) === sha256(bytes), 'the download equals the upload');
  const odd = `${PREFIX}/api/workspaces/${WORKSPACE}/files/${encodeURIComponent(`${name} 100% #1 ü?.txt`)}`;
  const named = await call(port, odd, { method: 'PUT', headers: { 'If-None-Match': '*' }, body: 'odd' });
  check(named.status === 201 && String((await call(port, odd)).body) === 'odd', `a file with an odd name: ${named.status} ${named.body}`);
  const zip = await call(port, `${PREFIX}/api/workspaces/${WORKSPACE}/zip`);
  check(zip.status === 200 && zip.body.length > FILE_BYTES, `the zip file: ${zip.status}`);
  // The client's own claim must not count.
  const login = await call(port, `${PREFIX}/api/login`, { method: 'POST', localAddress: CLIENT, body: JSON.stringify({ token: nodes[0].token }), headers: { Authorization: '', 'Content-Type': 'application/json', 'X-Forwarded-For': '203.0.113.7', Origin: `https://localhost:${port}`, 'X-Qide-Path': `${PREFIX}/` } });
  check(login.status === 204, `a login: ${login.status} ${login.body}`);
  const cookie = String(login.headers['set-cookie']);
  check(/;\s*secure/i.test(cookie) && /;\s*samesite=strict/i.test(cookie), `the cookie is Secure and SameSite=Strict: ${cookie}`);
  const audit = await until('the audit event', async () => {
    const { events } = JSON.parse((await call(port, `${PREFIX}/api/audit`)).body);
    return events.find((event) => event.address === CLIENT || event.address.startsWith('203.'));
  });
  check(audit.address === CLIENT, `the audit log has the real address: ${JSON.stringify(audit)}`);
  console.log(`${name}: an edit, a completion, 20 MiB up and down, the address ${audit.address} of ${audit.operation}; ${probed}`);
}

/** BREACH needs a secret in a compressed answer: files of the page are compressed, answers with secrets are not. */
async function keepSecretsUncompressed(port) {
  const headers = { 'Accept-Encoding': 'gzip, br' };
  const page = await call(port, `${PREFIX}/`, { headers });
  check(page.headers['content-encoding'], 'the page is compressed');
  const ticket = await call(port, `${PREFIX}/api/ticket`, { method: 'POST', headers });
  check(ticket.status === 200 && !ticket.headers['content-encoding'], `a ticket is not compressed: ${ticket.status} ${JSON.stringify(ticket.headers)}`);
}

/** Requests, one after another on a connection each, until `isOver`: what failed. */
async function requestUntil(port, isOver) {
  const failed = [];
  let sent = 0;
  for (; !isOver(); sent++) {
    const { status } = await call(port, `${PREFIX}/ready`).catch((failure) => ({ status: failure.message }));
    if (status !== 200) failed.push(status);
  }
  return { sent, failed };
}

async function renewUnderSockets(name, port, renew) {
  const editors = await openEditors(port);
  const before = await serialOf(port);
  const lineage = await issue(certificates, `${name}-renewed`);
  const begun = performance.now();
  let isRenewed = false;
  const requests = requestUntil(port, () => isRenewed);
  await renew(lineage);
  await until('the renewed certificate', async () => (await serialOf(port).catch(() => before)) !== before);
  const after = seconds(begun);
  isRenewed = true;
  const { sent, failed } = await requests;
  check(failed.length === 0, `no request fails during the reload: ${failed}`);
  await Promise.all(editors.map((editor) => editor.ask('qide/nonsense', {})));
  console.log(`${name}: a renewed certificate after ${after}, ${editors.filter((editor) => !editor.closed).length} of ${SOCKETS} sockets still answer, ${sent} requests meanwhile, none failed`);
  return editors;
}

/** The node that has the workspace dies; the other one takes over; the first comes back. */
async function loseANode(name, port) {
  const owner = await until('a node that has the workspace', ownerOf);
  const begun = performance.now();
  await stop(nodes[owner.number], 'SIGKILL');
  await until('an edit with one node', async () => (await edit(port, 'one node ')).code === 0);
  const taken = seconds(begun);
  await startNode(owner.number, nodes[owner.number].port);
  await until('both nodes', async () => (await call(port, `${PREFIX}/ready`)).status === 200);
  for (let turn = 0; turn < 5; turn++) {
    const edited = await edit(port, 'two nodes ');
    check(edited.code === 0, `an edit when the node is back: ${edited.output}`);
  }
  console.log(`${name}: the node that had the workspace was killed; an edit through the proxy was acknowledged after ${taken}`);
}

/** The node that has the workspace: { number }. */
async function ownerOf() {
  for (const [number, node] of nodes.entries()) {
    const answer = await fetch(`${node.origin}/ready`, { headers: { Authorization: `Bearer ${node.token}` } });
    const { workspaces } = await answer.json();
    if (workspaces?.owned.includes(WORKSPACE)) return { number };
  }
}

async function scan(name, port) {
  const file = join(directory, `${name}.json`);
  const parameters = ['--quiet', '--color', '0', '--warnings', 'off', '--protocols', '--std', '--server-preference', '--server-defaults', '--vulnerable', '--jsonfile', file, '--add-ca', join(certificates, 'ca.pem'), `https://localhost:${port}${PREFIX}/`];
  const { code, output } = await outcomeOf('testssl', parameters, { env: { TERM: 'dumb' }, within: SCAN_WITHIN_MS });
  check(code !== 'SIGKILL', `testssl.sh ends within ${SCAN_WITHIN_MS} ms`);
  const found = JSON.parse(readFileSync(file, 'utf8'));
  check(found.length > 30, `testssl.sh scans: ${output}`);
  const worse = found.filter(({ id, severity }) => !ADMITTED.includes(severity) && id !== COMPRESSION && ![...OF_THE_SCANNER, ...OF_THE_PROOF].includes(id));
  check(worse.length === 0, `testssl.sh finds nothing above LOW: ${JSON.stringify(worse, null, 1)}`);
  const offered = found.filter(({ id, finding }) => /^(SSLv2|SSLv3|TLS1|TLS1_1|TLS1_2|TLS1_3)$/.test(id) && /^offered/.test(finding)).map(({ id }) => id);
  console.log(`${name}: testssl.sh 3.0, ${found.length} findings, none above LOW but BREACH and what concerns the proof's own authority; offered: ${offered.join(', ')}`);
}

/** Findings about the certificate of an authority that exists only here. */
const OF_THE_PROOF = ['cert_revocation', 'cert_crlDistributionPoints', 'cert_ocspURL', 'cert_chain_of_trust', 'cert_trust', 'DNS_CAArecord', 'cert_expirationStatus', 'cert_notAfter', 'OCSP_stapling', 'cert_caIssuers'];
/** What the scanner cannot check: it has no GOST ciphers, and no session tickets are offered. */
const OF_THE_SCANNER = ['engine_problem', 'sessionresumption_ticket'];

async function proveOne(name) {
  const port = await freePort();
  const lineage = await issue(certificates, name);
  const hook = (pem, reload, from) => run(here('ops/proxy/renewed'), [], { env: { RENEWED_LINEAGE: from, HAPROXY_PEM: pem || '/nowhere/qide.pem', RELOAD: reload ?? 'true' } });
  let current = lineage;
  const renew = (pem, reload) => hook(pem, reload, current);
  const starts = { haproxy: startHaproxy, nginx: startNginx };
  const started = await starts[name](port, renew, lineage);
  await until(name, async () => {
    check(started.proxy.child.exitCode === null, `${name} ended: ${started.proxy.output()}`);
    return (await call(port, `${PREFIX}/ready`).catch(() => ({}))).status === 200;
  });
  await useIt(name, port);
  await keepSecretsUncompressed(port);
  const opened = performance.now();
  const editors = await renewUnderSockets(name, port, (next) => ((current = next), started.renew(next)));
  await scan(name, port);
  await until('the time-out of plain requests', () => performance.now() - opened > SILENT_MS);
  await Promise.all(editors.map((editor) => editor.ask('qide/nonsense', {})));
  console.log(`${name}: ${editors.length} sockets, silent for longer than ${SILENT_MS / 1000 - 1} s, still answer`);
  editors.forEach((editor) => editor.socket.terminate());
  await loseANode(name, port);
  await stop(started.proxy);
}

await prove(async () => {
  await createAuthority(certificates);
  mkdirSync(join(directory, WORKSPACE));
  writeFileSync(join(directory, WORKSPACE, 'notes.md'), '# Notes\n');
  database = await createCluster(directory);
  try {
    await startNode(0, await freePort());
    await startNode(1, await freePort());
    for (const name of names) await proveOne(name);
    await Promise.all(nodes.map((node) => stop(node)));
  } finally {
    await database.stop();
  }
});

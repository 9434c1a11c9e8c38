#!/usr/bin/env node
// A day in a minute: a real server with ten people, an outage of its database and an attack on its login; what it logged goes to a file.
//
//   node ops/elk/proof/day.mjs FILE [ANNOUNCEMENT]
//
// ANNOUNCEMENT gets the server's address and the owner's token when it is ready, as JSON (mode 600).
// Needs a built server (`./qide serve` has run once) and the packages of ops/load (`npm ci` there).
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../load/package.json', import.meta.url));
const WebSocket = require('ws');
const Y = require('yjs');
const { WebsocketProvider } = require('y-websocket');

const PEOPLE = 10;
const EDITS = 24;
const BETWEEN_EDITS_MS = 500;
const START_WITHIN_MS = 180_000;
const ANSWER_WITHIN_MS = 120_000;
const READY_WITHIN_MS = 10_000;
const STOP_WITHIN_MS = 30_000;
const LAST_CHARACTERS = 2_000;

const [target, announcement] = process.argv.slice(2);
if (!target) {
  console.error('Name the file for the log: node ops/elk/proof/day.mjs FILE [ANNOUNCEMENT]');
  process.exit(2);
}
const qide = fileURLToPath(new URL('../../../qide', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'qide-day-'));
const data = join(directory, 'data');
const workspace = join(directory, 'workspace');

/** The server's process, once it was started. */
let server;

/** Rejects when `promise` takes longer. */
const within = (milliseconds, what, promise) =>
  Promise.race([promise, sleep(milliseconds, undefined, { ref: false }).then(() => Promise.reject(new Error(`${what}: not within ${milliseconds} ms`)))]);

/** An OpenAI-compatible provider with one answer. */
function startProvider() {
  const provider = createServer((request, response) => {
    request.resume().on('end', () => {
      const chunk = (more) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'm', ...more })}\n\n`;
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: 'pass' }, finish_reason: null }] }));
      response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
      response.end(chunk({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 1, total_tokens: 13 } }) + 'data: [DONE]\n\n');
    });
  });
  return new Promise((resolve) => provider.listen(0, '127.0.0.1', () => resolve(provider)));
}

function startServer(models) {
  const environment = { ...process.env, QIDE_MODELS_FILE: models };
  server = spawn(qide, ['serve', '--port', '0', '--data', data, '--workspace', `day=${workspace}`], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ready = new Promise((resolve, reject) => {
    let output = '';
    let errors = '';
    server.stderr.on('data', (bytes) => (errors = (errors + bytes).slice(-LAST_CHARACTERS)));
    server.stdout.on('data', (bytes) => {
      output += bytes;
      const found = /ready: (http:\/\/[^/]+)\/#token=(\S+)/.exec(output);
      if (found) resolve({ origin: found[1], token: found[2] });
    });
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${errors}`)));
  });
  return within(START_WITHIN_MS, 'the start', ready);
}

/** The token of another person. */
function tokenOf(name) {
  const made = spawnSync(qide, ['token', 'create', '--scope', 'read,edit,ai', '--name', name, '--data', data], { encoding: 'utf8' });
  const found = /[#=]?token=(\S+)|^(\S{20,})$/m.exec(made.stdout);
  if (!found) throw new Error(`no token for ${name}: ${made.stdout}${made.stderr}`);
  return found[1] ?? found[2];
}

class Editor {
  #answers = new Map();
  #last = 0;

  constructor(address, token) {
    this.socket = new WebSocket(address, { headers: { Authorization: `Bearer ${token}` } });
    this.socket.on('message', (text, isBinary) => {
      const message = isBinary ? {} : JSON.parse(text);
      if (message.method && message.id !== undefined) this.#send({ id: message.id, result: null });
      else if (message.id !== undefined) this.#answers.get(message.id)?.(message);
    });
    this.opened = new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject));
  }

  notify(method, params) {
    this.#send({ method, params });
  }

  /** @returns the whole answer, also an error */
  request(method, params) {
    const id = ++this.#last;
    const answer = new Promise((resolve) => this.#answers.set(id, resolve));
    this.#send({ id, method, params });
    return within(ANSWER_WITHIN_MS, method, answer);
  }

  #send(message) {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }
}

/** Edits a shared file and asks a language server and a model. */
async function work(origin, token, number) {
  const file = `person${number % 3}.py`;
  const sockets = origin.replace('http', 'ws');
  const shared = new Y.Doc();
  const provider = new WebsocketProvider(`${sockets}/yjs/day`, file, shared, {
    WebSocketPolyfill: class extends WebSocket {
      constructor(address) {
        super(address, { headers: { Authorization: `Bearer ${token}` } });
      }
    },
    disableBc: true,
  });
  await within(ANSWER_WITHIN_MS, `sync of ${file}`, new Promise((resolve) => provider.once('sync', resolve)));

  const editor = new Editor(`${sockets}/ws/day`, token);
  await within(ANSWER_WITHIN_MS, 'a socket of an editor', editor.opened);
  await editor.request('initialize', { processId: null, rootUri: null, capabilities: { textDocument: { completion: {}, inlineCompletion: {} } } });
  editor.notify('initialized', {});
  const textDocument = { uri: `file:///${file}` };
  editor.notify('textDocument/didOpen', { textDocument: { ...textDocument, languageId: 'python', version: 1, text: 'import os\n\nos.\n' } });
  const position = { line: 2, character: 3 };
  const asked = Promise.all([
    editor.request('textDocument/completion', { textDocument, position }),
    editor.request('textDocument/hover', { textDocument }),
    editor.request('textDocument/inlineCompletion', { textDocument, position, context: { triggerKind: 0 } }),
  ]);
  for (let edit = 0; edit < EDITS; edit++) {
    shared.getText('content').insert(0, `# ${edit}\n`);
    await sleep(BETWEEN_EDITS_MS);
  }
  const [, , ghostText] = await asked;
  // The person accepts the ghost text.
  for (const { command } of ghostText.result?.items ?? []) {
    await editor.request('workspace/executeCommand', { command: command.command, arguments: command.arguments });
  }
  provider.destroy();
  editor.socket.close();
}

const postLogin = (origin, token) =>
  fetch(`${origin}/api/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: origin },
    body: JSON.stringify({ token }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });

/** A login that succeeds. */
async function logIn(origin, token) {
  const answer = await postLogin(origin, token);
  if (answer.status !== 204) throw new Error(`the login was answered with ${answer.status}`);
}

/** A client that sends an update which cannot be read: the server closes the document to it. */
async function sendMalformedUpdate(origin, token) {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/yjs/day/person0.py`, { headers: { Authorization: `Bearer ${token}` } });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await within(ANSWER_WITHIN_MS, 'a socket', new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject)));
  socket.send(Uint8Array.from([0, 2, 4, 255, 255, 255, 255]));
  await within(ANSWER_WITHIN_MS, 'the refusal of an update', closed);
}

/** The processes below `pid`, the lowest first. */
function descendants(pid) {
  const children = spawnSync('ps', ['-o', 'pid=', '--ppid', `${pid}`], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean).map(Number);
  return children.flatMap((child) => [...descendants(child), child]);
}

/** Kills a language server while an editor uses it, and waits until the editor hears of it. */
async function killLanguageServer(origin, token) {
  const editor = new Editor(`${origin.replace('http', 'ws')}/ws/day`, token);
  await within(ANSWER_WITHIN_MS, 'a socket of an editor', editor.opened);
  await editor.request('initialize', { processId: null, rootUri: null, capabilities: { textDocument: { completion: {} } } });
  editor.notify('initialized', {});
  const textDocument = { uri: 'file:///person0.py' };
  editor.notify('textDocument/didOpen', { textDocument: { ...textDocument, languageId: 'python', version: 1, text: 'import os\n' } });
  await editor.request('textDocument/completion', { textDocument, position: { line: 0, character: 0 } });
  const isLanguageServer = (pid) => /langserver|language-server/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  const pid = descendants(server.pid).find(isLanguageServer);
  if (!pid) throw new Error('no language server runs');
  process.kill(pid, 'SIGKILL');
  await editor.request('textDocument/completion', { textDocument, position: { line: 0, character: 0 } });
  editor.socket.close();
}

/** Runs the probe of ops/probe, which must succeed, and must fail where nobody listens. */
async function probe(origin, token) {
  const tokenFile = join(directory, 'probe.token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const run = (url) =>
    new Promise((resolve) => {
      const script = fileURLToPath(new URL('../../probe/probe.mjs', import.meta.url));
      const environment = { ...process.env, QIDE_URL: url, QIDE_TOKEN_FILE: tokenFile };
      const child = spawn(process.execPath, [script, 'day', join(directory, 'probe.prom')], { env: environment, stdio: ['ignore', 'inherit', 'pipe'] });
      let errors = '';
      child.stderr.on('data', (bytes) => (errors += bytes));
      child.once('close', (code) => resolve({ code, errors, metrics: readFileSync(join(directory, 'probe.prom'), 'utf8') }));
    });
  const good = await run(origin);
  if (good.code !== 0 || !good.metrics.includes('qide_probe_up 1')) throw new Error(`the probe failed: ${good.errors}`);
  const bad = await run('http://127.0.0.1:1');
  if (bad.code !== 1 || !bad.errors.startsWith('ready: ') || !bad.metrics.includes('qide_probe_up 0')) throw new Error(`the probe succeeded without a server: ${bad.errors}`);
}

/** Wrong tokens at the login and at a socket. */
async function attack(origin) {
  for (let attempt = 0; attempt < 30; attempt++) {
    await postLogin(origin, `guess-${attempt}`);
  }
  const refused = new WebSocket(`${origin.replace('http', 'ws')}/ws/day`, { headers: { Authorization: 'Bearer guess' } });
  await within(ANSWER_WITHIN_MS, 'the refusal of a socket', new Promise((resolve) => refused.once('error', resolve).once('close', resolve)));
}

/** Kills the database, and waits until the server has brought it back. */
async function outage(origin) {
  const pid = Number(spawnSync('find', [data, '-name', 'postmaster.pid', '-exec', 'head', '-1', '{}', ';'], { encoding: 'utf8' }).stdout);
  process.kill(pid, 'SIGKILL');
  const back = (async () => {
    const isReady = () => fetch(`${origin}/ready`, { signal: AbortSignal.timeout(READY_WITHIN_MS) }).then((answer) => answer.ok, () => false);
    while (!(await isReady())) await sleep(200);
  })();
  await sleep(1_000);
  await within(START_WITHIN_MS, 'the database', back);
}

let provider;
try {
  mkdirSync(workspace);
  for (const number of [0, 1, 2]) writeFileSync(join(workspace, `person${number}.py`), 'import os\n\nos.\n');
  provider = await startProvider();
  const models = join(directory, 'models.json');
  const url = `http://127.0.0.1:${provider.address().port}`;
  const model = { name: 'day', provider: 'openai', url, model: 'm', purpose: ['completion', 'chat'], fillIn: 'chat', local: true };
  writeFileSync(models, JSON.stringify([model]));
  const { origin, token } = await startServer(models);
  if (announcement) {
    writeFileSync(`${announcement}.part`, JSON.stringify({ origin, token }), { mode: 0o600 });
    renameSync(`${announcement}.part`, announcement);
  }
  const tokens = [token];
  for (let number = 1; number < PEOPLE; number++) tokens.push(tokenOf(`person ${number}`));
  await Promise.all(tokens.map((token, number) => work(origin, token, number)));
  await logIn(origin, tokens[1]);
  await sendMalformedUpdate(origin, tokens[2]);
  await probe(origin, tokens[4]);
  await killLanguageServer(origin, tokens[3]);
  await attack(origin);
  await outage(origin);
  await work(origin, tokens[0], 0);
} finally {
  provider?.close();
  if (server) {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await within(STOP_WITHIN_MS, 'the stop', ended).catch(() => server.kill('SIGKILL'));
  }
}
copyFileSync(join(data, 'logs/qide.json'), target);
const lines = readFileSync(target, 'utf8').trimEnd().split('\n').length;
rmSync(directory, { recursive: true, force: true });
console.log(`${lines} log lines in ${target}`);
process.exit(0);

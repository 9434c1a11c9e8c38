#!/usr/bin/env node
// A probe from outside: does what a person does, and says how long each step took.
//
//   QIDE_URL=https://ide.example/ QIDE_TOKEN_FILE=probe.token node ops/probe/probe.mjs WORKSPACE [METRICS]
//
// It reads /ready, logs in, edits `.qide-probe.json` as one client and reads the edit as another one (what others see is committed), and
// requests a completion from a language server. Exit code 0: all went well; 1: the step that failed is named on stderr; 2: wrong usage.
// METRICS gets the result in Prometheus's exposition format, for node_exporter's textfile collector. The packages are those of ops/load.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(new URL('../load/package.json', import.meta.url));
const WebSocket = require('ws');
const Y = require('yjs');
const { WebsocketProvider } = require('y-websocket');

const STEP_WITHIN_MS = 20_000;
const FILE = '.qide-probe.json';

const [workspace, metrics] = process.argv.slice(2);
const { QIDE_URL: url, QIDE_TOKEN_FILE: tokenFile } = process.env;
if (!workspace || !url || !tokenFile) {
  console.error('usage: QIDE_URL=https://ide.example/ QIDE_TOKEN_FILE=FILE node ops/probe/probe.mjs WORKSPACE [METRICS]');
  process.exit(2);
}
const token = readFileSync(tokenFile, 'utf8').trim();
const origin = url.replace(/\/$/, '');
const sockets = origin.replace(/^http/, 'ws');
const headers = { Authorization: `Bearer ${token}` };
const durations = new Map();

const within = (promise) => Promise.race([promise, sleep(STEP_WITHIN_MS, undefined, { ref: false }).then(() => Promise.reject(new Error(`no answer within ${STEP_WITHIN_MS / 1000} s`)))]);

async function step(name, action) {
  const begun = performance.now();
  try {
    return await within(action());
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  } finally {
    durations.set(name, (performance.now() - begun) / 1000);
  }
}

async function get(path) {
  const answer = await fetch(`${origin}${path}`, { headers, signal: AbortSignal.timeout(STEP_WITHIN_MS) });
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  return answer.json();
}

/** A client of the probe's document, when it has what the server has. */
function join() {
  const shared = new Y.Doc();
  const provider = new WebsocketProvider(`${sockets}/yjs/${workspace}`, FILE, shared, {
    WebSocketPolyfill: class extends WebSocket {
      constructor(address) {
        super(address, { headers });
      }
    },
    disableBc: true,
  });
  const synced = new Promise((resolve, reject) => {
    provider.once('sync', resolve);
    provider.once('connection-close', (event) => reject(new Error(`the socket was closed with ${event?.code} ${event?.reason}`)));
  });
  return synced.then(
    () => ({ text: shared.getText('content'), leave: () => provider.destroy() }),
    (error) => {
      provider.destroy();
      throw error;
    },
  );
}

async function edit() {
  const marker = `{"probe": ${Date.now()}}\n`;
  const writer = await join();
  const reader = await join();
  try {
    const seen = new Promise((resolve) => reader.text.observe(() => reader.text.toString().includes(marker) && resolve()));
    writer.text.delete(0, writer.text.length);
    writer.text.insert(0, marker);
    await seen;
  } finally {
    writer.leave();
    reader.leave();
  }
}

async function complete() {
  const socket = new WebSocket(`${sockets}/ws/${workspace}`, { headers });
  const answers = new Map();
  const send = (message) => socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
  const request = (id, method, params) =>
    new Promise((resolve, reject) => {
      answers.set(id, ({ result, error }) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result)));
      send({ id, method, params });
    });
  try {
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? {} : JSON.parse(data);
      if (message.method && message.id !== undefined) send({ id: message.id, result: null });
      else answers.get(message.id)?.(message);
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    await request(1, 'initialize', { processId: null, rootUri: null, capabilities: { textDocument: { completion: {} } } });
    send({ method: 'initialized', params: {} });
    const textDocument = { uri: `file:///${FILE}` };
    send({ method: 'textDocument/didOpen', params: { textDocument: { ...textDocument, languageId: 'json', version: 1, text: '{"probe": 1}\n' } } });
    await request(2, 'textDocument/completion', { textDocument, position: { line: 0, character: 1 } });
  } finally {
    socket.terminate();
  }
}

function writeMetrics(isUp) {
  const lines = [
    '# HELP qide_probe_up Whether every step of the last probe went well: 1 or 0.',
    '# TYPE qide_probe_up gauge',
    `qide_probe_up ${isUp ? 1 : 0}`,
    '# HELP qide_probe_step_seconds How long each step of the last probe took.',
    '# TYPE qide_probe_step_seconds gauge',
    ...[...durations].map(([name, seconds]) => `qide_probe_step_seconds{step="${name}"} ${seconds.toFixed(3)}`),
    '# HELP qide_probe_time_seconds When the last probe ended, since the Unix epoch.',
    '# TYPE qide_probe_time_seconds gauge',
    `qide_probe_time_seconds ${Math.round(Date.now() / 1000)}`,
  ];
  // The collector must not read half a file.
  writeFileSync(`${metrics}.part`, `${lines.join('\n')}\n`);
  renameSync(`${metrics}.part`, metrics);
}

let failure;
try {
  await step('ready', () => get('/ready'));
  await step('login', () => get('/api/me'));
  await step('edit', edit);
  await step('completion', complete);
} catch (error) {
  failure = error;
}
if (metrics) writeMetrics(!failure);
console.log([...durations].map(([name, seconds]) => `${name} ${Math.round(seconds * 1000)} ms`).join(', '));
if (failure) console.error(failure.message);
process.exit(failure ? 1 : 0);

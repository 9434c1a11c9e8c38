// How long an editor waits for `./qide lsp`: from its start until a server has the editor's `initialize`.
//   node start.mjs [--runs 20] [--beside OTHER/qide]
// The server is a WebSocket of this process. With --beside, runs alternate with the `qide` of another checkout.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '20' }, beside: { type: 'string' } } });
const programs = [fileURLToPath(new URL('../../qide', import.meta.url)), options.beside].filter(Boolean);
const work = mkdtempSync(join(tmpdir(), 'qide-start-'));
const token = join(work, 'token');
writeFileSync(token, 'token');

let initialized = () => {};
const http = createServer();
new WebSocketServer({ server: http }).on('connection', (socket) => socket.on('message', (text) => {
  const { id, method } = JSON.parse(text);
  if (method === 'initialize') initialized(performance.now());
  if (id !== undefined) socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
  if (method === 'exit') socket.close(1000);
}));
http.listen(0, '127.0.0.1');
await once(http, 'listening');

const framed = (message) => {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};

async function run(program) {
  const start = performance.now();
  const line = ['lsp', 'demo', '--url', `http://127.0.0.1:${http.address().port}`, '--token-file', token];
  const editor = spawn(program, line, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, XDG_CACHE_HOME: work } });
  const ended = once(editor, 'exit');
  const atServer = new Promise((resolve) => (initialized = resolve));
  editor.stdin.write(framed({ id: 1, method: 'initialize', params: { capabilities: {} } }));
  const end = await Promise.race([atServer, ended.then(([code]) => Promise.reject(new Error(`${program} ended with ${code}`)))]);
  await once(editor.stdout, 'data');
  editor.stdin.end(framed({ method: 'exit' }));
  await ended;
  return end - start;
}

try {
  const times = programs.map(() => []);
  for (const program of programs) await run(program);
  for (let turn = 0; turn < Number(options.runs); turn++) for (const [i, program] of programs.entries()) times[i].push(await run(program));
  for (const [i, program] of programs.entries()) {
    const sorted = times[i].sort((a, b) => a - b).map(Math.round);
    console.log(`${program}: median ${sorted[sorted.length >> 1]} ms, ${sorted[0]} to ${sorted.at(-1)}; load ${loadavg()[0].toFixed(0)}`);
  }
} finally {
  http.close();
  http.closeAllConnections();
  rmSync(work, { recursive: true, force: true });
}
process.exit();

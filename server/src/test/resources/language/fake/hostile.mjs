// A language server that is hostile in one way, named by its argument; otherwise it answers every request.
import { spawn } from 'node:child_process';

const way = process.argv[2];
let isSilent = false;
let input = Buffer.alloc(0);

function send(message) {
  if (isSilent) return;
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function turn() {
  if (way === 'forks') {
    const more = () => {
      try {
        for (let i = 0; i < 20; i++) spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']).on('error', () => {});
      } catch {
        // No more for the moment.
      }
      setTimeout(more, 20);
    };
    more();
  } else if (way === 'memory') {
    const held = [];
    setInterval(() => held.push(Buffer.alloc(16 << 20, 1)), 5);
  } else if (way === 'messages') {
    const params = { type: 4, message: 'x'.repeat(100_000) };
    const more = () => {
      send({ method: 'window/logMessage', params });
      process.stdout.write('', more);
    };
    more();
  } else if (way === 'family') {
    for (let i = 0; i < 3; i++) {
      spawn(process.execPath, ['-e', 'const held = Buffer.alloc(200 << 20, 1); setInterval(() => held, 1000)']);
    }
  } else if (way === 'complaints') {
    const line = 'x'.repeat(1 << 20) + '\n';
    const more = () => process.stderr.write(line, more);
    more();
  } else if (way === 'silent') {
    isSilent = true;
  } else if (way === 'stays') {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => {});
    process.stdin.removeAllListeners('end');
    setInterval(() => {}, 1000);
  }
}

process.stdin.on('data', (chunk) => {
  input = Buffer.concat([input, chunk]);
  for (;;) {
    const head = input.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/Content-Length: (\d+)/.exec(input.subarray(0, head).toString())[1]);
    if (input.length < head + 4 + length) return;
    const { id, method } = JSON.parse(input.subarray(head + 4, head + 4 + length).toString());
    input = input.subarray(head + 4 + length);
    if (id !== undefined) send({ id, result: method === 'initialize' ? { capabilities: { hoverProvider: true } } : { pid: process.pid } });
    if (method === 'textDocument/hover') setTimeout(turn, 100);
  }
});

// Three ways to the same language server: its stdio, a bridge, and this server. Each line sends JSON-RPC messages and resolves their
// answers; what the language server asks is answered with null.
import { spawn } from 'node:child_process';
import WebSocket from 'ws';
import { ContentLengthReader } from '../parity/content-length.mjs';

const ANSWER_WITHIN_MS = 60_000;

class Line {
  #next = 1;
  #waiting = new Map();

  request(method, params) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), ANSWER_WITHIN_MS);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        if (answer.error) reject(new Error(`${method}: ${answer.error.message}`));
        else resolve(answer.result);
      });
      this.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  notify(method, params) {
    this.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  receive(text) {
    const message = JSON.parse(text);
    if (message.method === undefined) {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    } else if (message.id !== undefined) {
      this.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: null }));
    }
  }

  /** Introduces itself and opens one document. */
  async open(rootUri, languageId, path, text) {
    this.uri = `${rootUri}/${path}`;
    await this.request('initialize', {
      processId: null,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: 'workspace' }],
      capabilities: {},
      initializationOptions: { provideFormatter: true, handledSchemaProtocols: ['file'] },
    });
    this.notify('initialized', {});
    this.notify('textDocument/didOpen', { textDocument: { uri: this.uri, languageId, version: 1, text } });
    return this;
  }

  hover(line, character) {
    return this.request('textDocument/hover', { textDocument: { uri: this.uri }, position: { line, character } });
  }
}

export class StdioLine extends Line {
  #process;

  constructor(program) {
    super();
    this.#process = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const reader = new ContentLengthReader((text) => this.receive(text));
    this.#process.stdout.on('data', (bytes) => reader.push(bytes));
  }

  send(text) {
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  close() {
    return new Promise((resolve) => {
      this.#process.once('exit', resolve);
      this.#process.kill('SIGKILL');
    });
  }
}

export class SocketLine extends Line {
  #socket;

  static async connect(url, headers = {}) {
    const line = new SocketLine();
    line.#socket = new WebSocket(url, { headers, perMessageDeflate: false, maxPayload: 64 << 20 });
    line.#socket.on('message', (data) => line.receive(data.toString()));
    await new Promise((resolve, reject) => {
      line.#socket.once('open', resolve);
      line.#socket.once('error', reject);
    });
    return line;
  }

  send(text) {
    this.#socket.send(text);
  }

  async close() {
    this.#socket.terminate();
  }
}

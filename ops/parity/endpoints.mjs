// The three ways to a language server: its stdio, `/lsp/{ws}/{language}` and `/ws/{ws}`. An endpoint is one LSP client: it sends requests,
// answers those of the server, and keeps the diagnostics, registrations and edits that the server sent.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { ContentLengthReader } from './content-length.mjs';
import { selects } from './selectors.mjs';

const ANSWER_WITHIN_MS = 60_000;
const FRAME_BYTES = 64 << 20;
const KEPT_ERROR_CHARACTERS = 4_000;

class Endpoint {
  #next = 1;
  #pending = new Map();
  #diagnostics = new Map();
  #registrations = new Map();
  #pulls = new Map();
  #isPulling = false;

  /** Static capabilities, from the answer to `initialize`. */
  capabilities = {};

  /** What the server asked the client to do, since the last `takeDeeds`: edits to apply, documents to show. */
  #deeds = [];

  /** When the last message of any kind arrived, in milliseconds of `performance.now()`. */
  lastMessage = performance.now();

  /** Microseconds from sending the last request to its answer. */
  lastMicros = 0;

  /**
   * @param name how reports name it
   * @param configuration answers `workspace/configuration`, by section; null when the client does not announce it
   */
  constructor(name, configuration = null) {
    this.name = name;
    this.configuration = configuration;
  }

  async initialize({ rootUri, capabilities, initializationOptions }) {
    this.folders = [{ uri: rootUri, name: 'parity' }];
    const workspace = { ...capabilities.workspace, ...(this.configuration ? { configuration: true } : {}) };
    const result = await this.request('initialize', {
      processId: null,
      clientInfo: { name: 'parity', version: '1' },
      rootUri,
      workspaceFolders: this.folders,
      capabilities: { ...capabilities, workspace },
      initializationOptions,
    });
    if (result.error) throw new Error(`${this.name}: initialize: ${result.error.message}`);
    this.capabilities = result.value.capabilities;
    this.pullsDiagnostics = Boolean(capabilities.textDocument?.diagnostic);
    this.notify('initialized', {});
    if (this.configuration) this.notify('workspace/didChangeConfiguration', { settings: this.configuration });
  }

  /** Resolves to `{ value }` or `{ error: { code, message } }`; rejects only when no answer comes. */
  request(method, params) {
    const id = this.#next++;
    const begun = process.hrtime.bigint();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new Error(`${this.name}: ${method} was not answered within ${ANSWER_WITHIN_MS / 1_000} s. ${this.lastWords ?? ''}`));
      }, ANSWER_WITHIN_MS);
      this.#pending.set(id, (answer) => {
        this.lastMicros = Number(process.hrtime.bigint() - begun) / 1_000;
        clearTimeout(timer);
        resolve(answer.error ? { error: { code: answer.error.code, message: answer.error.message } } : { value: answer.result });
      });
      this.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  notify(method, params) {
    this.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  open(document) {
    const { uri, languageId, text } = document;
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId, version: document.version, text } });
    this.#pull(document);
  }

  /** Replaces the whole text. */
  change(document) {
    const { uri, version, text } = document;
    this.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] });
    this.#pull(document);
  }

  /**
   * From now on the client pulls diagnostics, where it prefers to and the server announces it. All clients begin after the same
   * requests: what pyright answers about `os.path` depends on whether it has checked the file before.
   */
  beginPulls() {
    if (this.#isPulling) return;
    this.#isPulling = true;
    for (const document of this.#pulls.values()) this.#pull(document);
  }

  #pull(document) {
    this.#pulls.set(document.uri, document);
    if (!this.#isPulling || !this.pullsDiagnostics || !this.options('diagnosticProvider', 'textDocument/diagnostic', document)) return;
    this.request('textDocument/diagnostic', { textDocument: { uri: document.uri } }).then(
      ({ value }) => value?.items && this.#diagnosed(document.uri, 'pulled', value.items),
      () => {},
    );
  }

  /** What a person sees of a document: pushed and pulled diagnostics. */
  diagnosticsOf(uri) {
    const kept = this.#diagnostics.get(uri) ?? {};
    return [...(kept.pushed ?? []), ...(kept.pulled ?? [])];
  }

  /** Whether a request has no answer yet. */
  get isWaiting() {
    return this.#pending.size > 0;
  }

  hasDiagnosed(uri) {
    return this.#diagnostics.has(uri);
  }

  #diagnosed(uri, kind, items) {
    this.#diagnostics.set(uri, { ...this.#diagnostics.get(uri), [kind]: items });
  }

  takeDeeds() {
    return this.#deeds.splice(0);
  }

  /** The options under which a request is announced for a document; undefined when it is not. */
  options(provider, method, document) {
    const fixed = this.capabilities[provider];
    const found = fixed ? [fixed === true ? {} : fixed] : [];
    for (const { method: registered, registerOptions } of this.#registrations.values()) {
      if (registered === method && selects(registerOptions?.documentSelector, document)) found.push(registerOptions ?? {});
    }
    if (found.length === 0) return undefined;
    return found.reduce((all, one) => ({ ...all, ...one, triggerCharacters: union(all.triggerCharacters, one.triggerCharacters) }));
  }

  hasRegistered(method) {
    return [...this.#registrations.values()].some((registration) => registration.method === method);
  }

  receive(text) {
    this.lastMessage = performance.now();
    const message = JSON.parse(text);
    if (message.method === undefined) {
      this.#pending.get(message.id)?.(message);
      this.#pending.delete(message.id);
    } else if (message.id !== undefined) {
      this.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: this.#answer(message.method, message.params) }));
    } else if (message.method === 'textDocument/publishDiagnostics') {
      this.#diagnosed(message.params.uri, 'pushed', message.params.diagnostics);
    }
  }

  #answer(method, params) {
    switch (method) {
      case 'workspace/configuration':
        return params.items.map(({ section }) => section?.split('.').reduce((value, name) => value?.[name], this.configuration) ?? (section ? null : this.configuration));
      case 'workspace/applyEdit':
        this.#deeds.push(params.edit);
        return { applied: true };
      case 'client/registerCapability':
        for (const registration of params.registrations) this.#registrations.set(registration.id, registration);
        return null;
      case 'client/unregisterCapability':
        for (const { id } of params.unregisterations) this.#registrations.delete(id);
        return null;
      case 'workspace/diagnostic/refresh':
        for (const document of this.#pulls.values()) this.#pull(document);
        return null;
      case 'workspace/workspaceFolders':
        return this.folders;
      case 'window/showDocument':
        this.#deeds.push({ shown: params.uri });
        return { success: true };
      default:
        return null;
    }
  }

  /** Ends with every open request unanswered. */
  failed(why) {
    for (const answer of this.#pending.values()) answer({ error: { code: 0, message: why } });
    this.#pending.clear();
  }
}

const union = (one = [], other = []) => [...new Set([...one, ...other])];

/** Where the sandbox has its programs, too: a Python of the user's own has other packages than the machine's. */
const PROGRAMS = '/usr/bin:/bin';

export class StdioEndpoint extends Endpoint {
  #process;

  /** @param command the program and its arguments */
  constructor(command, directory, configuration) {
    super('stdio', configuration);
    this.#process = spawn(command[0], command.slice(1), { cwd: directory, env: { ...process.env, PATH: PROGRAMS }, stdio: ['pipe', 'pipe', 'pipe'] });
    const reader = new ContentLengthReader((text) => this.receive(text));
    this.#process.stdout.on('data', (bytes) => reader.push(bytes));
    this.#process.stderr.on('data', (bytes) => {
      this.lastWords = ((this.lastWords ?? '') + bytes).slice(-KEPT_ERROR_CHARACTERS);
    });
    this.#process.once('exit', () => this.failed('the language server ended'));
    this.#process.stdin.on('error', () => {});
  }

  send(text) {
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  /** The text behind a location, as an editor reads it. */
  async read(uri) {
    return readFileSync(fileURLToPath(uri), 'utf8');
  }

  close() {
    return new Promise((resolve) => {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) return resolve();
      this.#process.once('exit', resolve);
      this.#process.kill('SIGKILL');
    });
  }
}

export class SocketEndpoint extends Endpoint {
  #socket;

  static async connect(name, url, token) {
    const endpoint = new SocketEndpoint(name);
    const headers = { Authorization: `Bearer ${token}` };
    endpoint.#socket = new WebSocket(url, { headers, perMessageDeflate: false, maxPayload: FRAME_BYTES });
    endpoint.#socket.on('message', (data) => endpoint.receive(data.toString()));
    endpoint.#socket.on('close', (code, reason) => endpoint.failed(`the socket was closed: ${code} ${reason}`));
    await new Promise((resolve, reject) => {
      endpoint.#socket.once('open', resolve);
      endpoint.#socket.once('error', reject);
    });
    return endpoint;
  }

  send(text) {
    this.#socket.send(text);
  }

  /** The text behind a location: a file of the client's own folder, else what the server gives. */
  async read(uri) {
    if (uri.startsWith(`${this.folders[0].uri}/`)) return readFileSync(fileURLToPath(uri), 'utf8');
    const { value, error } = await this.request('workspace/textDocumentContent', { uri });
    return error ? `${uri} cannot be read: ${error.message}` : value.text;
  }

  async close() {
    this.#socket.terminate();
  }
}

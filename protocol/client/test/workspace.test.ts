import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { WebSocketServer, WebSocket } from 'ws';
import { ApiError, encodedPath, ServerApi, type ConnectionOptions, type ConnectionState, type RpcMessage, type WorkspaceOptions } from '../src/index.js';
import { Terminals } from '../src/terminals.js';
import { eventually } from './test-server.js';

const OPTIONS: WorkspaceOptions = {
  WebSocket: WebSocket as unknown as NonNullable<ConnectionOptions['WebSocket']>,
  firstRetryMilliseconds: 5,
  longestRetryMilliseconds: 10,
};

/** The results of requests; those of others repeat the request. */
const RESULTS: Readonly<Record<string, unknown>> = {
  initialize: { capabilities: { hoverProvider: true } },
  'qide/terminalOpen': { terminal: 't', shell: 'bash' },
  'qide/terminalAttach': { position: 1, input: 0, shell: 'bash' },
};

/** An HTTP server on loopback with tickets that open one socket each, and the workspace `demo`. */
class TicketServer {
  readonly received: RpcMessage[] = [];
  readonly requests: string[] = [];
  tickets = new Set<string>();
  issued = 0;
  sockets = 0;
  token = 'right';
  /** Statuses with which the next tickets are refused. */
  refusals: number[] = [];
  csrf: string | null = null;
  person = { id: '1', name: 'Ann' };
  private readonly socketServer = new WebSocketServer({ noServer: true });
  private readonly http = createServer((request, response) => {
    const { status, body } = this.answer(request);
    response.writeHead(status, { 'Content-Type': 'application/json', ...(this.csrf !== null && request.url === '/api/me' && { 'X-Qide-Csrf': this.csrf }) });
    response.end(JSON.stringify(body));
  });

  async start(): Promise<void> {
    this.http.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url!, 'http://server');
      // As the server does: a ticket passes once, an unknown workspace has no socket.
      const isRight = this.tickets.delete(url.searchParams.get('ticket') ?? '') && url.pathname === '/ws/demo';
      if (!isRight) return void socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      this.socketServer.handleUpgrade(request, socket, head, (opened) => {
        this.sockets += 1;
        opened.on('message', (data: Buffer) => this.message(JSON.parse(data.toString()) as RpcMessage, opened));
      });
    });
    await new Promise<void>((listening) => this.http.listen(0, '127.0.0.1', listening));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/`;
  }

  send(message: object): void {
    for (const socket of this.socketServer.clients) socket.send(JSON.stringify(message));
  }

  cut(): void {
    for (const socket of this.socketServer.clients) socket.terminate();
  }

  async stop(): Promise<void> {
    this.cut();
    this.http.closeAllConnections();
    await new Promise((closed) => this.http.close(closed));
  }

  private answer({ method, url, headers }: IncomingMessage): { readonly status: number; readonly body: unknown } {
    this.requests.push(`${method} ${url}`);
    const failure = (status: number, name: string) => ({ status, body: { error: { code: 1, name, message: `The server says ${name}.`, tags: {} } } });
    if (headers.authorization === undefined && method !== 'GET' && headers['x-qide-csrf'] !== (this.csrf ?? undefined)) return failure(403, 'csrf-token-wrong');
    if (headers.authorization !== undefined && headers.authorization !== `Bearer ${this.token}`) return failure(401, 'unauthenticated');
    if (url === '/api/workspaces') return { status: 200, body: { workspaces: [{ name: 'demo' }], sandboxed: true } };
    if (url === '/api/me') return { status: 200, body: { ...this.person, role: 'owner', scopes: ['edit'] } };
    if (url !== '/api/ticket') return failure(404, 'file-unknown');
    const refused = this.refusals.shift();
    if (refused !== undefined) return failure(refused, 'store-unavailable');
    const ticket = `ticket-${(this.issued += 1)}`;
    this.tickets.add(ticket);
    return { status: 200, body: { ticket, expiresIn: 30 } };
  }

  private message(message: RpcMessage, socket: WebSocket): void {
    this.received.push(message);
    if (!('method' in message) || message.id === undefined) return;
    const result = RESULTS[message.method] ?? { method: message.method, params: message.params };
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
  }
}

describe('Workspace', () => {
  const ends: (() => Promise<void> | void)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function serve(): Promise<TicketServer> {
    const server = new TicketServer();
    await server.start();
    ends.push(() => server.stop());
    return server;
  }

  function open(server: TicketServer, options: WorkspaceOptions = {}, token = 'right', name = 'demo') {
    const workspace = new ServerApi(server.address, token).open(name, { ...OPTIONS, ...options });
    ends.push(() => workspace.close());
    return workspace;
  }

  it('shows a terminal, also after a reconnect', async () => {
    const server = await serve();
    const workspace = open(server);
    await workspace.ready();
    let shown = '';
    const exits: string[] = [];
    const terminals = Terminals.of(workspace);
    await terminals.open({ columns: 80, rows: 24 }, { output: (text) => void (shown += text), ended: ({ reason }) => void exits.push(reason) });
    server.send({ jsonrpc: '2.0', method: 'qide/terminalOutput', params: { terminal: 't', position: 0, text: 'a' } });
    await eventually(() => shown === 'a');
    server.cut();
    await eventually(() => server.received.some((message) => 'method' in message && message.method === 'qide/terminalAttach'));
    server.send({ jsonrpc: '2.0', method: 'qide/terminalOutput', params: { terminal: 't', position: 1, text: 'b' } });
    server.send({ jsonrpc: '2.0', method: 'qide/terminalExit', params: { terminal: 't', reason: 'exited', message: '' } });
    await eventually(() => exits.length > 0);
    assert.equal(shown, 'ab');
    assert.deepEqual(exits, ['exited']);
    assert.equal(terminals.has('t'), false);
  });

  it('closes each document once', async () => {
    const workspace = open(await serve());
    const closed: string[] = [];
    const one = workspace.document('one', {}, { onClose: () => closed.push('one') });
    workspace.document('two', {}, { onClose: () => closed.push('two') });
    one.close();
    workspace.close();
    assert.deepEqual(closed, ['one', 'two']);
  });

  it('connects with a ticket of its own each time, and initializes each connection without a language client', async () => {
    const server = await serve();
    const workspace = open(server);
    await workspace.ready();
    await eventually(() => server.received.length === 2);
    server.cut();
    await eventually(() => server.received.length === 4);
    assert.equal(server.issued, 2);
    const methods = server.received.map((message) => ('method' in message ? message.method : ''));
    assert.deepEqual(methods, ['initialize', 'initialized', 'initialize', 'initialized']);
  });

  it('connects again when a ticket is refused for now', async () => {
    const server = await serve();
    server.refusals = [503, 429];
    await open(server).ready();
    assert.equal(server.requests.filter((one) => one === 'POST /api/ticket').length, 3);
  });

  it('says why it does not connect: the token is not valid', async () => {
    const server = await serve();
    const states: ConnectionState[] = [];
    const workspace = open(server, {}, 'wrong');
    workspace.on('state', (state) => states.push(state));
    await assert.rejects(workspace.ready(), /The server says unauthenticated/);
    assert.deepEqual(states, ['refused']);
    assert.equal(server.sockets, 0);
  });

  it('says why it does not connect: there is no such workspace', async () => {
    const server = await serve();
    const workspace = open(server, {}, 'right', 'none');
    await assert.rejects(workspace.ready(), /There is no workspace none/);
    assert.equal(workspace.state, 'gone');
  });

  it('does not connect after it was closed while it waited for a ticket', async () => {
    const server = await serve();
    const workspace = open(server);
    const refused = assert.rejects(workspace.ready(), /The connection was closed/);
    workspace.close();
    await refused;
    await eventually(() => server.issued === 1);
    const later = open(server);
    await later.ready();
    assert.equal(server.sockets, 1);
    assert.equal(workspace.state, 'stopped');
  });

  it('reports each event to all of its listeners, also when one fails', async () => {
    const server = await serve();
    const workspace = open(server);
    await workspace.ready();
    const heard: string[] = [];
    const logged = console.error;
    const failures: unknown[] = [];
    console.error = (failure) => failures.push(failure);
    ends.push(() => void (console.error = logged));
    workspace.on('qide/fileSaved', () => {
      throw new Error('a listener fails');
    });
    const second = workspace.on('qide/fileSaved', ({ path }) => heard.push(`second ${path}`));
    workspace.on('qide/fileSaved', ({ path }) => heard.push(`third ${path}`));
    server.send({ jsonrpc: '2.0', method: 'qide/fileSaved', params: { path: 'a.py', etag: '"1"', by: 'Ann' } });
    await eventually(() => heard.length === 2);
    second.dispose();
    server.send({ jsonrpc: '2.0', method: 'qide/fileSaved', params: { path: 'b.py', etag: '"2"', by: 'Ann' } });
    await eventually(() => heard.length === 3);
    console.error = logged;
    assert.deepEqual(heard, ['second a.py', 'third a.py', 'third b.py']);
    assert.equal(failures.length, 2);
  });

  it('sends requests of Q-IDE’s own', async () => {
    const server = await serve();
    const workspace = open(server);
    await workspace.ready();
    const answer: unknown = await workspace.request('qide/teamChatSend', { text: 'Hello' });
    assert.deepEqual(answer, { method: 'qide/teamChatSend', params: { text: 'Hello' } });
  });

  it('is the transport of a language client, which unregisters what a lost connection registered', async () => {
    const server = await serve();
    const workspace = open(server, { hasLanguageClient: true });
    const transports = workspace.languageTransports();
    const got: { method?: string; params?: unknown; result?: unknown }[] = [];
    transports.reader.listen((message) => got.push(message as (typeof got)[0]));
    await transports.writer.write({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} });
    await eventually(() => got.length === 1);
    const registration = { id: 'r', method: 'textDocument/hover' };
    server.send({ jsonrpc: '2.0', id: 7, method: 'client/registerCapability', params: { registrations: [registration] } });
    await eventually(() => got.length === 2);
    server.cut();
    await eventually(() => got.length === 3);
    assert.equal(got[2]!.method, 'client/unregisterCapability');
    assert.deepEqual(got[2]!.params, { unregisterations: [registration] });
  });

  it('is the transport of a language client of texts', async () => {
    const server = await serve();
    const workspace = open(server, { hasLanguageClient: true });
    const transport = workspace.textTransport();
    const got: string[] = [];
    const handler = (message: string) => got.push(message);
    transport.subscribe(handler);
    transport.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }));
    await eventually(() => got.length === 1);
    assert.deepEqual(JSON.parse(got[0]!), { jsonrpc: '2.0', id: 1, result: { capabilities: { hoverProvider: true } } });
  });
});

describe('ServerApi', () => {
  const server = new TicketServer();
  after(() => server.stop());

  it('reports failures by name, with the server’s sentence', async () => {
    await server.start();
    const api = new ServerApi(server.address, 'right');
    await assert.rejects(api.files('demo').read('none.py'), (error) => error instanceof ApiError && error.failure === 'file-unknown' && error.status === 404 && error.message === 'The server says file-unknown.');
    await assert.rejects(new ServerApi('http://127.0.0.1:9/', 'x').me(), (error) => error instanceof ApiError && error.failure === 'unreachable');
  });

  it('asks for the CSRF token of the login cookie once and sends the request again', async () => {
    server.csrf = 'of this login';
    const api = new ServerApi(server.address);
    assert.match(await api.ticket(), /^ticket-/);
    server.requests.length = 0;
    await api.ticket();
    assert.deepEqual(server.requests, ['POST /api/ticket']);
  });

  it('sends nothing for another person who logged in with the same cookie, until the first one is back', async () => {
    server.csrf = 'of Ann';
    const api = new ServerApi(server.address);
    await api.me();
    server.csrf = 'of Ben';
    server.person = { id: '2', name: 'Ben' };
    const isRefused = (error: unknown) => error instanceof ApiError && error.failure === 'person-changed' && error.status === 403 && error.message.includes('signed in as Ben');
    await assert.rejects(api.ticket(), isRefused);
    await assert.rejects(api.me(), isRefused);
    server.requests.length = 0;
    await assert.rejects(api.ticket(), isRefused);
    assert.deepEqual(server.requests, ['POST /api/ticket', 'GET /api/me']);
    server.csrf = 'of the next login of Ann';
    server.person = { id: '1', name: 'Ann' };
    assert.match(await api.ticket(), /^ticket-/);
  });

  it('sends no path that fetch would change', () => {
    assert.equal(encodedPath('src/ü #1.py'), 'src/%C3%BC%20%231.py');
    for (const path of ['', 'a//b', '../me', 'src/./a']) assert.throws(() => encodedPath(path), /not a legal path/);
  });
});

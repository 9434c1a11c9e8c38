import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import {
  Connection,
  DurableTransport,
  FAILURES,
  findDocument,
  RequestError,
  type ConnectionOptions,
  type EditorHooks,
  type RequestOrNotification,
  type Response,
  type RpcMessage,
} from '../src/index.js';
import { eventually, TestServer } from './test-server.js';

const MAIN = { uri: 'file:///src/Main.py', languageId: 'python', version: 3, text: 'x = 1\n' };
/** The document as an editor has it, with a member of its own. */
const OPEN = { ...MAIN, view: 'the first' };

describe('DurableTransport', () => {
  const ends: (() => Promise<void> | void)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function editor(hooks: Partial<EditorHooks> = {}, connectionsLostAtInitialize = 0) {
    const server = await TestServer.start();
    ends.push(() => server.stop());
    const atServer: RequestOrNotification[] = [];
    server.onText = (text, socket) => {
      const message = JSON.parse(text) as RequestOrNotification;
      atServer.push(message);
      if (message.method === 'initialize' && server.connections <= connectionsLostAtInitialize) socket.terminate();
      else if (message.method === 'initialize') {
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: { capabilities: { hoverProvider: true } } }));
      }
    };
    const connection = new Connection({
      url: server.url,
      WebSocket: WebSocket as unknown as NonNullable<ConnectionOptions['WebSocket']>,
      firstRetryMilliseconds: 5,
      longestRetryMilliseconds: 10,
    });
    ends.push(() => connection.stop());
    const transport = new DurableTransport(connection, { openDocuments: () => [OPEN], ...hooks });
    const atClient: RpcMessage[] = [];
    transport.setListener((message) => atClient.push(message));
    connection.onText = (message) => transport.receive(message);
    connection.onUp = () => transport.up();
    connection.onDown = () => transport.down();
    await transport.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params: {} });
    connection.start();
    await eventually(() => transport.isReady);
    const methods = () => atServer.map(({ method }) => method);
    return { server, connection, transport, atClient, atServer, methods };
  }

  it('initializes again on a new connection and opens the open documents, with text and the case of the URI', async () => {
    const { server, atServer, atClient, methods } = await editor();
    await eventually(() => methods().includes('initialized'));
    server.dropAll();
    await eventually(() => methods().includes('textDocument/didOpen'));
    assert.deepEqual(methods(), ['initialize', 'initialized', 'initialize', 'initialized', 'textDocument/didOpen']);
    assert.deepEqual(atServer.at(-1)!.params, { textDocument: MAIN });
    assert.equal(atClient.filter((message) => 'result' in message && message.result !== undefined).length, 1);
  });

  it('ends the progress of a lost connection, and removes its problems on the next one', async () => {
    const { server, atClient, methods } = await editor();
    const told = (method: string, params: unknown) => server.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
    const published = (uri: string, ...diagnostics: unknown[]) => told('textDocument/publishDiagnostics', { uri, diagnostics });
    const progress = (token: string, kind: string) => told('$/progress', { token, value: { kind } });
    const got = () => atClient.map((message) => ('method' in message ? [message.method, message.params] : []));
    progress('over', 'begin');
    progress('over', 'end');
    progress('loading', 'begin');
    published('file:///gone.ts', 'an error');
    published('file:///fixed.ts', 'an error');
    published('file:///fixed.ts');
    await eventually(() => got().length === 7);
    server.dropAll();
    await eventually(() => got().length === 9);
    assert.deepEqual(got().slice(7), [
      ['$/progress', { token: 'loading', value: { kind: 'end' } }],
      ['textDocument/publishDiagnostics', { uri: 'file:///gone.ts', diagnostics: [] }],
    ]);
    await eventually(() => methods().includes('textDocument/didOpen'));
    server.dropAll();
    await eventually(() => methods().filter((method) => method === 'textDocument/didOpen').length === 2);
    assert.equal(got().length, 9);
  });

  it('sends the latest settings again on a new connection, before the documents', async () => {
    const { server, transport, atServer, methods } = await editor();
    const changed = (quote: string) => ({ jsonrpc: '2.0' as const, method: 'workspace/didChangeConfiguration', params: { settings: { quote } } });
    await transport.send(changed('single'));
    await eventually(() => methods().includes('workspace/didChangeConfiguration'));
    transport.down();
    await transport.send(changed('double'));
    server.dropAll();
    await eventually(() => methods().includes('textDocument/didOpen'));
    assert.deepEqual(methods().slice(-2), ['workspace/didChangeConfiguration', 'textDocument/didOpen']);
    assert.deepEqual(atServer.at(-2)!.params, { settings: { quote: 'double' } });
  });

  it('repeats the first initialize when the connection is lost before its answer', async () => {
    const { server, atClient, atServer, transport } = await editor({}, 1);
    assert.deepEqual(
      atServer.filter(({ method }) => method === 'initialize').map(({ id }) => id),
      [0, 0],
    );
    assert.equal(atClient.length, 1);
    assert.equal((atClient[0] as Response).id, 0);
    assert.equal(transport.isReady, true);
    assert.equal(server.connections, 2);
  });

  it('answers open requests with server-cancelled when the connection is lost', async () => {
    const { server, transport, atClient, methods } = await editor();
    await transport.send({ jsonrpc: '2.0', id: 5, method: 'textDocument/hover', params: {} });
    await eventually(() => methods().includes('textDocument/hover'));
    server.dropAll();
    await eventually(() => atClient.length === 2);
    assert.equal((atClient[1] as Response).id, 5);
    assert.equal((atClient[1] as Response).error?.code, FAILURES['server-cancelled']);
  });

  it('answers at once, exactly once, while there is no connection', async () => {
    const { connection, transport, atClient } = await editor();
    connection.stop();
    await transport.send({ jsonrpc: '2.0', id: 6, method: 'textDocument/hover', params: {} });
    await eventually(() => atClient.length === 2);
    assert.equal((atClient[1] as Response).error?.code, FAILURES['server-cancelled']);
  });

  it('finds a document by the client that began it, across a lost connection', async () => {
    const { server, transport, atServer, methods } = await editor();
    const author = 2 ** 32 + 7;
    const doc = new Y.Doc();
    for (const clientID of [5, author]) {
      const other = new Y.Doc();
      other.clientID = clientID;
      other.getText('content').insert(0, 'text');
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
    }
    const found = findDocument(transport, doc, () => true);
    await eventually(() => methods().includes('qide/documentPath'));
    assert.deepEqual(atServer.find(({ method }) => method === 'qide/documentPath')!.params, { clients: [author] });
    const initialized = server.onText;
    let result: object = { path: 'there.txt' };
    server.onText = (text, socket) => {
      const { id, method } = JSON.parse(text) as RequestOrNotification;
      if (method === 'qide/documentPath') socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
      else initialized(text, socket);
    };
    server.dropAll();
    assert.equal(await found, 'there.txt');
    result = {};
    assert.equal(await findDocument(transport, doc, () => true), null);
  });

  it('stops looking for a document that nobody waits for, and reports a refusal', async () => {
    const { server, transport, connection } = await editor();
    const initialized = server.onText;
    server.onText = (text, socket) => {
      const { id, method } = JSON.parse(text) as RequestOrNotification;
      if (method !== 'qide/documentPath') return initialized(text, socket);
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: FAILURES['method-not-found'], message: 'No.' } }));
    };
    await assert.rejects(findDocument(transport, new Y.Doc(), () => true), (error: RequestError) => error.code === FAILURES['method-not-found']);
    connection.stop();
    let attempts = 0;
    assert.equal(await findDocument(transport, new Y.Doc(), () => (attempts += 1) < 3), null);
    assert.equal(attempts, 3);
  });

  it('sends a cancel when a request of the page is aborted', async () => {
    const { transport, atServer, methods } = await editor();
    const abort = new AbortController();
    const answer = transport.request('textDocument/inlineCompletion', {}, abort.signal);
    await eventually(() => methods().includes('textDocument/inlineCompletion'));
    const { id } = atServer.at(-1)!;
    abort.abort();
    await assert.rejects(answer, (error: RequestError) => error.code === FAILURES['request-cancelled']);
    await eventually(() => methods().includes('$/cancelRequest'));
    assert.deepEqual(atServer.at(-1)!.params, { id });
  });

  it('lets the editor change outgoing messages and responses', async () => {
    const { server, transport, atClient, atServer } = await editor({
      outgoing: (message) => (message.method === 'private' ? null : { ...message, params: { changed: true } }),
      answered: (_request, response) => ({ ...response, result: 'seen' }),
    });
    await transport.send({ jsonrpc: '2.0', method: 'private', params: {} });
    await transport.send({ jsonrpc: '2.0', id: 8, method: 'textDocument/hover', params: {} });
    await eventually(() => atServer.at(-1)!.method === 'textDocument/hover');
    assert.deepEqual(atServer.at(-1)!.params, { changed: true });
    server.send('{"jsonrpc":"2.0","id":8,"result":"raw"}');
    await eventually(() => atClient.length === 2);
    assert.equal((atClient[1] as Response).result, 'seen');
  });

  it('never answers a request of a lost connection on the next one', async () => {
    const { server, transport, atClient, atServer } = await editor();
    server.send('{"jsonrpc":"2.0","id":"s1","method":"workspace/configuration","params":{}}');
    await eventually(() => atClient.length === 2);
    server.dropAll();
    await eventually(() => server.connections === 2 && transport.isReady);
    await transport.send({ jsonrpc: '2.0', id: 's1', result: null });
    await transport.send({ jsonrpc: '2.0', method: 'after', params: {} });
    await eventually(() => atServer.at(-1)!.method === 'after');
    assert.equal(atServer.filter((message) => message.id === 's1').length, 0);
  });

  it('keeps our own notifications from the language client', async () => {
    const { server, atClient } = await editor({ notified: (method) => method.startsWith('qide/') });
    server.send('{"jsonrpc":"2.0","method":"qide/status","params":{}}');
    server.send('{"jsonrpc":"2.0","method":"window/logMessage","params":{}}');
    await eventually(() => atClient.length === 2);
    assert.equal((atClient[1] as RequestOrNotification).method, 'window/logMessage');
  });
});

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import {
  Connection,
  DurableTransport,
  FAILURES,
  RequestError,
  type ConnectionOptions,
  type EditorHooks,
  type RequestOrNotification,
  type Response,
  type RpcMessage,
} from '../src/index.js';
import { eventually, LineServer } from './line-server.js';

const MAIN = { uri: 'file:///src/Main.py', languageId: 'python', version: 3, text: 'x = 1\n' };

describe('DurableTransport', () => {
  const ends: (() => Promise<void> | void)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function editor(hooks: Partial<EditorHooks> = {}, linesLostAtInitialize = 0) {
    const server = await LineServer.start();
    ends.push(() => server.stop());
    const received: RequestOrNotification[] = [];
    server.onText = (text, line) => {
      const message = JSON.parse(text) as RequestOrNotification;
      received.push(message);
      if (message.method === 'initialize' && server.connections <= linesLostAtInitialize) line.terminate();
      else if (message.method === 'initialize') {
        line.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: { capabilities: { hoverProvider: true } } }));
      }
    };
    const connection = new Connection({
      url: server.url,
      WebSocket: WebSocket as unknown as NonNullable<ConnectionOptions['WebSocket']>,
      firstRetryMilliseconds: 5,
      longestRetryMilliseconds: 10,
    });
    ends.push(() => connection.stop());
    const transport = new DurableTransport(connection, { openDocuments: () => [MAIN], ...hooks });
    const heard: RpcMessage[] = [];
    transport.setListener((message) => heard.push(message));
    connection.onText = (message) => transport.receive(message);
    connection.onUp = () => transport.up();
    connection.onDown = () => transport.down();
    await transport.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params: {} });
    connection.start();
    await eventually(() => transport.isReady);
    const methods = () => received.map(({ method }) => method);
    return { server, connection, transport, heard, received, methods };
  }

  it('initializes again on a new line and opens what is open, with its text and its own case', async () => {
    const { server, received, heard, methods } = await editor();
    await eventually(() => methods().includes('initialized'));
    server.dropAll();
    await eventually(() => methods().includes('textDocument/didOpen'));
    assert.deepEqual(methods(), ['initialize', 'initialized', 'initialize', 'initialized', 'textDocument/didOpen']);
    assert.deepEqual(received.at(-1)!.params, { textDocument: MAIN });
    assert.equal(heard.filter((message) => 'result' in message && message.result !== undefined).length, 1);
  });

  it('repeats the first initialize when the line is lost before its answer', async () => {
    const { server, heard, received, transport } = await editor({}, 1);
    assert.deepEqual(
      received.filter(({ method }) => method === 'initialize').map(({ id }) => id),
      [0, 0],
    );
    assert.equal(heard.length, 1);
    assert.equal((heard[0] as Response).id, 0);
    assert.equal(transport.isReady, true);
    assert.equal(server.connections, 2);
  });

  it('answers open requests with server-cancelled when the line is lost', async () => {
    const { server, transport, heard, methods } = await editor();
    await transport.send({ jsonrpc: '2.0', id: 5, method: 'textDocument/hover', params: {} });
    await eventually(() => methods().includes('textDocument/hover'));
    server.dropAll();
    await eventually(() => heard.length === 2);
    assert.equal((heard[1] as Response).id, 5);
    assert.equal((heard[1] as Response).error?.code, FAILURES['server-cancelled']);
  });

  it('answers at once, exactly once, while there is no line', async () => {
    const { connection, transport, heard } = await editor();
    connection.stop();
    await transport.send({ jsonrpc: '2.0', id: 6, method: 'textDocument/hover', params: {} });
    await eventually(() => heard.length === 2);
    assert.equal((heard[1] as Response).error?.code, FAILURES['server-cancelled']);
  });

  it('tells the server to cancel when our own request is aborted', async () => {
    const { transport, received, methods } = await editor();
    const abort = new AbortController();
    const answer = transport.request('textDocument/inlineCompletion', {}, abort.signal);
    await eventually(() => methods().includes('textDocument/inlineCompletion'));
    const { id } = received.at(-1)!;
    abort.abort();
    await assert.rejects(answer, (error: RequestError) => error.code === FAILURES['request-cancelled']);
    await eventually(() => methods().includes('$/cancelRequest'));
    assert.deepEqual(received.at(-1)!.params, { id });
  });

  it('lets the editor change what goes out and what comes in', async () => {
    const { server, transport, heard, received } = await editor({
      outgoing: (message) => (message.method === 'private' ? null : { ...message, params: { changed: true } }),
      answered: (_request, response) => ({ ...response, result: 'seen' }),
    });
    await transport.send({ jsonrpc: '2.0', method: 'private', params: {} });
    await transport.send({ jsonrpc: '2.0', id: 8, method: 'textDocument/hover', params: {} });
    await eventually(() => received.at(-1)!.method === 'textDocument/hover');
    assert.deepEqual(received.at(-1)!.params, { changed: true });
    server.send('{"jsonrpc":"2.0","id":8,"result":"raw"}');
    await eventually(() => heard.length === 2);
    assert.equal((heard[1] as Response).result, 'seen');
  });

  it('never answers a request of a line that has gone on the next one', async () => {
    const { server, transport, heard, received } = await editor();
    server.send('{"jsonrpc":"2.0","id":"s1","method":"workspace/configuration","params":{}}');
    await eventually(() => heard.length === 2);
    server.dropAll();
    await eventually(() => server.connections === 2 && transport.isReady);
    await transport.send({ jsonrpc: '2.0', id: 's1', result: null });
    await transport.send({ jsonrpc: '2.0', method: 'after', params: {} });
    await eventually(() => received.at(-1)!.method === 'after');
    assert.equal(received.filter((message) => message.id === 's1').length, 0);
  });

  it('keeps notifications of ours from the language client', async () => {
    const { server, heard } = await editor({ notified: (method) => method.startsWith('qide/') });
    server.send('{"jsonrpc":"2.0","method":"qide/status","params":{}}');
    server.send('{"jsonrpc":"2.0","method":"window/logMessage","params":{}}');
    await eventually(() => heard.length === 2);
    assert.equal((heard[1] as RequestOrNotification).method, 'window/logMessage');
  });
});

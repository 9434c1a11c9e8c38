import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { Connection, type ConnectionOptions, type ConnectionState, type RpcMessage } from '../src/index.js';
import { eventually, LineServer } from './line-server.js';

describe('Connection', () => {
  const ends: (() => Promise<void> | void)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function connect(options: Partial<ConnectionOptions> = {}) {
    const server = await LineServer.start();
    ends.push(() => server.stop());
    const connection = new Connection({
      url: server.url,
      WebSocket: WebSocket as unknown as NonNullable<ConnectionOptions['WebSocket']>,
      firstRetryMilliseconds: 5,
      longestRetryMilliseconds: 20,
      ...options,
    });
    ends.push(() => connection.stop());
    const texts: RpcMessage[] = [];
    const states: ConnectionState[] = [];
    connection.onText = (message) => texts.push(message);
    connection.onState = (state) => states.push(state);
    return { server, connection, texts, states };
  }

  it('sends text frames and hears them', async () => {
    const { server, connection, texts } = await connect();
    server.onText = (message, line) => line.send(JSON.stringify({ ...(JSON.parse(message) as object), result: 1 }));
    connection.start();
    await eventually(() => connection.isOpen);
    assert.equal(connection.sendText({ jsonrpc: '2.0', id: 7, method: 'x' }), true);
    await eventually(() => texts.length === 1);
    assert.equal((texts[0] as { id: number }).id, 7);
  });

  it('comes back by itself after a lost line', async () => {
    const { server, connection, states } = await connect();
    connection.start();
    await eventually(() => connection.isOpen);
    server.dropAll();
    await eventually(() => states.includes('waiting') && connection.isOpen);
    assert.equal(server.connections, 2);
  });

  it('leaves a line that went silent', async () => {
    const { server, connection } = await connect({ idleMilliseconds: 60 });
    const codes: number[] = [];
    connection.onDown = (code) => codes.push(code);
    connection.start();
    await eventually(() => server.connections >= 2);
    assert.equal(codes[0], 4408);
  });

  it('asks for a sign of life when nothing answers what was sent, and leaves a line without one', async () => {
    const { server, connection } = await connect({ unansweredMilliseconds: 20, answerMilliseconds: 40 });
    const asked: string[] = [];
    const reasons: string[] = [];
    server.onText = (message) => asked.push((JSON.parse(message) as { method: string }).method);
    connection.onDown = (_code, reason) => reasons.push(reason);
    connection.start();
    await eventually(() => connection.isOpen);
    connection.sendText({ jsonrpc: '2.0', method: 'x' });
    await eventually(() => server.connections >= 2);
    assert.deepEqual(asked.slice(0, 2), ['x', 'qide/signOfLife']);
    assert.deepEqual(reasons, ['no sign of life']);
  });

  it('keeps a line that gives the sign, however long what was sent takes, and shows the sign to nobody', async () => {
    const { server, connection, texts } = await connect({ unansweredMilliseconds: 10, answerMilliseconds: 500 });
    let signs = 0;
    server.onText = (message, line) => {
      const { id, method } = JSON.parse(message) as { id?: string; method: string };
      if (method !== 'qide/signOfLife') return;
      signs += 1;
      line.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no such method' } }));
    };
    connection.start();
    await eventually(() => connection.isOpen);
    for (let sent = 0; signs < 5; sent += 1) {
      connection.sendText({ jsonrpc: '2.0', id: sent, method: 'x' });
      const before = signs;
      await eventually(() => signs > before);
    }
    assert.equal(server.connections, 1);
    assert.equal(texts.length, 0);
  });

  it('asks for no sign where nothing was sent, and at once when it is told to check', async () => {
    const { server, connection } = await connect({ unansweredMilliseconds: 5, answerMilliseconds: 1_000 });
    let asked = 0;
    server.onText = () => (asked += 1);
    connection.start();
    await eventually(() => connection.isOpen);
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.equal(asked, 0);
    connection.check(20);
    await eventually(() => server.connections === 2);
    assert.equal(asked, 1);
  });

  it('waits longer each time for a server that takes it and closes it at once', async () => {
    const { server, connection } = await connect({ firstRetryMilliseconds: 20, longestRetryMilliseconds: 10_000, random: () => 1 });
    const at: number[] = [];
    server.onLine = (line) => {
      at.push(performance.now());
      line.close(4205);
    };
    connection.start();
    await eventually(() => at.length === 5);
    const waits = at.slice(1).map((time, index) => time - at[index]!);
    [20, 40, 80, 160].forEach((least, index) => assert.ok(waits[index]! >= least - 1, `${waits}`));
  });

  it('begins anew with a short wait after a line that held', async () => {
    const { server, connection } = await connect({ steadyMilliseconds: 0, firstRetryMilliseconds: 5, longestRetryMilliseconds: 60_000, random: () => 1 });
    server.onLine = (line) => setTimeout(() => line.terminate(), 2);
    const began = performance.now();
    connection.start();
    await eventually(() => server.connections === 10);
    assert.ok(performance.now() - began < 2_000);
  });

  it('does not come back to a workspace that was deleted', async () => {
    const { server, connection } = await connect();
    connection.start();
    await eventually(() => connection.isOpen);
    server.closeAll(4404);
    await eventually(() => connection.state === 'gone');
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(server.connections, 1);
  });

  it('does not come back when it is refused', async () => {
    const { server, connection } = await connect();
    connection.start();
    await eventually(() => connection.isOpen);
    server.closeAll(4401);
    await eventually(() => connection.state === 'refused');
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(server.connections, 1);
  });

  it('refuses to send without a line', async () => {
    const { connection } = await connect();
    assert.equal(connection.sendText({ jsonrpc: '2.0', method: 'x' }), false);
  });

  it('shows binary frames alone to the stand-in, which is open while the line is', async () => {
    const { server, connection } = await connect();
    const standIn = new connection.binary.Socket(server.url);
    const heard: unknown[] = [];
    standIn.addEventListener('message', (event) => heard.push(event.data));
    assert.equal(standIn.readyState, 0);
    connection.start();
    await eventually(() => standIn.readyState === 1);
    server.send('{"jsonrpc":"2.0","method":"x"}');
    server.send(Uint8Array.of(1, 2, 3));
    await eventually(() => heard.length === 1);
    assert.deepEqual(new Uint8Array(heard[0] as ArrayBuffer), Uint8Array.of(1, 2, 3));
    server.dropAll();
    await eventually(() => standIn.readyState === 3);
  });

  it('drops the real line when the provider gives its own up', async () => {
    const { server, connection } = await connect();
    const standIn = new connection.binary.Socket(server.url);
    connection.start();
    await eventually(() => standIn.readyState === 1);
    standIn.close();
    await eventually(() => server.connections === 2);
  });

  it('survives a text frame that is not JSON', async () => {
    const { server, connection, texts } = await connect();
    connection.start();
    await eventually(() => connection.isOpen);
    server.send('{not json');
    server.send('{"jsonrpc":"2.0","method":"y"}');
    await eventually(() => texts.length === 1);
    assert.equal(server.connections, 1);
  });
});

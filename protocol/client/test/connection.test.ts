import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { Connection, type ConnectionOptions, type ConnectionState, type RpcMessage } from '../src/index.js';
import { eventually, TestServer } from './test-server.js';

describe('Connection', () => {
  const ends: (() => Promise<void> | void)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function connect(options: Partial<ConnectionOptions> = {}) {
    const server = await TestServer.start();
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

  it('sends and receives text frames', async () => {
    const { server, connection, texts } = await connect();
    server.onText = (message, socket) => socket.send(JSON.stringify({ ...(JSON.parse(message) as object), result: 1 }));
    connection.start();
    await eventually(() => connection.isOpen);
    assert.equal(connection.sendText({ jsonrpc: '2.0', id: 7, method: 'x' }), true);
    await eventually(() => texts.length === 1);
    assert.equal((texts[0] as { id: number }).id, 7);
  });

  it('reconnects by itself after a lost connection', async () => {
    const { server, connection, states } = await connect();
    connection.start();
    await eventually(() => connection.isOpen);
    server.dropAll();
    await eventually(() => states.includes('waiting') && connection.isOpen);
    assert.equal(server.connections, 2);
  });

  for (const state of ['connecting', 'open', 'waiting'] as const) {
    it(`stays stopped when a listener of the state "${state}" stops it`, async () => {
      const { server, connection, states } = await connect();
      let ups = 0;
      connection.onUp = () => (ups += 1);
      const record = connection.onState;
      connection.onState = (now) => {
        record(now);
        if (now === state) connection.stop();
      };
      connection.start();
      if (state === 'waiting') {
        await eventually(() => connection.isOpen);
        server.dropAll();
      }
      await eventually(() => states.includes('stopped'));
      await new Promise((resolve) => setTimeout(resolve, 60));
      assert.equal(connection.state, 'stopped');
      assert.equal(states.at(-1), 'stopped');
      assert.equal(server.connections, state === 'connecting' ? 0 : 1);
      assert.equal(ups, state === 'waiting' ? 1 : 0);
    });
  }

  it('connects once when a listener of the state retries at once', async () => {
    const { server, connection, states } = await connect();
    connection.start();
    await eventually(() => connection.isOpen);
    const record = connection.onState;
    connection.onState = (now) => {
      record(now);
      if (now === 'waiting') connection.retryNow();
    };
    server.dropAll();
    await eventually(() => states.filter((one) => one === 'open').length === 2);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(server.connections, 2);
  });

  it('drops a connection that went silent', async () => {
    const { server, connection } = await connect({ idleMilliseconds: 60 });
    const codes: number[] = [];
    connection.onDown = (code) => codes.push(code);
    connection.start();
    await eventually(() => server.connections >= 2);
    assert.equal(codes[0], 4408);
  });

  it('sends a heartbeat when no message follows, and drops a connection that does not answer it', async () => {
    const { server, connection } = await connect({ unansweredMilliseconds: 20, answerMilliseconds: 40 });
    const methods: string[] = [];
    const reasons: string[] = [];
    server.onText = (message) => methods.push((JSON.parse(message) as { method: string }).method);
    connection.onDown = (_code, reason) => reasons.push(reason);
    connection.start();
    await eventually(() => connection.isOpen);
    connection.sendText({ jsonrpc: '2.0', method: 'x' });
    await eventually(() => server.connections >= 2);
    assert.deepEqual(methods.slice(0, 2), ['x', 'qide/heartbeat']);
    assert.deepEqual(reasons, ['heartbeat not answered']);
  });

  it('keeps a connection that answers heartbeats, however slow other answers are, and reports none of them', async () => {
    const { server, connection, texts } = await connect({ unansweredMilliseconds: 10, answerMilliseconds: 500 });
    let heartbeats = 0;
    server.onText = (message, socket) => {
      const { id, method } = JSON.parse(message) as { id?: string; method: string };
      if (method !== 'qide/heartbeat') return;
      heartbeats += 1;
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no such method' } }));
    };
    connection.start();
    await eventually(() => connection.isOpen);
    for (let sent = 0; heartbeats < 5; sent += 1) {
      connection.sendText({ jsonrpc: '2.0', id: sent, method: 'x' });
      const before = heartbeats;
      await eventually(() => heartbeats > before);
    }
    assert.equal(server.connections, 1);
    assert.equal(texts.length, 0);
  });

  it('sends no heartbeat while nothing was sent, and one at once on check', async () => {
    const { server, connection } = await connect({ unansweredMilliseconds: 5, answerMilliseconds: 1_000 });
    let messages = 0;
    server.onText = () => (messages += 1);
    connection.start();
    await eventually(() => connection.isOpen);
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.equal(messages, 0);
    connection.check(20);
    await eventually(() => server.connections === 2);
    assert.equal(messages, 1);
  });

  it('doubles its delay for a server that accepts it and closes it at once', async () => {
    const { server, connection } = await connect({ firstRetryMilliseconds: 20, longestRetryMilliseconds: 10_000, random: () => 1 });
    const at: number[] = [];
    server.onConnection = (socket) => {
      at.push(performance.now());
      socket.close(4205);
    };
    connection.start();
    await eventually(() => at.length === 5);
    const waits = at.slice(1).map((time, index) => time - at[index]!);
    [20, 40, 80, 160].forEach((least, index) => assert.ok(waits[index]! >= least - 1, `${waits}`));
  });

  it('starts again with a short delay after a connection that lasted', async () => {
    const { server, connection } = await connect({ steadyMilliseconds: 0, firstRetryMilliseconds: 5, longestRetryMilliseconds: 60_000, random: () => 1 });
    server.onConnection = (socket) => setTimeout(() => socket.terminate(), 2);
    const began = performance.now();
    connection.start();
    await eventually(() => server.connections === 10);
    assert.ok(performance.now() - began < 2_000);
  });

  it('does not reconnect to a workspace that was deleted', async () => {
    const { server, connection } = await connect();
    connection.start();
    await eventually(() => connection.isOpen);
    server.closeAll(4404);
    await eventually(() => connection.state === 'gone');
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(server.connections, 1);
  });

  for (const [code, state] of [
    [4401, 'refused'],
    [4403, 'forbidden'],
  ] as const) {
    it(`does not reconnect by itself when it is ${state}`, async () => {
      const { server, connection } = await connect();
      connection.start();
      await eventually(() => connection.isOpen);
      server.closeAll(code);
      await eventually(() => connection.state === state);
      await new Promise((resolve) => setTimeout(resolve, 60));
      assert.equal(server.connections, 1);
      connection.start();
      await eventually(() => connection.isOpen);
    });
  }

  it('refuses to send without a connection', async () => {
    const { connection } = await connect();
    assert.equal(connection.sendText({ jsonrpc: '2.0', method: 'x' }), false);
  });

  it('passes only binary frames to the virtual socket, which is open while the real one is', async () => {
    const { server, connection } = await connect();
    const virtual = new connection.binary.Socket(server.url);
    const received: unknown[] = [];
    virtual.addEventListener('message', (event) => received.push(event.data));
    assert.equal(virtual.readyState, 0);
    connection.start();
    await eventually(() => virtual.readyState === 1);
    server.send('{"jsonrpc":"2.0","method":"x"}');
    server.send(Uint8Array.of(1, 2, 3));
    await eventually(() => received.length === 1);
    assert.deepEqual(new Uint8Array(received[0] as ArrayBuffer), Uint8Array.of(1, 2, 3));
    server.dropAll();
    await eventually(() => virtual.readyState === 3);
  });

  it('drops the real socket when the provider closes its virtual one', async () => {
    const { server, connection } = await connect();
    const virtual = new connection.binary.Socket(server.url);
    connection.start();
    await eventually(() => virtual.readyState === 1);
    virtual.close();
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

import { Connection, type ConnectionState, type SocketLike } from '@qide/client';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { socketAddress } from '../src/api.js';
import { SessionCheck } from '../src/workbench/session-check.js';

/** A browser's socket whose handshake the server refuses, as it does for an unknown workspace. */
class RefusedSocket implements SocketLike {
  /** The code of the next close. */
  static nextCode = 1006;
  readonly readyState = 3;
  binaryType = 'arraybuffer';
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onerror: SocketLike['onerror'] = null;
  onclose: SocketLike['onclose'] = null;

  constructor() {
    const code = RefusedSocket.nextCode;
    RefusedSocket.nextCode = 1006;
    setTimeout(() => this.onclose?.({ code, reason: '' }));
  }

  send(): void {}
  close(): void {}
}

describe('SessionCheck', () => {
  const names: string[] = [];
  let person: { id: string; name: string } | null = { id: '1', name: 'Ann' };
  const server = createServer((request, response) => {
    const answers: Record<string, object> = { ...(person && { '/api/me': { ...person, role: 'owner', scopes: ['edit'] } }), '/api/workspaces': { workspaces: names.map((name) => ({ name })) } };
    const answer = answers[request.url!];
    response.writeHead(answer ? 200 : request.url === '/api/me' ? 401 : 404, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer ?? {}));
  });
  const connections: Connection[] = [];

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    Object.assign(globalThis, { document: { baseURI: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` } });
  });
  after(() => {
    connections.forEach((connection) => connection.stop());
    server.closeAllConnections();
    server.close();
  });

  function lose(...workspaces: string[]) {
    names.splice(0, names.length, ...workspaces);
    const connection = new Connection({ url: () => socketAddress('demo'), WebSocket: RefusedSocket, firstRetryMilliseconds: 5, longestRetryMilliseconds: 20 });
    connections.push(connection);
    const said: string[] = [];
    const states: ConnectionState[] = [];
    const check = new SessionCheck(connection, 'demo', () => said.push('signed out'), () => said.push('gone'), (sentence) => said.push(sentence));
    connection.onState = (state) => {
      states.push(state);
      check.changed(state);
    };
    connection.start();
    return { connection, said, states };
  }

  const until = async (condition: () => boolean) => {
    for (const end = Date.now() + 10_000; !condition(); await sleep(5)) assert.ok(Date.now() < end, 'not within ten seconds');
  };

  it('ends a connection to a workspace that was deleted while nothing was connected, and says so', async () => {
    const { connection, said } = lose('other');
    await until(() => said.length > 0);
    assert.deepEqual([said, connection.state], [['gone'], 'gone']);
  });

  it('looks for a workspace again that the person may not read any more', async () => {
    RefusedSocket.nextCode = 4403;
    const { connection, said, states } = lose('other');
    await until(() => said.length > 0);
    assert.deepEqual([said, connection.state], [['gone'], 'gone']);
    assert.equal(states.find((state) => state !== 'connecting'), 'forbidden');
  });

  it('does not connect as another person, and goes on when the first one is back', async () => {
    const { connection, said } = lose('demo');
    await until(() => connection.state === 'waiting');
    person = { id: '2', name: 'Ben' };
    await until(() => said.length > 0);
    assert.equal(connection.state, 'refused');
    assert.match(said[0]!, /signed in as Ben/);
    person = { id: '1', name: 'Ann' };
    await until(() => connection.state === 'waiting');
    assert.equal(said.length, 1);
  });

  it('says that the person is signed out, and goes on after the next login', async () => {
    const { connection, said } = lose('demo');
    await until(() => connection.state === 'waiting');
    person = null;
    await until(() => connection.state === 'refused' && said.length > 0);
    assert.deepEqual(said, ['signed out']);
    person = { id: '1', name: 'Ann' };
    await until(() => connection.state === 'waiting');
  });

  it('lets a connection go on whose workspace exists', async () => {
    const { said, states } = lose('demo');
    await until(() => states.filter((state) => state === 'waiting').length > 6);
    assert.deepEqual(said, []);
  });
});

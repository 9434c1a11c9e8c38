import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TeamChatMessage, TeamChatPage } from '@qide/client';
import { Conversation } from '../src/team-chat/conversation.js';

function message(id: number, person = 'ann'): TeamChatMessage {
  return { id, person, name: person, text: `message ${id}`, sentAt: '2026-01-01T00:00:00Z' };
}

const page = (...ids: number[]): TeamChatPage => ({ messages: ids.map((id) => message(id)), more: ids[0]! > 1 });

/** A server whose answers the test gives one by one, in the order of the requests. */
class Server {
  readonly requests: { readonly method: string; readonly params: any; answer(value: unknown): void; fail(reason: string): void }[] = [];
  notify: (message: TeamChatMessage) => void = () => {};
  ready: () => void = () => {};

  request(method: string, params: object): Promise<unknown> {
    return new Promise((answer, reject) => this.requests.push({ method, params, answer, fail: (reason) => reject(new Error(reason)) }));
  }

  subscribe(listener: (message: TeamChatMessage) => void): void {
    this.notify = listener;
  }

  subscribeReady(listener: () => void): void {
    this.ready = listener;
    listener();
  }

  /** Answers the oldest open request of this method, and waits until the conversation has taken it. */
  async answer(method: string, value: unknown): Promise<void> {
    this.taken(method).answer(value);
    await settled();
  }

  async fail(method: string, reason: string): Promise<void> {
    this.taken(method).fail(reason);
    await settled();
  }

  taken(method: string) {
    const at = this.requests.findIndex((request) => request.method === method);
    assert.ok(at >= 0, `no open request ${method}`);
    return this.requests.splice(at, 1)[0]!;
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const HISTORY = 'qide/teamChatHistory';
const SEND = 'qide/teamChatSend';

function started() {
  const server = new Server();
  const conversation = new Conversation(server, () => {});
  const ids = () => conversation.messages.map(({ id }) => id);
  return { server, conversation, ids };
}

describe('Conversation', () => {
  it('keeps a message that arrives before the answer of the first reading', async () => {
    const { server, conversation, ids } = started();
    server.notify(message(4, 'ben'));
    await server.answer(HISTORY, page(1, 2, 3));
    assert.deepEqual(ids(), [1, 2, 3, 4]);
    assert.equal(conversation.unread('ann'), 1);
  });

  it('drops what is before a gap, and reads it again when it is wanted', async () => {
    const { server, conversation, ids } = started();
    await server.answer(HISTORY, page(1, 2));
    server.ready();
    server.notify(message(10));
    await server.answer(HISTORY, page(7, 8, 9));
    assert.deepEqual(ids(), [7, 8, 9, 10]);
    assert.ok(conversation.hasEarlier);
    const earlier = conversation.readEarlier();
    assert.equal(server.requests[0]!.params.before, 7);
    await server.answer(HISTORY, page(1, 2, 3, 4, 5, 6));
    await earlier;
    assert.deepEqual(ids(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('sends a message that was not stored again on the next connection, under the same key', async () => {
    const { server, conversation, ids } = started();
    await server.answer(HISTORY, page(1));
    void conversation.send(' Hello ');
    const { key } = server.requests[0]!.params;
    await server.fail(SEND, 'The connection was lost.');
    assert.deepEqual(conversation.drafts, [{ key, text: 'Hello', problem: 'The connection was lost.' }]);
    server.ready();
    await server.answer(HISTORY, page(1));
    assert.equal(server.requests[0]!.params.key, key);
    server.notify(message(2));
    await server.answer(SEND, message(2));
    assert.deepEqual([ids(), conversation.drafts], [[1, 2], []]);
  });

  it('reads the newest messages again when that failed', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const { server, conversation, ids } = started();
    await server.fail(HISTORY, 'The database does not respond.');
    assert.equal(conversation.problem, 'The database does not respond.');
    test.mock.timers.tick(5_000);
    await server.answer(HISTORY, page(1));
    assert.deepEqual([ids(), conversation.problem], [[1], null]);
    test.mock.timers.tick(60_000);
    assert.deepEqual(server.requests, []);
  });
});

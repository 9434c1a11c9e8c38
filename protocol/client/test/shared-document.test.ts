import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import {
  AcknowledgementLedger,
  Connection,
  providerSocket,
  SharedDocument,
  type ConnectionOptions,
  type SharedDocumentEvents,
  type UnsentEdits,
} from '../src/index.js';
import { DocumentServer } from './document-server.js';
import { eventually } from './test-server.js';

describe('SharedDocument', () => {
  const ends: (() => Promise<void> | void)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function editor(server: DocumentServer, events: Partial<SharedDocumentEvents> = {}, unsent: UnsentEdits | null = null) {
    const connection = new Connection({
      url: server.url,
      WebSocket: WebSocket as unknown as NonNullable<ConnectionOptions['WebSocket']>,
      firstRetryMilliseconds: 5,
      longestRetryMilliseconds: 10,
    });
    const socket = providerSocket(connection);
    const counts: number[] = [];
    const shared = new SharedDocument(socket, 'src/Main.py', { unacknowledged: (count) => counts.push(count), ...events }, { unsent });
    ends.push(() => {
      shared.close();
      socket.destroy();
      connection.stop();
    });
    connection.start();
    await eventually(() => shared.isSynced);
    return { connection, shared, counts };
  }

  async function start() {
    const server = await DocumentServer.start();
    ends.push(() => server.stop());
    return server;
  }

  it('carries one person’s text to another', async () => {
    const server = await start();
    const ann = await editor(server);
    const bob = await editor(server);
    ann.shared.text.insert(0, 'x = 1');
    await eventually(() => bob.shared.text.toString() === 'x = 1');
  });

  it('waits for the text, and says why there is none', async () => {
    const server = await start();
    const { connection, shared } = await editor(server);
    await shared.whenSynced();
    server.acceptsConnections = false;
    server.dropAll();
    await eventually(() => !shared.isSynced);
    const here = shared.whenSynced();
    server.acceptsConnections = true;
    await here;
    const socket = providerSocket(connection);
    ends.push(() => socket.destroy());
    const other = new SharedDocument(socket, 'src/Other.py');
    const none = assert.rejects(other.whenSynced(), /^Error: closed$/);
    other.close();
    await none;
  });

  it('counts each edit until it is acknowledged', async () => {
    const server = await start();
    const { shared, counts } = await editor(server);
    await eventually(() => shared.unacknowledged === 0);
    server.acknowledges = false;
    shared.text.insert(0, 'a');
    shared.text.insert(1, 'b');
    assert.equal(shared.unacknowledged, 2);
    server.acknowledges = true;
    await eventually(() => shared.unacknowledged === 0);
    assert.deepEqual(counts.slice(-2), [1, 0]);
  });

  it('keeps and counts text typed without a connection, and sends it on the next one', async () => {
    const server = await start();
    const { shared } = await editor(server);
    server.acceptsConnections = false;
    server.dropAll();
    await eventually(() => !shared.isSynced);
    shared.text.insert(0, 'typed ');
    shared.text.insert(6, 'offline');
    assert.equal(shared.unacknowledged, 2);
    server.acknowledges = false;
    server.acceptsConnections = true;
    await eventually(() => server.text === 'typed offline');
    assert.equal(shared.unacknowledged, 2);
    server.acknowledges = true;
    await eventually(() => shared.unacknowledged === 0);
  });

  it('sends an edit typed without a connection only once', async () => {
    const server = await start();
    const { shared } = await editor(server);
    server.acceptsConnections = false;
    server.dropAll();
    await eventually(() => !shared.isSynced);
    shared.text.insert(0, 'once');
    server.updates = 0;
    server.acceptsConnections = true;
    await eventually(() => server.text === 'once' && shared.unacknowledged === 0);
    assert.equal(server.updates, 1);
  });

  it('starts with the unsent edits of an earlier visit, and sends and counts them', async () => {
    const server = await start();
    const first = await editor(server);
    first.shared.text.insert(0, 'a');
    assert.equal(await first.shared.stored(5_000), true);
    first.connection.stop();
    first.shared.text.insert(1, 'b');
    first.shared.text.insert(2, 'c');
    server.acknowledges = false;
    const unsent = { state: Y.encodeStateAsUpdate(first.shared.doc), edits: first.shared.unacknowledged };
    const second = await editor(server, {}, unsent);
    assert.equal(second.shared.unacknowledged, 2);
    await eventually(() => server.text === 'abc');
    server.acknowledges = true;
    await eventually(() => second.shared.unacknowledged === 0);
    assert.equal(second.shared.text.toString(), 'abc');
  });

  it('resolves when all edits so far are stored, whatever is typed later', async () => {
    const server = await start();
    const { shared } = await editor(server);
    // The acknowledgement of the first step 2 comes before those that the test holds.
    shared.text.insert(0, 'x');
    await eventually(() => shared.unacknowledged === 0);
    server.acknowledges = false;
    shared.text.insert(0, 'a');
    assert.equal(await shared.stored(30), false);
    const stored = shared.stored(5_000);
    shared.text.insert(1, 'b');
    await eventually(() => server.text === 'abx');
    server.acknowledgeOne();
    assert.equal(await stored, true);
    assert.equal(shared.unacknowledged, 1);
    server.acknowledges = true;
    assert.equal(await shared.stored(5_000), true);
    assert.equal(shared.unacknowledged, 0);
  });

  it('does not count edits as stored that were refused, and sends them again when this person may edit', async () => {
    const server = await start();
    const { shared } = await editor(server);
    shared.text.insert(0, '.');
    assert.equal(await shared.stored(2_000), true);
    server.permitsEdits = false;
    shared.reopen();
    shared.text.insert(0, 'refused');
    assert.equal(await shared.stored(200), false);
    assert.equal(shared.unacknowledged, 1);
    assert.equal(server.text, '.');
    server.permitsEdits = true;
    shared.reopen();
    assert.equal(await shared.stored(2_000), true);
    assert.equal(server.text, 'refused.');
  });

  it('does not take an acknowledgement that was under way at a new login for one of refused edits', async () => {
    const server = await start();
    const { shared } = await editor(server);
    shared.text.insert(0, '.');
    assert.equal(await shared.stored(2_000), true);
    server.acknowledges = false;
    shared.text.insert(0, 'stored');
    await eventually(() => server.text === 'stored.');
    server.permitsEdits = false;
    shared.text.insert(0, 'refused ');
    shared.reopen();
    // Before the server has received the new login.
    server.acknowledgeOne();
    assert.equal(await shared.stored(200), false);
    assert.equal(shared.unacknowledged, 2);
    server.permitsEdits = true;
    server.acknowledges = true;
    shared.reopen();
    assert.equal(await shared.stored(2_000), true);
    assert.equal(server.text, 'refused stored.');
  });

  it('reports why the server closed the document', async () => {
    const server = await start();
    const reasons: string[] = [];
    await editor(server, { closed: (reason) => reasons.push(reason) });
    server.closeDocument('src/Main.py', 'document-replaced');
    await eventually(() => reasons.length === 1);
    assert.deepEqual(reasons, ['document-replaced']);
  });

  it('does not mistake a lost connection for a closed document', async () => {
    const server = await start();
    const reasons: string[] = [];
    const { shared } = await editor(server, { closed: (reason) => reasons.push(reason) });
    server.closeAll(1001);
    await eventually(() => !shared.isSynced);
    await eventually(() => shared.isSynced);
    assert.deepEqual(reasons, []);
  });
});

describe('AcknowledgementLedger', () => {
  it('counts refused edits until they are sent again and acknowledged', () => {
    const ledger = new AcknowledgementLedger();
    ledger.edit();
    ledger.edit();
    ledger.refused();
    assert.deepEqual([ledger.count, ledger.settled], [2, 0]);
    ledger.edit();
    ledger.acknowledged();
    assert.deepEqual([ledger.count, ledger.settled], [2, 1]);
    ledger.stepOne();
    assert.equal(ledger.count, 2);
    ledger.acknowledged();
    assert.deepEqual([ledger.count, ledger.settled], [0, 3]);
  });

  it('counts one acknowledgement for all edits before a step 1', () => {
    const ledger = new AcknowledgementLedger();
    ledger.edit();
    ledger.edit();
    ledger.stepOne();
    ledger.edit();
    assert.equal(ledger.count, 3);
    ledger.acknowledged();
    assert.equal(ledger.count, 1);
    ledger.acknowledged();
    assert.equal(ledger.count, 0);
  });
});

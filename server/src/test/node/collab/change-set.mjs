// A model's change set on a document that somebody types in, with unmodified Yjs clients: two hunks are accepted, one is
// rejected, the other person types in the same lines before and after, and each one's undo takes back only its own.
import assert from 'node:assert/strict';
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import WebSocket from 'ws';
import * as Y from 'yjs';

const [base, token, bobsToken] = process.argv.slice(2);
const path = 'poem.txt';
const socketUrl = `${base.replace('http', 'ws')}/ws/demo`;

function authorized(bearer) {
  return class extends WebSocket {
    constructor(url) {
      super(url, ['qide', `qide.bearer.${bearer}`]);
    }
  };
}

async function until(condition, what) {
  const end = Date.now() + 30_000;
  while (!condition()) {
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function open(bearer) {
  const websocketProvider = new HocuspocusProviderWebsocket({ url: socketUrl, WebSocketPolyfill: authorized(bearer) });
  const provider = new HocuspocusProvider({ websocketProvider, name: path, document: new Y.Doc(), token: '' });
  provider.attach();
  await until(() => provider.isSynced, 'the document is synced');
  return provider;
}

/** Ann's editor: JSON-RPC only. */
class Editor {
  #socket = new WebSocket(socketUrl, ['qide', `qide.bearer.${token}`]);
  #waiting = new Map();
  #id = 0;
  changeSets = [];

  async begin() {
    this.#socket.on('message', (data, isBinary) => {
      if (isBinary) return;
      const message = JSON.parse(data);
      if (message.method === 'qide/changeSet') this.changeSets.push(message.params);
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
    });
    await new Promise((resolve) => this.#socket.once('open', resolve));
    await this.ask('initialize', { capabilities: {} });
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'initialized', params: {} }));
  }

  ask(method, params) {
    const id = ++this.#id;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  close() {
    this.#socket.close();
  }
}

async function propose(bearer, edits) {
  const response = await fetch(`${base}/mcp/demo`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${bearer}`, Accept: 'application/json, text/event-stream' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'propose_edit', arguments: { path, edits } },
    }),
  });
  return (await response.json()).result;
}

const ann = new Editor();
await ann.begin();
const bob = await open(bobsToken);
const other = await open(token);
const text = bob.document.getText('content');
const undoManager = new Y.UndoManager(text, { captureTimeout: 0 });
const said = () => text.toString();
const type = (before, inserted) => {
  const at = said().indexOf(before);
  assert.ok(at >= 0, before);
  text.insert(at + before.length, inserted);
};

const original = said();
assert.equal(original, 'one fine day\n\n\ntwo grey cats\n\n\nthree red birds\n');
const proposed = await propose(token, [
  { oldText: 'one fine day', newText: 'one rainy night' },
  { oldText: 'two grey cats', newText: 'two black dogs' },
  { oldText: 'three red birds', newText: 'three blue whales' },
]);
assert.equal(proposed.isError, false, proposed.content[0].text);
await until(() => ann.changeSets.length === 1, 'Ann sees the change set');
const [{ changeSet, hunks, agent }] = ann.changeSets;
assert.deepEqual(hunks.map((hunk) => [hunk.line, hunk.before, hunk.after, hunk.state]), [
  [0, 'one fine day', 'one rainy night', 'proposed'],
  [3, 'two grey cats', 'two black dogs', 'proposed'],
  [6, 'three red birds', 'three blue whales', 'proposed'],
]);
assert.equal(said(), original, 'a proposal is not part of the text');
await until(
  () => [...bob.awareness.getStates().values()].some((state) => state.user?.name === agent && state.user.type === 'agent'),
  'the model is present under its own name',
);

// Bob types into the lines of all hunks, in words that the model replaces and beside them.
type('one fi', 'BOB1');
type('two grey', ' BOB2');
type('three r', 'BOB3');
await until(() => other.document.getText('content').toString() === said(), 'both have what Bob typed');

const decide = async (action, numbers) => {
  const answer = await ann.ask('qide/changeSetDecide', { changeSet, hunks: numbers, action });
  assert.ok(answer.result, JSON.stringify(answer.error));
  return answer.result.hunks.map((hunk) => hunk.state);
};
// He goes on while Ann decides.
const decisions = [decide('accept', [1]), decide('reject', [2]), decide('accept', [3])];
for (const letter of 'while') type('three ', letter);
await Promise.all(decisions);
await until(() => said().includes('rainy') && said().includes('whales'), 'the accepted hunks arrive');
assert.ok(!said().includes('dogs'), 'the rejected hunk does not');
for (const word of ['BOB1', ' BOB2', 'BOB3']) assert.ok(said().includes(word), `${word} in ${said()}`);
assert.match(said(), /two grey BOB2 cats/);
await until(() => other.document.getText('content').toString() === said(), 'both texts are equal');
const states = await decide('accept', []);
assert.deepEqual(states, ['accepted', 'rejected', 'accepted'], 'what is decided stays');

// Bob's undo takes back his words, and none of the model's.
while (undoManager.undoStack.length > 0) undoManager.undo();
assert.equal(said(), 'one rainy night\n\n\ntwo grey cats\n\n\nthree blue whales\n');
while (undoManager.redoStack.length > 0) undoManager.redo();

// The model's undo takes back its words, and none of Bob's.
await decide('undo', []);
await until(() => !said().includes('rainy') && !said().includes('whales'), 'the undo arrives');
for (const word of ['BOB1', ' BOB2', 'BOB3']) assert.ok(said().includes(word), `${word} in ${said()}`);
while (undoManager.undoStack.length > 0) undoManager.undo();
assert.equal(said(), original);
await until(() => other.document.getText('content').toString() === original, 'both texts are equal at the end');

await until(
  () => ![...bob.awareness.getStates().values()].some((state) => state.user?.type === 'agent'),
  'the model leaves when everything is decided',
);
const unknown = await ann.ask('qide/changeSetDecide', { changeSet: 'x', hunks: [], action: 'accept' });
assert.equal(unknown.error.data.name, 'change-set-unknown');
const twice = await propose(token, [{ oldText: 'e', newText: 'x' }]);
assert.equal(twice.isError, true, 'the old text has to occur once');
ann.close();
for (const provider of [bob, other]) {
  provider.configuration.websocketProvider.destroy();
  provider.destroy();
}
console.log('the change set was decided');

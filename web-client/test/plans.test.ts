// Random plans: two windows edit one text over connections that delay, break and lose what is on its way, with a server
// that is killed, a tool that writes the file, compositions and undo. At the end both models, the server's text and the
// text in the database are equal; in a plan in which nobody deletes, every word is there exactly once.
//
// `QIDE_PLANS=N` runs N plans; a failure names its seed, and `QIDE_SEED=S` starts with the plan S.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as Y from 'yjs';
import { ModelBinding } from '../src/text/binding.js';
import { OwnUndo } from '../src/text/own-undo.js';
import { type Random, randomOf } from './random.js';
import { TextModel } from './text-model.js';

const PLANS = Number(process.env['QIDE_PLANS'] ?? 20);
const FIRST_SEED = Number(process.env['QIDE_SEED'] ?? 1);
const STEPS = 300;

/** The server: an update counts when it is committed, and is sent to others only then. */
class Server {
  /** The rows of the database. */
  readonly rows: Uint8Array[] = [];
  doc = new Y.Doc();
  private arrived: { update: Uint8Array; from: Window | null }[] = [];
  readonly windows: Window[] = [];

  get text(): Y.Text {
    return this.doc.getText('content');
  }

  receive(update: Uint8Array, from: Window | null): void {
    this.arrived.push({ update, from });
  }

  commit(): void {
    for (const { update, from } of this.arrived) {
      this.rows.push(update);
      Y.applyUpdate(this.doc, update);
      for (const window of this.windows) if (window !== from && window.isConnected) window.incoming.push(update);
    }
    this.arrived = [];
  }

  /** Everything that is not in the database is lost, and so are all connections. */
  kill(): void {
    this.arrived = [];
    for (const window of this.windows) window.disconnect();
    this.doc = stored(this.rows);
  }

  /** Changes the committed text, as the file sync does after a tool wrote the file. */
  write(change: (text: Y.Text) => void): void {
    this.commit();
    const before = Y.encodeStateVector(this.doc);
    const edited = stored(this.rows);
    change(edited.getText('content'));
    this.receive(Y.encodeStateAsUpdate(edited, before), null);
    this.commit();
  }
}

/** A window of the page: a model bound to a shared text, and a connection. */
class Window {
  readonly doc = new Y.Doc();
  readonly text = this.doc.getText('content');
  readonly model = new TextModel();
  readonly binding: ModelBinding;
  readonly words: string[] = [];
  /** What is on its way. */
  incoming: Uint8Array[] = [];
  private outgoing: Uint8Array[] = [];
  isConnected = false;

  constructor(
    readonly name: string,
    private readonly server: Server,
  ) {
    const undo = new OwnUndo(this.text);
    this.binding = new ModelBinding(this.text, this.model, undo, { undo: (direction) => void undo.run(direction) });
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== server && this.isConnected) this.outgoing.push(update);
    });
    server.windows.push(this);
  }

  connect(): void {
    if (this.isConnected) return;
    this.isConnected = true;
    this.incoming.push(Y.encodeStateAsUpdate(this.server.doc, Y.encodeStateVector(this.doc)));
    this.outgoing.push(Y.encodeStateAsUpdate(this.doc, Y.encodeStateVector(this.server.doc)));
  }

  disconnect(): void {
    this.isConnected = false;
    this.incoming = [];
    this.outgoing = [];
  }

  /** One message arrives; false if none was on its way. */
  deliver(isToServer: boolean): boolean {
    const update = (isToServer ? this.outgoing : this.incoming).shift();
    if (update === undefined) return false;
    if (isToServer) this.server.receive(update, this);
    else Y.applyUpdate(this.doc, update, this.server);
    return true;
  }

  /** Inserts a word where it divides no other. */
  type(random: Random): void {
    const word = `${this.name}${this.words.length}.`;
    this.words.push(word);
    const places = [0, ...[...this.model.getValue().matchAll(/[.\n]/g)].map(({ index }) => index + 1)];
    this.model.type(places[random(places.length)]!, 0, random(3) === 0 ? `${word}\n` : word);
  }

  delete(random: Random): void {
    const offset = random(this.model.getValueLength() + 1);
    this.model.type(offset, Math.min(random(6), this.model.getValueLength() - offset), '');
  }
}

function stored(rows: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc();
  for (const row of rows) Y.applyUpdate(doc, row);
  return doc;
}

function step(server: Server, random: Random, mayDelete: boolean): void {
  const window = server.windows[random(server.windows.length)]!;
  switch (random(14)) {
    case 0:
      return window.disconnect();
    case 1:
      return window.connect();
    case 2:
      return random(6) === 0 ? server.kill() : server.commit();
    case 3:
      return window.binding.compositionStarted();
    case 4:
      return window.binding.compositionEnded();
    case 5:
      return mayDelete ? window.delete(random) : window.type(random);
    case 6:
      return mayDelete ? void window.model[random(2) === 0 ? 'undo' : 'redo']() : window.model.pushStackElement();
    case 7:
      return server.write((text) => (mayDelete && random(2) === 0 ? text.delete(0, random(text.length + 1)) : text.insert(0, 'tool\n')));
    case 8:
    case 9:
      return window.type(random);
    default:
      window.deliver(random(2) === 0);
      if (random(2) === 0) server.commit();
  }
}

/** Everybody is connected, and nothing is on its way. */
function settle(server: Server): void {
  for (const window of server.windows) {
    window.binding.compositionEnded();
    window.connect();
  }
  for (let isMoving = true; isMoving; ) {
    isMoving = server.windows.map((window) => [window.deliver(true), window.deliver(false)].includes(true)).includes(true);
    server.commit();
    isMoving ||= server.windows.some(({ incoming }) => incoming.length > 0);
  }
}

describe('random plans in two windows', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PLANS; seed += 1) {
    it(`plan ${seed} ends with one text`, () => {
      const random = randomOf(seed);
      const mayDelete = seed % 2 === 0;
      const server = new Server();
      const [ann, bob] = [new Window('A', server), new Window('B', server)];
      try {
        for (let count = 0; count < STEPS; count += 1) step(server, random, mayDelete);
      } finally {
        settle(server);
      }
      for (const { binding } of [ann, bob]) binding.checkInvariants();
      const text = server.text.toString();
      assert.deepEqual([ann.model.getValue(), bob.model.getValue(), stored(server.rows).getText('content').toString()], [text, text, text]);
      const lost = mayDelete ? [] : [...ann.words, ...bob.words].filter((word) => text.split(word).length !== 2);
      assert.deepEqual(lost, []);
      assert.ok(ann.words.length > 0 && bob.words.length > 0, 'somebody typed nothing');
    });
  }
});

// One person's connection: a shared document and the requests of an editor on one WebSocket.
import WebSocket from 'ws';
import * as Y from 'yjs';
import { HocuspocusFraming } from './framings.mjs';
import { scan, token } from './tokens.mjs';

const WITHIN_MS = 60_000;
/** In the queue of unacknowledged messages: a step 2, whose time is not measured. */
const STEP_2 = -1;
/** The text is trimmed beyond this, so that a long run edits texts of a steady size. */
const TEXT_MAX = 20_000;
const HEAD = '/* ';

/** @returns a promise that rejects if `promise` takes more than a minute */
export function within(what, promise, milliseconds = WITHIN_MS) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what}: not within ${milliseconds / 1000} s`)), milliseconds)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Edits that are on their way: when each left, and how many people still have to get it. */
export class Edits {
  #underway = new Map();
  sent = 0;

  constructor(tally) {
    this.tally = tally;
  }

  /** A new edit, for `receivers` people. */
  begin(receivers) {
    const edit = this.sent++;
    if (receivers > 0) this.#underway.set(edit, { at: performance.now(), left: receivers });
    return edit;
  }

  received(edit) {
    const found = this.#underway.get(edit);
    if (!found) return;
    this.tally.add('edit: others have it', performance.now() - found.at);
    if (--found.left === 0) this.#underway.delete(edit);
  }

  /** How many edits somebody has not received. */
  get missing() {
    return this.#underway.size;
  }
}

export class Person {
  doc = new Y.Doc();
  #answers = new Map();
  #listeners = new Map();
  #lastId = 0;
  #version = 1;
  #owed = [];
  #seen = new Set();
  #isClosing = false;

  /**
   * @param site { origin, tally, edits }
   * @param place { workspace, token, path, others }: `others` is how many more people have the document open
   */
  constructor(site, place) {
    Object.assign(this, site, place);
    this.text = this.doc.getText('content');
    this.doc.on('update', (update, origin) => {
      if (origin !== this) this.#send(this.framing.update(update));
    });
  }

  /** Connects; with `path` also opens the shared document. */
  async open() {
    const address = `${this.origin.replace('http', 'ws')}/ws/${this.workspace}`;
    this.socket = new WebSocket(address, { headers: { Authorization: `Bearer ${this.token}` } });
    this.socket.binaryType = 'nodebuffer';
    await within('the handshake', new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject)));
    this.socket.on('message', (bytes, isBinary) => (isBinary ? this.framing.read(bytes, 0, bytes.length, this) : this.#message(JSON.parse(bytes))));
    this.socket.once('close', (code, reason) => {
      if (!this.#isClosing) this.tally.fail('socket', `closed with ${code} ${reason}`);
    });
    if (!this.path) return this;
    this.framing = new HocuspocusFraming(this.path, '');
    const synced = new Promise((resolve) => (this.synced = resolve));
    for (const frame of this.framing.first) this.socket.send(frame);
    await within(`opening ${this.path}`, synced);
    return this;
  }

  /** Sends an editor's first messages; they also open the document. */
  async startEditor() {
    await this.request('initialize', { processId: null, rootUri: null, capabilities: { textDocument: { completion: {} } } });
    this.notify('initialized', {});
    if (this.path) this.notify('textDocument/didOpen', { textDocument: { uri: this.#uri, languageId: 'css', version: 1, text: this.text.toString() } });
  }

  get #uri() {
    return `file:///${this.path}`;
  }

  /** Types seven characters into the comment at the head of the shared text. */
  edit() {
    const edit = this.edits.begin(this.others);
    this.#seen.add(edit);
    this.#owed.push(performance.now());
    this.text.insert(HEAD.length, token(edit));
  }

  /** Deletes most of the comment when it has grown long. */
  trim() {
    const length = this.text.length;
    if (length < TEXT_MAX) return;
    this.#owed.push(STEP_2);
    this.text.delete(HEAD.length + TEXT_MAX / 4, Math.floor(length / 2));
  }

  /** Completion in the rule at the end of the text, as it is now. */
  async complete() {
    const text = this.text.toString();
    this.notify('textDocument/didChange', { textDocument: { uri: this.#uri, version: ++this.#version }, contentChanges: [{ text }] });
    const position = { line: text.split('\n').findIndex((line) => line.startsWith('.team')), character: '.team { co'.length };
    const result = await this.request('textDocument/completion', { textDocument: { uri: this.#uri }, position });
    const items = result?.items ?? result ?? [];
    if (!items.some(({ label }) => label === 'color')) throw new Error(`the completion lacks color: ${items.length} items`);
  }

  notify(method, params) {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  request(method, params) {
    const id = ++this.#lastId;
    const answer = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return within(method, answer).finally(() => this.#answers.delete(id));
  }

  /** Calls `listener` with the parameters of each notification of that method. */
  on(method, listener) {
    this.#listeners.set(method, listener);
  }

  #message({ id, method, params, result, error }) {
    if (method && id !== undefined) {
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: null }));
    } else if (method) {
      this.#listeners.get(method)?.(params);
    } else if (error) {
      this.#answers.get(id)?.reject(new Error(`${error.code} ${error.message}`));
    } else {
      this.#answers.get(id)?.resolve(result);
    }
  }

  #send(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(frame);
  }

  // Read from the framing.

  reply(payload) {
    this.#send(payload);
  }

  asked(vector) {
    this.#owed.push(STEP_2);
    this.#send(this.framing.step2(Y.encodeStateAsUpdate(this.doc, vector)));
  }

  synced() {}

  acknowledged(isSaved) {
    const sentAt = this.#owed.shift();
    if (!isSaved) this.tally.fail('edit: saved', 'an edit was refused');
    else if (sentAt === undefined) this.tally.fail('edit: saved', 'an acknowledgement of nothing');
    else if (sentAt !== STEP_2) this.tally.add('edit: saved', performance.now() - sentAt);
  }

  ended(why) {
    if (!this.#isClosing) this.tally.fail('document', why);
  }

  content(bytes, from, to) {
    scan(bytes, from, to, (edit) => {
      if (this.#seen.has(edit)) return;
      this.#seen.add(edit);
      this.edits.received(edit);
    });
    Y.applyUpdate(this.doc, new Uint8Array(bytes.subarray(from, to)), this);
  }

  /** The state of the shared text, to compare with the others' when they differ. */
  summary() {
    const { pendingStructs, pendingDs, clients } = this.doc.store;
    const clocks = [...Y.decodeStateVector(Y.encodeStateVector(this.doc))].map(([client, clock]) => `${client}:${clock}`).sort();
    const waits = pendingStructs ? `waits for ${[...pendingStructs.missing].join()}` : pendingDs ? 'has deletions that wait' : 'nothing waits';
    return `person ${this.number} has ${this.text.length} characters, ${clients.size} clients (${clocks.join(' ')}), ${waits}, ${this.#owed.length} unacknowledged`;
  }

  close() {
    this.#isClosing = true;
    this.socket?.close();
  }
}

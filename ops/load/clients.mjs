// The clients of one phase: sockets, tiny documents, and the books of who was to see what.
import * as Y from 'yjs';
import { HocuspocusFraming, WebsocketFraming } from './framings.mjs';
import { Socket } from './socket.mjs';
import { EDITS_MAX, scan, token } from './tokens.mjs';

const OPEN_AT_ONCE = 20;
const SYNC_WITHIN_MS = 30_000;
/** Stands in the queue of owed acknowledgements for the step 2 of the beginning. */
const STEP_2 = -1;

/** The edits of a phase: when each left, whose and of which document it is. */
export class Books {
  edits = 0;
  deliveries = 0;
  echoes = 0;
  twice = 0;
  strange = 0;
  expected = 0;
  lastAt = 0;

  constructor(editsMax, receiversMax) {
    if (editsMax > EDITS_MAX) throw new Error(`more than ${EDITS_MAX} edits`);
    this.editsMax = editsMax;
    this.sentAt = new Float64Array(editsMax);
    this.author = new Int32Array(editsMax);
    this.document = new Int32Array(editsMax);
    this.latencies = new Float32Array(editsMax * receiversMax);
    this.acknowledgements = new Float32Array(editsMax);
    this.acknowledged = 0;
    this.refused = 0;
  }
}

export class Client {
  tokenFrames = 0;
  tokens = 0;
  /** How many of its edits were acknowledged: the first ones, since acknowledgements come in order. */
  saved = 0;
  /** Which of several servers it connects to. */
  node = 0;
  hasAnswered = false;
  ended = (why) => (this.trouble ||= why);
  whenSaved = () => {};
  trouble = '';
  #doc = new Y.Doc();
  #text;
  #update;
  #seen;
  #owed = [];
  #isSynced;
  #now = 0;
  #tokensInFrame = 0;

  constructor(number, document, books, peers) {
    Object.assign(this, { number, document, books, peers });
    this.#seen = new Uint8Array(books.editsMax);
    this.#text = this.#doc.getText('content');
    this.#doc.on('update', (update) => (this.#update = update));
  }

  /** Connects as a stock provider does; resolves at the first step 2. */
  async open(server, name) {
    this.begunAt = performance.now();
    const isHocuspocus = server.framing === 'hocuspocus';
    this.framing = isHocuspocus
      ? new HocuspocusFraming(name, server.token)
      : new WebsocketFraming();
    const path = isHocuspocus ? server.path : `${server.path}/${name}`;
    const synced = new Promise((resolve) => (this.#isSynced = resolve));
    const ports = server.ports ?? [server.port];
    const port = ports[this.node % ports.length];
    const target = { host: '127.0.0.1', port, path, headers: server.headers, ca: server.ca };
    this.socket = new Socket((bytes, from, to, now) => {
      this.#now = now;
      this.#tokensInFrame = 0;
      this.framing.read(bytes, from, to, this);
      if (this.#tokensInFrame > 0) this.tokenFrames++;
    });
    await this.socket.open(target);
    for (const frame of this.framing.first) this.socket.send(frame);
    const late = new Promise((_, reject) => {
      this.timer = setTimeout(
        () => reject(new Error(`client ${this.number} was not synced: ${this.whatEnded()}`)),
        SYNC_WITHIN_MS,
      );
    });
    await Promise.race([synced, late]).finally(() => clearTimeout(this.timer));
    return this;
  }

  whatEnded() {
    return this.trouble || this.socket?.closed || '';
  }

  /** Types one token at the end of what this client itself has typed. */
  edit() {
    const books = this.books;
    const edit = books.edits++;
    this.#text.insert(this.#text.length, token(edit));
    books.author[edit] = this.number;
    books.document[edit] = this.document;
    books.expected += this.peers;
    const now = (books.sentAt[edit] = performance.now());
    if (this.framing.hasAcknowledgements) this.#owed.push(now);
    this.socket.send(this.framing.update(this.#update));
  }

  reply(payload) {
    this.socket.send(payload);
  }

  asked(vector) {
    if (this.#owed.length === 0 && !this.hasAnswered) this.#owed.push(STEP_2);
    this.hasAnswered = true;
    this.socket.send(this.framing.step2(Y.encodeStateAsUpdate(this.#doc, vector)));
  }

  synced() {
    this.syncedAt ??= this.#now;
    this.#isSynced();
  }

  acknowledged(isSaved) {
    const sentAt = this.#owed.shift();
    if (sentAt === STEP_2) return;
    if (sentAt === undefined) this.ended('an acknowledgement of nothing');
    if (!isSaved) {
      this.books.refused++;
      return;
    }
    this.saved++;
    this.books.acknowledgements[this.books.acknowledged++] = this.#now - sentAt;
    this.whenSaved();
  }

  /** Whether it has received this edit. */
  has(edit) {
    return this.#seen[edit] === 1;
  }

  content(bytes, from, to) {
    scan(bytes, from, to, this.#found);
  }

  #found = (edit) => {
    const books = this.books;
    if (edit >= books.edits || books.document[edit] !== this.document) {
      books.strange++;
      return;
    }
    this.#tokensInFrame++;
    if (this.#seen[edit] === 1) {
      books.twice++;
      return;
    }
    this.#seen[edit] = 1;
    this.tokens++;
    this.lastTokenAt = this.#now;
    if (books.author[edit] === this.number) {
      books.echoes++;
      return;
    }
    books.latencies[books.deliveries++] = this.#now - books.sentAt[edit];
    books.lastAt = this.#now;
  };
}

/**
 * Opens clients, some at once; client i goes to document i modulo the number of documents. Where the server has several nodes, the
 * clients of a document take turns.
 */
export async function openClients(server, { count, documents, books, nameOf, atOnce = OPEN_AT_ONCE }) {
  const clients = Array.from({ length: count }, (_, number) => {
    const document = number % documents;
    const there = Math.floor(count / documents) + (document < count % documents ? 1 : 0);
    const client = new Client(number, document, books, there - 1);
    client.node = Math.floor(number / documents);
    return client;
  });
  for (let first = 0; first < count; first += atOnce) {
    const some = clients.slice(first, first + atOnce);
    await Promise.all(some.map((client) => client.open(server, nameOf(client.document))));
  }
  return clients;
}

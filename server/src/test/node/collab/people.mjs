// Unmodified clients of three kinds, each with its own proxy to the server.
import * as Y from 'yjs';
import { hocuspocus, yWebsocket } from './versions.mjs';
import { TcpProxy } from './proxy.mjs';
import { Record, recordingSocket } from './wire.mjs';

const QUICK = { delay: 40, minDelay: 20, maxDelay: 300, timeout: 0 };
const LONGEST_RETRY_MS = 300;
const TRY_AGAIN_MS = 150;
const REPLACED = 'document-replaced';
const REPLACED_CODE = 4205;
const PASTE_LENGTH = 2_000;
const LETTERS = ['a', 'b', 'c', ' ', '\n', 'é', '😀'];

/** One client of one document. */
class Person {
  record = new Record((path) => this.docAt(path));
  isStale = false;
  isLeft = false;

  constructor(spec, target) {
    Object.assign(this, { name: spec.name, kind: spec.kind, path: spec.path, token: spec.token });
    this.spec = spec;
    this.target = target;
  }

  async open() {
    this.proxy ??= await TcpProxy.to(this.target);
    this.base = `ws://127.0.0.1:${this.proxy.port}`;
    this.isStale = false;
    this.isLeft = false;
    this.record.closed = [];
    this.begin();
  }

  get text() {
    return this.doc.getText('content');
  }

  docAt(path) {
    return path === this.path ? this.doc : this.others.find((one) => one.path === path).doc;
  }

  /** Reconnects with an empty document, like a reloaded page. */
  async reload(path) {
    this.end();
    this.path = path ?? this.path;
    await this.open();
  }

  leave() {
    this.isLeft = true;
    this.end();
  }

  close() {
    this.end();
    this.proxy.close();
  }

  state() {
    return {
      name: this.name,
      kind: this.kind,
      path: this.path,
      text: this.text.toString(),
      synced: this.isSynced,
      saved: this.isSaved,
      stale: this.isStale,
      left: this.isLeft,
      closed: this.record.closed,
      codes: this.record.codes.slice(-5),
      sockets: this.record.sockets,
      acknowledged: this.record.acknowledged,
      refused: this.record.refused,
      packed: this.record.packed,
      frames: this.record.frames,
      readonly: this.isReadonly === true,
      present: this.awareness === null ? {} : present(this.awareness),
    };
  }

  /** @param random a function from a bound to a number below it */
  type(letters, random) {
    for (let i = 0; i < letters; i++) {
      const at = place(this.text, random(this.text.length + 1));
      this.text.insert(at, LETTERS[random(LETTERS.length)]);
    }
  }

  paste(random) {
    const line = `${this.name} pasted ${random(1_000)}\r\n`;
    this.text.insert(place(this.text, random(this.text.length + 1)), line.repeat(PASTE_LENGTH / line.length));
  }

  erase(letters, random) {
    // Not offline: the server cannot distinguish a deletion queued offline from a later one, and may
    // send one acknowledgement too many.
    if (!this.isOnline || this.text.length === 0) return;
    const from = place(this.text, random(this.text.length));
    const to = place(this.text, Math.min(this.text.length, from + letters));
    if (to > from) this.text.delete(from, to - from);
  }

  /** Handles a document that the server closed: permanently, or until a retry. */
  heedClosing(reason) {
    if (this.isStale || this.isLeft) return;
    if (reason === REPLACED) this.isStale = true;
    else if (!this.spec.isUnassisted) setTimeout(() => this.isLeft || this.isStale || this.tryAgain(), TRY_AGAIN_MS);
  }
}

class HocuspocusPerson extends Person {
  begin() {
    this.doc = new Y.Doc();
    const isInBand = this.spec.endpoint !== 'ws';
    this.library = hocuspocus(this.spec.version);
    this.socket = new this.library.HocuspocusProviderWebsocket({
      url: `${this.base}/${this.spec.endpoint ?? 'collab'}/${this.spec.workspace}`,
      WebSocketPolyfill: recordingSocket(this.record, 'hocuspocus', {
        headers: isInBand ? {} : { Authorization: `Bearer ${this.token}` },
      }),
      ...QUICK,
    });
    this.provider = this.join(this.path, this.doc, isInBand ? this.token : null);
    this.others = (this.spec.others ?? []).map((path) => {
      const doc = new Y.Doc();
      return { path, doc, provider: this.join(path, doc, isInBand ? this.token : null) };
    });
  }

  join(name, document, token) {
    const provider = new this.library.HocuspocusProvider({
      websocketProvider: this.socket,
      name,
      document,
      token,
      // Version 2 would talk to the others of this process past the server.
      broadcast: false,
      ...(this.spec.isSilent ? { awareness: null } : {}),
      onClose: ({ event }) => event.code === 1000 && event.reason !== '' && this.heedClosing(event.reason),
      onAuthenticationFailed: ({ reason }) => this.heedClosing(reason),
    });
    provider.attach?.();
    return provider;
  }

  get awareness() {
    return this.provider.awareness;
  }

  get isOnline() {
    return this.socket.webSocket?.readyState === 1;
  }

  get isSynced() {
    return this.provider.isSynced && this.isOnline;
  }

  get isSaved() {
    return this.isSynced && this.provider.unsyncedChanges === 0;
  }

  get isReadonly() {
    return this.provider.authorizedScope === 'readonly';
  }

  bounce() {
    const socket = this.socket;
    socket.disconnect();
    // The provider would never reconnect if connect() ran while it is still connected.
    const connect = () => {
      if (socket !== this.socket || this.isLeft) return;
      if (socket.status === 'disconnected') socket.connect();
      else setTimeout(connect, QUICK.minDelay);
    };
    connect();
  }

  tryAgain() {
    if (this.spec.others === undefined) this.bounce();
  }

  end() {
    this.others.forEach(({ provider }) => provider.destroy());
    this.provider.destroy();
    this.socket.destroy();
  }
}

class YWebsocketPerson extends Person {
  begin() {
    this.doc = new Y.Doc();
    const { WebsocketProvider } = yWebsocket(this.spec.version);
    this.provider = new WebsocketProvider(`${this.base}/yjs/${this.spec.workspace}`, this.path, this.doc, {
      params: { token: this.token },
      WebSocketPolyfill: recordingSocket(this.record, 'y-websocket', { isPacking: this.spec.isPacking }),
      disableBc: true,
      maxBackoffTime: LONGEST_RETRY_MS,
    });
    this.provider.on('connection-close', (event) => {
      if (event?.code === REPLACED_CODE) this.isStale = true;
    });
  }

  get awareness() {
    return this.provider.awareness;
  }

  get isOnline() {
    return this.provider.wsconnected;
  }

  get isSynced() {
    return this.provider.synced && this.isOnline;
  }

  /** This framing has no acknowledgements. */
  get isSaved() {
    return this.isSynced;
  }

  bounce() {
    this.provider.disconnect();
    this.provider.connect();
  }

  tryAgain() {}

  end() {
    this.provider.destroy();
  }
}

class QidePerson extends Person {
  begin() {
    const { Connection, SharedDocument, providerSocket } = this.spec.client;
    this.connection = new Connection({
      url: `${this.base}/ws/${this.spec.workspace}`,
      WebSocket: recordingSocket(this.record, 'hocuspocus', {
        headers: { Authorization: `Bearer ${this.token}` },
      }),
      firstRetryMilliseconds: QUICK.delay,
      longestRetryMilliseconds: LONGEST_RETRY_MS,
    });
    this.socket = providerSocket(this.connection);
    this.document = new SharedDocument(this.socket, this.path, {
      closed: (reason) => this.heedClosing(reason),
    });
    this.connection.start();
  }

  get doc() {
    return this.document.doc;
  }

  get text() {
    return this.document.text;
  }

  get awareness() {
    return this.document.awareness;
  }

  get isOnline() {
    return this.connection.isOpen;
  }

  get isSynced() {
    return this.document.isSynced && this.isOnline;
  }

  get isSaved() {
    return this.isSynced && this.document.unacknowledged === 0;
  }

  bounce() {
    this.connection.stop();
    this.connection.start();
  }

  tryAgain() {
    if (this.isOnline) this.document.reopen();
  }

  end() {
    this.document.close();
    this.socket.destroy();
    this.connection.stop();
  }
}

const KINDS = { hocuspocus: HocuspocusPerson, 'y-websocket': YWebsocketPerson, qide: QidePerson };

/** @param spec `{name, kind, path, workspace, token, endpoint?, others?, isPacking?, isSilent?, version?}` */
export function person(spec, target) {
  return new KINDS[spec.kind](spec, target);
}

function present(awareness) {
  return Object.fromEntries([...awareness.getStates()].map(([id, state]) => [id, state]));
}

/** Avoids positions inside a surrogate pair. */
function place(text, at) {
  const code = text.toString().charCodeAt(at);
  return code >= 0xdc00 && code < 0xe000 ? at - 1 : at;
}

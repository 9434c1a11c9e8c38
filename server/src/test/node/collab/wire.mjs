// Records a client's socket traffic before the client handles it: every acknowledgement (raw
// SyncStatus frames, not the provider's counter) with the messages it may refer to, and every
// update received.
import * as Y from 'yjs';
import WebSocket from 'ws';
import * as decoding from 'lib0/decoding';

const SYNC = 0;
const AUTH = 2;
const CLOSE = 7;
const SYNC_STATUS = 8;
const STEP_1 = 0;
const STEP_2 = 1;

/** The record of one client's handshakes. */
export class Record {
  /** One entry per handshake: `{acknowledged, messages}`; a step 1 begins a new one. */
  handshakes = [];
  /** Base64 of the updates received. */
  shown = new Set();
  acknowledged = 0;
  refused = 0;
  sockets = 0;
  frames = 0;
  /** The largest number of messages in one frame. */
  packed = 0;
  /** Reasons of CLOSE messages and of denied logins, and close codes of sockets. */
  closed = [];
  codes = [];
  #conversations = new Set();

  /** @param docOf the `Y.Doc` of an address */
  constructor(docOf) {
    this.docOf = docOf;
  }

  /** Clears the record but keeps the running handshakes. */
  clear() {
    this.handshakes = [...this.#conversations].flatMap((one) => [...one.current.values()]);
    this.shown.clear();
  }

  /** Adds a socket; earlier ones may still receive frames. */
  begin(framing) {
    const conversation = new Conversation(this, framing);
    this.#conversations.add(conversation);
    this.sockets += 1;
    return conversation;
  }

  over(conversation, code) {
    this.#conversations.delete(conversation);
    this.codes.push(code);
  }
}

/** The traffic of one socket. */
class Conversation {
  /** The current handshake of each address. */
  current = new Map();

  /** @param framing `hocuspocus` or `y-websocket` */
  constructor(record, framing) {
    this.record = record;
    this.framing = framing;
  }

  came(bytes) {
    this.record.frames += 1;
    if (bytes.length === 1) return;
    const decoder = decoding.createDecoder(bytes);
    if (this.framing === 'hocuspocus') {
      const address = decoding.readVarString(decoder);
      this.#cameAt(address, decoder);
      return;
    }
    while (decoding.hasContent(decoder)) {
      const type = decoding.readVarUint(decoder);
      if (type === SYNC) this.#cameSync(decoder);
      else if (type === AUTH) this.#cameAuth(decoder);
      else if (type === 1) decoding.readVarUint8Array(decoder);
    }
  }

  sent(bytes) {
    if (bytes.length === 1 || this.framing !== 'hocuspocus') return;
    const decoder = decoding.createDecoder(bytes);
    const address = decoding.readVarString(decoder);
    if (decoding.readVarUint(decoder) !== SYNC) return;
    const kind = decoding.readVarUint(decoder);
    const body = decoding.readVarUint8Array(decoder);
    if (kind === STEP_1) {
      this.#begin(address, Y.decodeStateVector(body));
      return;
    }
    const handshake = this.#at(address);
    const isCounted = kind === STEP_2 ? !handshake.hasAnswered : !isNamed(body, handshake.named);
    if (!isCounted) return;
    // An acknowledged step 2 means that everything the client had is saved, not only the step 2.
    const claim = kind === STEP_2 ? Y.encodeStateAsUpdate(this.record.docOf(address)) : body;
    handshake.hasAnswered ||= kind === STEP_2;
    handshake.messages.push(Buffer.from(claim).toString('base64'));
  }

  #at(address) {
    return this.current.get(address) ?? this.#begin(address, new Map());
  }

  #begin(address, named) {
    const handshake = { acknowledged: 0, named, hasAnswered: false, messages: [] };
    this.current.set(address, handshake);
    this.record.handshakes.push(handshake);
    return handshake;
  }

  #cameAt(address, decoder) {
    const type = decoding.readVarUint(decoder);
    if (type === SYNC) this.#cameSync(decoder);
    else if (type === AUTH) this.#cameAuth(decoder);
    else if (type === CLOSE) this.record.closed.push(decoding.readVarString(decoder));
    else if (type === SYNC_STATUS) {
      if (decoding.readVarUint(decoder) === 1) {
        this.record.acknowledged += 1;
        this.#at(address).acknowledged += 1;
      } else {
        this.record.refused += 1;
      }
    }
  }

  #cameSync(decoder) {
    const kind = decoding.readVarUint(decoder);
    const body = decoding.readVarUint8Array(decoder);
    if (kind !== STEP_1 && body.length > 2) this.record.shown.add(Buffer.from(body).toString('base64'));
  }

  #cameAuth(decoder) {
    const word = decoding.readVarUint(decoder);
    // A refusal with its reason is 1 in Hocuspocus framing and 0 in y-websocket framing.
    if (word < 2 && decoding.hasContent(decoder)) this.record.closed.push(decoding.readVarString(decoder));
    else if (word === 2) decoding.readVarString(decoder);
  }
}

/** A stock `ws` socket that records its traffic. */
export function recordingSocket(record, framing, { headers = {}, isPacking = false } = {}) {
  return class extends WebSocket {
    #packed = [];
    #conversation;

    constructor(url, protocols) {
      super(url, protocols, { headers });
      this.#conversation = record.begin(framing);
      this.on('message', (data, isBinary) => {
        if (isBinary) this.#conversation.came(new Uint8Array(data));
      });
      this.on('close', (code) => record.over(this.#conversation, code));
      // A client that abandons a socket removes its listener before the socket fails.
      this.on('error', () => {});
    }

    send(data) {
      if (typeof data !== 'string') this.#conversation.sent(new Uint8Array(data));
      if (!isPacking) {
        super.send(data);
        return;
      }
      // Several messages in one frame, as the framing allows.
      this.#packed.push(Buffer.from(data));
      if (this.#packed.length === 1) {
        setImmediate(() => {
          if (this.readyState === WebSocket.OPEN) super.send(Buffer.concat(this.#packed));
          record.packed = Math.max(record.packed, this.#packed.length);
          this.#packed = [];
        });
      }
    }
  };
}

function isNamed(update, named) {
  return Y.decodeUpdate(update).structs.some(
    (struct) => (named.get(struct.id.client) ?? 0) > struct.id.clock,
  );
}

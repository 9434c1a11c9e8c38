// The two framings of stock Yjs clients, byte for byte what the providers send.
import { varUint, varString, varBytes, join } from './bytes.mjs';

const SYNC = 0;
const AUTH = 2;
const SYNC_REPLY = 4;
const CLOSE = 7;
const SYNC_STATUS = 8;
const PING = 9;
const STEP_1 = 0;
const STEP_2 = 1;
const EMPTY_VECTOR = Uint8Array.of(0);

/** Reads in place; the bounds are those of the message. */
class Reader {
  constructor(bytes, from, to) {
    Object.assign(this, { bytes, at: from, to });
  }

  uint() {
    let value = 0;
    for (let factor = 1; this.at < this.to; factor *= 128) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * factor;
      if (byte < 128) return value;
    }
    throw new Error('a message of the server ends too early');
  }

  /** Skips varBytes or varString; returns where they begin. */
  skip() {
    const length = this.uint();
    const from = this.at;
    this.at += length;
    return from;
  }
}

/** Hocuspocus: `varString document · varUint type · body`, and an Auth for each document. */
export class HocuspocusFraming {
  hasAcknowledgements = true;
  #address;

  constructor(document, token) {
    this.#address = varString(document);
    this.first = [
      this.#frame(AUTH, 0, varString(token), varString('4.8.0')),
      this.#frame(SYNC, STEP_1, varBytes(EMPTY_VECTOR)),
    ];
  }

  update(update) {
    return this.#frame(SYNC, 2, varBytes(update));
  }

  step2(update) {
    return this.#frame(SYNC, STEP_2, varBytes(update));
  }

  /** Tells the client what a message of the server is. */
  read(bytes, from, to, client) {
    if (to - from === 1) {
      if (bytes[from] === PING) client.reply(Uint8Array.of(10));
      return;
    }
    const reader = new Reader(bytes, from, to);
    reader.skip();
    const type = reader.uint();
    if (type === SYNC || type === SYNC_REPLY) {
      readSync(reader, client);
    } else if (type === SYNC_STATUS) {
      client.acknowledged(reader.uint() === 1);
    } else if (type === CLOSE) {
      client.ended('CLOSE ' + bytes.utf8Slice(reader.skip(), reader.at));
    } else if (type === AUTH && reader.uint() === 1) {
      client.ended('denied ' + bytes.utf8Slice(reader.skip(), reader.at));
    }
  }

  #frame(type, ...body) {
    const parts = body.map((part) => (typeof part === 'number' ? varUint(part) : part));
    return join(this.#address, varUint(type), ...parts);
  }
}

/** y-websocket: `varUint type · body`, the document in the URL, the server echoes. */
export class WebsocketFraming {
  hasAcknowledgements = false;

  constructor() {
    this.first = [join(Uint8Array.of(SYNC, STEP_1), varBytes(EMPTY_VECTOR))];
  }

  update(update) {
    return join(Uint8Array.of(SYNC, 2), varBytes(update));
  }

  step2(update) {
    return join(Uint8Array.of(SYNC, STEP_2), varBytes(update));
  }

  read(bytes, from, to, client) {
    const reader = new Reader(bytes, from, to);
    while (reader.at < to) {
      const type = reader.uint();
      if (type === SYNC) {
        readSync(reader, client);
      } else if (type === 1) {
        reader.skip();
      } else if (type !== 3) {
        client.ended(`a message of type ${type}`);
        return;
      }
    }
  }
}

function readSync(reader, client) {
  const kind = reader.uint();
  const from = reader.skip();
  if (kind === STEP_1) {
    client.asked(reader.bytes.subarray(from, reader.at));
  } else {
    client.content(reader.bytes, from, reader.at);
    if (kind === STEP_2) client.synced();
  }
}

// A WebSocket client of just what a load generator needs, over a plain TCP socket: it costs next to
// nothing a frame and hands out the payload where it lies in the read buffer.
import net from 'node:net';
import tls from 'node:tls';
import { randomBytes } from 'node:crypto';

const READ_BYTES = 256 << 10;
const MESSAGE_BYTES_MAX = 64 << 20;
const OPEN_WITHIN_MS = 30_000;
// Every read is handled before the next one begins, so all sockets of a process share one buffer.
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

export class Socket {
  bytesIn = 0;
  framesIn = 0;
  closed = '';
  #tcp;
  #isOpen = false;
  #kept = Buffer.alloc(0);
  #keptLength = 0;
  #onMessage;
  #onText;

  /**
   * @param onMessage called with (bytes, from, to, now) for each binary message; the bytes are valid
   *   in the call only
   * @param onText called with each text message
   */
  constructor(onMessage, onText = () => {}) {
    this.#onMessage = onMessage;
    this.#onText = onText;
  }

  /** Connects and shakes hands; messages may come before this resolves. With `ca`, over TLS. */
  open({ host, port, path, headers = {}, ca }) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end('no handshake in time'), OPEN_WITHIN_MS);
      this.opened = () => (clearTimeout(timer), resolve());
      this.failed = (why) => (clearTimeout(timer), reject(new Error(`${path}: ${why}`)));
      const connect = ca ? tls.connect : net.connect;
      const tcp = (this.#tcp = connect({
        host,
        port,
        ca,
        noDelay: true,
        onread: { buffer: readBuffer, callback: (length) => (this.#read(length), true) },
      }));
      tcp.on('error', (error) => this.#end(error.message));
      tcp.on('close', () => this.#end('connection closed'));
      const lines = {
        Host: `${host}:${port}`,
        Upgrade: 'websocket',
        Connection: 'Upgrade',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        ...headers,
      };
      const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
      tcp.write(`GET ${path} HTTP/1.1\r\n${head.join('')}\r\n`);
    });
  }

  send(payload) {
    this.#write(2, payload);
  }

  sendText(text) {
    this.#write(1, Buffer.from(text));
  }

  close() {
    this.closed ||= 'by us';
    this.#tcp.destroy();
  }

  #write(opcode, payload) {
    const length = payload.length;
    const extended = length < 126 ? 0 : length <= 0xffff ? 2 : 8;
    const frame = Buffer.allocUnsafe(6 + extended + length);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
    if (extended === 2) frame.writeUInt16BE(length, 2);
    if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
    const mask = (Math.random() * 0x1_0000_0000) >>> 0;
    const at = 2 + extended;
    frame.writeUInt32BE(mask, at);
    for (let i = 0; i < length; i++) frame[at + 4 + i] = payload[i] ^ frame[at + (i & 3)];
    this.#tcp.write(frame);
  }

  #read(length) {
    this.bytesIn += length;
    let bytes = readBuffer;
    let end = length;
    if (this.#keptLength > 0) {
      this.#keep(readBuffer, 0, length);
      bytes = this.#kept;
      end = this.#keptLength;
    }
    const now = performance.now();
    const used = this.#isOpen ? this.#frames(bytes, 0, end, now) : this.#handshake(bytes, end, now);
    if (bytes === readBuffer) {
      this.#keep(readBuffer, used, end);
    } else {
      bytes.copyWithin(0, used, end);
      this.#keptLength = end - used;
    }
  }

  #keep(bytes, from, to) {
    const needed = this.#keptLength + to - from;
    if (needed > MESSAGE_BYTES_MAX) throw new Error('a message of the server is too large');
    if (needed > this.#kept.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#kept.length));
      this.#kept.copy(larger, 0, 0, this.#keptLength);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#keptLength, from, to);
    this.#keptLength = needed;
  }

  #handshake(bytes, end, now) {
    const head = bytes.latin1Slice(0, end);
    const length = head.indexOf('\r\n\r\n') + 4;
    if (length < 4) return 0;
    if (!head.startsWith('HTTP/1.1 101')) {
      this.#end(head.slice(0, head.indexOf('\r\n')));
      return end;
    }
    this.#isOpen = true;
    this.opened();
    return this.#frames(bytes, length, end, now);
  }

  /** Handles whole frames; returns where the first one that is not whole begins. */
  #frames(bytes, from, end, now) {
    let at = from;
    while (end - at >= 2) {
      let length = bytes[at + 1] & 0x7f;
      let payload = at + 2;
      if (length === 126) {
        if (end - at < 4) break;
        length = bytes.readUInt16BE(at + 2);
        payload = at + 4;
      } else if (length === 127) {
        if (end - at < 10) break;
        length = Number(bytes.readBigUInt64BE(at + 2));
        payload = at + 10;
      }
      if (payload + length > end) break;
      this.#frame(bytes, bytes[at], payload, payload + length, now);
      at = payload + length;
    }
    return at;
  }

  #frame(bytes, first, from, to, now) {
    if ((first & 0x80) === 0) throw new Error('the server fragments its messages');
    const opcode = first & 0x0f;
    if (opcode === 2) {
      this.framesIn++;
      this.#onMessage(bytes, from, to, now);
    } else if (opcode === 1) {
      this.#onText(bytes.utf8Slice(from, to));
    } else if (opcode === 9) {
      this.#write(10, Buffer.from(bytes.subarray(from, to)));
    } else if (opcode === 8) {
      const reason = to - from < 2 ? '' : `${bytes.readUInt16BE(from)} ${bytes.utf8Slice(from + 2, to)}`;
      this.#end(`closed by the server: ${reason}`);
    }
  }

  #end(why) {
    this.closed ||= why;
    if (!this.#isOpen) this.failed(why);
    this.#tcp.destroy();
  }
}

import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import type { WebSocket } from 'ws';
import * as Y from 'yjs';
import { TestServer } from './test-server.js';

const SYNC = 0;
const AUTH = 2;
const CLOSE = 7;
const SYNC_STATUS = 8;
const STEP_1 = 0;
const STEP_2 = 1;
const UPDATE = 2;

/** A server of one document in Hocuspocus framing; a test can hold back its acknowledgements. */
export class DocumentServer {
  private readonly doc = new Y.Doc();
  private readonly held: (() => void)[] = [];
  private isAcknowledging = true;
  /** Updates, and step 2 messages with new content. */
  updates = 0;
  acceptsConnections = true;
  /** Otherwise edits are refused, and a login gets the scope `readonly`. */
  permitsEdits = true;

  private constructor(private readonly server: TestServer) {
    server.onConnection = (socket) => {
      if (!this.acceptsConnections) socket.terminate();
    };
    server.onBinary = (frame, socket) => this.receive(frame, socket);
  }

  static async start(): Promise<DocumentServer> {
    return new DocumentServer(await TestServer.start());
  }

  get url(): string {
    return this.server.url;
  }

  get text(): string {
    return this.doc.getText('content').toString();
  }

  set acknowledges(isAcknowledging: boolean) {
    this.isAcknowledging = isAcknowledging;
    if (isAcknowledging) for (const acknowledge of this.held.splice(0)) acknowledge();
  }

  /** Sends the oldest acknowledgement that was held back. */
  acknowledgeOne(): void {
    this.held.shift()?.();
  }

  dropAll(): void {
    this.held.length = 0;
    this.server.dropAll();
  }

  closeAll(code: number): void {
    this.server.closeAll(code);
  }

  closeDocument(name: string, reason: string): void {
    this.server.send(frame(name, CLOSE, (body) => encoding.writeVarString(body, reason)));
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private receive(data: Uint8Array, socket: WebSocket): void {
    const decoder = decoding.createDecoder(data);
    const name = decoding.readVarString(decoder);
    const type = decoding.readVarUint(decoder);
    if (type === AUTH) {
      socket.send(
        frame(name, AUTH, (body) => {
          encoding.writeVarUint(body, 2);
          encoding.writeVarString(body, this.permitsEdits ? 'read-write' : 'readonly');
        }),
      );
    } else if (type === SYNC) {
      this.sync(name, decoding.readVarUint(decoder), decoding.readVarUint8Array(decoder), socket);
    }
  }

  private sync(name: string, step: number, bytes: Uint8Array, socket: WebSocket): void {
    const send = (kind: number, payload: Uint8Array) =>
      frame(name, SYNC, (body) => {
        encoding.writeVarUint(body, kind);
        encoding.writeVarUint8Array(body, payload);
      });
    if (step === STEP_1) {
      socket.send(send(STEP_2, Y.encodeStateAsUpdate(this.doc, bytes)));
      socket.send(send(STEP_1, Y.encodeStateVector(this.doc)));
      return;
    }
    const status = (value: number) => socket.send(frame(name, SYNC_STATUS, (body) => encoding.writeVarUint(body, value)));
    if (!this.permitsEdits) return status(Y.decodeUpdate(bytes).structs.length > 0 ? 0 : 1);
    const before = Y.encodeStateVector(this.doc);
    Y.applyUpdate(this.doc, bytes);
    if (Buffer.compare(before, Y.encodeStateVector(this.doc)) !== 0 || step === UPDATE) this.updates += 1;
    this.server.send(send(UPDATE, bytes));
    const acknowledge = () => status(1);
    if (this.isAcknowledging) acknowledge();
    else this.held.push(acknowledge);
  }
}

function frame(name: string, type: number, write: (body: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, name);
  encoding.writeVarUint(encoder, type);
  write(encoder);
  return encoding.toUint8Array(encoder);
}

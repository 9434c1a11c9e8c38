import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

const TIMEOUT_MILLISECONDS = 5_000;

/** Waits until a condition holds. */
export async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MILLISECONDS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not true within ${TIMEOUT_MILLISECONDS} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A real WebSocket server on loopback whose connections a test can cut. */
export class TestServer {
  connections = 0;
  onText: (message: string, socket: WebSocket) => void = () => {};
  onBinary: (frame: Uint8Array, socket: WebSocket) => void = () => {};
  onConnection: (socket: WebSocket) => void = () => {};

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket) => {
      this.connections += 1;
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) this.onBinary(new Uint8Array(data), socket);
        else this.onText(data.toString(), socket);
      });
      this.onConnection(socket);
    });
  }

  static start(): Promise<TestServer> {
    return new Promise((resolve) => {
      const server: WebSocketServer = new WebSocketServer({ port: 0, host: '127.0.0.1' });
      server.once('listening', () => resolve(new TestServer(server)));
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/ws/test`;
  }

  send(data: string | Uint8Array): void {
    for (const socket of this.server.clients) socket.send(data);
  }

  /** Cuts every connection without a close handshake. */
  dropAll(): void {
    for (const socket of this.server.clients) socket.terminate();
  }

  closeAll(code: number): void {
    for (const socket of this.server.clients) socket.close(code);
  }

  stop(): Promise<void> {
    this.dropAll();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

const PATIENCE_MILLISECONDS = 5_000;

/** Waits until a condition holds. */
export async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A real WebSocket server on loopback whose lines a test can cut. */
export class LineServer {
  connections = 0;
  onText: (message: string, line: WebSocket) => void = () => {};
  onBinary: (frame: Uint8Array, line: WebSocket) => void = () => {};
  onLine: (line: WebSocket) => void = () => {};

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (line) => {
      this.connections += 1;
      line.on('message', (data: Buffer, isBinary) => {
        if (isBinary) this.onBinary(new Uint8Array(data), line);
        else this.onText(data.toString(), line);
      });
      this.onLine(line);
    });
  }

  static start(): Promise<LineServer> {
    return new Promise((resolve) => {
      const server: WebSocketServer = new WebSocketServer({ port: 0, host: '127.0.0.1' });
      server.once('listening', () => resolve(new LineServer(server)));
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/ws/test`;
  }

  send(data: string | Uint8Array): void {
    for (const line of this.server.clients) line.send(data);
  }

  /** Cuts every line without a close handshake. */
  dropAll(): void {
    for (const line of this.server.clients) line.terminate();
  }

  closeAll(code: number): void {
    for (const line of this.server.clients) line.close(code);
  }

  stop(): Promise<void> {
    this.dropAll();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

// The Hocuspocus provider needs a WebSocket of its own. It gets a virtual one, which carries only the
// binary frames of the one real socket and is open exactly while that socket is.

interface RealSocket {
  readonly isOpen: () => boolean;
  readonly send: (frame: Uint8Array) => void;
  readonly drop: () => void;
}

type Kind = 'open' | 'message' | 'close' | 'error';
type Listener = (event: any) => void;

const CONNECTING = 0;
export const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** Close code of a virtual socket that a newer one replaced. */
const CODE_REPLACED = 4000;

/** The binary frames of a connection, as a `WebSocketPolyfill` for the Hocuspocus provider. */
export class BinaryChannel {
  /** Pass this class to `HocuspocusProviderWebsocket` as `WebSocketPolyfill`. */
  readonly Socket: new (url: string) => VirtualWebSocket;
  private current: VirtualWebSocket | null = null;

  constructor(readonly real: RealSocket) {
    const channel = this;
    this.Socket = class extends VirtualWebSocket {
      constructor(url: string) {
        super(channel, url);
        channel.attach(this);
      }
    };
  }

  opened(): void {
    this.current?.becomeOpen();
  }

  received(frame: ArrayBuffer): void {
    if (this.current?.readyState === OPEN) this.current.fire('message', { type: 'message', data: frame });
  }

  lost(code: number, reason: string): void {
    this.current?.becomeClosed(code, reason);
  }

  /** @internal */
  detach(socket: VirtualWebSocket): void {
    if (this.current === socket) this.current = null;
  }

  private attach(socket: VirtualWebSocket): void {
    this.current?.becomeClosed(CODE_REPLACED, 'replaced');
    this.current = socket;
    if (!this.real.isOpen()) return;
    // The provider attaches its listeners after the constructor, as with a real WebSocket.
    queueMicrotask(() => {
      if (this.current === socket && this.real.isOpen()) socket.becomeOpen();
    });
  }
}

/** Has the interface of a WebSocket; CONNECTING until the real socket is open. */
export class VirtualWebSocket {
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;
  readyState = CONNECTING;
  binaryType = 'arraybuffer';
  private readonly listeners: Record<Kind, Set<Listener>> = {
    open: new Set(),
    message: new Set(),
    close: new Set(),
    error: new Set(),
  };

  constructor(
    private readonly channel: BinaryChannel,
    readonly url: string,
  ) {}

  addEventListener(kind: Kind, listener: Listener): void {
    this.listeners[kind].add(listener);
  }

  removeEventListener(kind: Kind, listener: Listener): void {
    this.listeners[kind].delete(listener);
  }

  send(frame: Uint8Array): void {
    if (this.readyState === OPEN) this.channel.real.send(frame);
  }

  /** The provider calls this when it considers the connection dead; the real socket is closed too. */
  close(): void {
    if (this.readyState === CLOSING || this.readyState === CLOSED) return;
    const wasOpen = this.readyState === OPEN;
    this.readyState = CLOSING;
    queueMicrotask(() => this.becomeClosed(1000, ''));
    if (wasOpen) this.channel.real.drop();
  }

  fire(kind: Kind, event: unknown): void {
    for (const listener of [...this.listeners[kind]]) listener(event);
  }

  becomeOpen(): void {
    if (this.readyState !== CONNECTING) return;
    this.readyState = OPEN;
    this.fire('open', { type: 'open' });
  }

  becomeClosed(code: number, reason: string): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.channel.detach(this);
    this.fire('close', { type: 'close', code, reason, wasClean: false });
  }
}

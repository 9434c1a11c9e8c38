// The Hocuspocus provider wants a WebSocket of its own. It gets this stand-in, which carries only
// the binary frames of the one real socket and is open exactly while that one is.

interface Line {
  readonly isOpen: () => boolean;
  readonly send: (frame: Uint8Array) => void;
  readonly dropLine: () => void;
}

type Kind = 'open' | 'message' | 'close' | 'error';
type Listener = (event: any) => void;

const CONNECTING = 0;
export const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** Close code of a stand-in that a newer one took the place of. */
const CODE_REPLACED = 4000;

/** The binary half of a connection, in the shape of a `WebSocketPolyfill`. */
export class BinarySide {
  /** Give this class to `HocuspocusProviderWebsocket` as `WebSocketPolyfill`. */
  readonly Socket: new (url: string) => StandIn;
  private current: StandIn | null = null;

  constructor(readonly line: Line) {
    const side = this;
    this.Socket = class extends StandIn {
      constructor(url: string) {
        super(side, url);
        side.take(this);
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
  release(standIn: StandIn): void {
    if (this.current === standIn) this.current = null;
  }

  private take(standIn: StandIn): void {
    this.current?.becomeClosed(CODE_REPLACED, 'replaced');
    this.current = standIn;
    if (!this.line.isOpen()) return;
    // Listeners are attached after the constructor, as with a real WebSocket.
    queueMicrotask(() => {
      if (this.current === standIn && this.line.isOpen()) standIn.becomeOpen();
    });
  }
}

/** Looks like a WebSocket; CONNECTING until the real one is open. */
export class StandIn {
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
    private readonly side: BinarySide,
    readonly url: string,
  ) {}

  addEventListener(kind: Kind, listener: Listener): void {
    this.listeners[kind].add(listener);
  }

  removeEventListener(kind: Kind, listener: Listener): void {
    this.listeners[kind].delete(listener);
  }

  send(frame: Uint8Array): void {
    if (this.readyState === OPEN) this.side.line.send(frame);
  }

  /** Called by the provider when it believes the line dead: then the real socket goes too. */
  close(): void {
    if (this.readyState === CLOSING || this.readyState === CLOSED) return;
    const wasOpen = this.readyState === OPEN;
    this.readyState = CLOSING;
    queueMicrotask(() => this.becomeClosed(1000, ''));
    if (wasOpen) this.side.line.dropLine();
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
    this.side.release(this);
    this.fire('close', { type: 'close', code, reason, wasClean: false });
  }
}

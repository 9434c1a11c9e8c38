import { isResponse, type RpcMessage } from './json-rpc.js';
import { BinarySide, OPEN } from './binary-side.js';
import { ANSWER_MILLISECONDS, LineWatch, UNANSWERED_MILLISECONDS } from './line-watch.js';

/** Silence after which a line counts as dead; the server pings every 10 to 15 s once binary frames flow. */
export const IDLE_MILLISECONDS = 45_000;
/** The first wait before connecting again; doubled with every failed attempt. */
export const FIRST_RETRY_MILLISECONDS = 250;
/** The longest wait before connecting again. */
export const LONGEST_RETRY_MILLISECONDS = 15_000;
/** How long a handshake may take before it is given up. */
export const HANDSHAKE_MILLISECONDS = 10_000;
/** How long a line must hold to count: one that is closed at once is one more failed attempt. */
export const STEADY_MILLISECONDS = 5_000;

/** Close codes after which connecting again is useless: not signed in, no access. */
const FINAL_CODES: ReadonlySet<number> = new Set([4401, 4403]);
/** Close code of a workspace that was deleted. */
const CODE_WORKSPACE_GONE = 4404;
/** Our own code for a line that went silent. */
const CODE_DEAD_LINE = 4408;

/** What our own requests for a sign of life are called; the server knows no such method, and says so. */
const SIGN_OF_LIFE = 'qide/signOfLife';

/** `refused`: not signed in, or no access. `gone`: the workspace was deleted. */
export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'refused' | 'gone' | 'stopped';

/** What a `Connection` needs of a WebSocket class; the browser's own fits. */
export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export interface ConnectionOptions {
  /** Address of `/ws/{workspace}`. */
  readonly url: string;
  readonly WebSocket?: new (url: string) => SocketLike;
  readonly idleMilliseconds?: number;
  readonly unansweredMilliseconds?: number;
  readonly answerMilliseconds?: number;
  readonly steadyMilliseconds?: number;
  readonly firstRetryMilliseconds?: number;
  readonly longestRetryMilliseconds?: number;
  readonly random?: () => number;
}

/**
 * One WebSocket to Q-IDE that comes back by itself. Text frames are JSON-RPC messages, binary
 * frames belong to the document provider, which sees them through {@link BinarySide}.
 *
 * The connection alone decides when to connect again (exponential back-off with jitter) and when a
 * line is dead (no sign of life on either kind). It keeps no messages: what each side must repeat on a new
 * line, that side knows. Whoever listens hears `text`, `up` and `down` in this order of setting up:
 * `up` first, so that `initialize` goes before the first binary frame.
 */
export class Connection {
  readonly binary: BinarySide;
  state: ConnectionState = 'stopped';

  /** One JSON-RPC message came in. */
  onText: (message: RpcMessage) => void = () => {};
  /** A line is open; both sides may send. */
  onUp: () => void = () => {};
  /** The line is lost; `code` is the WebSocket close code. */
  onDown: (code: number, reason: string) => void = () => {};
  onState: (state: ConnectionState) => void = () => {};

  private readonly options: Required<ConnectionOptions>;
  private socket: SocketLike | null = null;
  private failedAttempts = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private openedAt = 0;
  private signs = 0;
  private readonly watch: LineWatch;

  constructor(options: ConnectionOptions) {
    this.options = {
      WebSocket: globalThis.WebSocket as unknown as new (url: string) => SocketLike,
      idleMilliseconds: IDLE_MILLISECONDS,
      unansweredMilliseconds: UNANSWERED_MILLISECONDS,
      answerMilliseconds: ANSWER_MILLISECONDS,
      steadyMilliseconds: STEADY_MILLISECONDS,
      firstRetryMilliseconds: FIRST_RETRY_MILLISECONDS,
      longestRetryMilliseconds: LONGEST_RETRY_MILLISECONDS,
      random: Math.random,
      ...options,
    };
    this.watch = new LineWatch(this.options, () => this.askForSign(), (reason) => this.drop(CODE_DEAD_LINE, reason));
    this.binary = new BinarySide({
      isOpen: () => this.isOpen,
      send: (frame) => {
        if (this.canSend) this.send(frame, frame.byteLength);
      },
      // A provider that gives its line up must not hear late acknowledgements on the next one.
      dropLine: () => this.drop(CODE_DEAD_LINE, 'given up by the provider'),
    });
  }

  get url(): string {
    return this.options.url;
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** A socket that is closing takes nothing more, some time before its `close` comes. */
  private get canSend(): boolean {
    return this.isOpen && this.socket?.readyState === OPEN;
  }

  start(): void {
    if (this.state === 'stopped' || this.state === 'refused' || this.state === 'gone') this.connect();
  }

  /** Ends the connection for good, until `start` is called again. */
  stop(): void {
    const socket = this.forgetSocket();
    clearTimeout(this.retryTimer);
    const wasOpen = this.isOpen;
    this.become('stopped');
    socket?.close(1000);
    if (wasOpen) this.tellDown(1000, '');
  }

  /** Connects at once instead of waiting, for instance because the network came back. */
  retryNow(): void {
    if (this.state !== 'waiting') return;
    clearTimeout(this.retryTimer);
    this.connect();
  }

  /** Sends one message and returns true, or returns false when there is no open line. */
  sendText(message: RpcMessage): boolean {
    if (!this.canSend) return false;
    const text = JSON.stringify(message);
    this.send(text, text.length);
    return true;
  }

  /**
   * Finds out whether an open line lives, for instance because the browser says that the network has
   * gone or come back; without a sign of life in this time the line is left.
   */
  check(answerMilliseconds?: number): void {
    if (this.canSend) this.watch.check(answerMilliseconds);
  }

  private send(data: string | Uint8Array, bytes: number): void {
    this.socket?.send(data);
    this.watch.sent(bytes);
  }

  private askForSign(): void {
    this.signs += 1;
    this.sendText({ jsonrpc: '2.0', id: `${SIGN_OF_LIFE}-${this.signs}`, method: SIGN_OF_LIFE });
  }

  private connect(): void {
    this.become('connecting');
    const socket = new this.options.WebSocket(this.options.url);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    this.watch.opening(HANDSHAKE_MILLISECONDS);
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.openedAt = performance.now();
      this.watch.received();
      this.become('open');
      this.onUp();
      this.binary.opened();
    };
    socket.onmessage = (event: { data: string | ArrayBuffer }) => {
      if (socket !== this.socket) return;
      this.watch.received();
      this.receive(event.data);
    };
    socket.onerror = () => {};
    socket.onclose = (event: { code: number; reason: string }) => {
      if (socket === this.socket) this.lost(event.code, event.reason);
    };
  }

  private receive(data: string | ArrayBuffer): void {
    if (typeof data !== 'string') {
      this.binary.received(data);
      return;
    }
    let message: RpcMessage;
    try {
      message = JSON.parse(data) as RpcMessage;
    } catch {
      // A frame that is not JSON harms itself only; the server never sends one.
      return;
    }
    // The answer has done its work by having come.
    if (isResponse(message) && String(message.id).startsWith(SIGN_OF_LIFE)) return;
    this.onText(message);
  }

  /** Leaves a line without waiting for the close handshake, which a dead one never ends. */
  private drop(code: number, reason: string): void {
    const socket = this.socket;
    if (socket === null) return;
    this.lost(code, reason);
    try {
      socket.close(code);
    } catch {
      // The class of this platform refuses the code; the line is left behind all the same.
    }
  }

  private lost(code: number, reason: string): void {
    const wasOpen = this.isOpen;
    this.forgetSocket();
    if (wasOpen && performance.now() - this.openedAt >= this.options.steadyMilliseconds) this.failedAttempts = 0;
    if (FINAL_CODES.has(code)) {
      this.become('refused');
    } else if (code === CODE_WORKSPACE_GONE) {
      this.become('gone');
    } else {
      this.become('waiting');
      this.retryTimer = setTimeout(() => this.connect(), this.nextWait());
    }
    if (wasOpen || this.state !== 'waiting') this.tellDown(code, reason);
  }

  private tellDown(code: number, reason: string): void {
    this.onDown(code, reason);
    this.binary.lost(code, reason);
  }

  private nextWait(): number {
    const { firstRetryMilliseconds, longestRetryMilliseconds, random } = this.options;
    const wait = Math.min(longestRetryMilliseconds, firstRetryMilliseconds * 2 ** this.failedAttempts);
    this.failedAttempts += 1;
    return wait * (0.5 + random() / 2);
  }

  private forgetSocket(): SocketLike | null {
    this.watch.end();
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.onerror = () => {};
    }
    return socket;
  }

  private become(state: ConnectionState): void {
    this.state = state;
    this.onState(state);
  }
}

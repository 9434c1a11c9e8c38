import { ApiError } from './api-error.js';
import { isResponse, type RpcMessage } from './json-rpc.js';
import { BinaryChannel, OPEN } from './binary-channel.js';
import { ANSWER_MILLISECONDS, Heartbeat, UNANSWERED_MILLISECONDS } from './heartbeat.js';

/** Silence after which a connection counts as dead; the server pings every 10 to 15 s once binary frames flow. */
export const IDLE_MILLISECONDS = 45_000;
/** The first wait before connecting again; doubled with every failed attempt. */
export const FIRST_RETRY_MILLISECONDS = 250;
/** The longest wait before connecting again. */
export const LONGEST_RETRY_MILLISECONDS = 15_000;
/** How long a handshake may take before the attempt counts as failed. */
export const HANDSHAKE_MILLISECONDS = 10_000;
/** How long a connection must last to reset the back-off: one that is closed sooner is another failed attempt. */
export const STEADY_MILLISECONDS = 5_000;

const CODE_UNAUTHENTICATED = 4401;
const CODE_FORBIDDEN = 4403;
/** Close code of a workspace that was deleted. */
const CODE_WORKSPACE_GONE = 4404;
/** Our own code for a connection that went silent. */
const CODE_DEAD_CONNECTION = 4408;

/** The method of a heartbeat. The server does not know it; its error response is the answer. */
const HEARTBEAT_METHOD = 'qide/heartbeat';

/** `refused`: not signed in. `forbidden`: signed in, without the right to read the workspace. `gone`: the person sees no such workspace. */
export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'refused' | 'forbidden' | 'gone' | 'stopped';

/** The states after close codes with which connecting again is useless. */
const FINAL_STATES: ReadonlyMap<number, ConnectionState> = new Map([
  [CODE_UNAUTHENTICATED, 'refused'],
  [CODE_FORBIDDEN, 'forbidden'],
  [CODE_WORKSPACE_GONE, 'gone'],
]);

/** The part of a WebSocket class that a `Connection` uses; the browser's own fits. */
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

/** The options of a connection. The times are for tests; their defaults suit every network. */
export interface ConnectionOptions {
  /**
   * Address of `/ws/{workspace}`. A function is called for each attempt, since a ticket opens one socket; it has as long as a
   * handshake. If it throws an {@link ApiError} of status 401 or `person-changed`, the connection is refused; of status 403, it
   * is forbidden; of `workspace-unknown`, the workspace is gone; any other error is a failed attempt.
   */
  readonly url: string | (() => Promise<string>);
  /** The WebSocket class; the platform's own by default. Node before 22 has none: pass that of the package `ws`. */
  readonly WebSocket?: new (url: string) => SocketLike;
  /** Silence after which the connection counts as dead. */
  readonly idleMilliseconds?: number;
  /** The wait for any message after something was sent, before a heartbeat is sent. */
  readonly unansweredMilliseconds?: number;
  /** The wait for the answer to a heartbeat. */
  readonly answerMilliseconds?: number;
  /** A connection that ends earlier counts as a failed attempt. */
  readonly steadyMilliseconds?: number;
  /** The pause after the first failed attempt; it doubles with each further one, with jitter. */
  readonly firstRetryMilliseconds?: number;
  /** The longest pause between two attempts. */
  readonly longestRetryMilliseconds?: number;
  readonly random?: () => number;
}

/**
 * One WebSocket to Q-IDE that reconnects by itself. Text frames are JSON-RPC messages; binary frames
 * belong to the document provider, which sees them through {@link BinaryChannel}.
 *
 * The connection alone decides when to reconnect (exponential back-off with jitter) and when a socket
 * is dead (no frame of either kind answers). It stores no messages: after a reconnect each user of the
 * connection repeats what it needs. `onUp` is called before the binary channel opens, so that `initialize`
 * goes before the first binary frame.
 */
export class Connection {
  readonly binary: BinaryChannel;
  state: ConnectionState = 'stopped';

  /** One JSON-RPC message arrived. */
  onText: (message: RpcMessage) => void = () => {};
  /** The connection is open; both sides may send. */
  onUp: () => void = () => {};
  /** The connection is lost; `code` is the WebSocket close code. */
  onDown: (code: number, reason: string) => void = () => {};
  /** The state has changed. */
  onState: (state: ConnectionState) => void = () => {};

  private readonly options: Required<ConnectionOptions>;
  private socket: SocketLike | null = null;
  /** The attempt that still waits for its address. */
  private attempt: object | null = null;
  private failedAttempts = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private openedAt = 0;
  private heartbeats = 0;
  private readonly heartbeat: Heartbeat;

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
    this.heartbeat = new Heartbeat(this.options, () => this.sendHeartbeat(), (reason) => this.drop(CODE_DEAD_CONNECTION, reason));
    this.binary = new BinaryChannel({
      isOpen: () => this.isOpen,
      send: (frame) => {
        if (this.canSend) this.send(frame, frame.byteLength);
      },
      // A provider that gives up its socket must not get late acknowledgements on the next one.
      drop: () => this.drop(CODE_DEAD_CONNECTION, 'closed by the provider'),
    });
  }

  /** Whether the socket is open. */
  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** A socket that is closing accepts nothing more, some time before its `close` event. */
  private get canSend(): boolean {
    return this.isOpen && this.socket?.readyState === OPEN;
  }

  /** Connects, and reconnects until `stop` or a final refusal. */
  start(): void {
    if (isFinal(this.state)) this.connect();
  }

  /**
   * Ends the connection for good, until `start` is called again.
   *
   * @param state `gone` if the caller has found out that the workspace was deleted
   */
  stop(state: 'stopped' | 'gone' = 'stopped'): void {
    const socket = this.detachSocket();
    clearTimeout(this.retryTimer);
    const wasOpen = this.isOpen;
    this.become(state);
    socket?.close(1000);
    if (wasOpen) this.notifyDown(1000, '');
  }

  /** Connects at once instead of waiting, for instance because the network came back. */
  retryNow(): void {
    if (this.state !== 'waiting') return;
    clearTimeout(this.retryTimer);
    this.connect();
  }

  /** Sends one message and returns true, or returns false without an open connection. */
  sendText(message: RpcMessage): boolean {
    if (!this.canSend) return false;
    const text = JSON.stringify(message);
    this.send(text, text.length);
    return true;
  }

  /**
   * Checks whether an open connection is alive, for instance because the browser reports that the network
   * is gone or back. A connection that does not answer in this time is dropped.
   */
  check(answerMilliseconds?: number): void {
    if (this.canSend) this.heartbeat.check(answerMilliseconds);
  }

  private send(data: string | Uint8Array, bytes: number): void {
    this.socket?.send(data);
    this.heartbeat.sent(bytes);
  }

  private sendHeartbeat(): void {
    this.heartbeats += 1;
    this.sendText({ jsonrpc: '2.0', id: `${HEARTBEAT_METHOD}-${this.heartbeats}`, method: HEARTBEAT_METHOD });
  }

  private connect(): void {
    const attempt = (this.attempt = {});
    this.become('connecting');
    // A listener of the state may have ended the connection, or begun another one; likewise below.
    if (attempt !== this.attempt) return;
    const { url } = this.options;
    if (typeof url === 'string') this.openSocket(url);
    else void this.askAddress(url);
  }

  private async askAddress(url: () => Promise<string>): Promise<void> {
    const attempt = (this.attempt = {});
    let address: string;
    try {
      address = await withinHandshake(url());
    } catch (error) {
      if (attempt === this.attempt) this.lost(closeCodeOf(error), error instanceof Error ? error.message : String(error));
      return;
    }
    if (attempt === this.attempt) this.openSocket(address);
  }

  private openSocket(url: string): void {
    this.attempt = null;
    const socket = new this.options.WebSocket(url);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    this.heartbeat.opening(HANDSHAKE_MILLISECONDS);
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.openedAt = performance.now();
      this.heartbeat.received();
      this.become('open');
      if (socket !== this.socket) return;
      this.onUp();
      this.binary.opened();
    };
    socket.onmessage = (event: { data: string | ArrayBuffer }) => {
      if (socket !== this.socket) return;
      this.heartbeat.received();
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
      // The server never sends a frame that is not JSON; such a frame is ignored.
      return;
    }
    // The arrival of a heartbeat's answer is all that counts.
    if (isResponse(message) && String(message.id).startsWith(HEARTBEAT_METHOD)) return;
    this.onText(message);
  }

  /** Drops a socket without waiting for the close handshake, which never ends on a dead one. */
  private drop(code: number, reason: string): void {
    const socket = this.socket;
    if (socket === null) return;
    this.lost(code, reason);
    try {
      socket.close(code);
    } catch {
      // This platform's WebSocket class refuses the code; the socket is dropped anyway.
    }
  }

  private lost(code: number, reason: string): void {
    const wasOpen = this.isOpen;
    this.detachSocket();
    if (wasOpen && performance.now() - this.openedAt >= this.options.steadyMilliseconds) this.failedAttempts = 0;
    const next = FINAL_STATES.get(code) ?? 'waiting';
    if (next === 'waiting') this.retryTimer = setTimeout(() => this.connect(), this.nextDelay());
    this.become(next);
    if (wasOpen || next !== 'waiting') this.notifyDown(code, reason);
  }

  private notifyDown(code: number, reason: string): void {
    this.onDown(code, reason);
    this.binary.lost(code, reason);
  }

  private nextDelay(): number {
    const { firstRetryMilliseconds, longestRetryMilliseconds, random } = this.options;
    const delay = Math.min(longestRetryMilliseconds, firstRetryMilliseconds * 2 ** this.failedAttempts);
    this.failedAttempts += 1;
    return delay * (0.5 + random() / 2);
  }

  private detachSocket(): SocketLike | null {
    this.heartbeat.end();
    this.attempt = null;
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

/** Whether a connection in this state does not connect again unless it is started. */
export function isFinal(state: ConnectionState): boolean {
  return state === 'stopped' || [...FINAL_STATES.values()].includes(state);
}

/** Rejects when the promise takes longer than a handshake may. */
async function withinHandshake<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no address in time')), HANDSHAKE_MILLISECONDS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The close code that has the meaning of an error of the HTTP API. */
function closeCodeOf(error: unknown): number {
  if (!(error instanceof ApiError)) return CODE_DEAD_CONNECTION;
  if (error.failure === 'workspace-unknown') return CODE_WORKSPACE_GONE;
  // The credential is somebody else's now.
  if (error.status === 401 || error.failure === 'person-changed') return CODE_UNAUTHENTICATED;
  return error.status === 403 ? CODE_FORBIDDEN : CODE_DEAD_CONNECTION;
}

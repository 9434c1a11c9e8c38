import type { Connection } from './connection.js';
import {
  isNotification,
  isRequest,
  isResponse,
  type MessageId,
  type RequestOrNotification,
  type Response,
  type ResponseError,
  type RpcMessage,
} from './json-rpc.js';
import { SessionTraces } from './session-traces.js';
import { FAILURES } from './wire.js';

/** Requests of one client that may be open at the same time; a further one is refused at once. */
export const OPEN_REQUESTS = 256;

/** A text document as a language server sees it. */
export interface OpenDocument {
  readonly uri: string;
  readonly languageId: string;
  readonly version: number;
  readonly text: string;
}

/** The functions that the editor provides to its transport. */
export interface EditorHooks {
  /** Every document to open on a new connection. */
  openDocuments(): Iterable<OpenDocument>;
  /**
   * Gets each outgoing message and may change it; null drops it. A dropped request is answered with
   * `server-cancelled`.
   */
  outgoing?(message: RequestOrNotification): RequestOrNotification | null;
  /** Gets each response and may change it; the language client waits for the promise. */
  answered?(request: RequestOrNotification, response: Response): Response | Promise<Response>;
  /** Gets each notification; true keeps it from the language client. */
  notified?(method: string, params: unknown): boolean;
}

/** A request failed; `code` is from the closed list of failures. */
export class RequestError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(error: ResponseError) {
    super(error.message);
    this.name = 'RequestError';
    this.code = error.code;
    this.data = error.data;
  }
}

type Listener = (message: RpcMessage) => void;

const CONFIGURATION_CHANGED = 'workspace/didChangeConfiguration';
/** The message of a request that the editor's `outgoing` hook dropped. */
const NOT_SENT = 'The editor dropped the request.';

/**
 * The transport of one language client for the life of a page, across any number of sockets.
 *
 * When the connection is lost, every open request is answered with `server-cancelled`, and all progress ends. On a
 * new connection the transport sends `initialize` again, then `initialized`, the latest settings of the client
 * and a `didOpen` with the current text of each open document. Before these, it removes the problems that the
 * servers of the lost connection published. Nothing is queued in between, because the `didOpen` carries the
 * whole text.
 *
 * Fits the structural type of Monaco's `IMessageTransport`.
 */
export class DurableTransport {
  /** Whether the server has answered `initialize` on the present connection. */
  isReady = false;
  onReady: (capabilities: unknown) => void = () => {};
  readonly state = {
    value: { state: 'open' as const },
    onChange: (): { dispose(): void } => ({ dispose() {} }),
  };

  private listener: Listener | undefined;
  /** Messages that arrived before the language client set its listener. */
  private undelivered: RpcMessage[] = [];
  private initialize: (RequestOrNotification & { id: MessageId }) | undefined;
  private isInitializeAnswered = false;
  /** The latest `workspace/didChangeConfiguration` of the language client. */
  private configuration: RequestOrNotification | undefined;
  private readonly open = new Map<MessageId, RequestOrNotification>();
  private readonly own = new Map<MessageId, (response: Response) => void>();
  /** Requests of the server on the present connection that still wait for our answer. */
  private readonly serverRequests = new Set<MessageId>();
  private readonly traces = new SessionTraces();
  private nextOwnId = 1;
  private connections = 0;

  constructor(
    private readonly connection: Connection,
    private readonly hooks: EditorHooks,
  ) {}

  toString(): string {
    return 'DurableTransport';
  }

  setListener(listener: Listener | undefined): void {
    this.listener = listener;
    if (listener === undefined) return;
    for (const message of this.undelivered.splice(0)) listener(message);
  }

  async send(message: RpcMessage): Promise<void> {
    if (isRequest(message)) this.sendRequest(message);
    else if (isNotification(message)) this.sendNotification(message);
    else if (message.id !== null && this.serverRequests.delete(message.id)) this.connection.sendText(message);
  }

  /**
   * Sends a request of the page itself, beside the language client's. Rejects with {@link RequestError}.
   * When `signal` aborts, sends `$/cancelRequest` and rejects at once.
   */
  request(method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    const id = `qide-${this.nextOwnId++}`;
    return new Promise((resolve, reject) => {
      const fail = (name: keyof typeof FAILURES, text: string) =>
        reject(new RequestError({ code: FAILURES[name], message: text }));
      if (signal?.aborted) return fail('request-cancelled', 'The request was cancelled before it was sent.');
      const refusal = this.refusal();
      const message = this.prepare({ jsonrpc: '2.0', id, method, params });
      if (refusal !== null || message === null) return fail('server-cancelled', refusal ?? NOT_SENT);
      const cancel = () => {
        if (!this.own.delete(id)) return;
        this.connection.sendText({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } });
        fail('request-cancelled', 'The request was cancelled.');
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.own.set(id, (response) => {
        signal?.removeEventListener('abort', cancel);
        if (response.error) reject(new RequestError(response.error));
        else resolve(response.result ?? null);
      });
      this.connection.sendText(message);
    });
  }

  /** Sends a notification if the connection is initialized; returns whether it was sent. */
  notify(method: string, params: unknown): boolean {
    return this.isReady && this.connection.sendText({ jsonrpc: '2.0', method, params });
  }

  /** Cancels the open requests of the language client that match. */
  cancel(matches: (request: RequestOrNotification) => boolean): void {
    for (const [id, request] of this.open) {
      if (matches(request)) this.connection.sendText({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } });
    }
  }

  /** The connection opened: call this from its `onUp`. */
  up(): void {
    this.connections += 1;
    if (this.initialize === undefined) return;
    // Until its first answer the client's own initialize is repeated. Afterwards the client must not get
    // a second answer, so the repetition has an id of ours.
    const id = this.isInitializeAnswered ? this.repeatedInitializeId() : this.initialize.id;
    this.connection.sendText({ ...this.initialize, id });
  }

  /** The connection is lost: call this from its `onDown`. */
  down(): void {
    this.isReady = false;
    this.serverRequests.clear();
    const lost = (id: MessageId): Response => ({
      jsonrpc: '2.0',
      id,
      error: { code: FAILURES['server-cancelled'], message: 'The connection was lost; send the request again.' },
    });
    const own = [...this.own];
    this.own.clear();
    for (const [id, settle] of own) settle(lost(id));
    const open = [...this.open];
    this.open.clear();
    for (const [id, request] of open) this.answer(request, lost(id));
    for (const ended of this.traces.endedProgress()) this.deliver(ended);
  }

  /** A message arrived: call this from the connection's `onText`. */
  receive(message: RpcMessage): void {
    if (isResponse(message)) this.receiveResponse(message);
    else if (message.id !== undefined) {
      this.serverRequests.add(message.id);
      this.deliver(message);
    } else if (!this.hooks.notified?.(message.method, message.params)) this.deliver(message);
  }

  private sendRequest(message: RequestOrNotification & { id: MessageId }): void {
    if (message.method === 'initialize') {
      this.initialize = { ...(this.prepare(message) ?? message), id: message.id };
      this.connection.sendText(this.initialize);
      return;
    }
    const refusal = this.refusal();
    const outgoing = this.prepare(message);
    if (refusal !== null || outgoing === null) {
      const error = { code: FAILURES['server-cancelled'], message: refusal ?? NOT_SENT };
      queueMicrotask(() => this.answer(message, { jsonrpc: '2.0', id: message.id, error }));
      return;
    }
    this.open.set(message.id, message);
    this.connection.sendText(outgoing);
  }

  private sendNotification(message: RequestOrNotification): void {
    if (message.method === 'initialized') return; // the transport sends its own when the server has answered initialize
    if (message.method === CONFIGURATION_CHANGED) this.configuration = message;
    if (!this.isReady) return;
    const outgoing = this.prepare(message);
    if (outgoing !== null) this.connection.sendText(outgoing);
  }

  private prepare(message: RequestOrNotification): RequestOrNotification | null {
    return this.hooks.outgoing ? this.hooks.outgoing(message) : message;
  }

  private refusal(): string | null {
    if (!this.isReady) return 'There is no connection; send the request again when there is one.';
    if (this.open.size + this.own.size >= OPEN_REQUESTS) return 'Too many requests are open; wait for an answer.';
    return null;
  }

  private receiveResponse(response: Response): void {
    if (response.id === null) return;
    const settle = this.own.get(response.id);
    if (settle) {
      this.own.delete(response.id);
      settle(response);
      return;
    }
    if (this.initialize && response.id === this.repeatedInitializeId()) {
      this.becomeReady(response);
      return;
    }
    if (this.initialize?.id === response.id && !this.isInitializeAnswered) {
      if (!response.error) this.isInitializeAnswered = true;
      this.becomeReady(response);
      this.deliver(response);
      return;
    }
    const request = this.open.get(response.id);
    if (request === undefined) return;
    this.open.delete(response.id);
    this.answer(request, response);
  }

  private becomeReady(response: Response): void {
    if (response.error) return;
    this.isReady = true;
    this.connection.sendText({ jsonrpc: '2.0', method: 'initialized', params: {} });
    // The first time the language client sends its settings and opens its documents itself.
    if (response.id === this.repeatedInitializeId()) {
      // Not when the connection is lost: the problems stay readable meanwhile.
      for (const empty of this.traces.withoutProblems()) this.deliver(empty);
      if (this.configuration) this.sendNotification(this.configuration);
      // An editor's own object may have further members, which do not belong into a message.
      for (const { uri, languageId, version, text } of this.hooks.openDocuments()) {
        this.sendNotification({ jsonrpc: '2.0', method: 'textDocument/didOpen', params: { textDocument: { uri, languageId, version, text } } });
      }
    }
    this.onReady((response.result as { capabilities?: unknown } | null)?.capabilities);
  }

  private answer(request: RequestOrNotification, response: Response): void {
    if (!this.hooks.answered) {
      this.deliver(response);
      return;
    }
    Promise.resolve(this.hooks.answered(request, response)).then(
      (changed) => this.deliver(changed),
      (reason: unknown) => {
        const error = { code: FAILURES.internal, message: String(reason) };
        this.deliver({ jsonrpc: '2.0', id: response.id, error });
      },
    );
  }

  private deliver(message: RpcMessage): void {
    this.traces.delivered(message);
    if (this.listener) this.listener(message);
    else if (this.undelivered.length < OPEN_REQUESTS) this.undelivered.push(message);
  }

  private repeatedInitializeId(): string {
    return `qide-initialize-${this.connections}`;
  }
}

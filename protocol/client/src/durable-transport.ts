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
import { FAILURES } from './wire.js';

/** Requests of one client that may be open at once; the next one is refused at once. */
export const OPEN_REQUESTS = 256;

/** What a document looks like to a language server. */
export interface OpenDocument {
  readonly uri: string;
  readonly languageId: string;
  readonly version: number;
  readonly text: string;
}

/** What the transport asks of the editor it serves. */
export interface EditorHooks {
  /** Every document that a new line must hear of. */
  openDocuments(): Iterable<OpenDocument>;
  /**
   * Looks at a message on its way out and may change it; null keeps it from being sent. For a
   * request, null is answered with `server-cancelled`.
   */
  outgoing?(message: RequestOrNotification): RequestOrNotification | null;
  /** Looks at an answer on its way in and may change it; the editor waits for the promise. */
  answered?(request: RequestOrNotification, response: Response): Response | Promise<Response>;
  /** A notification came in; true keeps it from the language client. */
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

/**
 * The transport of one language client for the life of a page: sockets come and go below it.
 *
 * When a line is lost, every open request is answered with `server-cancelled`; when a new one
 * opens, `initialize` is sent again, then `initialized` and a `didOpen` for each open document with
 * the text it has by then. In between nothing is queued, because the `didOpen` carries it all.
 *
 * Fits the structural type of Monaco's `IMessageTransport`.
 */
export class DurableTransport {
  /** Whether the server has answered `initialize` on the present line. */
  isReady = false;
  onReady: (capabilities: unknown) => void = () => {};
  readonly state = {
    value: { state: 'open' as const },
    onChange: (): { dispose(): void } => ({ dispose() {} }),
  };

  private listener: Listener | undefined;
  private unheard: RpcMessage[] = [];
  private initialize: (RequestOrNotification & { id: MessageId }) | undefined;
  private isInitializeAnswered = false;
  private readonly open = new Map<MessageId, RequestOrNotification>();
  private readonly own = new Map<MessageId, (response: Response) => void>();
  /** Requests of the server on the present line that still wait for our answer. */
  private readonly asked = new Set<MessageId>();
  private nextOwnId = 1;
  private line = 0;

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
    for (const message of this.unheard.splice(0)) listener(message);
  }

  async send(message: RpcMessage): Promise<void> {
    if (isRequest(message)) this.sendRequest(message);
    else if (isNotification(message)) this.sendNotification(message);
    else if (message.id !== null && this.asked.delete(message.id)) this.connection.sendText(message);
  }

  /**
   * Our own request beside the language client's. Rejects with {@link RequestError}; when `signal`
   * aborts, the server is told by `$/cancelRequest` and the promise rejects at once.
   */
  request(method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    const id = `qide-${this.nextOwnId++}`;
    return new Promise((resolve, reject) => {
      const fail = (name: keyof typeof FAILURES, text: string) =>
        reject(new RequestError({ code: FAILURES[name], message: text }));
      if (signal?.aborted) return fail('request-cancelled', 'Cancelled before it was sent.');
      const refusal = this.refusal();
      const message = this.prepare({ jsonrpc: '2.0', id, method, params });
      if (refusal !== null || message === null) return fail('server-cancelled', refusal ?? 'Not sent.');
      const cancel = () => {
        if (!this.own.delete(id)) return;
        this.connection.sendText({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } });
        fail('request-cancelled', 'Cancelled.');
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

  /** Sends a notification if the line is ready; returns whether it was sent. */
  notify(method: string, params: unknown): boolean {
    return this.isReady && this.connection.sendText({ jsonrpc: '2.0', method, params });
  }

  /** Asks the server to stop working on requests of the language client that fit. */
  cancel(fits: (request: RequestOrNotification) => boolean): void {
    for (const [id, request] of this.open) {
      if (fits(request)) this.connection.sendText({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } });
    }
  }

  /** A line opened: call this from the connection's `onUp`. */
  up(): void {
    this.line += 1;
    if (this.initialize === undefined) return;
    // Until its first answer the client's own initialize is repeated; afterwards the client must
    // not hear a second answer, so the repetition has an id of ours.
    const id = this.isInitializeAnswered ? `qide-initialize-${this.line}` : this.initialize.id;
    this.connection.sendText({ ...this.initialize, id });
  }

  /** The line is lost: call this from the connection's `onDown`. */
  down(): void {
    this.isReady = false;
    this.asked.clear();
    const lost = (id: MessageId): Response => ({
      jsonrpc: '2.0',
      id,
      error: { code: FAILURES['server-cancelled'], message: 'The connection was lost. Send the request again.' },
    });
    const own = [...this.own];
    this.own.clear();
    for (const [id, settle] of own) settle(lost(id));
    const open = [...this.open];
    this.open.clear();
    for (const [id, request] of open) this.answer(request, lost(id));
  }

  /** A message came in: call this from the connection's `onText`. */
  receive(message: RpcMessage): void {
    if (isResponse(message)) this.receiveResponse(message);
    else if (message.id !== undefined) {
      this.asked.add(message.id);
      this.deliver(message);
    } else if (!this.hooks.notified?.(message.method, message.params)) this.deliver(message);
  }

  private sendRequest(message: RequestOrNotification & { id: MessageId }): void {
    if (message.method === 'initialize') {
      this.initialize = message;
      this.connection.sendText(message);
      return;
    }
    const refusal = this.refusal();
    const outgoing = this.prepare(message);
    if (refusal !== null || outgoing === null) {
      const error = { code: FAILURES['server-cancelled'], message: refusal ?? 'Not sent.' };
      queueMicrotask(() => this.answer(message, { jsonrpc: '2.0', id: message.id, error }));
      return;
    }
    this.open.set(message.id, message);
    this.connection.sendText(outgoing);
  }

  private sendNotification(message: RequestOrNotification): void {
    if (message.method === 'initialized') return; // sent by us, when the line became ready
    if (!this.isReady) return;
    const outgoing = this.prepare(message);
    if (outgoing !== null) this.connection.sendText(outgoing);
  }

  private prepare(message: RequestOrNotification): RequestOrNotification | null {
    return this.hooks.outgoing ? this.hooks.outgoing(message) : message;
  }

  private refusal(): string | null {
    if (!this.isReady) return 'There is no connection just now.';
    if (this.open.size + this.own.size >= OPEN_REQUESTS) return 'Too many requests are open.';
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
    if (this.initialize && response.id === `qide-initialize-${this.line}`) {
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
    // The first time the language client itself opens what there is.
    if (String(response.id).startsWith('qide-initialize-')) {
      for (const textDocument of this.hooks.openDocuments()) {
        this.sendNotification({ jsonrpc: '2.0', method: 'textDocument/didOpen', params: { textDocument } });
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
    if (this.listener) this.listener(message);
    else if (this.unheard.length < OPEN_REQUESTS) this.unheard.push(message);
  }
}

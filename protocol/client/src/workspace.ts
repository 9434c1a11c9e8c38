import type { HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import { findDocument } from './closed-documents.js';
import { Connection, isFinal, type ConnectionOptions, type ConnectionState } from './connection.js';
import { DurableTransport, type OpenDocument } from './durable-transport.js';
import type { RpcMessage } from './json-rpc.js';
import { LanguageTransports } from './message-transports.js';
import type { ServerApi } from './server-api.js';
import { providerSocket, SharedDocument, type SharedDocumentEvents, type SharedDocumentOptions } from './shared-document.js';
import type { ClientRequests, ServerNotifications } from './wire.js';

/** The id of the `initialize` of a workspace that has no language client. */
const INITIALIZE_ID = 'qide-initialize';

/** The options of a connection to a workspace. */
export interface WorkspaceOptions extends Omit<ConnectionOptions, 'url'> {
  /**
   * Whether a language client will send `initialize` through `languageTransports` or `textTransport`. Without one, the
   * workspace initializes each connection itself, for requests of Q-IDE's own.
   */
  readonly hasLanguageClient?: boolean;
  /** The documents that the language client has open, to open them again on a new connection. */
  readonly openDocuments?: () => Iterable<OpenDocument>;
}

/** The events of a workspace: the server's notifications by method, and these. */
export interface WorkspaceEvents extends ServerNotifications {
  readonly state: ConnectionState;
  /** The server has answered `initialize` on a new connection. */
  readonly ready: { readonly capabilities: unknown };
  /** A connection was lost or refused; the reason is the server's or, if it refused the ticket, a sentence. */
  readonly lost: { readonly code: number; readonly reason: string };
}

type Listener = (event: never) => void;

/** Fits `Transport` of `@codemirror/lsp-client`: messages as JSON texts. */
export interface TextTransport {
  send(message: string): void;
  subscribe(handler: (message: string) => void): void;
  unsubscribe(handler: (message: string) => void): void;
}

/**
 * A connection to one workspace, over one WebSocket that reconnects by itself: shared documents, language server messages,
 * and Q-IDE's own requests and events. Each attempt to connect requests a new ticket, so that an invalid credential is
 * recognized in browsers too, which hide the status of a refused handshake.
 */
export class Workspace {
  readonly connection: Connection;
  readonly transport: DurableTransport;
  private readonly socket: HocuspocusProviderWebsocket;
  private readonly documents = new Set<SharedDocument>();
  private readonly listeners = new Map<keyof WorkspaceEvents, Set<Listener>>();
  private languageClient: LanguageTransports | undefined;
  private wasOpened = true;

  constructor(
    private readonly server: ServerApi,
    readonly name: string,
    { hasLanguageClient = false, openDocuments = () => [], ...options }: WorkspaceOptions,
  ) {
    this.connection = new Connection({ ...options, url: () => this.address() });
    this.transport = new DurableTransport(this.connection, { openDocuments, notified: (method, params) => this.notified(method, params) });
    this.socket = providerSocket(this.connection);
    this.connect();
    if (!hasLanguageClient) {
      this.transport.setListener(() => {});
      const params = { processId: null, rootUri: null, capabilities: {} };
      void this.transport.send({ jsonrpc: '2.0', id: INITIALIZE_ID, method: 'initialize', params });
    }
    this.connection.start();
  }

  /** The state of the connection. */
  get state(): ConnectionState {
    return this.connection.state;
  }

  /** Calls back with each event of this name, until it is disposed of; an event may have any number of listeners. */
  on<E extends keyof WorkspaceEvents>(event: E, listener: (event: WorkspaceEvents[E]) => void): { dispose(): void } {
    const listeners = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, listeners);
    // A function that listens twice is called twice.
    const own: Listener = (value) => listener(value);
    listeners.add(own);
    return { dispose: () => void listeners.delete(own) };
  }

  /** Resolves when the server has answered `initialize`; rejects when it refuses the connection, or after `close`. */
  ready(): Promise<void> {
    if (this.transport.isReady) return Promise.resolve();
    if (isFinal(this.state)) return Promise.reject(new Error(`The connection is ${this.state}.`));
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        for (const one of subscriptions) one.dispose();
        settle();
      };
      const subscriptions = [
        this.on('ready', () => end(resolve)),
        this.on('lost', ({ reason }) => {
          if (isFinal(this.state)) end(() => reject(new Error(reason || `The connection is ${this.state}.`)));
        }),
        this.on('state', (state) => {
          // The reason of the other states comes with `lost`.
          if (state === 'stopped') end(() => reject(new Error('The connection was closed.')));
        }),
      ];
    });
  }

  /** Sends a request of Q-IDE's own. Rejects with a `RequestError`, at once when there is no connection. */
  request<M extends keyof ClientRequests>(method: M, params: ClientRequests[M]['params'], signal?: AbortSignal): Promise<ClientRequests[M]['result']> {
    return this.transport.request(method, params, signal) as Promise<ClientRequests[M]['result']>;
  }

  /** Opens a shared document; it synchronizes again after each reconnect, until `close` of the document or of the workspace. */
  document(path: string, events: Partial<SharedDocumentEvents> = {}, options: SharedDocumentOptions = {}): SharedDocument {
    const onClose = () => {
      this.documents.delete(shared);
      options.onClose?.();
    };
    const shared: SharedDocument = new SharedDocument(this.socket, path, events, { ...options, onClose });
    this.documents.add(shared);
    return shared;
  }

  /**
   * The path of a document now, after the server closed it with `document-replaced`; null when it has ended. To continue
   * it there, open the path with the option `moved`.
   */
  pathOf({ doc }: SharedDocument): Promise<string | null> {
    return findDocument(this.transport, doc, () => !isFinal(this.state));
  }

  /** The `MessageTransports` of a language client of VS Code's kind; there is one. */
  languageTransports(received?: (message: RpcMessage) => RpcMessage): LanguageTransports {
    return (this.languageClient ??= new LanguageTransports(this.transport, received));
  }

  /** The transport of a language client that sends and receives texts. */
  textTransport(): TextTransport {
    const handlers = new Set<(message: string) => void>();
    const deliver = (message: RpcMessage) => {
      const text = JSON.stringify(message);
      for (const handler of [...handlers]) handler(text);
    };
    return {
      send: (message) => void this.transport.send(JSON.parse(message) as RpcMessage),
      subscribe: (handler) => {
        handlers.add(handler);
        this.transport.setListener(deliver);
      },
      unsubscribe: (handler) => {
        handlers.delete(handler);
        if (handlers.size === 0) this.transport.setListener(undefined);
      },
    };
  }

  /** Ends the connection and closes its documents; their texts stay readable. */
  close(): void {
    for (const shared of this.documents) shared.close();
    this.connection.stop();
    this.socket.destroy();
  }

  private connect(): void {
    const { connection, transport } = this;
    connection.onText = (message) => transport.receive(message);
    connection.onUp = () => {
      this.wasOpened = true;
      transport.up();
    };
    connection.onDown = (code, reason) => {
      transport.down();
      this.languageClient?.down();
      this.emit('lost', { code, reason });
    };
    connection.onState = (state) => this.emit('state', state);
    transport.onReady = (capabilities) => this.emit('ready', { capabilities });
  }

  private async address(): Promise<string> {
    // After a failed handshake, whose status a browser does not show.
    if (!this.wasOpened) await this.server.checkWorkspace(this.name);
    this.wasOpened = false;
    const ticket = await this.server.ticket();
    return `${this.server.socketAddress(`ws/${encodeURIComponent(this.name)}`)}?ticket=${encodeURIComponent(ticket)}`;
  }

  /** Keeps notifications of Q-IDE's own from the language client. */
  private notified(method: string, params: unknown): boolean {
    if (!method.startsWith('qide/')) return false;
    this.emit(method as keyof ServerNotifications, params as never);
    return true;
  }

  private emit<E extends keyof WorkspaceEvents>(event: E, value: WorkspaceEvents[E]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      try {
        listener(value as never);
      } catch (error) {
        // A failing listener does not keep the event from the others.
        console.error(error);
      }
    }
  }
}

import type { DurableTransport } from './durable-transport.js';
import { isRequest, type RpcMessage } from './json-rpc.js';

interface Disposable {
  dispose(): void;
}

/** An event that is never reported: the transport outlives sockets, and the language client never sees one end. */
type NoEvent = (listener: (event: any) => any) => Disposable;

/** Fits `MessageReader` of `vscode-jsonrpc`. */
export interface TransportReader extends Disposable {
  readonly onError: NoEvent;
  readonly onClose: NoEvent;
  readonly onPartialMessage: NoEvent;
  listen(callback: (message: any) => void): Disposable;
}

/** Fits `MessageWriter` of `vscode-jsonrpc`. */
export interface TransportWriter extends Disposable {
  readonly onError: NoEvent;
  readonly onClose: NoEvent;
  write(message: object): Promise<void>;
  end(): void;
}

interface Registration {
  readonly id: string;
  readonly method: string;
}

/** The id of a request in the server's name; nobody waits for the response. */
const UNREGISTER_ID = 'qide-unregister';

const never: NoEvent = () => ({ dispose() {} });

/**
 * A {@link DurableTransport} as the `MessageTransports` of `vscode-languageclient` and `monaco-languageclient`.
 *
 * What the server registered on a lost connection is unregistered, since the server of the next one registers it once more.
 */
export class LanguageTransports {
  readonly reader: TransportReader;
  readonly writer: TransportWriter;
  private listener: ((message: RpcMessage) => void) | undefined;
  private readonly registrations = new Map<string, Registration>();

  /** @param received changes a message before the language client gets it */
  constructor(transport: DurableTransport, received: (message: RpcMessage) => RpcMessage = (message) => message) {
    this.reader = {
      onError: never,
      onClose: never,
      onPartialMessage: never,
      dispose() {},
      listen: (callback) => {
        this.listener = (message) => {
          this.remember(message);
          callback(received(message));
        };
        transport.setListener(this.listener);
        return { dispose: () => transport.setListener(undefined) };
      },
    };
    this.writer = { onError: never, onClose: never, dispose() {}, end() {}, write: (message) => transport.send(message as RpcMessage) };
  }

  /** The connection is lost: call this after the transport's `down`. */
  down(): void {
    const unregisterations = [...this.registrations.values()];
    this.registrations.clear();
    // The server of the lost connection cannot do so itself.
    if (unregisterations.length > 0) this.listener?.({ jsonrpc: '2.0', id: UNREGISTER_ID, method: 'client/unregisterCapability', params: { unregisterations } });
  }

  private remember(message: RpcMessage): void {
    if (!isRequest(message)) return;
    if (message.method === 'client/registerCapability') {
      const { registrations } = message.params as { registrations: readonly Registration[] };
      for (const { id, method } of registrations) this.registrations.set(id, { id, method });
    } else if (message.method === 'client/unregisterCapability' && message.id !== UNREGISTER_ID) {
      const { unregisterations } = message.params as { unregisterations: readonly Registration[] };
      for (const { id } of unregisterations) this.registrations.delete(id);
    }
  }
}

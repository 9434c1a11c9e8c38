import { isNotification, type RequestOrNotification, type RpcMessage } from './json-rpc.js';

/** LSP's `ProgressToken`. */
type ProgressToken = number | string;

/**
 * What the language servers of one connection show until they remove it themselves: problems and progress. A server that
 * is lost cannot remove it, and the next one does not know of it.
 */
export class SessionTraces {
  private readonly documents = new Set<string>();
  private readonly progress = new Set<ProgressToken>();

  /** Gets each message that the language client gets. */
  delivered(message: RpcMessage): void {
    if (!isNotification(message)) return;
    if (message.method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = message.params as { uri: string; diagnostics?: readonly unknown[] };
      if (diagnostics?.length) this.documents.add(uri);
      else this.documents.delete(uri);
    } else if (message.method === '$/progress') {
      const { token, value } = message.params as { token: ProgressToken; value?: { kind?: string } | null };
      if (value?.kind === 'begin') this.progress.add(token);
      else if (value?.kind === 'end') this.progress.delete(token);
    }
  }

  /** The ends of all progress. */
  endedProgress(): RequestOrNotification[] {
    return [...this.progress].map((token) => ({ jsonrpc: '2.0', method: '$/progress', params: { token, value: { kind: 'end' } } }));
  }

  /** Empty diagnostics for each document that has some. */
  withoutProblems(): RequestOrNotification[] {
    return [...this.documents].map((uri) => ({ jsonrpc: '2.0', method: 'textDocument/publishDiagnostics', params: { uri, diagnostics: [] } }));
  }
}

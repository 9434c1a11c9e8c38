// A stand-in for `vscode-languageclient/node`, which needs the whole of VS Code: it initializes the connection with the folders that
// the package names, opens documents, and keeps their diagnostics.

import type { LanguageTransports } from '@qide/client';
import type { TestDocument } from './document.js';
import type { Uri } from './values.js';
import { testWindow, type Diagnostic } from './window.js';

export const ErrorAction = { Continue: 1 } as const;
export const CloseAction = { DoNotRestart: 1 } as const;

interface Options {
  readonly documentSelector: readonly { readonly scheme: string }[];
  readonly workspaceFolder?: { readonly uri: Uri; readonly name: string };
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: unknown;
}

export class LanguageClient {
  constructor(
    _id: string,
    _name: string,
    private readonly server: () => Promise<LanguageTransports>,
    private readonly options: Options,
  ) {}

  registerFeature(): void {}

  onRequest(): void {}

  async start(): Promise<void> {
    const { reader, writer } = await this.server();
    const send = (message: object) => void writer.write({ jsonrpc: '2.0', ...message });
    const open = (document: TestDocument) => {
      if (!this.options.documentSelector.some(({ scheme }) => scheme === document.uri.scheme)) return;
      const { uri, languageId, version } = document;
      send({ method: 'textDocument/didOpen', params: { textDocument: { uri: uri.toString(), languageId, version, text: document.getText() } } });
    };
    reader.listen(({ id, method, params }: Message) => {
      if (id === 'initialize') {
        send({ method: 'initialized', params: {} });
        testWindow.documents.forEach(open);
        testWindow.opened.event(open);
      } else if (method === 'textDocument/publishDiagnostics') {
        const { uri, diagnostics } = params as { readonly uri: string; readonly diagnostics: readonly Diagnostic[] };
        testWindow.diagnostics.set(uri, diagnostics);
      } else if (method !== undefined && id !== undefined) {
        send({ id, result: null });
      }
    });
    send({ id: 'initialize', method: 'initialize', params: { processId: null, rootUri: null, workspaceFolders: this.folders(), capabilities: { textDocument: { publishDiagnostics: {} } } } });
  }

  private folders(): readonly { readonly uri: string; readonly name: string }[] | null {
    const { workspaceFolder } = this.options;
    const folders = workspaceFolder ? [workspaceFolder] : testWindow.workspaceFolders?.map(({ uri }) => ({ uri, name: uri.path }));
    return folders?.map(({ uri, name }) => ({ uri: uri.toString(), name })) ?? null;
  }
}

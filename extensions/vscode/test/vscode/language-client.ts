// A stand-in for `vscode-languageclient/node`, which needs the whole of VS Code: it initializes the connection, and no more.

import type { LanguageTransports } from '@qide/client';

export const ErrorAction = { Continue: 1 } as const;
export const CloseAction = { DoNotRestart: 1 } as const;

export class LanguageClient {
  constructor(
    _id: string,
    _name: string,
    private readonly server: () => Promise<LanguageTransports>,
  ) {}

  async start(): Promise<void> {
    const { reader, writer } = await this.server();
    reader.listen((message: { readonly id?: unknown; readonly method?: string }) => {
      if (message.id === 'initialize') void writer.write({ jsonrpc: '2.0', method: 'initialized', params: {} });
      else if (message.method !== undefined && message.id !== undefined) void writer.write({ jsonrpc: '2.0', id: message.id, result: null });
    });
    await writer.write({ jsonrpc: '2.0', id: 'initialize', method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } });
  }
}

import * as vscode from 'vscode';
import type { ClientCapabilities, Position, StaticFeature } from 'vscode-languageclient';

/** A request of TypeScript's language server when it has extracted something that needs a name. */
const METHOD = '_typescript.rename';

interface RenameParams {
  readonly textDocument: { readonly uri: string };
  readonly position: Position;
}

/** The part of a language client that these requests need. */
export interface RenameClient {
  registerFeature(feature: StaticFeature): void;
  onRequest(method: string, handler: (params: RenameParams) => null): unknown;
}

/** Lets the person name what a refactoring has extracted, and announces that to the server. */
export function answerRenameRequests(client: RenameClient): void {
  client.registerFeature({
    fillClientCapabilities: (capabilities: ClientCapabilities) => {
      const experimental = capabilities.experimental as object | undefined;
      capabilities.experimental = { ...experimental, _typescript: { rename: true } };
    },
    initialize: () => {},
    getState: () => ({ kind: 'static' }),
    clear: () => {},
  });
  client.onRequest(METHOD, ({ textDocument, position }) => {
    const place = [vscode.Uri.parse(textDocument.uri), new vscode.Position(position.line, position.character)];
    // Not awaited: the refactoring has ended, and the person may take their time.
    void vscode.commands.executeCommand('editor.action.rename', place);
    return null;
  });
}

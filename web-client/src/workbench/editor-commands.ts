import * as vscode from 'vscode';

/** LSP's `TextEdit`. */
interface ProtocolEdit {
  readonly range: { readonly start: ProtocolPosition; readonly end: ProtocolPosition };
  readonly newText: string;
}

interface ProtocolPosition {
  readonly line: number;
  readonly character: number;
}

/**
 * Registers the commands that language servers leave to their editor: their actions name them, and VS Code's own
 * extensions for CSS and Markdown have them. A command that a language server announces must not be here: the language
 * client registers it, and fails as a whole if it exists.
 */
export function registerEditorCommands(): void {
  const { registerCommand } = vscode.commands;
  registerCommand('_css.applyCodeAction', applyEdits);
  registerCommand('vscodeMarkdownLanguageservice.open', (uri: UriParts) => vscode.commands.executeCommand('vscode.open', uriOf(uri)));
  registerCommand('vscodeMarkdownLanguageservice.rename', (uri: UriParts, position: ProtocolPosition) =>
    vscode.commands.executeCommand('editor.action.rename', [uriOf(uri), positionOf(position)]),
  );
}

/** A URI as Markdown's server writes it as JSON: with the path of this page's file, but always with the scheme `file`. */
interface UriParts {
  readonly scheme: string;
  readonly path: string;
}

function uriOf({ scheme, path }: UriParts): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return scheme === 'file' && folder ? folder.uri.with({ path }) : vscode.Uri.from({ scheme, path });
}

const positionOf = ({ line, character }: ProtocolPosition): vscode.Position => new vscode.Position(line, character);

async function applyEdits(uri: string, version: number, edits: readonly ProtocolEdit[]): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  if (document.version !== version) {
    void vscode.window.showInformationMessage('The text has changed meanwhile, so the fix no longer fits it: choose the fix again.');
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.set(
    document.uri,
    edits.map(({ range, newText }) => new vscode.TextEdit(new vscode.Range(positionOf(range.start), positionOf(range.end)), newText)),
  );
  await vscode.workspace.applyEdit(edit);
}

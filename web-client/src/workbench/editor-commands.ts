import { smallestEdit } from '@qide/client';
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

/** Sends a request of the language client. */
type SendRequest = <R>(method: string, params: unknown) => Promise<R>;

/**
 * Registers the commands that language servers leave to their editor: their actions name them, and VS Code's own
 * extensions for CSS, JSON and Markdown have them. A command that a language server announces must not be here: the
 * language client registers it, and fails as a whole if it exists.
 */
export function registerEditorCommands(sendRequest: SendRequest): void {
  const { registerCommand } = vscode.commands;
  registerCommand('_css.applyCodeAction', applyEdits);
  registerCommand('json.sort', () => sortJson(sendRequest));
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

const editOf = ({ range, newText }: ProtocolEdit): vscode.TextEdit =>
  new vscode.TextEdit(new vscode.Range(positionOf(range.start), positionOf(range.end)), newText);

async function applyEdits(uri: string, version: number, edits: readonly ProtocolEdit[]): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  if (isAt(document, version)) await apply(document, edits.map(editOf));
}

/** Sorts the members of the JSON in the active editor. */
async function sortJson(sendRequest: SendRequest): Promise<void> {
  const { document, options } = vscode.window.activeTextEditor ?? {};
  if (!document) return;
  const { version, uri } = document;
  const text = document.getText();
  const { tabSize, insertSpaces } = options!;
  const edits = await sendRequest<readonly ProtocolEdit[]>('json/sort', { uri: uri.toString(), options: { tabSize, insertSpaces } });
  // The server replaces the whole text, and drops blanks and line feeds at its end.
  const [whole] = edits;
  if (!whole || !isAt(document, version)) return;
  const edit = smallestEdit(text, whole.newText.trimEnd() + text.slice(text.trimEnd().length));
  if (edit === null) return;
  const range = new vscode.Range(document.positionAt(edit.offset), document.positionAt(edit.offset + edit.length));
  await apply(document, [new vscode.TextEdit(range, edit.text)]);
}

/** Whether a text is still the one that the server's edits fit; else the person is told. */
function isAt(document: vscode.TextDocument, version: number): boolean {
  if (document.version === version) return true;
  void vscode.window.showInformationMessage('The text has changed in the meantime, so the action no longer fits. Choose the action again.');
  return false;
}

async function apply(document: vscode.TextDocument, edits: vscode.TextEdit[]): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.set(document.uri, edits);
  await vscode.workspace.applyEdit(edit);
}

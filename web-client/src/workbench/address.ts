import * as vscode from 'vscode';
import type { WorkspaceUris } from '../workspace-uri.js';

/** The delay before a moved caret changes the address. */
const ADDRESS_MILLISECONDS = 400;

/** Keeps the active file and line in the page's address, so that it can be given to others. */
export function followAddress(uris: WorkspaceUris): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => write(uris), ADDRESS_MILLISECONDS);
  };
  vscode.window.onDidChangeActiveTextEditor(soon);
  vscode.window.onDidChangeTextEditorSelection(soon);
}

/** Opens the file and line that the address names; null if it names none. */
export async function openFromAddress(uris: WorkspaceUris, parameters: URLSearchParams): Promise<void> {
  const path = parameters.get('file');
  if (path === null) return;
  const line = Number(parameters.get('line') ?? 0);
  const selection = line > 0 ? new vscode.Range(line - 1, 0, line - 1, 0) : undefined;
  const uri = vscode.Uri.from(uris.of(path));
  await vscode.commands.executeCommand('vscode.open', uri, { preview: false, ...(selection ? { selection } : {}) });
}

function write(uris: WorkspaceUris): void {
  const editor = vscode.window.activeTextEditor;
  const path = editor && uris.pathOf(editor.document.uri);
  const parameters = new URLSearchParams(location.search);
  parameters.set('workspace', uris.workspace);
  if (path) {
    parameters.set('file', path);
    parameters.set('line', String(editor.selection.active.line + 1));
  } else {
    parameters.delete('file');
    parameters.delete('line');
  }
  history.replaceState(history.state, '', `${location.pathname}?${parameters}`);
}

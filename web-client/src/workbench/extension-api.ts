import * as vscode from 'vscode';

/** What a script that drives the browser needs of VS Code's extension API. */
const API = {
  commands: vscode.commands,
  languages: vscode.languages,
  window: vscode.window,
  workspace: vscode.workspace,
  Color: vscode.Color,
  MarkdownString: vscode.MarkdownString,
  Position: vscode.Position,
  Range: vscode.Range,
  SnippetString: vscode.SnippetString,
  TextEdit: vscode.TextEdit,
  Uri: vscode.Uri,
  WorkspaceEdit: vscode.WorkspaceEdit,
};

/**
 * Passes it to the function `qideExtensionApi`, if a script set that before the page's own scripts ran. No content of the
 * page can: it needs the browser's debugging interface, as `ops/parity` uses it.
 */
export function passExtensionApi(): void {
  const { qideExtensionApi: receive } = globalThis as { qideExtensionApi?: unknown };
  if (typeof receive === 'function') receive(API);
}

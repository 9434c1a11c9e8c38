import type * as monaco from '@codingame/monaco-vscode-editor-api';
import { getService, IEditorGroupsService, IEditorService, IStorageService } from '@codingame/monaco-vscode-api';
import * as vscode from 'vscode';
import type { WorkspaceUris } from '../workspace-uri.js';

/** The delay before a moved caret changes the address. */
const ADDRESS_MILLISECONDS = 400;

/**
 * Keeps the active file and line in the page's address, so that it can be given to others, and stores the tabs and carets
 * of the workbench at the same time. By itself the workbench stores them every 5 s, since a page that ends cannot store.
 */
export async function followAddress(uris: WorkspaceUris): Promise<void> {
  const storage = await getService(IStorageService);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const store = async () => {
    // Taken before the carets are stored: an address that is newer than they are would replace a restored caret.
    const address = currentAddress(uris);
    await storage.flush().catch(() => {});
    history.replaceState(history.state, '', address);
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void store(), ADDRESS_MILLISECONDS);
  };
  vscode.window.onDidChangeActiveTextEditor(soon);
  vscode.window.onDidChangeTextEditorSelection(soon);
  vscode.window.tabGroups.onDidChangeTabs(soon);
}

/**
 * Opens the file and line that the address names, if it names any. After a reload the workbench restores the active editor
 * with its caret; the address is followed if the restored caret is in another line, since it may have been stored earlier.
 */
export async function openFromAddress(uris: WorkspaceUris, parameters: URLSearchParams): Promise<void> {
  const path = parameters.get('file');
  if (path === null) return;
  const line = Number(parameters.get('line') ?? 0);
  if (!isReload()) return open(uris, path, line);
  // Not awaited: the text of the restored editor may come late.
  void openUnlessRestored(uris, path, line);
}

async function openUnlessRestored(uris: WorkspaceUris, path: string, line: number): Promise<void> {
  const [editors, groups] = await Promise.all([getService(IEditorService), getService(IEditorGroupsService)]);
  await groups.whenRestored;
  const resource = editors.activeEditor?.resource;
  if (!resource || uris.pathOf(resource) !== path || caretLine(editors) !== line) await open(uris, path, line);
}

async function open(uris: WorkspaceUris, path: string, line: number): Promise<void> {
  const selection = line > 0 ? new vscode.Range(line - 1, 0, line - 1, 0) : undefined;
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.from(uris.of(path)), { preview: false, ...(selection ? { selection } : {}) });
}

function caretLine({ activeTextEditorControl }: IEditorService): number {
  return (activeTextEditorControl as monaco.editor.ICodeEditor | undefined)?.getPosition()?.lineNumber ?? 0;
}

function isReload(): boolean {
  return performance.getEntriesByType('navigation').some((entry) => (entry as PerformanceNavigationTiming).type === 'reload');
}

function currentAddress(uris: WorkspaceUris): string {
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
  return `${location.pathname}?${parameters}`;
}

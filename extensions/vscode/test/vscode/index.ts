// A stand-in for the module `vscode`: the part of its API that the extension uses, on a window without a screen.

import type { TestDocument } from './document.js';
import { Disposable, FileSystemError, type Uri, type WorkspaceEdit } from './values.js';
import type { ViewProvider } from './view.js';
import { testWindow, type Tab } from './window.js';

export * from './values.js';

const nothing = () => new Disposable(() => {});
const named = (choice: unknown) => (typeof choice === 'string' ? choice : (choice as { readonly label: string }).label);

export const workspace = {
  get textDocuments() {
    return testWindow.documents;
  },
  get workspaceFolders() {
    return testWindow.workspaceFolders;
  },
  onDidOpenTextDocument: testWindow.opened.event,
  onDidCloseTextDocument: testWindow.closed.event,
  onDidChangeTextDocument: testWindow.changed.event,
  registerFileSystemProvider: (_scheme: string, provider: Parameters<typeof testWindow.registerProvider>[0]) => testWindow.registerProvider(provider),
  registerTextDocumentContentProvider: nothing,
  applyEdit: (edit: WorkspaceEdit) => testWindow.applyEdit(edit),
  openTextDocument: (content: { readonly content: string }) => testWindow.untitled(content.content),
  fs: {
    createDirectory: async () => {},
    stat: (uri: Uri) => testWindow.files.stat(uri),
    readFile: async (uri: Uri) => {
      const text = testWindow.ownFiles.get(uri.toString());
      if (text === undefined) throw FileSystemError.FileNotFound(uri);
      return new TextEncoder().encode(text);
    },
    writeFile: async (uri: Uri, content: Uint8Array) => void testWindow.ownFiles.set(uri.toString(), new TextDecoder().decode(content)),
  },
};

export const window = {
  get activeTextEditor() {
    return testWindow.active;
  },
  get visibleTextEditors() {
    return testWindow.active ? [testWindow.active] : [];
  },
  onDidChangeActiveTextEditor: testWindow.editorChanged.event,
  onDidChangeVisibleTextEditors: testWindow.editorChanged.event,
  onDidChangeTextEditorSelection: nothing,
  createTextEditorDecorationType: nothing,
  createOutputChannel: () => ({ info: (line: string) => void testWindow.log.push(line), warn: (line: string) => void testWindow.log.push(line), show: () => {}, dispose: () => {} }),
  createTreeView: () => ({ onDidChangeVisibility: nothing, dispose: () => {} }),
  registerTreeDataProvider: nothing,
  registerWebviewViewProvider: (id: string, provider: ViewProvider) => {
    testWindow.viewProviders.set(id, provider);
    return new Disposable(() => testWindow.viewProviders.delete(id));
  },
  get terminals() {
    return testWindow.terminals;
  },
  createTerminal: (creationOptions: (typeof testWindow.terminals)[number]['creationOptions']) => {
    const terminal = { creationOptions, show: () => void (testWindow.terminalsShown += 1) };
    testWindow.terminals.push(terminal);
    return terminal;
  },
  get activeTerminal() {
    return testWindow.activeTerminal;
  },
  onDidOpenTerminal: testWindow.terminalOpened.event,
  onDidCloseTerminal: testWindow.terminalClosed.event,
  registerTerminalProfileProvider: (id: string, provider: unknown) => {
    testWindow.terminalProfiles.set(id, provider);
    return new Disposable(() => testWindow.terminalProfiles.delete(id));
  },
  tabGroups: {
    get all() {
      return testWindow.tabGroups();
    },
    close: async (tabs: Tab | readonly Tab[]) => {
      for (const { document, group } of [tabs].flat()) testWindow.closeTab(document, !group.isActive);
    },
  },
  createStatusBarItem: (id: string) => {
    const item = { text: '', isShown: false, show: () => void (item.isShown = true), hide: () => void (item.isShown = false), dispose: () => void testWindow.statusItems.delete(id) };
    testWindow.statusItems.set(id, item);
    return item;
  },
  setStatusBarMessage: (sentence: string) => void testWindow.say('status', sentence),
  showInformationMessage: (sentence: string) => testWindow.say('information', sentence),
  showWarningMessage: (sentence: string) => testWindow.say('warning', sentence),
  showErrorMessage: (sentence: string) => testWindow.say('error', sentence),
  showInputBox: () => testWindow.answer(),
  showQuickPick: async (choices: readonly unknown[]) => {
    const answer = await testWindow.answer();
    return choices.find((choice) => named(choice) === answer);
  },
  showTextDocument: async (target: Uri | TestDocument, options?: { readonly viewColumn?: number }) => {
    await testWindow.show(target, testWindow.tabGroups().some(({ viewColumn, isActive }) => viewColumn === options?.viewColumn && !isActive));
    return testWindow.active;
  },
};

export const languages = { onDidChangeDiagnostics: nothing, getDiagnostics: () => [], registerCodeActionsProvider: nothing };
export const CodeActionKind = { SourceOrganizeImports: 'source.organizeImports' } as const;

export const commands = {
  registerCommand: (command: string, run: (...parameters: unknown[]) => unknown) => {
    testWindow.commands.set(command, run);
    return new Disposable(() => testWindow.commands.delete(command));
  },
  executeCommand: async (command: string, ...parameters: unknown[]) => {
    const own = testWindow.commands.get(command);
    if (own) return own(...parameters);
    testWindow.ran.push({ command, parameters });
    if (command === 'vscode.open') testWindow.background.push(parameters[0] as Uri);
    if (command === 'workbench.action.revertAndCloseActiveEditor') await testWindow.revertAndClose(testWindow.active!.document);
    return undefined;
  },
};

import type { ChangeSetInfo } from '@qide/client';
import * as vscode from 'vscode';
import { partsIn, type ChangeSets } from '../chat/change-sets.js';
import { NO_EDITOR, type WorkspacePaths } from '../chat/editor-context.js';
import type { AnswerCode } from '../chat/chat-host.js';
import { placed } from '../chat/placement.js';
import { proposedText } from '../chat/proposed-text.js';

/** The scheme of a file's text with a proposed change; the query is the change's id. */
const SCHEME = 'qide-change';
const ENDED = 'This change has ended. Ask the model again.';

/** Shows the changes that models propose as a comparison of the file with the text that it would have. */
export class ProposedChanges implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changes.event;
  private readonly disposables: vscode.Disposable[];

  constructor(
    private readonly files: WorkspacePaths,
    private readonly changeSets: ChangeSets,
  ) {
    changeSets.onChange(() => void this.refresh());
    this.disposables = [
      this.changes,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.textChanged(document)),
      vscode.commands.registerCommand('qide.acceptChange', (uri?: vscode.Uri) => this.decide(uri, 'accept')),
      vscode.commands.registerCommand('qide.rejectChange', (uri?: vscode.Uri) => this.decide(uri, 'reject')),
    ];
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const info = this.find(uri.query);
    if (info === undefined) return ENDED;
    const document = await vscode.workspace.openTextDocument(this.files.uriOf(info.path));
    return proposedText(document.getText(), info);
  }

  /** Shows a change; resolves to a sentence if it cannot. */
  async show(changeSet: string): Promise<string | null> {
    const info = this.find(changeSet);
    if (info === undefined) return ENDED;
    const file = this.files.uriOf(info.path);
    try {
      await vscode.workspace.fs.stat(file);
    } catch {
      return `${info.path} is not a file of this workspace. Create it, then show the change again.`;
    }
    const isOpen = partsIn(info, 'proposed').length > 0;
    if (isOpen) await vscode.commands.executeCommand('vscode.diff', file, uriOf(info), `${info.path}: change by ${info.agent}`);
    else await vscode.window.showTextDocument(file);
    return null;
  }

  /** Proposes code of an answer as a change of its file, and shows it; resolves to a sentence if it cannot. */
  async apply({ path, text }: AnswerCode): Promise<string | null> {
    const active = vscode.window.activeTextEditor;
    const activePath = active === undefined ? null : this.files.pathOf(active.document.uri);
    const wanted = path ?? activePath;
    if (wanted === null || wanted === '') return NO_EDITOR;
    let document: vscode.TextDocument;
    try {
      document = await vscode.workspace.openTextDocument(this.files.uriOf(wanted));
    } catch {
      return `${wanted} is not a file of this workspace. Create it, then show the change again.`;
    }
    const before = document.getText().replace(/\r\n?/g, '\n');
    const after = placed(before, text, placeIn(active?.document === document ? active.selection : null));
    if (after === before) return 'The file already has this code.';
    const info = await this.changeSets.propose({ path: wanted, before, after, agent: null });
    return typeof info === 'string' ? info : this.show(info.changeSet);
  }

  private async decide(uri: vscode.Uri | undefined, action: 'accept' | 'reject'): Promise<void> {
    const shown = uri?.scheme === SCHEME ? uri : shownChanges()[0]?.uri;
    const problem = shown === undefined ? 'Open the comparison of a proposed change first.' : await this.changeSets.decide(shown.query, [], action);
    if (problem !== null) void vscode.window.showWarningMessage(problem);
  }

  /** Updates the comparisons, and closes those whose change is decided. */
  private async refresh(): Promise<void> {
    for (const { tab, uri } of shownChanges()) {
      const info = this.find(uri.query);
      if (info !== undefined && partsIn(info, 'proposed').length > 0) this.changes.fire(uri);
      else await vscode.window.tabGroups.close(tab, true);
    }
  }

  private textChanged({ uri }: vscode.TextDocument): void {
    const path = this.files.pathOf(uri);
    if (path === null) return;
    for (const shown of shownChanges()) if (this.find(shown.uri.query)?.path === path) this.changes.fire(shown.uri);
  }

  private find(changeSet: string): ChangeSetInfo | undefined {
    return this.changeSets.all.find((info) => info.changeSet === changeSet);
  }
}

function uriOf({ path, changeSet }: ChangeSetInfo): vscode.Uri {
  // The path lets VS Code know the language.
  return vscode.Uri.from({ scheme: SCHEME, path: `/${path}`, query: changeSet });
}

/** The comparisons with proposed changes in this window. */
function shownChanges(): { readonly tab: vscode.Tab; readonly uri: vscode.Uri }[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.flatMap((tab) => (tab.input instanceof vscode.TabInputTextDiff && tab.input.modified.scheme === SCHEME ? [{ tab, uri: tab.input.modified }] : []));
}

function placeIn(selection: vscode.Selection | null): { readonly caretLine: number; readonly selection: { readonly start: number; readonly end: number } | null } {
  if (selection === null || selection.isEmpty) return { caretLine: selection?.active.line ?? 0, selection: null };
  const { start, end } = selection;
  return { caretLine: selection.active.line, selection: { start: start.line, end: end.line + (end.character === 0 ? 0 : 1) } };
}

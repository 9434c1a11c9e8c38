import { RequestError, type ChangeSetInfo, type DurableTransport, type ServerApi, type UsageList } from '@qide/client';
import * as vscode from 'vscode';
import { ChangeSets } from '../chat/change-sets.js';
import { EditorContext, type WorkspacePaths } from '../chat/editor-context.js';
import type { EditorCalls, FromChatView, ToChatView } from './chat-messages.js';
import { ProposedChanges } from './proposed-changes.js';
import { showScript } from './webview-page.js';

/** Requests whose result is a change set as it is now. */
const CHANGE_SET_REQUESTS: ReadonlySet<string> = new Set(['qide/changeSetDecide', 'qide/changeSetPropose']);
/** The requests that the view makes. */
const METHODS = /^qide\/(chat|conversation[A-Z]\w*|changeSet[A-Z]\w*)$/;
const CALLS: ReadonlySet<string> = new Set<keyof EditorCalls>(['showChange', 'usage', 'copy', 'insert', 'apply', 'openFile', 'chooseFiles', 'offers', 'read']);

/** What the chat needs of the workspace that this window shows. */
export interface ModelChatWorkspace {
  readonly extension: vscode.Uri;
  readonly server: ServerApi;
  readonly transport: DurableTransport;
  readonly files: WorkspacePaths;
  /** Whether the person may edit now. */
  readonly mayEdit: boolean;
}

/** The chat with models: a webview with the view of the browser IDE, and the changes that models propose. */
export class ModelChat implements vscode.WebviewViewProvider, vscode.Disposable {
  private readonly changeSets: ChangeSets;
  private readonly changes: ProposedChanges;
  private readonly calls: EditorCalls;
  private readonly disposables: vscode.Disposable[];
  /** The view whose script runs. Theia 1.74 first resolves one that it has disposed of, whose script never runs. */
  private view: vscode.WebviewView | null = null;
  /** Requests of the webview that wait for the server. */
  private readonly open = new Map<number, AbortController>();

  constructor(private readonly workspace: ModelChatWorkspace) {
    this.changeSets = new ChangeSets(workspace.transport);
    this.changes = new ProposedChanges(workspace.files, this.changeSets);
    this.calls = new DesktopChatHost(workspace, this.changes);
    this.changeSets.onChange((changed) => changed && this.changed(changed));
    const editorChanged = () => this.post({ event: 'editorChanged' });
    this.disposables = [
      this.changes,
      vscode.window.registerWebviewViewProvider('qide.chat', this, { webviewOptions: { retainContextWhenHidden: true } }),
      vscode.window.onDidChangeActiveTextEditor(editorChanged),
      vscode.window.onDidChangeTextEditorSelection(editorChanged),
      vscode.languages.onDidChangeDiagnostics(editorChanged),
      vscode.commands.registerCommand('qide.openChat', () => this.focus()),
    ];
    void vscode.commands.executeCommand('setContext', 'qide.mayChat', true);
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  /** Handles a notification of the server; returns whether it is the chat's. */
  receive(method: string, params: unknown): boolean {
    if (method === 'qide/changeSet') this.changeSets.received(params as ChangeSetInfo);
    else if (method === 'qide/chatDelta') this.post({ event: 'notification', method, params });
    else return false;
    return true;
  }

  /** The connection is initialized. */
  connected(): void {
    this.post({ event: 'connected' });
    if (this.workspace.mayEdit) void this.changeSets.connected();
  }

  /** This person may edit more or less than before. */
  accessChanged(): void {
    const { transport, mayEdit } = this.workspace;
    this.post({ event: 'access', mayEdit });
    if (mayEdit && transport.isReady) void this.changeSets.connected();
  }

  /** The connection is lost. */
  disconnected(): void {
    this.post({ event: 'disconnected' });
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    view.webview.onDidReceiveMessage((message: FromChatView) => {
      if (message.action === 'ready') this.view = view;
      void this.receiveMessage(message);
    });
    view.onDidDispose(() => {
      if (this.view !== view) return;
      this.view = null;
      for (const request of this.open.values()) request.abort();
    });
    showScript(view.webview, this.workspace.extension, 'chat', 'Chat');
  }

  private async focus(): Promise<void> {
    await vscode.commands.executeCommand('qide.chat.focus');
    this.post({ event: 'focus' });
  }

  private post(message: ToChatView): void {
    void this.view?.webview.postMessage(message);
  }

  private changed(info: ChangeSetInfo): void {
    this.post({ event: 'notification', method: 'qide/changeSet', params: info });
    const isNew = info.hunks.every(({ state }) => state === 'proposed');
    if (isNew && this.view?.visible !== true && !this.changeSets.isProposing) void this.announce(info);
  }

  private async announce({ changeSet, agent, path }: ChangeSetInfo): Promise<void> {
    const answer = await vscode.window.showInformationMessage(`${agent} proposes a change to ${path}.`, 'Show the Change');
    const problem = answer === undefined ? null : await this.changes.show(changeSet);
    if (problem !== null) void vscode.window.showInformationMessage(problem);
  }

  private async receiveMessage(message: FromChatView): Promise<void> {
    const { transport, mayEdit } = this.workspace;
    switch (message.action) {
      case 'ready':
        return this.post({ event: 'start', isReady: transport.isReady, mayEdit });
      case 'cancel':
        return this.open.get(message.id)?.abort();
      case 'request':
        return this.answer(message.id, () => this.request(message.id, message.method, message.params));
      case 'call':
        return this.answer(message.id, () => this.call(message.name, message.parameters));
    }
  }

  private async answer(id: number, run: () => Promise<unknown>): Promise<void> {
    try {
      this.post({ event: 'result', id, result: await run() });
    } catch (error) {
      const failure = error instanceof RequestError ? { code: error.code, data: error.data } : {};
      this.post({ event: 'failure', id, message: error instanceof Error ? error.message : String(error), ...failure });
    }
  }

  private async request(id: number, method: string, params: unknown): Promise<unknown> {
    if (!METHODS.test(method)) throw new Error(`The view requested ${method}, which is not the chat's.`);
    const stopping = new AbortController();
    this.open.set(id, stopping);
    try {
      const result = await this.workspace.transport.request(method, params, stopping.signal);
      // The server does not report a decision to the editor that made it.
      if (CHANGE_SET_REQUESTS.has(method)) this.changeSets.received(result as ChangeSetInfo);
      return result;
    } finally {
      this.open.delete(id);
    }
  }

  private async call(name: keyof EditorCalls, parameters: readonly unknown[]): Promise<unknown> {
    if (!CALLS.has(name)) throw new Error(`The view called ${name}, which does not exist.`);
    return (this.calls[name] as (...parameters: unknown[]) => Promise<unknown>).apply(this.calls, [...parameters]);
  }
}

/** What the webview may do in the editors of VS Code. */
class DesktopChatHost extends EditorContext implements EditorCalls {
  constructor(
    private readonly workspace: ModelChatWorkspace,
    private readonly changes: ProposedChanges,
  ) {
    super(workspace.files);
  }

  showChange(changeSet: string): Promise<string | null> {
    return this.changes.show(changeSet);
  }

  async usage(): Promise<UsageList> {
    return (await (await this.workspace.server.request('api/usage')).json()) as UsageList;
  }

  apply(code: Parameters<EditorCalls['apply']>[0]): Promise<string | null> {
    return this.changes.apply(code);
  }
}

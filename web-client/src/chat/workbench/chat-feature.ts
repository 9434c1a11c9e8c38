import { getService, INotificationService, IViewsService } from '@codingame/monaco-vscode-api';
import { Gesture } from '@codingame/monaco-vscode-api/vscode/vs/base/browser/touch';
import { Codicon } from '@codingame/monaco-vscode-api/vscode/vs/base/common/codicons';
import { KeyCode, KeyMod } from '@codingame/monaco-vscode-api/vscode/vs/base/common/keyCodes';
import Severity from '@codingame/monaco-vscode-api/vscode/vs/base/common/severity';
import { SyncDescriptor } from '@codingame/monaco-vscode-api/vscode/vs/platform/instantiation/common/descriptors';
import { registerCustomView, viewContainerRegistry, ViewContainerLocation, ViewPaneContainer } from '@codingame/monaco-vscode-workbench-service-override';
import type { ChangeSetInfo, ChatDeltaParams, DurableTransport } from '@qide/client';
import * as vscode from 'vscode';
import { isPhone } from '../../workbench/defaults.js';
import type { WorkspaceUris } from '../../workspace-uri.js';
import { ChangeSets } from 'qide-vscode/chat/change-sets.js';
import type { ChatView } from '../view/chat-view.js';
import { ChangeNotifications } from './change-notifications.js';
import type { Changes, RememberStep } from './changes.js';
import type { InlineEdit } from './inline-edit.js';

const VIEW = 'qide.chat';
const CONTAINER = 'workbench.view.qide-chat';

/** The chat of the page: a view in the secondary side bar, whose code is loaded when it is shown first. */
export class ChatFeature {
  private view: ChatView | null = null;
  private body: Promise<ChatView> | null = null;
  private inlineEdit: InlineEdit | null = null;
  private readonly changeSets: ChangeSets;
  private readonly notifications: ChangeNotifications;
  private loadedChanges: Promise<Changes> | null = null;

  constructor(
    private readonly transport: DurableTransport,
    private readonly uris: WorkspaceUris,
    /** The prefix of what this window remembers. */
    private readonly owner: string,
    /** Whether this person may edit now, so that models may propose changes. */
    private readonly mayEdit: () => boolean,
    private readonly remember: RememberStep,
  ) {
    this.changeSets = new ChangeSets(transport);
    this.notifications = new ChangeNotifications(this.changeSets);
    this.changeSets.onChange((changed) => this.changesReported(changed));
  }

  register(): void {
    const container = viewContainerRegistry.registerViewContainer(
      {
        id: CONTAINER,
        title: { value: 'Chat', original: 'Chat' },
        icon: Codicon.commentDiscussion,
        order: 10,
        ctorDescriptor: new SyncDescriptor(ViewPaneContainer as never, [CONTAINER, { mergeViewWithContainerWhenSingleView: true }]),
        openCommandActionDescriptor: { id: CONTAINER, keybindings: { primary: KeyMod.CtrlCmd | KeyMod.Alt | KeyCode.KeyI } },
      },
      // A phone shows one thing at a time, in the primary side bar.
      isPhone() ? ViewContainerLocation.Sidebar : ViewContainerLocation.AuxiliaryBar,
    );
    registerCustomView({ id: VIEW, name: 'Chat', viewContainer: container, location: ViewContainerLocation.AuxiliaryBar, renderBody: (body) => this.render(body) });
    const item = vscode.window.createStatusBarItem('chat', vscode.StatusBarAlignment.Right, 999);
    item.name = 'Chat';
    item.text = '$(comment-discussion) Chat';
    item.tooltip = 'Ask a model (Ctrl+Alt+I)';
    item.command = 'qide.openChat';
    item.show();
    vscode.commands.registerCommand('qide.openChat', () => this.open());
    vscode.commands.registerCommand('qide.inlineEdit', () => this.edit());
    void vscode.commands.executeCommand('setContext', 'qide.mayChat', true);
  }

  /** Handles a notification of the server; returns whether it is the chat's. */
  receive(method: string, params: unknown): boolean {
    if (method === 'qide/changeSet') {
      this.changeSets.received(params as ChangeSetInfo);
      return true;
    }
    if (method !== 'qide/chatDelta') return false;
    const delta = params as ChatDeltaParams;
    this.view?.received(delta);
    return true;
  }

  /** The connection is initialized. */
  connected(): void {
    void this.view?.connected();
    if (this.mayEdit()) void this.changeSets.connected();
  }

  /** This person may edit more or less than before. */
  accessChanged(): void {
    this.view?.accessChanged();
    if (this.mayEdit() && this.transport.isReady) void this.changeSets.connected();
  }

  /** The connection is lost. */
  disconnected(): void {
    this.view?.disconnected();
  }

  /** Shows the view with the caret in its field, or hides it if it has the focus. */
  async open(): Promise<void> {
    const views = await getService(IViewsService);
    await views.openView(VIEW, true);
    (await this.body)?.focus();
  }

  /** Opens the field that asks for a change at the caret. */
  private async edit(): Promise<void> {
    const [{ InlineEdit }, changes] = await Promise.all([import('./inline-edit.js'), this.changes()]);
    this.inlineEdit?.close();
    const file = await changes.active();
    if (typeof file === 'string') return void vscode.window.showInformationMessage(file);
    const closed = () => {
      this.inlineEdit = null;
    };
    this.inlineEdit = await InlineEdit.open(file, this.transport, changes, { model: () => this.memory().get('model'), closed });
  }

  private changes(): Promise<Changes> {
    this.loadedChanges ??= import('./changes.js').then(({ Changes }) => new Changes(this.uris, this.changeSets, this.remember));
    return this.loadedChanges;
  }

  /** A program may propose a change without the chat, for instance by the Model Context Protocol. */
  private changesReported(changed: ChangeSetInfo | null): void {
    if (this.changeSets.all.length > 0) void this.changes();
    const isNews = changed !== null && changed.hunks.every(({ state }) => state === 'proposed');
    if (isNews && this.body === null && !this.changeSets.isProposing) void this.announce(changed);
  }

  private async announce({ changeSet, agent, path }: ChangeSetInfo): Promise<void> {
    // The extension API cannot close a notification, so this uses the workbench’s service.
    const service = await getService(INotificationService);
    const choice = { label: 'Show the Change', run: () => void this.showChange(changeSet) };
    this.notifications.show(changeSet, () => service.prompt(Severity.Info, `${agent} proposes a change to ${path}.`, [choice]));
  }

  private async showChange(changeSet: string): Promise<void> {
    const problem = await (await this.changes()).show(changeSet);
    if (problem !== null) void vscode.window.showInformationMessage(problem);
  }

  private render(body: HTMLElement): { dispose(): void } {
    body.classList.add('qide-chat-body');
    this.body ??= this.load();
    const observer = new ResizeObserver(() => this.view?.layout());
    observer.observe(body);
    void this.body.then(({ element }) => body.append(element));
    // The workbench turns touches into gestures of its own and cancels their clicks.
    const touches = Gesture.ignoreTarget(body);
    return {
      dispose: () => {
        observer.disconnect();
        touches.dispose();
      },
    };
  }

  private async load(): Promise<ChatView> {
    const [{ ChatView }, { PageHost }, changes] = await Promise.all([import('../view/chat-view.js'), import('./page-host.js'), this.changes()]);
    const view = new ChatView(new PageHost(this.transport, this.uris, this.memory(), changes, this.changeSets, this.mayEdit));
    this.view = view;
    vscode.window.onDidChangeActiveTextEditor(() => view.editorChanged());
    vscode.window.onDidChangeTextEditorSelection(() => view.editorChanged());
    vscode.languages.onDidChangeDiagnostics(() => view.editorChanged());
    if (this.transport.isReady) void view.connected();
    return view;
  }

  /** Values of this window only: another one may show another conversation. */
  private memory() {
    const name = (key: string) => `qide.chat.${this.owner}.${key}`;
    return {
      get: (key: string) => sessionStorage.getItem(name(key)),
      set: (key: string, value: string | null) => (value === null ? sessionStorage.removeItem(name(key)) : sessionStorage.setItem(name(key), value)),
    };
  }
}

import type * as vscode from 'vscode';
import type { Host, ShownConversation, TeamChatView } from '../host.js';
import type { ViewMessage, ViewState } from './team-chat-messages.js';
import { showScript } from './webview-page.js';

/** The view of the team chat as a webview, whose script shows the same panel as the browser IDE. */
export class TeamChatWebview implements vscode.WebviewViewProvider {
  constructor(
    private readonly extension: vscode.Uri,
    private readonly host: Host,
    private readonly conversation: ShownConversation,
    private readonly shown: (view: TeamChatView) => { dispose(): void },
  ) {}

  resolveWebviewView(view: vscode.WebviewView): void {
    const { webview } = view;
    const update = () => void webview.postMessage(this.state());
    webview.onDidReceiveMessage((message: ViewMessage) => void this.receive(webview, message, update));
    const panel = this.shown({ update, focus: () => view.show(), dispose: () => this.conversation.show(false) });
    view.onDidChangeVisibility(() => !view.visible && this.conversation.show(false));
    view.onDidDispose(() => panel.dispose());
    showScript(webview, this.extension, 'team-chat', 'Team Chat');
  }

  private state(): ViewState {
    const { messages, drafts, hasEarlier, problem } = this.conversation;
    const { personId, isEditor, members } = this.host;
    return { messages, drafts, hasEarlier, problem, personId, isEditor, members: members.members.map(({ key, colour }) => ({ key, colour })) };
  }

  private async receive(webview: vscode.Webview, message: ViewMessage, update: () => void): Promise<void> {
    switch (message.action) {
      case 'ready':
        return update();
      case 'send':
        return this.conversation.send(message.text);
      case 'sendAgain':
        return this.conversation.sendAgain(message.draft);
      case 'discard':
        return this.conversation.discard(message.draft);
      case 'readEarlier':
        await this.conversation.readEarlier();
        return void webview.postMessage({ hasReadEarlier: true });
      case 'show':
        return this.conversation.show(message.isShown);
    }
  }
}

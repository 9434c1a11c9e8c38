import * as vscode from 'vscode';
import type { Host, ShownConversation, TeamChatView } from '../host.js';
import type { ViewMessage, ViewState } from './team-chat-messages.js';

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
    const folder = vscode.Uri.joinPath(this.extension, 'dist');
    webview.options = { enableScripts: true, localResourceRoots: [folder] };
    const update = () => void webview.postMessage(this.state());
    webview.onDidReceiveMessage((message: ViewMessage) => void this.receive(webview, message, update));
    const panel = this.shown({ update, focus: () => view.show(), dispose: () => this.conversation.show(false) });
    view.onDidChangeVisibility(() => !view.visible && this.conversation.show(false));
    view.onDidDispose(() => panel.dispose());
    const address = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    webview.html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource} 'unsafe-inline'; script-src ${webview.cspSource}">
<link rel="stylesheet" href="${address('team-chat.css')}">
<style>body { color-scheme: light } body.vscode-dark, body.vscode-high-contrast:not(.vscode-high-contrast-light) { color-scheme: dark }</style>
<title>Team Chat</title>
</head>
<body style="padding: 0; height: 100vh"><script type="module" src="${address('team-chat.js')}"></script></body>
</html>`;
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

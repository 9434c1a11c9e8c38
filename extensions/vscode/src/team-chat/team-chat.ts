import * as vscode from 'vscode';
import type { Host, TeamChatView } from '../host.js';
import { Conversation } from './conversation.js';

/** Starts the team chat: its view, and the number of unread messages in the status bar. */
export function startTeamChat(host: Host): void {
  const views = new Set<TeamChatView>();
  const item = vscode.window.createStatusBarItem('teamChat', vscode.StatusBarAlignment.Right, 999);
  item.name = 'Team chat';
  item.command = 'qide.openTeamChat';
  const conversation = new Conversation(host.teamChat, () => {
    for (const view of views) view.update();
    showUnread(item, conversation.unread(host.personId));
  });
  host.members.subscribe(() => views.forEach((view) => view.update()));
  host.provideTeamChatView(conversation, (view) => {
    views.add(view);
    return {
      dispose: () => {
        views.delete(view);
        view.dispose();
      },
    };
  });
  vscode.commands.registerCommand('qide.openTeamChat', async () => {
    await vscode.commands.executeCommand('qide.teamChat.focus');
    for (const view of views) view.focus();
  });
}

function showUnread(item: vscode.StatusBarItem, unread: number): void {
  if (unread === 0) return item.hide();
  item.text = `$(comment-discussion) ${unread}`;
  item.tooltip = unread === 1 ? 'A new message in the team chat' : `${unread} new messages in the team chat`;
  item.accessibilityInformation = { label: item.tooltip, role: 'button' };
  item.show();
}

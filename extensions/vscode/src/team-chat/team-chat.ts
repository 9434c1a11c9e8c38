import * as vscode from 'vscode';
import type { Host } from '../host.js';
import { Conversation } from './conversation.js';
import { TeamChatPanel } from './panel.js';

/** Starts the team chat: its view, and the number of unread messages in the status bar. */
export function startTeamChat(host: Host): void {
  const panels = new Set<TeamChatPanel>();
  const item = vscode.window.createStatusBarItem('teamChat', vscode.StatusBarAlignment.Right, 999);
  item.name = 'Team chat';
  item.command = 'qide.openTeamChat';
  const conversation = new Conversation(host.teamChat, () => {
    for (const panel of panels) panel.update();
    showUnread(item, conversation.unread(host.personId));
  });
  host.members.subscribe(() => panels.forEach((panel) => panel.update()));
  host.provideTeamChatView((container) => {
    const panel = new TeamChatPanel(container, conversation, host);
    panels.add(panel);
    return {
      dispose: () => {
        panels.delete(panel);
        panel.dispose();
      },
    };
  });
  vscode.commands.registerCommand('qide.openTeamChat', async () => {
    await vscode.commands.executeCommand('qide.teamChat.focus');
    for (const panel of panels) panel.focus();
  });
}

function showUnread(item: vscode.StatusBarItem, unread: number): void {
  if (unread === 0) return item.hide();
  item.text = `$(comment-discussion) ${unread}`;
  item.tooltip = unread === 1 ? 'A new message in the team chat' : `${unread} new messages in the team chat`;
  item.accessibilityInformation = { label: item.tooltip, role: 'button' };
  item.show();
}

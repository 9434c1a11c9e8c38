import * as vscode from 'vscode';
import type { Host } from './host.js';
import { MembersView } from './members/members-view.js';
import { SharesView } from './share/shares-view.js';
import { startTerminals, type TerminalCommands } from './terminal/terminals.js';
import { startTeamChat } from './team-chat/team-chat.js';

/**
 * Starts the features of this extension on a host; the host has registered what `package.json` contributes.
 *
 * @returns what the commands do that the host registers before there is a workspace
 */
export function startFeatures(host: Host): TerminalCommands {
  void vscode.commands.executeCommand('setContext', 'qide.mayShare', host.mayShare);
  new MembersView(host.members, (member, place) => host.jump(member, place));
  if (host.mayShare) new SharesView(host.workspace, host.shares);
  startTeamChat(host);
  return startTerminals(host);
}

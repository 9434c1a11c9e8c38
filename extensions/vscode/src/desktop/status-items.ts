import type { Connection } from '@qide/client';
import * as vscode from 'vscode';
import { CONNECTION_STATES } from '../connection-states.js';

/** The connection and the state of edits in the status bar. */
export class StatusItems {
  private readonly connectionItem = vscode.window.createStatusBarItem('connection', vscode.StatusBarAlignment.Left, 1001);
  private readonly editsItem = vscode.window.createStatusBarItem('edits', vscode.StatusBarAlignment.Left, 1000);

  constructor(
    private readonly connection: Connection,
    private readonly workspace: string,
    private readonly unacknowledged: () => number,
  ) {
    this.connectionItem.name = 'Q-IDE: connection';
    this.connectionItem.command = 'qide.showLog';
    this.editsItem.command = 'qide.showLog';
    this.editsItem.name = 'Q-IDE: state of edits';
    this.update();
  }

  update(): void {
    const { state } = this.connection;
    const { text, icon } = CONNECTION_STATES[state];
    this.connectionItem.text = `$(${icon}) ${this.workspace}: ${text}`;
    this.connectionItem.backgroundColor = state === 'open' || state === 'connecting' ? undefined : new vscode.ThemeColor('statusBarItem.warningBackground');
    this.connectionItem.tooltip = `The connection to the workspace ${this.workspace}. Click for the log.`;
    this.connectionItem.accessibilityInformation = { label: `Q-IDE, ${this.workspace}: ${text}`, role: 'button' };
    this.connectionItem.show();
    const count = this.unacknowledged();
    const edits = count === 1 ? '1 edit' : `${count} edits`;
    this.editsItem.text = count === 0 ? '$(check) Saved' : this.connection.isOpen ? '$(sync~spin) Saving…' : `$(cloud-offline) Offline: ${edits} kept here`;
    this.editsItem.tooltip = count === 0 ? 'The server has stored everything that you typed.' : `The server has not stored ${edits} yet. They are kept in this window: leave it open.`;
    this.editsItem.accessibilityInformation = { label: this.editsItem.tooltip, role: 'button' };
    this.editsItem.show();
  }

  dispose(): void {
    this.connectionItem.dispose();
    this.editsItem.dispose();
  }
}

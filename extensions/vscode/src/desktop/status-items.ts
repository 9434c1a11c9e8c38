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
    this.editsItem.name = 'Q-IDE: state of edits';
    this.update();
  }

  update(): void {
    const { state } = this.connection;
    const { text, icon } = CONNECTION_STATES[state];
    this.connectionItem.text = `$(${icon}) ${this.workspace}: ${text}`;
    this.connectionItem.backgroundColor = state === 'open' || state === 'connecting' ? undefined : new vscode.ThemeColor('statusBarItem.warningBackground');
    this.connectionItem.show();
    const count = this.unacknowledged();
    const edits = count === 1 ? '1 edit' : `${count} edits`;
    this.editsItem.text = count === 0 ? '$(check) Saved' : this.connection.isOpen ? '$(sync~spin) Saving…' : `$(cloud-offline) Offline: ${edits} kept here`;
    this.editsItem.show();
  }

  dispose(): void {
    this.connectionItem.dispose();
    this.editsItem.dispose();
  }
}

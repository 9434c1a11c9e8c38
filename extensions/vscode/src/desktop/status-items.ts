import type { Connection } from '@qide/client';
import * as vscode from 'vscode';
import { CONNECTION_STATES } from '../connection-states.js';

/** A file with edits that the server has not acknowledged as stored. */
export interface UnstoredFile {
  readonly shared: { readonly unacknowledged: number };
  /** Whether this person may not change it any more. */
  readonly isReadOnly: boolean;
}

/** The connection and the state of edits in the status bar. */
export class StatusItems {
  private readonly connectionItem = vscode.window.createStatusBarItem('connection', vscode.StatusBarAlignment.Left, 1001);
  private readonly editsItem = vscode.window.createStatusBarItem('edits', vscode.StatusBarAlignment.Left, 1000);

  constructor(
    private readonly connection: Connection,
    private readonly workspace: string,
    private readonly unstored: () => readonly UnstoredFile[],
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
    [this.editsItem.text, this.editsItem.tooltip] = this.saving();
    this.editsItem.accessibilityInformation = { label: this.editsItem.tooltip as string, role: 'button' };
    this.editsItem.show();
  }

  /** The text and the tooltip. */
  private saving(): [string, string] {
    const files = this.unstored();
    const count = files.reduce((sum, { shared }) => sum + shared.unacknowledged, 0);
    const edits = count === 1 ? '1 edit' : `${count} edits`;
    if (count === 0) return ['$(check) Saved', 'The server has stored everything that you typed.'];
    const kept = `The server has not stored ${edits} yet. They are kept in this window: leave it open.`;
    if (!this.connection.isOpen) return [`$(cloud-offline) Offline: ${edits} kept here`, kept];
    if (!files.some(({ isReadOnly }) => isReadOnly)) return ['$(sync~spin) Saving…', kept];
    return [`$(lock) Read only: ${edits} kept here`, `The server did not store ${edits}, since you may only read now. They are only in this window: copy what you need.`];
  }

  dispose(): void {
    this.connectionItem.dispose();
    this.editsItem.dispose();
  }
}

import type { Connection } from '@qide/client';
import { CONNECTION_STATES } from 'qide-vscode/connection-states.js';
import * as vscode from 'vscode';
import { SaveIndicator, type SaveReport, type SaveState } from '../text/save-indicator.js';
import type { SharedFile } from '../text/shared-file.js';
import type { SharedFiles } from '../text/shared-files.js';

const SAVING_ICONS: Readonly<Record<SaveState, string>> = {
  none: '',
  unshared: 'warning',
  'read-only': 'lock',
  saved: 'check',
  saving: 'sync~spin',
  slow: 'sync~spin',
  suspended: 'warning',
  offline: 'cloud-offline',
};

/** The connection and the state of edits in the status bar. */
export class StatusItems {
  private readonly connectionItem = vscode.window.createStatusBarItem('connection', vscode.StatusBarAlignment.Left, 1001);
  private readonly editsItem = vscode.window.createStatusBarItem('edits', vscode.StatusBarAlignment.Left, 1000);
  private readonly indicator = new SaveIndicator((report) => this.showSaving(report));
  /** Whether the server has reported that its database does not answer. */
  private isDatabaseDown = false;

  constructor(
    private readonly connection: Connection,
    private readonly files: SharedFiles,
    private readonly shown: () => SharedFile | null,
  ) {
    this.connectionItem.name = 'Connection';
    this.editsItem.name = 'State of edits';
    this.showConnection();
    this.update();
  }

  showConnection(): void {
    const { text, icon } = CONNECTION_STATES[this.connection.state];
    this.show(this.connectionItem, icon, text, this.connection.state !== 'open' && this.connection.state !== 'connecting');
    this.update();
  }

  databaseStatus(isDown: boolean): void {
    this.isDatabaseDown = isDown;
    this.update();
  }

  update(): void {
    const file = this.shown();
    this.indicator.update({
      isOnline: this.connection.isOpen,
      isDatabaseDown: this.isDatabaseDown || this.files.all().some(({ isSuspended }) => isSuspended),
      unacknowledged: this.files.unacknowledged,
      hasFile: file !== null,
      isReadOnly: file !== null && (file.state.isReadOnly || file.state.refusal !== null),
      isForbidden: this.files.all().some(({ state }) => state.isReadOnly && state.unacknowledged > 0),
      isUnshared: file?.isUnshared ?? false,
    });
  }

  private showSaving({ state, text }: SaveReport): void {
    if (text === '') return this.editsItem.hide();
    this.show(this.editsItem, SAVING_ICONS[state], text, state === 'offline' || state === 'suspended' || state === 'unshared');
  }

  private show(item: vscode.StatusBarItem, icon: string, text: string, isWarning: boolean): void {
    item.text = `$(${icon}) ${text}`;
    item.tooltip = text;
    item.backgroundColor = isWarning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.show();
  }
}

import * as vscode from 'vscode';
import type { MemberSource } from '../host.js';
import type { Member, Place } from './members.js';

/** Shows what another person looks at, until this person moves the caret, types or stops it. */
export class Follow {
  private readonly item = vscode.window.createStatusBarItem('follow', vscode.StatusBarAlignment.Right, 1001);
  private key: string | null = null;
  private isJumping = false;

  constructor(
    private readonly list: MemberSource,
    private readonly jump: (member: Member, place: Place) => Promise<void>,
  ) {
    this.item.name = 'Following';
    this.item.command = 'qide.stopFollowing';
    list.subscribe(() => void this.show());
    list.subscribeCarets(() => void this.show());
    vscode.window.onDidChangeTextEditorSelection(({ kind }) => {
      const isOwnMove = kind === vscode.TextEditorSelectionChangeKind.Keyboard || kind === vscode.TextEditorSelectionChangeKind.Mouse;
      if (isOwnMove) this.stop();
    });
  }

  start({ key, name }: Member): void {
    this.key = key;
    this.item.text = `$(eye) Following ${name}`;
    this.item.tooltip = `You see what ${name} looks at. Click, type or move the caret to stop.`;
    this.item.show();
    void vscode.commands.executeCommand('setContext', 'qide.isFollowing', true);
    void this.show();
  }

  stop(): void {
    if (this.key === null) return;
    this.key = null;
    this.item.hide();
    void vscode.commands.executeCommand('setContext', 'qide.isFollowing', false);
  }

  private async show(): Promise<void> {
    if (this.key === null || this.isJumping) return;
    const member = this.list.members.find(({ key }) => key === this.key);
    if (!member) return this.stop();
    const place = member.places[0];
    if (!place) return;
    this.isJumping = true;
    await this.jump(member, place).catch(() => {});
    this.isJumping = false;
  }
}

import * as vscode from 'vscode';
import type { MemberSource } from '../host.js';
import { ON_PERSON, PERSON_FILLS } from './fills.js';
import { Follow } from './follow.js';
import { initialsOf, type Member, type Place } from './members.js';

/** One row: a member in one file, or a member without a file. */
interface Row {
  readonly member: Member;
  readonly place: Place | null;
}

/** The view of the people in the workspace: their files, a jump to their carets, and following them. */
export class MembersView implements vscode.TreeDataProvider<Row> {
  private readonly changes = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  private readonly view: vscode.TreeView<Row>;
  private readonly item = vscode.window.createStatusBarItem('people', vscode.StatusBarAlignment.Right, 1000);
  private readonly follow: Follow;

  constructor(
    private readonly list: MemberSource,
    jump: (member: Member, place: Place) => Promise<void>,
  ) {
    this.follow = new Follow(list, jump);
    this.view = vscode.window.createTreeView('qide.members', { treeDataProvider: this });
    this.item.name = 'People';
    this.item.command = 'qide.members.focus';
    vscode.commands.registerCommand('qide.jumpToMember', (row: Row) => row.place && jump(row.member, row.place));
    vscode.commands.registerCommand('qide.followMember', (row?: Row) => this.followOne(row));
    vscode.commands.registerCommand('qide.stopFollowing', () => this.follow.stop());
    list.subscribe(() => this.changed());
    this.changed();
  }

  getChildren(row?: Row): Row[] {
    if (row) return [];
    return this.list.members.flatMap((member): Row[] => {
      const places = member.places.map((place) => ({ member, place }));
      return member.isSelf || places.length === 0 ? [{ member, place: null }, ...places] : places;
    });
  }

  getTreeItem({ member, place }: Row): vscode.TreeItem {
    const item = new vscode.TreeItem(member.name);
    const note = member.isSelf ? (place === null ? 'you' : 'you, in another window') : '';
    item.id = `${member.key} ${place?.path ?? ''} ${place?.client ?? ''}`;
    item.description = [note, place?.path ?? ''].filter((part) => part !== '').join(' · ');
    item.iconPath = avatar(member);
    item.contextValue = member.isSelf ? 'self' : 'member';
    item.tooltip = place === null ? member.name : `${member.name} in ${place.path}`;
    item.accessibilityInformation = { label: `${member.name}, ${item.description}` };
    if (place !== null) item.command = { command: 'qide.jumpToMember', title: 'Go to Their Caret', arguments: [{ member, place }] };
    return item;
  }

  private changed(): void {
    const others = this.list.members.filter(({ isSelf }) => !isSelf);
    this.item.text = `$(organization) ${this.list.members.length}`;
    this.item.tooltip = others.length === 0 ? 'Only you are here' : `Here: you, ${others.map(({ name }) => name).join(', ')}`;
    this.item.accessibilityInformation = { label: this.item.tooltip, role: 'button' };
    this.item.show();
    this.view.badge = others.length === 0 ? undefined : { value: others.length, tooltip: this.item.tooltip };
    this.changes.fire(undefined);
  }

  private async followOne(row?: Row): Promise<void> {
    const others = this.list.members.filter(({ isSelf }) => !isSelf);
    const member = row?.member ?? (await vscode.window.showQuickPick(others.map((one) => ({ label: one.name, member: one })), { title: 'Follow' }))?.member;
    if (member) this.follow.start(member);
  }
}

/** A disc with the initials and the colour of a member. */
function avatar({ name, colour }: Member): { light: vscode.Uri; dark: vscode.Uri } {
  const disc = (fill: string, text: string) =>
    vscode.Uri.parse(
      `data:image/svg+xml;utf8,${encodeURIComponent(
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="${fill}"/><text x="8" y="11" font-family="sans-serif" font-size="7.5" font-weight="600" text-anchor="middle" fill="${text}">${initialsOf(name)}</text></svg>`,
      )}`,
    );
  const [light, dark] = PERSON_FILLS[colour]!;
  return { light: disc(light, ON_PERSON.light), dark: disc(dark, ON_PERSON.dark) };
}

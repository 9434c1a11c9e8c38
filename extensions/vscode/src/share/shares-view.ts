import type { ShareListRole, ShareListShare, WorkspaceShares } from '@qide/client';
import * as vscode from 'vscode';

/** The days that a link may be valid, at most 90; the second is what the server takes without a choice. */
const DAYS = [1, 7, 30, 90] as const;
const USUAL_DAYS = 7;
/** The most characters of a guest's name. */
const NAME_CHARACTERS = 60;

const ROLES: Readonly<Record<ShareListRole, string>> = { edit: 'can edit', view: 'can view' };

/** The view of the valid links for guests: make, copy, list and revoke them. */
export class SharesView implements vscode.TreeDataProvider<ShareListShare> {
  private readonly changes = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changes.event;

  constructor(
    private readonly workspace: string,
    private readonly shares: WorkspaceShares,
  ) {
    const view = vscode.window.createTreeView('qide.shares', { treeDataProvider: this });
    // Links end, and other owners make them: the list is read again whenever it is shown.
    view.onDidChangeVisibility(({ visible }) => visible && this.refresh());
    const register = (command: string, run: (share: ShareListShare) => Promise<void>) =>
      vscode.commands.registerCommand(command, (share: ShareListShare) => run(share).catch(showError));
    register('qide.share', () => this.share());
    register('qide.revokeShare', (share) => this.revoke(share));
    register('qide.refreshShares', async () => this.refresh());
  }

  async getChildren(share?: ShareListShare): Promise<ShareListShare[]> {
    return share ? [] : [...(await this.shares.list()).shares];
  }

  getTreeItem({ id, name, role, expiresAt }: ShareListShare): vscode.TreeItem {
    const item = new vscode.TreeItem(name);
    item.id = id;
    item.description = `${ROLES[role]} until ${dateOf(expiresAt)}`;
    item.iconPath = new vscode.ThemeIcon(role === 'edit' ? 'edit' : 'eye');
    item.tooltip = `${name} ${item.description}`;
    item.accessibilityInformation = { label: `${name}, ${item.description}` };
    return item;
  }

  private refresh(): void {
    this.changes.fire(undefined);
  }

  /** Asks for role, time and name, makes a link, and shows it: the server never answers it again. */
  private async share(): Promise<void> {
    const title = `Share ${this.workspace}`;
    const roles = [
      { label: '$(edit) Can edit', detail: 'Changes files with you and runs language features.', role: 'edit' as const },
      { label: '$(eye) Can view', detail: 'Reads files and watches others.', role: 'view' as const },
    ];
    const chosen = await vscode.window.showQuickPick(roles, { title, placeHolder: 'What the guest may do' });
    if (!chosen) return;
    const times = DAYS.map((days) => ({ label: days === 1 ? '1 day' : `${days} days`, description: days === USUAL_DAYS ? 'usual' : '', days }));
    const time = await vscode.window.showQuickPick(times, { title, placeHolder: 'How long the link is valid' });
    if (!time) return;
    const name = await vscode.window.showInputBox({
      title,
      prompt: 'The name of the guest, as others see it. If empty, the server chooses a name. Create a separate link for each guest.',
      ignoreFocusOut: true,
      validateInput: (value) => ([...value].length > NAME_CHARACTERS ? `A name has at most ${NAME_CHARACTERS} characters.` : null),
    });
    if (name === undefined) return;
    const wanted = { role: chosen.role, expiresInDays: time.days };
    const { share, link } = await this.shares.create(name.trim() === '' ? wanted : { ...wanted, name: name.trim() });
    this.refresh();
    await this.showLink(share, this.shares.addressOf(link));
  }

  private async showLink({ name, role, expiresAt }: ShareListShare, address: string): Promise<void> {
    const entered = await vscode.window.showInputBox({
      title: `Link for ${name}`,
      prompt: `Whoever has this link ${ROLES[role]} ${this.workspace} until ${dateOf(expiresAt)}. Enter copies it. It is shown only now.`,
      value: address,
      ignoreFocusOut: true,
    });
    if (entered === undefined) return;
    await vscode.env.clipboard.writeText(address);
    vscode.window.setStatusBarMessage(`The link for ${name} is in the clipboard.`, 8_000);
  }

  private async revoke({ id, name }: ShareListShare): Promise<void> {
    const detail = 'The link becomes invalid within a second, also for people who are using it now.';
    if ((await vscode.window.showWarningMessage(`Revoke the link of ${name}?`, { modal: true, detail }, 'Revoke It')) === undefined) return;
    try {
      await this.shares.revoke(id);
    } finally {
      this.refresh();
    }
  }
}

function dateOf(iso: string): string {
  return new Date(iso).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
}

function showError(error: unknown): void {
  void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
}

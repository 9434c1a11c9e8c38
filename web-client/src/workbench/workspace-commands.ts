import { ApiError, isOwner, type Me, type WorkspaceList } from '@qide/client';
import * as vscode from 'vscode';
import { addressOf, createWorkspace, deleteWorkspace, templates, trust } from '../api.js';
import { chooseFiles } from '../files/choose-files.js';
import { mayTrust, trustedByCommandLine, workspaceRefusal } from '../refusals.js';

/** Registers the commands that switch, create, delete and trust workspaces. */
export function registerWorkspaceCommands(person: Me, mayEdit: boolean, list: WorkspaceList, shown: string): void {
  const present = list.workspaces.find(({ name }) => name === shown);
  const context = (key: string, value: boolean) => void vscode.commands.executeCommand('setContext', key, value);
  context('qide.isEditor', mayEdit);
  context('qide.isOwner', isOwner(person));
  context('qide.isManaged', present?.managed ?? false);
  // Where the sandbox holds, trust has no effect.
  context('qide.mayTrust', mayTrust(person) && !list.sandboxed);
  const register = (command: string, run: () => Promise<void>) =>
    vscode.commands.registerCommand(command, () => run().catch((error: unknown) => vscode.window.showErrorMessage(sentenceOf(error, shown))));
  context('qide.mayAudit', isOwner(person) && person.scopes.includes('admin'));
  register('qide.openAccount', async () => void window.open(addressOf('?page=account'), '_blank', 'noopener'));
  register('qide.openAudit', async () => void window.open(addressOf('?page=audit'), '_blank', 'noopener'));
  register('qide.switchWorkspace', () => switchWorkspace(list, shown, isOwner(person)));
  register('qide.newWorkspace', newWorkspace);
  register('qide.deleteWorkspace', () => removeWorkspace(shown));
  register('qide.trustWorkspace', () => trustWorkspace(shown));
  register('qide.withdrawTrust', async () => {
    if (present?.trustedAtStart) throw new Error(trustedByCommandLine(shown));
    await trust(shown, false);
    location.reload();
  });
}

async function switchWorkspace({ workspaces }: WorkspaceList, shown: string, mayCreate: boolean): Promise<void> {
  const items: (vscode.QuickPickItem & { readonly run: () => void })[] = workspaces.map(({ name }) => ({
    label: name,
    description: name === shown ? 'open here' : '',
    run: () => name !== shown && go(name),
  }));
  if (mayCreate) items.push({ label: '$(add) New Workspace…', alwaysShow: true, run: () => void vscode.commands.executeCommand('qide.newWorkspace') });
  (await vscode.window.showQuickPick(items, { title: 'Workspaces', placeHolder: 'Open a workspace' }))?.run();
}

async function newWorkspace(): Promise<void> {
  const known = await templates().then(
    ({ templates: all }) => all,
    () => [],
  );
  type Content = vscode.QuickPickItem & { readonly content: () => Promise<string | Blob | null | undefined> };
  const contents: Content[] = [
    { label: 'Nothing', description: 'an empty workspace', content: async () => null },
    ...known.map(({ name, about }) => ({ label: name, description: about, content: async () => name })),
    { label: 'A zip file from this computer', content: async () => (await chooseFiles({ accept: '.zip,application/zip' }))[0] },
  ];
  const chosen = await vscode.window.showQuickPick(contents, { title: 'New Workspace', placeHolder: 'Start from' });
  const content = await chosen?.content();
  if (chosen === undefined || content === undefined) return;
  await createNamed(content);
}

/** Asks for the name until the server takes it or the person gives up. */
async function createNamed(content: string | Blob | null): Promise<void> {
  for (let name = '', prompt = 'The name of the new workspace'; ; ) {
    const entered = await vscode.window.showInputBox({ title: 'New Workspace', prompt, value: name, ignoreFocusOut: true });
    if (entered === undefined || entered.trim() === '') return;
    name = entered.trim();
    try {
      const { skipped } = await createWorkspace(name, content);
      if (skipped.length > 0) await vscode.window.showInformationMessage('Left out because of the ignore list', { modal: true, detail: skipped.join('\n') });
      return go(name);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      prompt = workspaceRefusal(error, name);
    }
  }
}

async function removeWorkspace(name: string): Promise<void> {
  const entered = await vscode.window.showInputBox({
    title: `Delete the workspace ${name}?`,
    prompt: `All files of ${name} will be deleted, for everybody. This cannot be undone. Type its name, ${name}, to continue.`,
    ignoreFocusOut: true,
    validateInput: (value) => (value === name ? null : `Type ${name} to delete it.`),
  });
  if (entered !== name) return;
  await deleteWorkspace(name);
  location.assign(addressOf(''));
}

async function trustWorkspace(name: string): Promise<void> {
  const detail =
    'The language server sandbox does not work on this machine. In a workspace that you trust, language servers start anyway and may run the project’s own code with the rights of the server. Trust only code that you would run yourself.';
  if ((await vscode.window.showWarningMessage(`Trust ${name}?`, { modal: true, detail }, 'Trust It')) === undefined) return;
  await trust(name, true);
  location.reload();
}

function sentenceOf(error: unknown, name: string): string {
  if (error instanceof ApiError) return workspaceRefusal(error, name);
  return error instanceof Error ? error.message : String(error);
}

function go(name: string): void {
  location.assign(addressOf(`?workspace=${encodeURIComponent(name)}`));
}

import { ApiError, type FilesApi } from './api.js';
import { ask } from './dialog.js';
import { openMenu, type MenuItem } from './menu.js';
import { nameOf, parentOf, trimmed } from './paths.js';
import { treeRefusal } from './refusals.js';
import type { StatusBar } from './status-bar.js';
import type { Tabs } from './tabs.js';
import type { Transfers } from './transfers.js';
import type { FileTree, TreeNode } from './tree.js';

/** The parts of the page that work on files uses. */
export interface FileActionsParts {
  readonly api: FilesApi;
  readonly tree: FileTree;
  readonly tabs: Tabs;
  readonly status: StatusBar;
  readonly transfers: Transfers;
  /** Reads the list of files again. */
  refresh(): Promise<void>;
}

/** The actions on files and folders: create, rename, delete, and the menus that offer them. */
export class FileActions {
  constructor(
    private readonly parts: FileActionsParts,
    private readonly isEditor: boolean,
  ) {
    const { tree, transfers } = parts;
    tree.onMenu = (node, at) => openMenu(`Actions for ${node.path}`, this.itemsOf(node), at);
    tree.onKey = (node, key) => this.key(node, key);
    tree.onDropped = isEditor ? (folder, data) => transfers.dropped(folder, data) : null;
  }

  /** The menu of the workspace, below a button. */
  openMenu(button: HTMLElement): void {
    const { transfers, refresh } = this.parts;
    const changing: MenuItem[] = [
      { label: 'New file …', run: () => this.newFile('') },
      { label: 'New folder …', run: () => this.newFolder('') },
      { label: 'Upload files …', run: () => transfers.pickFiles('') },
      { label: 'Merge a zip file …', run: () => transfers.pickZip() },
    ];
    openMenu(
      'Files of the workspace',
      [
        ...(this.isEditor ? changing : []),
        { label: 'Download all as zip', run: () => void transfers.downloadAll() },
        { label: 'Refresh the list', run: () => void refresh() },
      ],
      button,
    );
  }

  private itemsOf(node: TreeNode): MenuItem[] {
    const { transfers } = this.parts;
    const { path } = node;
    const rename = { label: 'Rename or move …', key: 'F2', run: () => this.rename(node) };
    const remove = { label: 'Delete …', key: 'Delete', isDanger: true, run: () => this.remove(node) };
    if (node.kind === 'file') {
      const download = { label: 'Download', run: () => void transfers.download(path) };
      return this.isEditor ? [download, rename, remove] : [download];
    }
    if (!this.isEditor) return [{ label: 'Only editors can change this folder', run: () => {} }];
    return [
      { label: 'New file here …', run: () => this.newFile(path) },
      { label: 'New folder here …', run: () => this.newFolder(path) },
      { label: 'Upload files here …', run: () => transfers.pickFiles(path) },
      rename,
      remove,
    ];
  }

  private key(node: TreeNode, key: 'F2' | 'Delete'): void {
    if (!this.isEditor) this.parts.status.say('Only editors can change files. Ask the owner for the role.', true);
    else if (key === 'F2') this.rename(node);
    else this.remove(node);
  }

  /** Asks for the path of a new file; its folders are created too. */
  newFile(folder: string): void {
    const { api, tabs } = this.parts;
    this.askForPath('New file', folder === '' ? '' : `${folder}/`, null, 'Create file', async (path) => {
      try {
        await api.create(path, '');
      } catch (error) {
        // The file is created only if the path is free, so a failed precondition means that it is taken.
        if (error instanceof ApiError && error.failure === 'precondition-failed') throw new ApiError('file-exists', 409, error.message, { path });
        throw error;
      }
      await this.parts.refresh();
      void tabs.open(path);
    });
  }

  private newFolder(folder: string): void {
    const { api, tree } = this.parts;
    this.askForPath('New folder', folder === '' ? '' : `${folder}/`, null, 'Create folder', async (path) => {
      await api.createFolder(path);
      await this.parts.refresh();
      tree.reveal(path);
    });
  }

  private rename({ path }: TreeNode): void {
    const { api, tree, status } = this.parts;
    const start = path.length - nameOf(path).length;
    const dot = path.lastIndexOf('.');
    const selected = [start, dot > start ? dot : path.length] as const;
    this.askForPath(`Rename ${nameOf(path)}`, path, selected, 'Rename', async (target) => {
      if (target === path) return;
      await api.move(path, target);
      await this.parts.refresh();
      tree.reveal(target);
      status.say(`${path} is now ${target}`);
    });
  }

  private askForPath(title: string, value: string, selected: readonly [number, number] | null, confirm: string, work: (path: string) => Promise<unknown>): void {
    let entered = '';
    void ask(
      {
        title,
        field: { label: 'Path in the workspace', value, selected: selected ?? [value.length, value.length] },
        confirm,
      },
      (typed) => {
        entered = trimmed(typed);
        return work(entered);
      },
      (error) => treeRefusal(error, entered),
    );
  }

  private remove(node: TreeNode): void {
    const { path } = node;
    const unsaved = this.parts.tabs.under(path).find(({ state }) => state.unacknowledged > 0);
    if (unsaved) return this.parts.status.say(`${unsaved.name} has edits that are not yet saved: delete it when they are.`, true);
    const copy = this.parts.tabs.under(path).find(({ state }) => state.conflictCopy !== null);
    if (copy) return this.parts.status.say(`${copy.name} holds text of yours that is nowhere else: keep it as a copy or discard it first.`, true);
    const refused = (error: ApiError) => treeRefusal(error, path);
    if (node.kind === 'folder') {
      const files = node.files === 0 ? 'and everything in it' : `and the ${node.files === 1 ? 'file' : `${node.files} files`} in it`;
      const body = [`The folder ${path} ${files} will be deleted, for everybody.`];
      void ask({ title: `Delete ${nameOf(path)}?`, body, confirm: 'Delete the folder', isDanger: true }, () => this.removed(path, () => this.parts.api.deleteFolder(path)), refused);
      return;
    }
    // Only the version that existed when the dialog opened is deleted.
    const version = versionOf(this.parts.api, path);
    version.catch(() => {});
    void ask(
      { title: `Delete ${nameOf(path)}?`, body: [`The file ${path} will be deleted, for everybody.`], confirm: 'Delete the file', isDanger: true },
      () => this.removed(path, async () => this.parts.api.deleteFile(path, await version)),
      refused,
    );
  }

  private async removed(path: string, work: () => Promise<void>): Promise<void> {
    const { tabs, tree, status, refresh } = this.parts;
    await work();
    tabs.closeUnder(path);
    await refresh();
    tree.focusNear(parentOf(path));
    status.say(`${path} was deleted`);
  }
}

/** The ETag of a file; null for a file that is too large to have one. */
async function versionOf(api: FilesApi, path: string): Promise<string | null> {
  try {
    return await api.version(path);
  } catch (error) {
    if (error instanceof ApiError && error.failure === 'file-too-large') return null;
    throw error;
  }
}

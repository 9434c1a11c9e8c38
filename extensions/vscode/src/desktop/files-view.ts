import * as vscode from 'vscode';

/** Changes that arrive within this time redraw the tree once. */
const REDRAW_MILLISECONDS = 100;

/** The part of a workspace's file system that the tree needs. */
export interface Folders {
  readonly onDidChangeFile: vscode.Event<vscode.FileChangeEvent[]>;
  uriOf(path: string): vscode.Uri;
  readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]>;
}

interface Node {
  readonly uri: vscode.Uri;
  readonly name: string;
  readonly type: vscode.FileType;
}

/** The files of a workspace as a tree, for editors whose explorer shows only local folders. */
export class FilesView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly redraw = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.redraw.event;
  private readonly disposables: vscode.Disposable[];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly folders: Folders) {
    void vscode.commands.executeCommand('setContext', 'qide.showsFiles', true);
    this.disposables = [
      this.redraw,
      vscode.window.registerTreeDataProvider('qide.files', this),
      folders.onDidChangeFile((events) => {
        if (events.some(({ type }) => type !== vscode.FileChangeType.Changed)) this.timer ??= setTimeout(() => this.drawAgain(), REDRAW_MILLISECONDS);
      }),
    ];
  }

  async getChildren(parent?: Node): Promise<Node[]> {
    const folder = parent?.uri ?? this.folders.uriOf('');
    const entries = await this.folders.readDirectory(folder);
    return entries
      .map(([name, type]) => ({ name, type, uri: folder.with({ path: `${folder.path}/${name}` }) }))
      .sort((one, other) => Number(isFolder(other)) - Number(isFolder(one)) || one.name.localeCompare(other.name));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(node.name, isFolder(node) ? Collapsed : None);
    item.id = node.uri.toString();
    item.resourceUri = node.uri;
    item.iconPath = isFolder(node) ? vscode.ThemeIcon.Folder : vscode.ThemeIcon.File;
    if (!isFolder(node)) item.command = { command: 'vscode.open', title: 'Open', arguments: [node.uri] };
    return item;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) disposable.dispose();
  }

  private drawAgain(): void {
    this.timer = undefined;
    this.redraw.fire(undefined);
  }
}

function isFolder({ type }: Node): boolean {
  return (type & vscode.FileType.Directory) !== 0;
}

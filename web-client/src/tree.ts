import type { FileListEntry } from '@qide/client';
import { h, icon, iconButton } from './dom.js';
import { nameOf, parentOf } from './paths.js';

interface Folder {
  readonly path: string;
  readonly folders: Map<string, Folder>;
  readonly files: FileListEntry[];
}

/** A file or a folder in the tree. */
export interface TreeNode {
  readonly path: string;
  readonly kind: 'file' | 'folder';
  /** The number of listed files in a folder; 0 for a file. */
  readonly files: number;
}

const INDENT_PIXELS = 14;

/** The file tree; its keys follow the ARIA Authoring Practices for trees. */
export class FileTree {
  readonly element = h('div', {
    class: 'tree',
    role: 'tree',
    'aria-label': 'Files',
    onkeydown: (event) => this.key(event),
    oncontextmenu: (event) => this.contextMenu(event),
    ondragover: (event) => this.draggedOver(event),
    ondragleave: () => this.showTarget(null),
    ondrop: (event) => this.drop(event),
  });
  onOpen: (path: string) => void = () => {};
  /** The person opened the menu of a row, at a position in the window or at its button. */
  onMenu: (node: TreeNode, at: { x: number; y: number } | HTMLElement) => void = () => {};
  onKey: (node: TreeNode, key: 'F2' | 'Delete') => void = () => {};
  /** Called when files of this computer are dropped on a folder; null if that is not allowed. */
  onDropped: ((folder: string, data: DataTransfer) => void) | null = null;
  private root = folder('');
  private readonly unfolded = new Set<string>(['']);
  private paths: ReadonlyMap<string, FileListEntry['kind']> = new Map();
  private selected: string | null = null;
  /** The folder that something is being dragged over. */
  private target: string | null = null;

  show(entries: readonly FileListEntry[]): void {
    this.root = folder('');
    this.paths = new Map(entries.map(({ path, kind }) => [path, kind]));
    for (const entry of entries) this.add(entry);
    // A workspace with a single folder in its root would look empty with that folder collapsed.
    if (this.root.files.length === 0 && this.root.folders.size === 1) {
      for (const only of this.root.folders.values()) this.unfolded.add(only.path);
    }
    this.draw();
  }

  /** Whether the list has this file. */
  has(path: string): boolean {
    return this.paths.has(path);
  }

  /** Selects the shown file and expands the folders above it. */
  select(path: string | null): void {
    this.selected = path;
    if (path !== null) {
      const parts = path.split('/').slice(0, -1);
      parts.forEach((_, index) => this.unfolded.add(parts.slice(0, index + 1).join('/')));
    }
    this.draw();
  }

  /** Expands the folders above a row and focuses the row. */
  reveal(path: string): void {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => this.unfolded.add(parts.slice(0, index + 1).join('/')));
    this.draw();
    this.focusNear(path);
  }

  /** Focuses a row, or the first row if there is none at this path, so that the focus stays in the tree. */
  focusNear(path: string): void {
    const rows = [...this.element.querySelectorAll<HTMLElement>('.row')];
    const row = rows.find((one) => one.dataset['path'] === path) ?? rows[0];
    row?.scrollIntoView({ block: 'nearest' });
    row?.focus();
  }

  private add(entry: FileListEntry): void {
    const parts = entry.path.split('/');
    let at = this.root;
    const depth = entry.kind === 'folder' ? parts.length : parts.length - 1;
    for (let index = 0; index < depth; index += 1) {
      const name = parts[index]!;
      let next = at.folders.get(name);
      if (!next) at.folders.set(name, (next = folder(parts.slice(0, index + 1).join('/'))));
      at = next;
    }
    if (entry.kind === 'file') at.files.push(entry);
  }

  private draw(): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset['path'];
    const rows = this.rows(this.root, 1);
    this.element.replaceChildren(...rows);
    if (rows.length === 0) this.element.append(h('p', { class: 'hint' }, 'This workspace has no files yet. Create the first one with the plus button above, or drop files here.'));
    this.showTarget(this.target);
    const tabbable = rows.find((row) => row.dataset['path'] === this.selected) ?? rows[0];
    if (tabbable) tabbable.tabIndex = 0;
    if (focused !== undefined) rows.find((row) => row.dataset['path'] === focused)?.focus();
  }

  private rows(at: Folder, level: number): HTMLElement[] {
    const folders = [...at.folders.values()].sort((one, other) => one.path.localeCompare(other.path));
    const files = [...at.files].sort((one, other) => one.path.localeCompare(other.path));
    return [
      ...folders.flatMap((inner) => {
        const isUnfolded = this.unfolded.has(inner.path);
        const row = this.row(inner.path, level, 'folder', () => this.toggle(inner.path));
        row.setAttribute('aria-expanded', String(isUnfolded));
        return isUnfolded ? [row, ...this.rows(inner, level + 1)] : [row];
      }),
      ...files.map((file) => {
        const row = this.row(file.path, level, 'file', () => this.onOpen(file.path));
        if (file.ignored) {
          row.classList.add('ignored');
          row.title = `${file.path}: on the ignore list, not shared`;
        }
        return row;
      }),
    ];
  }

  private row(path: string, level: number, kind: 'file' | 'folder', onclick: () => void): HTMLElement {
    const row = h(
      'div',
      {
        class: `row ${kind}`,
        role: 'treeitem',
        'aria-level': String(level),
        'aria-selected': String(path === this.selected),
        'data-path': path,
        tabindex: '-1',
        title: path,
        onclick,
      },
      icon(kind === 'folder' ? 'chevron' : 'file'),
      h('span', { class: 'label' }, nameOf(path)),
      this.rowButton(path),
    );
    row.style.paddingLeft = `${8 + (level - 1) * INDENT_PIXELS}px`;
    return row;
  }

  /** For mouse and touch; the keyboard has F2, Delete and the menu key. */
  private rowButton(path: string): HTMLButtonElement {
    const button = iconButton('more', `Actions for ${path}`, () => {});
    button.tabIndex = -1;
    button.addEventListener('click', (event) => {
      event.stopPropagation();
      const node = this.nodeOf(button);
      if (node) this.onMenu(node, button);
    });
    return button;
  }

  private nodeOf(element: EventTarget | null): TreeNode | null {
    const row = (element as HTMLElement | null)?.closest<HTMLElement>('.row');
    const path = row?.dataset['path'];
    if (!row || path === undefined) return null;
    const isFolder = row.classList.contains('folder');
    const files = isFolder ? [...this.paths].filter(([one, kind]) => kind === 'file' && one.startsWith(`${path}/`)).length : 0;
    return { path, kind: isFolder ? 'folder' : 'file', files };
  }

  private contextMenu(event: MouseEvent): void {
    const node = this.nodeOf(event.target);
    if (!node) return;
    event.preventDefault();
    const row = (event.target as HTMLElement).closest<HTMLElement>('.row')!;
    // The menu key has no pointer position.
    this.onMenu(node, event.button === 2 ? { x: event.clientX, y: event.clientY } : row);
  }

  private draggedOver(event: DragEvent): void {
    if (this.onDropped === null || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.showTarget(this.folderAt(event));
  }

  private drop(event: DragEvent): void {
    if (this.onDropped === null || !event.dataTransfer) return;
    event.preventDefault();
    const folder = this.folderAt(event);
    this.showTarget(null);
    this.onDropped(folder, event.dataTransfer);
  }

  /** The target folder of a drop: the row's folder, or the folder of the row's file. */
  private folderAt(event: DragEvent): string {
    const node = this.nodeOf(event.target);
    if (!node) return '';
    return node.kind === 'folder' ? node.path : parentOf(node.path);
  }

  private showTarget(folder: string | null): void {
    this.target = folder;
    this.element.classList.toggle('target', folder === '');
    for (const row of this.element.querySelectorAll<HTMLElement>('.row.folder')) row.classList.toggle('target', row.dataset['path'] === folder);
  }

  private toggle(path: string): void {
    if (!this.unfolded.delete(path)) this.unfolded.add(path);
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const rows = [...this.element.querySelectorAll<HTMLElement>('.row')];
    const at = rows.indexOf(event.target as HTMLElement);
    const row = rows[at];
    if (!row) return;
    const expanded = row.getAttribute('aria-expanded');
    const go = (to: HTMLElement | undefined) => to?.focus();
    switch (event.key) {
      case 'ArrowDown':
        go(rows[at + 1]);
        break;
      case 'ArrowUp':
        go(rows[at - 1]);
        break;
      case 'ArrowRight':
        if (expanded === 'false') row.click();
        else go(rows[at + 1]);
        break;
      case 'ArrowLeft':
        if (expanded === 'true') row.click();
        else go(rows.find((other) => other.dataset['path'] === parentOf(row.dataset['path']!)));
        break;
      case 'F2':
      case 'Delete':
        this.onKey(this.nodeOf(row)!, event.key);
        break;
      case 'Enter':
      case ' ':
        row.click();
        break;
      default:
        return;
    }
    event.preventDefault();
  }
}

function folder(path: string): Folder {
  return { path, folders: new Map(), files: [] };
}

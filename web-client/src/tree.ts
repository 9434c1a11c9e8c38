import type { FileListEntry } from '@qide/client';
import { h, icon } from './dom.js';
import { nameOf } from './paths.js';

interface Folder {
  readonly path: string;
  readonly folders: Map<string, Folder>;
  readonly files: FileListEntry[];
}

const INDENT_PIXELS = 14;

/** The tree of files; keyboard as in the ARIA practice for trees. */
export class FileTree {
  readonly element = h('div', { class: 'tree', role: 'tree', 'aria-label': 'Files', onkeydown: (event) => this.key(event) });
  onOpen: (path: string) => void = () => {};
  private root = folder('');
  private readonly unfolded = new Set<string>(['']);
  private paths: ReadonlySet<string> = new Set();
  private selected: string | null = null;

  show(entries: readonly FileListEntry[]): void {
    this.root = folder('');
    this.paths = new Set(entries.map(({ path }) => path));
    for (const entry of entries) this.add(entry);
    // A workspace with one folder at its top would look empty when that is folded.
    if (this.root.files.length === 0 && this.root.folders.size === 1) {
      for (const only of this.root.folders.values()) this.unfolded.add(only.path);
    }
    this.draw();
  }

  /** Whether the list has this file. */
  has(path: string): boolean {
    return this.paths.has(path);
  }

  /** Marks the shown file and unfolds the way to it. */
  select(path: string | null): void {
    this.selected = path;
    if (path !== null) {
      const parts = path.split('/').slice(0, -1);
      parts.forEach((_, index) => this.unfolded.add(parts.slice(0, index + 1).join('/')));
    }
    this.draw();
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
    if (rows.length === 0) this.element.append(h('p', { class: 'hint' }, 'This workspace has no files yet. Make the first one with the plus above.'));
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
    );
    row.style.paddingLeft = `${8 + (level - 1) * INDENT_PIXELS}px`;
    return row;
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

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

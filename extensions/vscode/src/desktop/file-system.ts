import * as vscode from 'vscode';
import { childrenOf } from '../files/children.js';
import { pathOf } from './uris.js';
import { ApiError, isUnreachable, type WorkspaceFiles } from '@qide/client';

/** The files whose version is remembered. */
const VERSIONS_KEPT = 10_000;

/** The own moves that are remembered. */
const MOVES_KEPT = 100;

interface Entry {
  readonly kind: string;
  /** Bytes. */
  readonly size: number;
}

/** The files and folders of the workspace, by their paths. */
interface Listing {
  readonly entries: ReadonlyMap<string, Entry>;
  /** The names in each folder. */
  readonly children: ReadonlyMap<string, readonly string[]>;
}

/** The texts that are shared while they are open: the server stores their edits itself. */
export interface SharedTexts {
  /** The shared text of a path that is open, or null. */
  textOf(path: string): Promise<string | null>;
  /** Takes a text that is saved. Throws if the server has not stored it, or does not take it. */
  save(path: string, text: string): Promise<SaveOutcome>;
  /** Whether the server does not let this person change an open file. */
  isReadOnly(path: string): boolean;
}

/**
 * `stored`: the shared document has the text. `not-open`: no editor shows the file. `not-shared`: an editor shows it, but the server
 * does not share it. `gone`: an editor shows the text of a file that was deleted, moved or replaced.
 */
export type SaveOutcome = 'stored' | 'not-open' | 'not-shared' | 'gone';

/** The files of one workspace for VS Code. */
export class WorkspaceFileSystem {
  private readonly changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changes.event;
  private listing: Promise<Listing> | null = null;
  /** The newest list that has arrived. */
  private lastListing: Listing | null = null;
  /** The paths that VS Code knows, from a list or an event; null before the first list. */
  private known: Set<string> | null = null;
  /** The files whose size in the list is out of date. */
  private readonly resized = new Set<string>();
  /** The times of changes since the window was opened; the server's list has none. */
  private readonly modified = new Map<string, number>();
  private readonly opened = Date.now();
  /** The versions of the files that were read from disk and not as shared text: a write must not replace a newer one. */
  private readonly versions = new Map<string, string>();
  /** The moves that this window made and the server has not reported yet: the new paths by the old ones. */
  private readonly ownMoves = new Map<string, string>();
  /** Whether the server left files out of its list. */
  private isTruncated = false;
  /** Whether the person may not change anything. */
  isReadOnly = false;

  constructor(
    private readonly root: vscode.Uri,
    private readonly files: WorkspaceFiles,
    private readonly texts: SharedTexts,
  ) {}

  uriOf(path: string): vscode.Uri {
    return path === '' ? this.root : this.root.with({ path: `${this.root.path}/${path}` });
  }

  /** A file was changed, created or deleted, here or elsewhere. */
  changed(path: string, type: vscode.FileChangeType): void {
    this.modified.set(path, Date.now());
    if (type === vscode.FileChangeType.Changed) {
      // A log that grows must not cost a list with each line.
      this.resized.add(path);
    } else {
      this.forget();
      if (type === vscode.FileChangeType.Created) this.known?.add(path);
      else for (const one of this.known ?? []) if (one === path || one.startsWith(`${path}/`)) this.known!.delete(one);
    }
    this.changes.fire([{ type, uri: this.uriOf(path) }]);
  }

  /** The tree may have changed without a notification: the next list is compared with what VS Code knows. */
  async treeChanged(): Promise<void> {
    this.forget();
    if (this.known === null) return;
    let listing: Promise<Listing>;
    do {
      listing = this.all();
      await listing;
      // A list that became outdated on its way was not compared.
    } while (listing !== this.listing);
  }

  /** Whether VS Code knows a path; it knows none before the first list, and misses nothing. */
  isKnown(path: string): boolean {
    return this.known?.has(path) ?? true;
  }

  /** Whether this window made a move that the server reports; true once. */
  isOwnMove(path: string, target: string): boolean {
    return this.ownMoves.get(path) === target && this.ownMoves.delete(path);
  }

  private async has(path: string): Promise<boolean> {
    return (await this.entry(path)) !== null;
  }

  /** Whether this person may change a file has changed: VS Code looks at it again. */
  accessChanged(path: string): void {
    this.changes.fire([{ type: vscode.FileChangeType.Changed, uri: this.uriOf(path) }]);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const path = pathOf(uri);
    const mtime = this.modified.get(path) ?? this.opened;
    if (path === '') return { type: vscode.FileType.Directory, ctime: 0, mtime, size: 0 };
    if (this.resized.has(path)) this.forget();
    const entry = await this.entry(path).catch(refuse(uri));
    if (!entry) throw vscode.FileSystemError.FileNotFound(uri);
    const isReadOnly = this.isReadOnly || entry.kind === 'other' || this.texts.isReadOnly(path);
    return { type: typeOf(entry), ctime: 0, mtime, size: entry.size, ...(isReadOnly ? { permissions: vscode.FilePermission.Readonly } : {}) };
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const path = pathOf(uri);
    const { entries, children } = await this.all().catch(refuse(uri));
    return (children.get(path) ?? []).map((name) => [name, typeOf(entries.get(path === '' ? name : `${path}/${name}`)!)]);
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const path = pathOf(uri);
    // The editor looks for files that hardly any project has: the list answers without a request.
    if (!(await this.entry(path).catch(refuse(uri)))) throw vscode.FileSystemError.FileNotFound(uri);
    const text = await this.texts.textOf(path);
    if (text !== null) return new TextEncoder().encode(text);
    const { bytes, version } = await this.files.read(path).catch(refuse(uri));
    this.remember(path, version);
    return bytes;
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array, { create, overwrite }: { create: boolean; overwrite: boolean }): Promise<void> {
    const path = pathOf(uri);
    const saved = await this.texts.save(path, new TextDecoder().decode(content));
    if (saved === 'stored') return;
    const exists = (await this.entry(path).catch(refuse(uri))) !== null;
    if (!exists && !create) throw vscode.FileSystemError.FileNotFound(uri);
    if (exists && create && !overwrite) throw vscode.FileSystemError.FileExists(uri);
    // Without an editor nothing was read: the writer wants to replace whatever is there. An editor must not replace what it has not read.
    const read = saved === 'gone' || !exists ? null : (this.versions.get(path) ?? null);
    try {
      const version = exists && saved === 'not-open' ? (read ?? (await this.files.version(path))) : read;
      this.remember(path, await this.files.write(path, content, version));
    } catch (error) {
      refuse(uri)(error);
    }
    this.changed(path, exists ? vscode.FileChangeType.Changed : vscode.FileChangeType.Created);
  }

  async createDirectory(uri: vscode.Uri): Promise<void> {
    await this.files.createFolder(pathOf(uri)).catch(refuse(uri));
    this.changed(pathOf(uri), vscode.FileChangeType.Created);
  }

  async delete(uri: vscode.Uri, { recursive }: { recursive: boolean }): Promise<void> {
    const path = pathOf(uri);
    const { type } = await this.stat(uri);
    try {
      if (type === vscode.FileType.Directory && recursive) await this.files.deleteFolder(path);
      else await this.files.deleteFile(path, await this.files.version(path));
    } catch (error) {
      refuse(uri)(error);
    }
    this.changed(path, vscode.FileChangeType.Deleted);
  }

  async rename(from: vscode.Uri, to: vscode.Uri, { overwrite }: { overwrite: boolean }): Promise<void> {
    const [path, target] = [pathOf(from), pathOf(to)];
    const isReplacing = await this.has(target);
    if (isReplacing && !overwrite) throw vscode.FileSystemError.FileExists(to);
    // What is replaced stays until the move has succeeded.
    const aside = `${target}.replaced-${crypto.randomUUID().slice(0, 8)}`;
    this.ownMoves.set(path, target);
    for (const oldest of this.ownMoves.keys()) {
      if (this.ownMoves.size <= MOVES_KEPT) break;
      this.ownMoves.delete(oldest);
    }
    try {
      if (isReplacing) await this.files.move(target, aside);
      await this.files.move(path, target).catch(async (error: unknown) => {
        if (isReplacing) await this.files.move(aside, target);
        throw error;
      });
    } catch (error) {
      // VS Code keeps its editors at the old path: if the server has moved the file all the same, they follow.
      this.ownMoves.delete(path);
      refuse(to)(error);
    }
    this.changed(path, vscode.FileChangeType.Deleted);
    this.changed(target, isReplacing ? vscode.FileChangeType.Changed : vscode.FileChangeType.Created);
    if (isReplacing) await this.delete(this.uriOf(aside), { recursive: true });
  }

  private async entry(path: string): Promise<Entry | null> {
    const { entries } = await this.all().catch((error: unknown) => this.withoutConnection(error, path));
    const known = entries.get(path) ?? null;
    if (known !== null || !this.isTruncated || path === '') return known;
    // The server leaves files out of a very large list.
    return (await this.files.version(path)) === null ? null : { kind: 'file', size: 0 };
  }

  /** The newest list that has arrived, if it has a path and the server cannot be reached: a file that is open here can be closed and opened again meanwhile. */
  private withoutConnection(error: unknown, path: string): Listing {
    const { lastListing } = this;
    if (!isUnreachable(error) || !this.known?.has(path) || !lastListing?.entries.has(path)) throw error;
    return lastListing;
  }

  private remember(path: string, version: string | null): void {
    this.versions.delete(path);
    if (version !== null) this.versions.set(path, version);
    for (const oldest of this.versions.keys()) {
      if (this.versions.size <= VERSIONS_KEPT) break;
      this.versions.delete(oldest);
    }
  }

  private forget(): void {
    this.listing = null;
    this.resized.clear();
  }

  private all(): Promise<Listing> {
    if (this.listing !== null) return this.listing;
    const listing = this.files.list().then(({ files, truncated }) => {
      this.isTruncated = truncated;
      const entries = new Map(files.map(({ path, kind, size }) => [path, { kind, size }]));
      return { entries, children: childrenOf(entries.keys()) };
    });
    this.listing = listing;
    const isNewest = () => this.listing === listing;
    listing.then(
      (arrived) => isNewest() && this.arrived(arrived),
      // The next question tries again.
      () => isNewest() && this.forget(),
    );
    return listing;
  }

  /** Tells VS Code of the paths of a list that it does not know, and of those that are gone, unless the list leaves some out. */
  private arrived(listing: Listing): void {
    this.lastListing = listing;
    const { entries } = listing;
    const { known } = this;
    this.known = new Set([...(this.isTruncated ? (known ?? []) : []), ...entries.keys()]);
    if (known === null) return;
    const events: vscode.FileChangeEvent[] = [];
    for (const path of known) if (!this.isTruncated && !entries.has(path)) events.push({ type: vscode.FileChangeType.Deleted, uri: this.uriOf(path) });
    for (const path of entries.keys()) if (!known.has(path)) events.push({ type: vscode.FileChangeType.Created, uri: this.uriOf(path) });
    if (events.length > 0) this.changes.fire(events);
  }
}

function typeOf({ kind }: Entry): vscode.FileType {
  if (kind === 'folder') return vscode.FileType.Directory;
  return kind === 'file' ? vscode.FileType.File : vscode.FileType.SymbolicLink;
}

/** Throws a failure of the server as VS Code knows failures, with a sentence for the person. */
function refuse(uri: vscode.Uri): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ApiError)) throw error;
    switch (error.failure as string) {
      case 'file-unknown':
        throw vscode.FileSystemError.FileNotFound(uri);
      case 'file-exists':
        throw vscode.FileSystemError.FileExists(uri);
      case 'is-a-folder':
        throw vscode.FileSystemError.FileIsADirectory(uri);
      case 'precondition-failed':
        throw vscode.FileSystemError.Unavailable('The file has changed since it was opened here. Compare the two, or revert the file, and save again.');
      case 'forbidden':
      case 'file-read-only':
        throw vscode.FileSystemError.NoPermissions(error.message);
      default:
        throw vscode.FileSystemError.Unavailable(error.message);
    }
  };
}

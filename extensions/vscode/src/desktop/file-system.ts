import * as vscode from 'vscode';
import { childrenOf } from '../files/children.js';
import { pathOf } from './uris.js';
import { ApiError } from '@qide/client';
import type { Files } from './server.js';

/** The files whose version is remembered. */
const VERSIONS_KEPT = 10_000;

interface Entry {
  readonly kind: string;
  /** Bytes. */
  readonly size: number;
}

/** The texts that are shared while they are open: the server stores their edits itself. */
export interface SharedTexts {
  /** The shared text of a path that is open, or null. */
  textOf(path: string): Promise<string | null>;
  /** Takes a text that is saved; false if the file is not shared. */
  save(path: string, text: string): Promise<boolean>;
}

/** The files of one workspace for VS Code. */
export class WorkspaceFileSystem {
  private readonly changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changes.event;
  private entries: Promise<ReadonlyMap<string, Entry>> | null = null;
  private children: Promise<ReadonlyMap<string, readonly string[]>> | null = null;
  /** The times of changes since the window was opened; the server's list has none. */
  private readonly modified = new Map<string, number>();
  private readonly opened = Date.now();
  /** The versions of the files that were read from disk and not as shared text: a write must not replace a newer one. */
  private readonly versions = new Map<string, string>();
  /** Whether the person may not change anything. */
  isReadOnly = false;

  constructor(
    private readonly root: vscode.Uri,
    private readonly files: Files,
    private readonly texts: SharedTexts,
  ) {}

  uriOf(path: string): vscode.Uri {
    return path === '' ? this.root : this.root.with({ path: `${this.root.path}/${path}` });
  }

  /** A file was changed, created or deleted, here or elsewhere. */
  changed(path: string, type: vscode.FileChangeType): void {
    this.forget();
    this.modified.set(path, Date.now());
    this.changes.fire([{ type, uri: this.uriOf(path) }]);
  }

  /** The tree may have changed without a notification: compares it with what was known. */
  async treeChanged(): Promise<void> {
    const before = await this.entries?.catch(() => null);
    this.forget();
    if (!before) return;
    const after = await this.all();
    const events: vscode.FileChangeEvent[] = [];
    for (const path of before.keys()) if (!after.has(path)) events.push({ type: vscode.FileChangeType.Deleted, uri: this.uriOf(path) });
    for (const path of after.keys()) if (!before.has(path)) events.push({ type: vscode.FileChangeType.Created, uri: this.uriOf(path) });
    if (events.length > 0) this.changes.fire(events);
  }

  async has(path: string): Promise<boolean> {
    return (await this.all()).has(path);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const path = pathOf(uri);
    const mtime = this.modified.get(path) ?? this.opened;
    if (path === '') return { type: vscode.FileType.Directory, ctime: 0, mtime, size: 0 };
    const entry = (await this.all().catch(refuse(uri))).get(path);
    if (!entry) throw vscode.FileSystemError.FileNotFound(uri);
    const isReadOnly = this.isReadOnly || entry.kind === 'other';
    return { type: typeOf(entry), ctime: 0, mtime, size: entry.size, ...(isReadOnly ? { permissions: vscode.FilePermission.Readonly } : {}) };
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const path = pathOf(uri);
    const all = await this.all().catch(refuse(uri));
    this.children ??= this.all().then((entries) => childrenOf(entries.keys()));
    return ((await this.children).get(path) ?? []).map((name) => [name, typeOf(all.get(path === '' ? name : `${path}/${name}`)!)]);
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const path = pathOf(uri);
    // The editor looks for files that hardly any project has: the list answers without a request.
    if (!(await this.all().catch(refuse(uri))).has(path)) throw vscode.FileSystemError.FileNotFound(uri);
    const text = await this.texts.textOf(path);
    if (text !== null) return new TextEncoder().encode(text);
    const { bytes, version } = await this.files.read(path).catch(refuse(uri));
    this.remember(path, version);
    return bytes;
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array, { create, overwrite }: { create: boolean; overwrite: boolean }): Promise<void> {
    const path = pathOf(uri);
    if (await this.texts.save(path, new TextDecoder().decode(content))) return;
    const exists = (await this.all().catch(refuse(uri))).has(path);
    if (!exists && !create) throw vscode.FileSystemError.FileNotFound(uri);
    if (exists && create && !overwrite) throw vscode.FileSystemError.FileExists(uri);
    try {
      await this.files.write(path, content, exists ? (this.versions.get(path) ?? (await this.files.version(path))) : null);
      this.remember(path, await this.files.version(path));
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
    if (await this.has(pathOf(to))) {
      if (!overwrite) throw vscode.FileSystemError.FileExists(to);
      await this.delete(to, { recursive: true });
    }
    await this.files.move(pathOf(from), pathOf(to)).catch(refuse(to));
    this.changed(pathOf(from), vscode.FileChangeType.Deleted);
    this.changed(pathOf(to), vscode.FileChangeType.Created);
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
    this.entries = null;
    this.children = null;
  }

  private all(): Promise<ReadonlyMap<string, Entry>> {
    this.entries ??= this.files.list().then(
      ({ files }) => new Map(files.map(({ path, kind, size }) => [path, { kind, size }])),
      (error: unknown) => {
        // The next question tries again.
        this.forget();
        throw error;
      },
    );
    return this.entries;
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

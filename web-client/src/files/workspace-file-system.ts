import { ApiError } from '@qide/client';
import {
  FileChangeType,
  FilePermission,
  FileSystemProviderCapabilities,
  FileSystemProviderError,
  FileSystemProviderErrorCode,
  FileType,
  type IFileChange,
  type IFileDeleteOptions,
  type IFileOverwriteOptions,
  type IFileSystemProviderWithFileReadWriteCapability,
  type IFileWriteOptions,
  type IStat,
} from '@codingame/monaco-vscode-files-service-override';
import { Emitter } from '@codingame/monaco-vscode-api/vscode/vs/base/common/event';
import type { IMarkdownString } from '@codingame/monaco-vscode-api/vscode/vs/base/common/htmlContent';
import { Disposable, type IDisposable } from '@codingame/monaco-vscode-api/vscode/vs/base/common/lifecycle';
import type { URI } from '@codingame/monaco-vscode-api/vscode/vs/base/common/uri';
import { type FilesApi } from '../api.js';
import { treeRefusal } from '../refusals.js';
import type { WorkspaceUris } from '../workspace-uri.js';
import type { FileList } from './file-list.js';

/** The largest file that the server takes. */
const FILE_BYTES = 32 << 20;

/** What the file system must know of the shared documents: the text of an open one is the file. */
export interface OpenTexts {
  /** The text of a file that an editor opens; null if it is not shared. */
  textOf(path: string): Promise<string | null>;
  /** Waits until the edits of an open document are stored; false when the file must be written over HTTP. */
  write(path: string, content: Uint8Array): Promise<boolean>;
  moved(from: string, to: string): void;
}

/** The files of one workspace as VS Code's file service wants them, over the HTTP API. */
export class WorkspaceFileSystem implements IFileSystemProviderWithFileReadWriteCapability {
  capabilities = FileSystemProviderCapabilities.FileReadWrite | FileSystemProviderCapabilities.PathCaseSensitive;
  /** Why nothing here can be changed, for a viewer. */
  readOnlyMessage: IMarkdownString | undefined;
  private readonly capabilitiesChanged = new Emitter<void>();
  readonly onDidChangeCapabilities = this.capabilitiesChanged.event;
  private readonly changes = new Emitter<readonly IFileChange[]>();
  readonly onDidChangeFile = this.changes.event;
  /** The times of changes since the page was opened; the server's list has none. */
  private readonly modified = new Map<string, number>();
  private readonly opened = Date.now();
  /** The new files that this page is writing: the server notifies of them before it answers. */
  private readonly creating = new Set<string>();

  constructor(
    private readonly api: FilesApi,
    private readonly list: FileList,
    private readonly uris: WorkspaceUris,
    private readonly texts: OpenTexts,
  ) {}

  /** Nothing can be changed: the workbench then refuses every change with this sentence; null allows changes. */
  setReadOnly(sentence: string | null): void {
    if (sentence === null) this.capabilities &= ~FileSystemProviderCapabilities.Readonly;
    else this.capabilities |= FileSystemProviderCapabilities.Readonly;
    this.readOnlyMessage = sentence === null ? undefined : { value: sentence };
    this.capabilitiesChanged.fire();
  }

  /** Files were changed, created or deleted, here or elsewhere. */
  changed(changes: readonly { readonly path: string; readonly type: FileChangeType }[]): void {
    for (const { path, type } of changes) {
      if (type === FileChangeType.UPDATED) this.list.changed(path);
      else this.list.forget();
    }
    this.report(changes);
  }

  private report(changes: readonly { readonly path: string; readonly type: FileChangeType }[]): void {
    for (const { path } of changes) this.modified.set(path, Date.now());
    this.changes.fire(changes.map(({ path, type }) => ({ type, resource: this.uris.of(path) })));
  }

  watch(): IDisposable {
    // The server notifies of every change.
    return Disposable.None;
  }

  async stat(resource: URI): Promise<IStat> {
    const path = this.path(resource);
    const mtime = this.modified.get(path) ?? this.opened;
    if (path === '') return { type: FileType.Directory, ctime: 0, mtime, size: 0 };
    const entry = await this.list.get(path).catch((error: unknown) => this.fail(error, path));
    if (!entry) throw notFound(path);
    if (entry.kind === 'folder') return { type: FileType.Directory, ctime: 0, mtime, size: 0 };
    const type = entry.kind === 'file' ? FileType.File : FileType.SymbolicLink;
    return { type, ctime: 0, mtime, size: entry.size, ...(entry.kind === 'other' ? { permissions: FilePermission.Readonly } : {}) };
  }

  async readdir(resource: URI): Promise<[string, FileType][]> {
    const path = this.path(resource);
    const children = await this.list.childrenOf(path).catch((error: unknown) => this.fail(error, path));
    return children.map(([name, { kind }]) => [name, kind === 'folder' ? FileType.Directory : kind === 'file' ? FileType.File : FileType.SymbolicLink]);
  }

  async readFile(resource: URI): Promise<Uint8Array> {
    const path = this.path(resource);
    // The workbench looks for files that hardly any project has: the list answers without a request.
    if (!(await this.list.has(path).catch((error: unknown) => this.fail(error, path)))) throw notFound(path);
    const text = await this.texts.textOf(path);
    if (text !== null) return new TextEncoder().encode(text);
    try {
      return new Uint8Array(await (await this.api.download(path)).arrayBuffer());
    } catch (error) {
      return this.fail(error, path);
    }
  }

  async writeFile(resource: URI, content: Uint8Array, { create, overwrite }: IFileWriteOptions): Promise<void> {
    const path = this.path(resource);
    try {
      if (await this.texts.write(path, content)) return;
      if (content.byteLength > FILE_BYTES) throw new ApiError('file-too-large', 413, '');
      const isThere = await this.list.has(path);
      if (!isThere && !create) throw notFound(path);
      if (isThere && create && !overwrite) throw FileSystemProviderError.create(`${path} already exists.`, FileSystemProviderErrorCode.FileExists);
      if (!isThere) return await this.create(path, content);
      await this.api.write(path, content, await this.api.version(path));
      this.changed([{ path, type: FileChangeType.UPDATED }]);
    } catch (error) {
      this.fail(error, path);
    }
  }

  private async create(path: string, content: Uint8Array): Promise<void> {
    this.creating.add(path);
    try {
      await this.api.write(path, content, null);
      await this.list.added(path, content.byteLength);
    } catch (error) {
      // Somebody else may have created it.
      this.list.forget();
      throw error;
    } finally {
      this.creating.delete(path);
    }
    this.report([{ path, type: FileChangeType.ADDED }]);
  }

  /** Whether a file is one that this page is just creating, so that the server's notification of it says nothing new. */
  isCreating(path: string): boolean {
    return this.creating.has(path);
  }

  async mkdir(resource: URI): Promise<void> {
    const path = this.path(resource);
    await this.api.createFolder(path).catch((error: unknown) => this.fail(error, path));
    this.changed([{ path, type: FileChangeType.ADDED }]);
  }

  async delete(resource: URI, { recursive }: IFileDeleteOptions): Promise<void> {
    const path = this.path(resource);
    const { type } = await this.stat(resource);
    try {
      if (type === FileType.Directory && recursive) await this.api.deleteFolder(path);
      else await this.api.deleteFile(path, await this.api.version(path));
    } catch (error) {
      this.fail(error, path);
    }
    this.changed([{ path, type: FileChangeType.DELETED }]);
  }

  async rename(from: URI, to: URI, { overwrite }: IFileOverwriteOptions): Promise<void> {
    const [path, target] = [this.path(from), this.path(to)];
    try {
      if (overwrite && (await this.list.has(target))) await this.delete(to, { recursive: true, useTrash: false, atomic: false });
      await this.api.move(path, target);
    } catch (error) {
      this.fail(error, error instanceof ApiError && error.failure === 'file-unknown' ? path : target);
    }
    this.texts.moved(path, target);
    this.changed([
      { path, type: FileChangeType.DELETED },
      { path: target, type: FileChangeType.ADDED },
    ]);
  }

  private path(resource: URI): string {
    const path = this.uris.pathOf(resource);
    if (path === null) throw notFound(resource.path);
    return path;
  }

  /** Throws a failure of the server as the file service knows failures, with a sentence for the person. */
  private fail(error: unknown, path: string): never {
    if (!(error instanceof ApiError)) throw error;
    if (error.failure === 'file-unknown') throw notFound(path);
    throw FileSystemProviderError.create(treeRefusal(error, path), CODES[error.failure] ?? FileSystemProviderErrorCode.Unknown);
  }
}

const CODES: Readonly<Record<string, FileSystemProviderErrorCode>> = {
  'file-exists': FileSystemProviderErrorCode.FileExists,
  'is-a-folder': FileSystemProviderErrorCode.FileIsADirectory,
  'file-too-large': FileSystemProviderErrorCode.FileTooLarge,
  forbidden: FileSystemProviderErrorCode.NoPermissions,
  'file-read-only': FileSystemProviderErrorCode.NoPermissions,
  unreachable: FileSystemProviderErrorCode.Unavailable,
};

function notFound(path: string): FileSystemProviderError {
  return FileSystemProviderError.create(`There is no ${path}.`, FileSystemProviderErrorCode.FileNotFound);
}

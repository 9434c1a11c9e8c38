import type { FileListEntry } from '@qide/client';
import { childrenOf } from 'qide-vscode/files/children.js';
import type { FilesApi } from '../api.js';

export interface ListedFile {
  readonly kind: FileListEntry['kind'];
  /** Bytes. */
  readonly size: number;
  readonly ignored: boolean;
}

/** The tree of one workspace, read as a whole and read again after a change. */
export class FileList {
  private entries: Promise<ReadonlyMap<string, ListedFile>> | null = null;
  private children: Promise<ReadonlyMap<string, readonly string[]>> | null = null;
  /** Whether the server left files out of the list; called after each reading. */
  onTruncated: () => void = () => {};

  constructor(private readonly api: FilesApi) {}

  /** The next question reads the tree again. */
  forget(): void {
    this.entries = null;
    this.children = null;
  }

  async get(path: string): Promise<ListedFile | null> {
    return (await this.all()).get(path) ?? null;
  }

  /** Every file and folder by its path. */
  all(): Promise<ReadonlyMap<string, ListedFile>> {
    this.entries ??= this.read();
    return this.entries;
  }

  /** The names in a folder; empty path for the root. */
  async namesIn(folder: string): Promise<readonly string[]> {
    this.children ??= this.all().then((all) => childrenOf(all.keys()));
    return (await this.children).get(folder) ?? [];
  }

  private async read(): Promise<ReadonlyMap<string, ListedFile>> {
    try {
      const { files, truncated } = await this.api.list();
      if (truncated) this.onTruncated();
      return new Map(files.map(({ path, ...file }) => [path, file]));
    } catch (error) {
      // The next question tries again.
      this.forget();
      throw error;
    }
  }
}

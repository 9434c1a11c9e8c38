import { ApiError, isUnreachable, type FileListEntry } from '@qide/client';
import type { FilesApi } from '../api.js';

export interface ListedFile {
  readonly kind: FileListEntry['kind'];
  /** Bytes; 0 if the server left the file out of its list. */
  readonly size: number;
  readonly ignored: boolean;
}

/** One reading of the tree. */
interface Listing {
  readonly entries: Map<string, ListedFile>;
  /** The names in each folder; empty path for the root. */
  readonly children: Map<string, string[]>;
  readonly isTruncated: boolean;
}

/** How long after the last file that this page has written the tree is read again. */
const AFTER_A_WRITE_MILLISECONDS = 2_000;

/** The tree of one workspace, read as a whole, and read again after files have come or gone. */
export class FileList {
  private listing: Promise<Listing> | null = null;
  /** The newest list that has arrived. */
  private lastListing: Listing | null = null;
  /** The files whose size in the list is out of date. */
  private readonly resized = new Set<string>();
  /** What the server said of paths that it left out of its list. */
  private readonly unlisted = new Map<string, Promise<ListedFile | null>>();
  private rereading: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly api: Pick<FilesApi, 'list' | 'version'>) {}

  /** The next question reads the tree again. */
  forget(): void {
    clearTimeout(this.rereading);
    this.listing = null;
    this.resized.clear();
    this.unlisted.clear();
  }

  /** A file has other content. A log that grows must not cost a list with each line, so only the question for its size reads the tree again. */
  changed(path: string): void {
    this.resized.add(path);
  }

  /** This page has written a new file. Not every file of an upload costs a list: the tree is read again after the last one, for what else has changed. */
  async added(path: string, size: number): Promise<void> {
    const { listing } = this;
    clearTimeout(this.rereading);
    this.rereading = setTimeout(() => this.forget(), AFTER_A_WRITE_MILLISECONDS);
    const known = await listing?.catch(() => null);
    if (!known || this.listing !== listing) return;
    const folder = split(path)[0];
    if (folder !== '' && known.entries.get(folder)?.kind !== 'folder') return this.forget();
    put(known, path, { kind: 'file', size, ignored: known.entries.get(folder)?.ignored ?? false });
  }

  /** Whether there is a file or folder. */
  async has(path: string): Promise<boolean> {
    return (await this.find(path)) !== null;
  }

  /** A file or folder with its size; null if there is none. */
  async get(path: string): Promise<ListedFile | null> {
    if (this.resized.has(path)) this.forget();
    return this.find(path);
  }

  /** Every file and folder of the list by its path. */
  async all(): Promise<ReadonlyMap<string, ListedFile>> {
    return (await this.read()).entries;
  }

  /** The files and folders in a folder by their names; empty path for the root. */
  async childrenOf(folder: string): Promise<[string, ListedFile][]> {
    const { entries, children } = await this.read();
    return (children.get(folder) ?? []).map((name) => [name, entries.get(folder === '' ? name : `${folder}/${name}`)!]);
  }

  /** Whether the server left files out of the list. */
  async isTruncated(): Promise<boolean> {
    return (await this.read()).isTruncated;
  }

  private async find(path: string): Promise<ListedFile | null> {
    const { entries, isTruncated } = await this.read().catch((error: unknown) => this.withoutConnection(error, path));
    const listed = entries.get(path);
    if (listed || !isTruncated) return listed ?? null;
    let asked = this.unlisted.get(path);
    if (!asked) {
      asked = this.ask(path);
      this.unlisted.set(path, asked);
      asked.catch(() => this.unlisted.delete(path));
    }
    return asked;
  }

  /** The newest list that has arrived, if it has a path and the server cannot be reached: a file that is open here can be closed and opened again meanwhile. */
  private withoutConnection(error: unknown, path: string): Listing {
    const { lastListing } = this;
    if (!isUnreachable(error) || !lastListing?.entries.has(path)) throw error;
    return lastListing;
  }

  private async ask(path: string): Promise<ListedFile | null> {
    try {
      return (await this.api.version(path)) === null ? null : { kind: 'file', size: 0, ignored: false };
    } catch (error) {
      if (error instanceof ApiError && error.failure === 'is-a-folder') return { kind: 'folder', size: 0, ignored: false };
      throw error;
    }
  }

  private read(): Promise<Listing> {
    if (this.listing) return this.listing;
    const listing = this.api.list().then(({ files, truncated }) => {
      const read: Listing = { entries: new Map(), children: new Map(), isTruncated: truncated };
      for (const { path, ...file } of files) put(read, path, file);
      return read;
    });
    this.listing = listing;
    const isNewest = () => this.listing === listing;
    listing.then(
      (read) => isNewest() && (this.lastListing = read),
      // The next question tries again.
      () => isNewest() && this.forget(),
    );
    return listing;
  }
}

function put({ entries, children }: Listing, path: string, file: ListedFile): void {
  if (!entries.has(path)) {
    const [folder, name] = split(path);
    const names = children.get(folder);
    if (names) names.push(name);
    else children.set(folder, [name]);
  }
  entries.set(path, file);
}

function split(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
}

import { generationOf, TEXT_ROOT } from '@qide/client';
import * as Y from 'yjs';
import { documentOf, textOf, type OfflineDocument, type OfflineEditStore } from './offline-edits.js';
import type { SharedFile } from './shared-file.js';

/** How long to ask for the current path of a document with stored edits. */
const SEARCH_MILLISECONDS = 15_000;

/** Where a document is now; null if it has ended, or when nobody wants to know any more. */
export type PathOf = (doc: Y.Doc, isWanted: () => boolean) => Promise<string | null>;

/** The edits of earlier visits, and of documents closed in this one, that were never acknowledged. They belong to documents, whose files may have been moved since. */
export class EarlierEdits {
  private readonly all: Promise<Map<string, OfflineDocument>>;
  private readonly first: Promise<readonly string[]>;
  private readonly searches = new Map<string, Promise<string | null>>();

  constructor(
    private readonly store: OfflineEditStore,
    private readonly pathOf: PathOf,
  ) {
    this.all = store.all();
    this.first = this.all.then((all) => [...all.keys()]);
  }

  /** The paths that the files had in those visits. */
  paths(): Promise<readonly string[]> {
    return this.first;
  }

  /** What a document that is opened at a path starts with. */
  async of(path: string): Promise<OfflineDocument | null> {
    return (await this.all).get(path) ?? null;
  }

  /** A document that started with these edits has been sent. */
  async sent(stored: OfflineDocument): Promise<void> {
    const all = await this.all;
    for (const [path, one] of all) if (one === stored) all.delete(path);
  }

  /** A document was closed with these edits: the next one at its path starts with them. */
  async add(path: string, kept: OfflineDocument): Promise<void> {
    (await this.all).set(path, kept);
    this.searches.delete(path);
  }

  /** Takes the edits of a path, whose document starts without them. */
  async take(path: string): Promise<OfflineDocument | null> {
    const all = await this.all;
    const stored = all.get(path) ?? null;
    all.delete(path);
    return stored;
  }

  /**
   * Where the document is that had a path then. If its file was moved, its edits are those of the new path from now on.
   *
   * @returns null if it has ended; the path itself if nobody knows
   */
  follow(path: string): Promise<string | null> {
    const known = this.searches.get(path);
    if (known) return known;
    const search = this.search(path);
    this.searches.set(path, search);
    return search;
  }

  private async search(path: string): Promise<string | null> {
    const all = await this.all;
    const stored = all.get(path);
    if (!stored) return path;
    const deadline = Date.now() + SEARCH_MILLISECONDS;
    const isWanted = () => Date.now() < deadline;
    const now = await this.pathOf(docOf(stored), isWanted).catch(() => path);
    if (now === null) return isWanted() ? null : path;
    if (now === path) return now;
    if (all.get(path) === stored) all.delete(path);
    // A page that died while it followed the move may have left records at both paths.
    const { generation } = stored.records[0]!;
    const there = all.get(now)?.records.filter((record) => record.generation === generation) ?? [];
    all.set(now, documentOf([...stored.records, ...there])!);
    return now;
  }

  /** Takes the edits of a path whose document has ended; null if it was moved, or there are none. */
  async takeUnlessMoved(path: string): Promise<OfflineDocument | null> {
    const now = await this.follow(path);
    return now === null || now === path ? this.take(path) : null;
  }

  /**
   * Sends the edits of a file's path in its document, which is open.
   *
   * @returns the edits if they belong to another generation of the document, else null
   */
  async mergeInto(file: SharedFile): Promise<OfflineDocument | null> {
    const stored = await this.take(file.path);
    const { shared } = file;
    if (!stored || !shared) return null;
    if (generationOf(shared.doc) !== stored.records[0]!.generation) return stored;
    file.records.push(...stored.records);
    Y.applyUpdate(shared.doc, stored.state);
    this.store.follow(file.path, shared.doc, shared.unacknowledged, file.records);
    return null;
  }
}

/** The text with the edits. */
export function textWith(stored: OfflineDocument): string {
  return textOf(stored, TEXT_ROOT);
}

function docOf({ state }: OfflineDocument): Y.Doc {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  return doc;
}

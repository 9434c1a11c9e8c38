import { TEXT_ROOT } from '@qide/client';
import * as Y from 'yjs';
import { generationOf, textOf, type KeptDocument, type KeptEditsStore } from './kept-edits.js';
import type { SharedFile } from './shared-file.js';

/** How long the page asks where a document is whose edits the browser kept. */
const SEARCH_MILLISECONDS = 15_000;

/** Where a document is now; null if it has ended, or when nobody wants to know any more. */
export type PathOf = (doc: Y.Doc, isWanted: () => boolean) => Promise<string | null>;

/** The edits of earlier visits that were never acknowledged. They belong to documents, whose files may have been moved since. */
export class EarlierEdits {
  private readonly all: Promise<Map<string, KeptDocument>>;
  private readonly first: Promise<readonly string[]>;
  private readonly searches = new Map<string, Promise<string | null>>();

  constructor(
    private readonly store: KeptEditsStore,
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
  async of(path: string): Promise<KeptDocument | null> {
    return (await this.all).get(path) ?? null;
  }

  /** A document that started with these edits has been sent. */
  async sent(kept: KeptDocument): Promise<void> {
    const all = await this.all;
    for (const [path, one] of all) if (one === kept) all.delete(path);
  }

  /** Takes the edits of a path, whose document starts without them. */
  async take(path: string): Promise<KeptDocument | null> {
    const all = await this.all;
    const kept = all.get(path) ?? null;
    all.delete(path);
    return kept;
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
    const kept = all.get(path);
    if (!kept) return path;
    const deadline = Date.now() + SEARCH_MILLISECONDS;
    const isWanted = () => Date.now() < deadline;
    const now = await this.pathOf(documentOf(kept), isWanted).catch(() => path);
    if (now === null) return isWanted() ? null : path;
    if (now === path) return now;
    if (all.get(path) === kept) all.delete(path);
    all.set(now, kept);
    return now;
  }

  /** The text with the edits of a path whose document has ended; null if it was moved, or there are none. */
  async takeUnlessMoved(path: string): Promise<string | null> {
    const now = await this.follow(path);
    const kept = now === null || now === path ? await this.take(path) : null;
    return kept && textWith(kept);
  }

  /**
   * Sends the edits of a file's path in its document, which is open.
   *
   * @returns the text with the edits if they belong to another generation of the document, else null
   */
  async mergeInto(file: SharedFile): Promise<string | null> {
    const kept = await this.take(file.path);
    const { shared } = file;
    if (!kept || !shared) return null;
    if (generationOf(shared.doc) !== kept.records[0]!.generation) return textWith(kept);
    file.adopted.push(...kept.records);
    Y.applyUpdate(shared.doc, kept.state);
    this.store.follow(file.path, shared.doc, shared.unacknowledged, file.adopted);
    return null;
  }
}

/** The text with the edits. */
export function textWith(kept: KeptDocument): string {
  return textOf(kept, TEXT_ROOT);
}

function documentOf({ state }: KeptDocument): Y.Doc {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  return doc;
}

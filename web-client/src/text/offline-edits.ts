// Unacknowledged edits in the browser's database, so that a page that is closed or crashes loses none of
// them. Only edits that stay unacknowledged for a while are written.

import { generationOf } from '@qide/client';
import * as Y from 'yjs';

/** How long edits may be unacknowledged before they are written; in ordinary work nothing is. */
export const STORE_AFTER_MILLISECONDS = 500;
/** How long stored edits are valid. */
const LIFETIME_MILLISECONDS = 90 * 24 * 3_600_000;
const DATABASE = 'qide';
const STORE = 'kept-edits';

/** The whole state of one document in one page. */
export interface OfflineEdits {
  readonly person: string;
  readonly workspace: string;
  readonly path: string;
  /** The document that has the edits, by the id of its `Y.Doc`: each document of each page has another state. */
  readonly page: string;
  /** The generation of the document. Edits of different generations must never be merged. */
  readonly generation: string;
  readonly state: Uint8Array;
  readonly edits: number;
  readonly keptAt: number;
}

/** All stored edits of a path that belong to its newest generation. */
export interface OfflineDocument {
  readonly state: Uint8Array;
  readonly edits: number;
  readonly records: readonly OfflineEdits[];
}

/** Merges the records of a path that have the newest record's generation. */
export function documentOf(records: readonly OfflineEdits[]): OfflineDocument | null {
  const newest = [...records].sort((one, other) => other.keptAt - one.keptAt)[0];
  if (!newest) return null;
  const fitting = records.filter(({ generation }) => generation === newest.generation);
  return {
    state: Y.mergeUpdates(fitting.map(({ state }) => state)),
    edits: fitting.reduce((sum, { edits }) => sum + edits, 0),
    records: fitting,
  };
}

/** The text that results from stored edits. */
export function textOf({ state }: OfflineDocument, root: string): string {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  return doc.getText(root).toString();
}

/** A document whose edits are written if they are not acknowledged soon. */
interface PendingWrite {
  path: string;
  edits: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The stored edits of one person in one workspace. Without a browser database it stores nothing. */
export class OfflineEditStore {
  private readonly database: Promise<IDBDatabase | null>;
  private readonly pending = new Map<Y.Doc, PendingWrite>();

  constructor(
    private readonly person: string,
    private readonly workspace: string,
  ) {
    this.database = open();
  }

  /** All stored documents, by path. */
  async all(): Promise<Map<string, OfflineDocument>> {
    const records = await this.read();
    const paths = new Set(records.map(({ path }) => path));
    return new Map([...paths].map((path) => [path, documentOf(records.filter((record) => record.path === path))!]));
  }

  /**
   * Keeps the document's unacknowledged edits until they are acknowledged.
   *
   * @param records the records of its edits, with those that it started with; written ones are added, and a later record
   *     removes the earlier ones. When everything is acknowledged, all are removed.
   */
  follow(path: string, doc: Y.Doc, unacknowledged: number, records: OfflineEdits[]): void {
    if (unacknowledged === 0) {
      this.cancel(doc);
      if (records.length > 0) void this.remove(records.splice(0));
      return;
    }
    const pending = this.pending.get(doc);
    if (pending) {
      pending.path = path;
      pending.edits = unacknowledged;
      return;
    }
    const timer = setTimeout(() => {
      this.pending.delete(doc);
      void this.write(next.path, doc, next.edits, records);
    }, STORE_AFTER_MILLISECONDS);
    const next: PendingWrite = { path, edits: unacknowledged, timer };
    this.pending.set(doc, next);
  }

  /** Keeps the edits of a document that ends before they are acknowledged; returns them. */
  keep(path: string, doc: Y.Doc, unacknowledged: number, records: OfflineEdits[]): OfflineDocument {
    this.cancel(doc);
    if (unacknowledged > 0) void this.write(path, doc, unacknowledged, records);
    return { state: Y.encodeStateAsUpdate(doc), edits: unacknowledged, records };
  }

  /** Removes records whose text is stored elsewhere now, for instance as a separate file. */
  forget(records: readonly OfflineEdits[]): Promise<void> {
    return this.remove(records);
  }

  private cancel(doc: Y.Doc): void {
    clearTimeout(this.pending.get(doc)?.timer);
    this.pending.delete(doc);
  }

  /** Writes the state of a document, which has the edits of its earlier records. */
  private async write(path: string, doc: Y.Doc, edits: number, records: OfflineEdits[]): Promise<void> {
    const { person, workspace } = this;
    const record: OfflineEdits = { person, workspace, path, page: doc.guid, generation: generationOf(doc), state: Y.encodeStateAsUpdate(doc), edits, keptAt: Date.now() };
    const earlier = [...records];
    records.push(record);
    const isWritten = (await this.transact('readwrite', (store) => store.put(record))) !== undefined;
    if (!isWritten) return;
    for (const one of earlier) if (records.includes(one)) records.splice(records.indexOf(one), 1);
    await this.remove(earlier.filter((one) => one.path !== path || one.page !== doc.guid));
  }

  private async read(): Promise<OfflineEdits[]> {
    const stored = (await this.transact('readonly', (store) => store.getAll())) ?? [];
    const all = (stored as (OfflineEdits & { incarnation?: string })[]).map(({ incarnation, ...record }) => ({
      ...record,
      // An earlier version of the page stored the generation under another name.
      generation: record.generation ?? incarnation,
    }));
    const isOld = ({ keptAt }: OfflineEdits) => keptAt < Date.now() - LIFETIME_MILLISECONDS;
    if (all.some(isOld)) void this.remove(all.filter(isOld));
    return all.filter((one) => one.person === this.person && one.workspace === this.workspace && !isOld(one));
  }

  /** Removes records, except those that were written again after they were read. */
  private async remove(records: readonly Pick<OfflineEdits, 'person' | 'workspace' | 'path' | 'page' | 'keptAt'>[]): Promise<void> {
    await this.transact('readwrite', (store) => {
      for (const { person, workspace, path, page, keptAt } of records) {
        const there = store.get([person, workspace, path, page]);
        there.onsuccess = () => {
          if (there.result && (there.result as OfflineEdits).keptAt <= keptAt) store.delete([person, workspace, path, page]);
        };
      }
    });
  }

  private async transact(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest | void): Promise<unknown> {
    const database = await this.database;
    if (!database) return undefined;
    return new Promise((resolve) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request?.result);
      // The disk is full or access is denied: the page works on without keeping edits, and asks before it is left.
      transaction.onabort = () => resolve(undefined);
    });
  }
}

function open(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ['person', 'workspace', 'path', 'page'] });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

import { hasLostPath, SharedDocument, smallestEdit, type HocuspocusProviderWebsocket } from '@qide/client';
import * as Y from 'yjs';
import { type FilesApi } from '../api.js';
import { refusal } from '../refusals.js';
import { ModelBinding, type BoundModel } from './binding.js';
import { createConflictCopy } from './conflict-copy.js';
import { EarlierEdits, textWith } from './earlier-edits.js';
import type { OfflineDocument, OfflineEditStore } from './offline-edits.js';
import { OwnUndo } from './own-undo.js';
import { SharedFile } from './shared-file.js';
import type { SharedFilesEvents } from './shared-files-events.js';

/** How long a document may take to load before its file counts as not shared. */
const OPEN_MILLISECONDS = 15_000;
/** The delay before the page requests a document again that the server cannot load now. */
const REOPEN_MILLISECONDS = 3_000;
/** How long a document without a path waits for the notification of where its file was moved to, before the page asks. */
const MOVED_MILLISECONDS = 500;
/** Attempts to open a document again whose path is as before: a tool has moved its file, which the server does not know yet. */
const REOPEN_ATTEMPTS = 10;
/** Files without a model that stay open because an edit of several files can be undone in them. */
const FILES_WITH_UNDO = 64;

/** The files of one workspace whose text is open here, as shared documents bound to the workbench's models. */
export class SharedFiles {
  private readonly files = new Map<string, SharedFile>();
  private readonly earlier: EarlierEdits;

  constructor(
    private readonly socket: HocuspocusProviderWebsocket,
    private readonly api: FilesApi,
    private readonly events: SharedFilesEvents,
    private ownName: string,
    private readonly offlineEdits: OfflineEditStore,
  ) {
    this.earlier = new EarlierEdits(offlineEdits, (doc, isWanted) => events.pathOf(doc, isWanted));
  }

  get(path: string): SharedFile | undefined {
    return this.files.get(path);
  }

  all(): SharedFile[] {
    return [...this.files.values()];
  }

  get unacknowledged(): number {
    return this.all().reduce((sum, { state }) => sum + state.unacknowledged, 0);
  }

  /** Opens the document of an existing file. */
  open(path: string): SharedFile {
    const existing = this.files.get(path);
    if (existing) return existing;
    const file = new SharedFile(path);
    this.files.set(path, file);
    setTimeout(() => this.refused(file, refusal(file.path, file.state.closedBy)), OPEN_MILLISECONDS);
    void this.earlier.of(path).then((offline) => {
      if (this.files.get(file.path) !== file) return;
      file.offline = offline;
      file.records = [...(offline?.records ?? [])];
      this.share(file, { unsent: offline });
    });
    return file;
  }

  /** The paths of files with edits of an earlier visit, as of that visit. */
  offlinePaths(): Promise<readonly string[]> {
    return this.earlier.paths();
  }

  /**
   * The current path of such a file: opening it sends the edits. If it is open, they are sent now.
   *
   * @returns null if its document has ended
   */
  async followOfflineEdits(path: string): Promise<string | null> {
    const now = await this.earlier.follow(path);
    const file = now === null || now === path ? undefined : this.files.get(now);
    const copy = file && (await file.ready) ? await this.earlier.mergeInto(file) : null;
    if (file && copy !== null) this.events.replaced(file, copy);
    return now;
  }

  /** The edits of such a file whose document has ended; the browser keeps them until they are stored or discarded. */
  takeOfflineEdits(path: string): Promise<OfflineDocument | null> {
    return this.earlier.take(path);
  }

  /** Stores the text with edits whose document has ended as a copy beside its path, which it returns. */
  async storeCopy(path: string, edits: OfflineDocument): Promise<string> {
    const copy = await createConflictCopy(this.api, path, textWith(edits));
    await this.discard(edits);
    return copy;
  }

  /** Removes edits that are stored otherwise, or that the person does not want. */
  discard({ records }: OfflineDocument): Promise<void> {
    return this.offlineEdits.forget(records);
  }

  /** The workbench has a model of a file. */
  attach(path: string, model: object & BoundModel): void {
    const file = this.files.get(path);
    if (!file) return;
    file.models.add(model);
    this.bind(file);
  }

  /** The binding of a model, also of one at the former path of a moved file. */
  bindingOf(model: object): ModelBinding | undefined {
    for (const { bindings } of this.files.values()) if (bindings.has(model)) return bindings.get(model);
    return undefined;
  }

  /** The workbench disposes of a model; the document closes when its edits are stored. */
  detach(path: string, model: object): void {
    const file = this.files.get(path) ?? this.all().find(({ models }) => models.has(model));
    if (!file) return;
    file.bindings.get(model)?.dispose();
    file.bindings.delete(model);
    file.models.delete(model);
    this.closeUnused();
  }

  /** Waits until the edits made so far are stored; false if the file is not shared, null if that takes too long. */
  async stored(path: string, milliseconds: number): Promise<boolean | null> {
    const file = this.files.get(path);
    if (!file?.shared || file.isUnshared) return false;
    return (await file.shared.stored(milliseconds)) ? true : null;
  }

  /** A file or a folder was moved: the documents continue at their new paths, with every edit made meanwhile. */
  moved(from: string, to: string): void {
    for (const file of this.all()) {
      if (file.path !== from && !file.path.startsWith(`${from}/`)) continue;
      const path = to + file.path.slice(from.length);
      const there = this.files.get(path);
      if (there) this.close(there);
      for (const model of there?.models ?? []) file.models.add(model);
      this.files.delete(file.path);
      file.path = path;
      this.files.set(path, file);
      const { shared } = file;
      if (!shared) continue;
      const edits = shared.unacknowledged;
      shared.close();
      this.share(file, { moved: { doc: shared.doc, edits } });
      this.offlineEdits.follow(path, shared.doc, edits, file.records);
      this.bind(file);
    }
  }

  /** Creates a deleted file again from the text here, and shares it. */
  async recreate(file: SharedFile, text: string): Promise<void> {
    await this.api.create(file.path, text);
    this.offlineEdits.follow(file.path, file.shared!.doc, 0, file.records);
    await this.reload(file, text);
  }

  /**
   * This person may edit more or less than before. Logs in to each document again: the server answers with the scope,
   * and with what is missing of edits that it refused meanwhile.
   */
  accessChanged(mayEdit: boolean): void {
    for (const file of this.files.values()) {
      file.state.isReadOnly = !mayEdit;
      this.events.changed(file);
      if (file.undo !== null && file.state.closedBy === null) file.shared?.reopen();
    }
  }

  /** This person has another name from now on. */
  setOwnName(name: string): void {
    this.ownName = name;
    for (const file of this.files.values()) if (file.isPresent) this.publishPresence(file);
  }

  /** This person's caret is or is not in a file. */
  setPresent(file: SharedFile, isPresent: boolean): void {
    if (file.isPresent === isPresent) return;
    file.isPresent = isPresent;
    this.publishPresence(file);
  }

  /** Closes documents without a model whose edits are stored, or refused and kept, except those that an undo of several files needs. */
  closeUnused(): void {
    const unused = this.all().filter((file) => this.isUnused(file));
    const undoable = unused.filter((file) => file.undo?.hasGroups && !file.isUnshared);
    const kept = new Set(undoable.slice(-FILES_WITH_UNDO));
    for (const file of unused) if (!kept.has(file)) this.close(file);
  }

  /**
   * Closes files that only an undo of several files keeps open, as many as these paths need to fit.
   *
   * @param most documents that can be open
   * @returns 0 if they fit; otherwise how many more files must be closed first, and nothing was closed
   */
  makeRoom(paths: ReadonlySet<string>, most: number): number {
    const missing = [...paths].filter((path) => !this.files.has(path)).length;
    const open = this.all().filter(({ state }) => state.closedBy === null);
    const excess = missing === 0 ? 0 : Math.max(0, open.length + missing - most);
    const unused = open.filter((file) => !paths.has(file.path) && this.isUnused(file));
    if (excess > unused.length) return excess - unused.length;
    for (const file of unused.slice(0, excess)) this.close(file);
    return 0;
  }

  private isUnused(file: SharedFile): boolean {
    return file.models.size === 0 && !file.mayStore && !this.events.isHeld(file.path);
  }

  private close(file: SharedFile): void {
    if (this.files.get(file.path) === file) this.files.delete(file.path);
    for (const binding of file.bindings.values()) binding.dispose();
    file.bindings.clear();
    file.undo?.destroy();
    const { path, shared, state, records } = file;
    if (shared && state.unacknowledged > 0) void this.earlier.add(path, this.offlineEdits.keep(path, shared.doc, state.unacknowledged, records));
    shared?.close();
    file.settle(false);
  }

  private share(file: SharedFile, options: { unsent?: OfflineDocument | null; moved?: { doc: Y.Doc; edits: number } }): void {
    const shared: SharedDocument = new SharedDocument(
      this.socket,
      file.path,
      {
        synced: () => file.shared === shared && this.synced(file),
        access: (scope) => {
          file.state.isReadOnly = scope === 'readonly';
          this.events.changed(file);
        },
        unacknowledged: (count) => {
          if (file.shared !== shared) return;
          this.offlineEdits.follow(file.path, shared.doc, count, file.records);
          file.state.unacknowledged = count;
          this.events.changed(file);
          if (count === 0 && file.models.size === 0) this.closeUnused();
        },
        closed: (reason) => file.shared === shared && this.closedByServer(file, reason),
      },
      { ...options, isHidden: true },
    );
    file.shared = shared;
    file.state.unacknowledged = shared.unacknowledged;
    shared.awareness.on('change', () => file.shared === shared && this.events.presence(file));
    this.publishPresence(file);
  }

  private synced(file: SharedFile): void {
    file.state.closedBy = null;
    file.state.refusal = null;
    file.state.isGone = false;
    if (file.offline) void this.earlier.sent(file.offline);
    file.offline = null;
    const { onSynced } = file;
    file.onSynced = null;
    onSynced?.();
    file.settle(true);
    this.bind(file);
    this.events.changed(file);
    this.events.synced(file);
  }

  private bind(file: SharedFile): void {
    const { shared } = file;
    if (!shared || (!shared.isSynced && file.undo === null)) return;
    if (!file.undo) {
      file.undo = new OwnUndo(shared.text);
      file.undo.group = () => this.events.groupOf(file);
    }
    const hooks = { undo: (direction: 'undo' | 'redo') => this.events.undo(file, direction) };
    for (const model of file.models) {
      if (!file.bindings.has(model)) file.bindings.set(model, new ModelBinding(shared.text, model as BoundModel, file.undo, hooks));
    }
  }

  private publishPresence(file: SharedFile): void {
    const { shared, isPresent } = file;
    shared?.awareness.setLocalState(isPresent ? { user: { name: this.ownName } } : null);
    if (shared) this.events.presence(file);
  }

  private refused(file: SharedFile, sentence: string): void {
    if (file.undo || file.state.refusal !== null) return;
    file.state.refusal = sentence;
    file.settle(false);
    this.events.changed(file);
  }

  private closedByServer(file: SharedFile, reason: string): void {
    file.state.closedBy = reason;
    this.events.changed(file);
    if (file.undo !== null && hasLostPath(reason)) {
      this.awaitMove(file);
    } else if (reason === 'document-replaced') {
      this.startAgain(file);
    } else if (file.isSuspended) {
      const { shared } = file;
      setTimeout(() => file.shared === shared && shared?.reopen(), REOPEN_MILLISECONDS);
    } else if (file.undo === null) {
      file.shared?.close();
      this.refused(file, refusal(file.path, reason));
    }
  }

  /**
   * The offline edits belong to another document than the one that has the path now, which is opened without them. If
   * theirs was moved, they are sent there; if it has ended, they are offered as a copy.
   */
  private startAgain(file: SharedFile): void {
    file.shared?.close();
    file.records = [];
    file.offline = null;
    this.share(file, {});
    void this.earlier.takeUnlessMoved(file.path).then((edits) => edits && this.offer(file, edits));
  }

  /** Offers edits whose document has ended as a copy, unless the one that has its path now has the same text. */
  private async offer(file: SharedFile, edits: OfflineDocument): Promise<void> {
    if ((await file.ready) && file.shared?.text.toString() === textWith(edits)) return this.discard(edits);
    this.events.replaced(file, edits);
  }

  /** The document has lost its path: its file was moved, deleted or replaced. The notification of a move usually comes at once. */
  private awaitMove(file: SharedFile): void {
    const { shared } = file;
    if (file.sought === shared) return;
    file.sought = shared;
    setTimeout(() => void this.seek(file).finally(() => file.sought === shared && (file.sought = null)), MOVED_MILLISECONDS);
  }

  /** Asks the server where the document is: this page may have had no connection when the file was moved. */
  private async seek(file: SharedFile): Promise<void> {
    const { shared, path } = file;
    const isLost = () => file.shared === shared && file.path === path && this.files.get(path) === file && file.state.closedBy !== null;
    for (let attempt = 0; attempt < REOPEN_ATTEMPTS && isLost(); attempt += 1) {
      const now = await this.events.pathOf(shared!.doc, isLost).catch(() => null);
      if (!isLost()) return;
      if (now === null) break;
      if (now !== path) return this.events.moved(path, now);
      shared!.reopen();
      await new Promise((resolve) => setTimeout(resolve, MOVED_MILLISECONDS));
    }
    if (isLost()) await this.replaced(file);
  }

  /**
   * If another document has the path now, shows that one and offers the text here as a copy. If none has, opening
   * it would create an empty file, so the text stays here until the person decides.
   */
  private async replaced(file: SharedFile): Promise<void> {
    const shared = file.shared!;
    const exists = await this.api.exists(file.path).catch(() => false);
    if (this.files.get(file.path) !== file || file.state.closedBy === null) return;
    file.state.unacknowledged = 0;
    if (!exists) {
      file.state.isGone = true;
      this.events.changed(file);
      this.events.replaced(file, null);
      return;
    }
    const kept = this.offlineEdits.keep(file.path, shared.doc, shared.unacknowledged, file.records);
    file.records = [];
    await this.reload(file, null);
    // With what was typed until the other text was there.
    await this.offer(file, { ...kept, state: Y.encodeStateAsUpdate(shared.doc) });
  }

  /** Shares the document that has the file's path now; `base` is the text that it began with, if the text here continues it. */
  private reload(file: SharedFile, base: string | null): Promise<void> {
    const previous = file.shared!;
    previous.close();
    file.state.closedBy = null;
    return new Promise((resolve) => {
      file.onSynced = () => {
        this.adopt(file, previous, base);
        resolve();
      };
      this.share(file, {});
    });
  }

  /** Binds the models to the new document of a file, with what was typed since `base` in the previous one. */
  private adopt(file: SharedFile, previous: SharedDocument, base: string | null): void {
    const { text, doc } = file.shared!;
    const typed = base === null ? null : smallestEdit(base, previous.text.toString());
    for (const binding of file.bindings.values()) binding.dispose();
    file.bindings.clear();
    file.undo?.destroy();
    file.undo = null;
    if (typed === null || text.toString() !== base) return;
    doc.transact(() => {
      text.delete(typed.offset, typed.length);
      text.insert(typed.offset, typed.text);
    }, this);
  }
}

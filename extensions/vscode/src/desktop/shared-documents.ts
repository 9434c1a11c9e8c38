import { generationOf, hasLostPath, isUnavailable, SharedDocument, smallestEdit, type HocuspocusProviderWebsocket, type MovedDocument } from '@qide/client';
import * as vscode from 'vscode';
import * as Y from 'yjs';
import type { OpenPresence, PresenceState } from '../members/members.js';
import { EditorBinding } from './editor-binding.js';
import type { SaveOutcome, SharedTexts } from './file-system.js';
import { replaceEditors, tabsOf } from './moved-editors.js';
import { setLineFeeds, ShownDocument, withoutReturns } from './shown-document.js';
import { pathOf } from './uris.js';

/** How long a document may take to load before its file counts as not shared. */
const OPEN_MILLISECONDS = 15_000;
/** How long saving waits until the server has stored the edits. */
const STORED_MILLISECONDS = 10_000;
/** The wait before a document is requested again that the server cannot load now. */
const REOPEN_MILLISECONDS = 3_000;
/** Documents without an editor; a further file is read as it is. */
const UNUSED_DOCUMENTS = 64;
/** How long a document stays open without an editor: VS Code reads a file before it opens its document. */
const UNUSED_MILLISECONDS = 30_000;
/** How long a document that lost its path waits for the notification of a move, or for its editor to be closed by a rename here. */
const REPLACED_MILLISECONDS = 3_000;

export interface SharedDocumentsEvents {
  /** Somebody joined, left or moved in a file, or its text changed. */
  presence(file: OpenFile): void;
  /** The number of edits that are not stored changed. */
  saving(): void;
  /** The server does or does not let this person change a file. */
  access(file: OpenFile): void;
  /** The server closed a document for good. */
  closed(file: OpenFile): void;
  /** Where a document is now that lost its path; null if it has ended, or when nobody wants to know any more. */
  pathOf(file: OpenFile, isWanted: () => boolean): Promise<string | null>;
  /** A file was moved while there was no connection. */
  moved(from: string, to: string): void;
}

/** A file whose text is open here. */
export class OpenFile {
  readonly shared: SharedDocument;
  binding: EditorBinding | null = null;
  document: vscode.TextDocument | null = null;
  /** The text of the document when it was clean last, so that of the file: what it has more was typed since. Null if nobody knows it. */
  savedText: string | null = null;
  /** Whether the server's text has arrived, on this connection or on an earlier one. */
  hasText: boolean;
  /** Whether VS Code could not save the document: it does not try again by itself. */
  hasFailedSave = false;
  /** Why the server closed the document for good; null while the text is shared. */
  closedBy: string | null = null;
  isReadOnly = false;
  isBinding = false;
  /** The text with which this person saved a deleted file again: what the document has more was typed since. */
  recreatedText: string | null = null;
  /** Whether an editor has shown the shared text. */
  wasBound = false;
  /** Whether the document lost its path a moment ago: somebody may have moved the file. */
  isAwaitingMove = false;
  /** Resolves to whether the server's text has arrived. */
  readonly ready: Promise<boolean>;
  private settle!: (isShared: boolean) => void;

  constructor(
    socket: HocuspocusProviderWebsocket,
    readonly path: string,
    private readonly events: SharedDocumentsEvents,
    { synced, stored, closed }: { synced(file: OpenFile): void; stored(file: OpenFile): void; closed(file: OpenFile): void },
    moved: MovedDocument | null = null,
  ) {
    this.hasText = moved !== null;
    this.ready = new Promise((resolve) => (this.settle = resolve));
    this.shared = new SharedDocument(
      socket,
      path,
      {
        synced: () => {
          this.hasText = true;
          this.settle(true);
          synced(this);
        },
        access: (scope) => this.setReadOnly(scope === 'readonly'),
        unacknowledged: (count) => {
          events.saving();
          if (count === 0) stored(this);
        },
        closed: (reason) => {
          if (isUnavailable(reason)) {
            setTimeout(() => this.closedBy === null && this.shared.reopen(), REOPEN_MILLISECONDS);
            return;
          }
          this.closedBy = reason;
          this.settle(false);
          closed(this);
        },
      },
      { isHidden: true, moved },
    );
    this.shared.awareness.on('change', () => events.presence(this));
    setTimeout(() => this.settle(false), OPEN_MILLISECONDS);
  }

  setReadOnly(isReadOnly: boolean): void {
    if (this.isReadOnly === isReadOnly) return;
    this.isReadOnly = isReadOnly;
    this.events.access(this);
  }

  /** An editor shows the file. */
  show(document: vscode.TextDocument): void {
    this.document = document;
    this.savedText = document.isDirty ? null : withoutReturns(document.getText());
  }

  /** No editor shows the file any more. */
  hide(): void {
    this.document = null;
    this.hasFailedSave = false;
    this.unbind();
  }

  unbind(): void {
    this.binding?.dispose();
    this.binding = null;
  }

  /** Opens the document again that was away and is back at its path. */
  reopen(): void {
    this.closedBy = null;
    this.shared.reopen();
  }

  close(): void {
    this.settle(false);
    this.unbind();
    this.shared.close();
  }
}

/** A document at the old path of a moved file. */
interface Leaving {
  readonly binding: EditorBinding;
  /** The file at its new path. */
  readonly file: OpenFile;
  /** Whether the file has taken the place of the document in the editors. */
  isReplaced: boolean;
}

/** The documents of VS Code that are files of the workspace, bound to their shared texts. */
export class SharedDocuments implements SharedTexts {
  private readonly files = new Map<string, OpenFile>();
  /** Documents at the old paths of moved files, until they are closed: what is typed in them is shared at the new path. */
  private readonly leaving = new Map<vscode.TextDocument, Leaving>();
  private readonly disposables: vscode.Disposable[];

  /** @param socket used by nothing else; `dispose` ends it */
  constructor(
    private readonly socket: HocuspocusProviderWebsocket,
    private readonly root: vscode.Uri,
    private readonly events: SharedDocumentsEvents,
  ) {
    this.disposables = [
      vscode.workspace.onDidOpenTextDocument((document) => void this.opened(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.closed(document)),
      vscode.workspace.onDidChangeTextDocument((event) => this.changed(event)),
    ];
    for (const document of vscode.workspace.textDocuments) void this.opened(document);
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
    for (const path of [...this.files.keys()]) this.forget(path);
    this.socket.destroy();
  }

  fileOf(document: vscode.TextDocument): OpenFile | undefined {
    return this.isOurs(document) ? this.files.get(pathOf(document.uri)) : undefined;
  }

  /** Whether an editor here shows the shared text of a path. */
  isShared(path: string): boolean {
    const file = this.files.get(path);
    return file !== undefined && file.binding !== null;
  }

  /** Whether the server lets nobody, or not this person, change a file that is open. */
  isReadOnly(path: string): boolean {
    return this.files.get(path)?.isReadOnly ?? false;
  }

  /** This person may edit more or less than before: the server answers with what it allows, and with what is missing of refused edits. */
  accessChanged(mayEdit: boolean): void {
    for (const file of this.files.values()) {
      file.isReadOnly = !mayEdit;
      // Also without a change here: on a new connection, the document's answer may have come first.
      this.events.access(file);
      if (file.binding !== null || this.isExpected(file)) file.shared.reopen();
    }
  }

  /** There is a file at this path, maybe another one than before: an editor that shows the path follows it. */
  appeared(path: string): void {
    const file = this.files.get(path);
    if (file?.isAwaitingMove) void this.seek(file, () => this.open(path));
    else if (file && hasLostPath(file.closedBy)) this.open(path);
  }

  /** Somebody moved a file or a folder: what is open continues at its new path, with every edit made here. */
  moved(from: string, to: string): void {
    for (const file of [...this.files.values()]) {
      if (file.path === from || file.path.startsWith(`${from}/`)) this.followMove(file, to + file.path.slice(from.length));
    }
  }

  private followMove(file: OpenFile, path: string): void {
    const { document, binding, shared } = file;
    const isBound = document !== null && !document.isClosed && binding !== null;
    if (!(isBound || this.isExpected(file))) return;
    const there = this.openedAlready(path, shared.doc);
    const edits = shared.unacknowledged + (there?.shared.unacknowledged ?? 0);
    const shown = there?.binding?.text ?? null;
    const leaving = this.leavingFor(file);
    for (const [left] of leaving) this.leaving.delete(left);
    if (isBound) leaving.push([document, { binding, file, isReplaced: false }]);
    file.binding = null;
    this.forget(path);
    this.forget(file.path);
    if (there) Y.applyUpdate(shared.doc, Y.encodeStateAsUpdate(there.shared.doc));
    const moved = this.create(path, { doc: shared.doc, edits });
    moved.hasFailedSave = file.hasFailedSave;
    if (shown !== null) moved.savedText = shown;
    for (const [left, one] of leaving) {
      if (left !== moved.document) this.leaving.set(left, { ...one, file: moved });
      // It is back at its old path: the document continues with its binding, unless another file had the path meanwhile.
      else if (!one.binding.isDisposed) [moved.binding, moved.wasBound] = [one.binding, true];
    }
    // An editor may show the new path: what it had was deleted, or is in the document.
    void this.bind(moved);
  }

  /** The file at the new path of a document, if it is that document: the person opened it before its move was known here. */
  private openedAlready(path: string, doc: Y.Doc): OpenFile | null {
    const there = this.files.get(path);
    return there !== undefined && there.closedBy === null && generationOf(there.shared.doc) === generationOf(doc) ? there : null;
  }

  private leavingFor(file: OpenFile): [vscode.TextDocument, Leaving][] {
    return [...this.leaving].filter(([, one]) => one.file === file);
  }

  /** Whether a document at an old path waits for the text of this file, to be replaced by it. */
  private isExpected(file: OpenFile): boolean {
    return this.leavingFor(file).some(([, { isReplaced }]) => !isReplaced);
  }

  /** The server's text of a file has arrived: it takes the place of documents at its old path. */
  private async synced(file: OpenFile): Promise<void> {
    void this.bind(file);
    this.saveAgain(file);
    for (const [document, one] of this.leavingFor(file)) {
      if (one.isReplaced || this.leaving.get(document) !== one) continue;
      one.isReplaced = true;
      await replaceEditors(document, this.root.with({ path: `${this.root.path}/${file.path}` }), () => one.binding.dispose());
      // VS Code keeps a document that an extension has opened for some minutes, and shows it again when it is edited.
      if (!document.isDirty && tabsOf(document.uri).length === 0 && this.leaving.get(document) === one) this.leave(document);
      this.closeUnused(file);
    }
  }

  presence(): OpenPresence[] {
    return [...this.files.values()].map(({ path, shared }) => ({ path, ownClient: shared.doc.clientID, states: shared.awareness.getStates() as Map<number, PresenceState> }));
  }

  /** The files with edits that the server has not acknowledged as stored. */
  readonly unstored = () => [...this.files.values()].filter(({ shared, closedBy }) => closedBy === null && shared.unacknowledged > 0);

  async textOf(path: string): Promise<string | null> {
    const unused = [...this.files.values()].filter(({ document }) => document === null).length;
    if (!this.files.has(path) && unused >= UNUSED_DOCUMENTS) return null;
    const file = this.open(path);
    // What the editor shows: edits of others that it does not show yet reach it through the binding.
    return file.hasText || (await file.ready) ? (file.binding?.text ?? withoutReturns(file.shared.text.toString())) : null;
  }

  async save(path: string, text: string): Promise<SaveOutcome> {
    const left = [...this.leaving].find(([document]) => document.isDirty && pathOf(document.uri) === path)?.[1];
    const file = left?.file ?? this.files.get(path);
    if (!file) return 'not-open';
    try {
      if (left) {
        const what = left.binding.isDisposed ? 'What you type here exists only in this window: copy what you need.' : 'What you type here is kept and saved there.';
        throw vscode.FileSystemError.Unavailable(`${path} was moved to ${left.file.path}. ${what}`);
      }
      return await this.saved(file, text);
    } catch (error) {
      file.hasFailedSave = true;
      throw error;
    }
  }

  private async saved(file: OpenFile, text: string): Promise<SaveOutcome> {
    const { path } = file;
    if (file.document === null) return 'not-open';
    if (file.isReadOnly) throw vscode.FileSystemError.NoPermissions('The server does not let you change this file. Copy what you need: the edits are only in this window.');
    if (file.isAwaitingMove) throw vscode.FileSystemError.Unavailable(`${path} was moved or deleted a moment ago: save again in a few seconds.`);
    if (hasLostPath(file.closedBy)) {
      file.recreatedText = withoutReturns(text);
      return 'gone';
    }
    if (file.closedBy !== null) return file.wasBound ? refuseUnshared(file) : 'not-shared';
    if (!file.binding) throw vscode.FileSystemError.Unavailable('The shared text has not arrived yet: save again in a moment.');
    // The editor may save an older snapshot, whose edits the binding already has. Another extension writes a text of its own.
    if (!file.document.isDirty) await this.written(file, file.document, withoutReturns(text));
    if (await file.shared.stored(STORED_MILLISECONDS)) return 'stored';
    throw vscode.FileSystemError.Unavailable('The server has not stored the edits yet. They are kept here: save again when the connection is back.');
  }

  /** Saves a document whose save has failed, when the server has stored its edits. */
  private saveAgain(file: OpenFile): void {
    const { document, binding, closedBy, isReadOnly, shared } = file;
    if (!file.hasFailedSave || document === null || binding === null || closedBy !== null || isReadOnly || shared.unacknowledged > 0) return;
    file.hasFailedSave = false;
    if (document.isDirty) document.save().then(undefined, () => {});
  }

  /** Another extension wrote an open file: what it changed in the text that is shown becomes an edit of this person. */
  private async written(file: OpenFile, document: vscode.TextDocument, text: string): Promise<void> {
    const edit = smallestEdit(document.getText(), text);
    if (edit !== null && !(await new ShownDocument(document).apply([edit]))) {
      throw vscode.FileSystemError.Unavailable(`${file.path} was edited meanwhile: read it and write it again.`);
    }
  }

  /** Undoes or redoes a step of this person; false if the document is not shared. */
  undo(document: vscode.TextDocument, direction: 'undo' | 'redo'): boolean {
    const undo = this.fileOf(document)?.binding?.undo;
    if (!undo) return false;
    if (direction === 'undo') undo.undo();
    else undo.redo();
    return true;
  }

  /** The path in the workspace; null for any other URI. */
  pathIn(uri: vscode.Uri): string | null {
    const isOurs = uri.scheme === this.root.scheme && uri.authority === this.root.authority && uri.path.startsWith(`${this.root.path}/`);
    return isOurs ? pathOf(uri) : null;
  }

  private isOurs({ uri }: vscode.TextDocument): boolean {
    return this.pathIn(uri) !== null;
  }

  private open(path: string): OpenFile {
    const existing = this.files.get(path);
    if (existing && existing.closedBy === null) return existing;
    if (existing) this.forget(path);
    const file = this.create(path, null);
    if (existing && existing.document === file.document) file.recreatedText = existing.recreatedText;
    return file;
  }

  private create(path: string, moved: MovedDocument | null): OpenFile {
    const hooks = { synced: (synced: OpenFile) => void this.synced(synced), stored: (stored: OpenFile) => this.saveAgain(stored), closed: (closed: OpenFile) => this.closedByServer(closed) };
    const file = new OpenFile(this.socket, path, this.events, hooks, moved);
    this.files.set(path, file);
    // An editor may have shown the path all the time; one that shows a file that left the path belongs to that file.
    const document = vscode.workspace.textDocuments.find((one) => this.isOurs(one) && pathOf(one.uri) === path && !this.leaving.has(one));
    if (document) file.show(document);
    this.closeUnused(file);
    return file;
  }

  /** Closes a file after a while if no editor shows it. */
  private closeUnused(file: OpenFile): void {
    setTimeout(() => file.document === null && !this.isExpected(file) && void this.release(file), UNUSED_MILLISECONDS);
  }

  private async opened(document: vscode.TextDocument): Promise<void> {
    // A document that left the path belongs to the file that left.
    if (!this.isOurs(document) || this.leaving.has(document)) return;
    const file = this.open(pathOf(document.uri));
    if (file.document !== document) file.show(document);
    // VS Code does not notice a change of access before it has the document.
    if (file.isReadOnly) this.events.access(file);
    if (file.hasText) await this.bind(file);
  }

  /** Binds the document of a file, if it is open, to the shared text, which has arrived. */
  private async bind(file: OpenFile): Promise<void> {
    const { document } = file;
    const isWanted = () => this.files.get(file.path) === file && file.document === document && file.closedBy === null;
    if (document === null || document.isClosed || !isWanted() || file.binding !== null || file.isBinding) return;
    const shown = new ShownDocument(document);
    if (file.recreatedText === withoutReturns(file.shared.text.toString())) file.savedText ??= file.recreatedText;
    file.recreatedText = null;
    file.isBinding = true;
    const followed = await shown.follow(() => withoutReturns(file.shared.text.toString()), () => file.savedText).finally(() => (file.isBinding = false));
    if (!isWanted()) {
      // The person may have closed the document, and opened the file again.
      if (file.document !== document) void this.bind(file);
    } else if (followed.isReady) {
      const failed = (error: unknown) => void vscode.window.showErrorMessage(`${file.path} cannot follow the edits of others: ${String(error)}`);
      file.binding = new EditorBinding(file.shared.text, shown, failed);
      file.wasBound = true;
      this.saveAgain(file);
    } else {
      setTimeout(() => void this.bind(file), REOPEN_MILLISECONDS);
    }
    if (followed.replaced !== null && withoutReturns(followed.replaced) !== withoutReturns(document.getText())) await offer(file.path, followed.replaced, document.languageId);
    this.events.presence(file);
  }

  private closed(document: vscode.TextDocument): void {
    // A document whose language changes is reported as closed and opened again.
    if (!this.isOurs(document) || !document.isClosed) return;
    const left = this.leaving.get(document);
    this.leave(document);
    // Closed before the file has taken its place: nothing shows the file.
    if (left?.isReplaced === false && left.file.document === null && !this.isExpected(left.file)) void this.release(left.file);
    const file = this.files.get(pathOf(document.uri));
    if (!file || file.document !== document) return;
    file.hide();
    void this.release(file);
  }

  private changed({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const file = this.fileOf(document);
    if (file?.document === document && contentChanges.length === 0) {
      const text = withoutReturns(document.getText());
      // It was saved or reverted.
      if (!document.isDirty) file.savedText = text;
      // A text that the editor restores from an earlier window is reported as clean, and as dirty right after that.
      else if (file.savedText === text) file.savedText = null;
    }
    const binding = this.leaving.get(document)?.binding ?? (file?.document === document ? file.binding : null);
    if (!binding) return;
    if (document.eol !== vscode.EndOfLine.LF) void setLineFeeds(document);
    if (contentChanges.length > 0) binding.changed(contentChanges.map(({ rangeOffset, rangeLength, text }) => ({ offset: rangeOffset, length: rangeLength, text })));
  }

  /** Closes a document without an editor when its edits are stored, or when this person may not store them. */
  private async release(file: OpenFile): Promise<void> {
    const isWaiting = () => this.files.get(file.path) === file && file.closedBy === null && !file.isReadOnly;
    while (isWaiting() && !(await file.shared.stored(STORED_MILLISECONDS))) if (file.document !== null) return;
    if (file.document === null && this.files.get(file.path) === file) this.forget(file.path);
  }

  private forget(path: string): void {
    const file = this.files.get(path);
    if (file === undefined) return;
    file.close();
    this.files.delete(path);
    for (const [document] of this.leavingFor(file)) this.leave(document);
  }

  /** A document at the old path of a moved file is no longer shared. */
  private leave(document: vscode.TextDocument): void {
    this.leaving.get(document)?.binding.dispose();
    this.leaving.delete(document);
  }

  private closedByServer(file: OpenFile): void {
    this.events.closed(file);
    this.events.saving();
    const isShown = (file.document !== null && file.wasBound) || this.isExpected(file);
    if (!isShown || !hasLostPath(file.closedBy)) return this.unbind(file);
    if (file.isAwaitingMove) return;
    file.isAwaitingMove = true;
    setTimeout(() => void this.seek(file, () => this.unbind(file)), REPLACED_MILLISECONDS);
  }

  /** Asks the server where a document is that lost its path: there may have been no connection when its file was moved. */
  private async seek(file: OpenFile, ended: () => void): Promise<void> {
    const isLost = () => file.isAwaitingMove && this.files.get(file.path) === file;
    const path = await this.events.pathOf(file, isLost).catch(() => null);
    if (!isLost()) return;
    file.isAwaitingMove = false;
    if (path === null) ended();
    else if (path !== file.path) this.events.moved(file.path, path);
    else file.reopen();
  }

  /** The document is not shared any more; an editor that shows it has its text alone. */
  private unbind(file: OpenFile): void {
    file.unbind();
    for (const [document, { isReplaced }] of this.leavingFor(file)) {
      this.leave(document);
      if (!isReplaced) this.warnUnshared(file, document);
    }
    if (file.document === null) this.closeUnused(file);
    else if (file.wasBound) this.warnUnshared(file, file.document);
  }

  private warnUnshared({ closedBy }: OpenFile, document: vscode.TextDocument): void {
    if (document.isClosed) return;
    const path = pathOf(document.uri);
    const why = hasLostPath(closedBy) ? 'was deleted or moved. Its text exists only in this window: save it to create the file again.' : `is no longer shared (${closedBy}). What you type now exists only in this window.`;
    void vscode.window.showWarningMessage(`${path} ${why}`);
  }
}

function refuseUnshared({ path, closedBy }: OpenFile): never {
  throw vscode.FileSystemError.Unavailable(`${path} is no longer shared (${closedBy}), and somebody may have changed it: copy your text, and open the file again.`);
}

async function offer(path: string, text: string, language: string): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: text, language }), { preview: false });
  void vscode.window.showInformationMessage(`This new document has the text of ${path} as this window had it last: compare the two before you use it.`);
}

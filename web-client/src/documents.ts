import { SharedDocument, TEXT_ROOT, type HocuspocusProviderWebsocket, type OpenDocument } from '@qide/client';
import { ApiError, type FilesApi } from './api.js';
import { ModelBinding, type BoundModel } from './binding.js';
import { textOf, type KeptDocument, type KeptEditsStore } from './kept-edits.js';
import { monaco } from './monaco.js';
import { conflictPath, uriOfPath } from './paths.js';
import { OpenFile } from './open-file.js';
import { OpenError, refusal } from './refusals.js';

/** How long a document may take to load before opening it fails. */
const OPEN_MILLISECONDS = 15_000;
/** The delay before the page requests a document again that the server cannot load now. */
const REOPEN_MILLISECONDS = 3_000;
/** Documents open without a tab, as targets of a definition. */
const DOCUMENTS_WITHOUT_TAB = 16;
/** Names tried for a conflict copy. */
const CONFLICT_NAMES = 20;

export interface DocumentEvents {
  /** The displayed state of the file changed. */
  changed(file: OpenFile): void;
  /** Somebody joined, left or moved in the file. */
  presence(file: OpenFile): void;
  /** Shows one sentence to the person. */
  report(sentence: string, isProblem: boolean): void;
}

/** A document whose text has arrived; `attach` binds it to its file and returns whether it is read-only. */
interface LoadedDocument {
  readonly shared: SharedDocument;
  readonly attach: (file: OpenFile) => boolean;
}

/** The open files of one workspace. */
export class Documents {
  private readonly files = new Map<string, OpenFile>();
  private readonly opening = new Map<string, Promise<OpenFile>>();
  private readonly kept: Promise<Map<string, KeptDocument>>;

  constructor(
    private readonly socket: HocuspocusProviderWebsocket,
    private readonly api: FilesApi,
    private readonly events: DocumentEvents,
    private readonly ownName: string,
    private readonly keptEdits: KeptEditsStore,
  ) {
    this.kept = keptEdits.all();
  }

  get(path: string): OpenFile | undefined {
    return this.files.get(path);
  }

  byUri(uri: monaco.Uri): OpenFile | undefined {
    const wanted = uri.toString().toLowerCase();
    return this.all().find((file) => file.model.uri.toString().toLowerCase() === wanted);
  }

  all(): OpenFile[] {
    return [...this.files.values()];
  }

  get unacknowledged(): number {
    return this.all().reduce((sum, file) => sum + file.state.unacknowledged, 0);
  }

  /** The documents that a new connection opens at the language servers. */
  *openDocuments(): Iterable<OpenDocument> {
    for (const { path, model, isShared } of this.files.values()) {
      if (!isShared) continue;
      yield {
        uri: uriOfPath(path),
        languageId: model.getLanguageId(),
        version: model.getVersionId(),
        text: model.getValue(),
      };
    }
  }

  /**
   * Opens a document and waits for its text.
   *
   * @throws OpenError when the server refuses it or it does not load in time
   */
  async open(path: string): Promise<OpenFile> {
    const existing = this.files.get(path);
    if (existing) return existing;
    let opening = this.opening.get(path);
    if (!opening) {
      opening = this.openNow(path)
        .catch((error: unknown) => {
          if (error instanceof OpenError && error.reason === 'file-too-large') return this.openLarge(path);
          throw error;
        })
        .finally(() => this.opening.delete(path));
      this.opening.set(path, opening);
    }
    return opening;
  }

  close(file: OpenFile): void {
    this.files.delete(file.path);
    file.binding?.dispose();
    file.shared?.close();
    file.model.dispose();
  }

  /**
   * Opens every file that has kept edits of an earlier visit, which sends them. Edits of a deleted file
   * become a conflict copy beside its path; `copied` are the paths of these copies.
   */
  async openKept(): Promise<{ opened: OpenFile[]; copied: string[] }> {
    const opened: OpenFile[] = [];
    const copied: string[] = [];
    for (const [path, document] of [...(await this.kept)]) {
      if (await this.api.exists(path)) {
        opened.push(await this.open(path));
        continue;
      }
      copied.push(await this.createConflictCopy(path, textOf(document, TEXT_ROOT)));
      await this.keptEdits.forget(document.records);
      (await this.kept).delete(path);
    }
    return { opened, copied };
  }

  /** Creates the file again whose text is open but which was deleted or moved. */
  async recreate(file: OpenFile): Promise<void> {
    await this.api.create(file.path, file.model.getValue());
    await this.adopt(file);
  }

  /** Stores the text that lost its path as a file beside it; returns the new path. */
  async keepConflictCopy(file: OpenFile): Promise<string> {
    const path = await this.createConflictCopy(file.path, file.state.conflictCopy ?? '');
    this.dropConflictCopy(file);
    return path;
  }

  dropConflictCopy(file: OpenFile): void {
    file.state.conflictCopy = null;
    void this.keptEdits.forget(file.copyRecords);
    file.copyRecords = [];
    this.events.changed(file);
  }

  private async createConflictCopy(path: string, text: string): Promise<string> {
    for (let attempt = 1; attempt <= CONFLICT_NAMES; attempt += 1) {
      const copy = conflictPath(path, attempt);
      try {
        await this.api.create(copy, text);
        return copy;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 412) throw error;
      }
    }
    throw new ApiError('path-clash', 409, 'There are too many conflict copies of this file: delete some first.');
  }

  private async openNow(path: string): Promise<OpenFile> {
    const allKept = await this.kept;
    const kept = allKept.get(path) ?? null;
    const { loaded, isReplaced } = await this.loadWith(path, kept);
    allKept.delete(path);
    const { shared, attach } = loaded;
    const model = monaco.editor.createModel(shared.text.toString(), undefined, monaco.Uri.parse(uriOfPath(path)));
    model.setEOL(monaco.editor.EndOfLineSequence.LF);
    const file = new OpenFile(path, model, 'shared', shared, new ModelBinding(shared.text, model as BoundModel));
    file.state.isReadOnly = attach(file);
    file.state.unacknowledged = shared.unacknowledged;
    if (kept && isReplaced) this.offerCopy(file, kept);
    this.files.set(path, file);
    this.closeUnused();
    this.joinAwareness(file);
    void this.applyStyle(path, model);
    return file;
  }

  /** Indents as the project wants. Without an answer the editor's own choice stays. */
  private async applyStyle(path: string, model: monaco.editor.ITextModel): Promise<void> {
    try {
      const { tabSize, insertSpaces } = await this.api.style(path);
      if (model.isDisposed()) return;
      model.updateOptions({
        ...(tabSize === undefined ? {} : { tabSize, indentSize: tabSize }),
        ...(insertSpaces === undefined ? {} : { insertSpaces }),
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** Opens a file above the size limit of shared documents, read-only. */
  private async openLarge(path: string): Promise<OpenFile> {
    const content = await this.api.read(path);
    if (content === null) throw new OpenError(refusal(path, 'file-not-text'), 'file-not-text');
    // A separate scheme, so that no language server gets it.
    return this.openForReading(path, 'large', content, monaco.Uri.parse(uriOfPath(path)).with({ scheme: 'qide-large' }));
  }

  /**
   * Opens an external document that a language server named, read-only; its path here is its URI.
   *
   * @throws ApiError when the server does not serve it
   */
  async openExternal(uri: string): Promise<OpenFile> {
    const existing = this.files.get(uri);
    if (existing) return existing;
    const content = await this.api.external(uri);
    return this.files.get(uri) ?? this.openForReading(uri, 'external', content, monaco.Uri.parse(uri));
  }

  private openForReading(path: string, kind: 'large' | 'external', content: string, uri: monaco.Uri): OpenFile {
    const model = monaco.editor.createModel(content, kind === 'large' ? 'plaintext' : undefined, uri);
    model.setEOL(monaco.editor.EndOfLineSequence.LF);
    const file = new OpenFile(path, model, kind);
    file.state.isReadOnly = true;
    this.files.set(path, file);
    this.closeUnused();
    return file;
  }

  /** Opens the new path of a moved file. Offers unacknowledged text as a copy, and keeps offering an earlier copy. */
  async follow(file: OpenFile, path: string): Promise<OpenFile> {
    const own = file.model.getValue();
    const { conflictCopy: copy } = file.state;
    const hadEdits = file.hadEdits || file.state.unacknowledged > 0;
    const next = await this.open(path);
    next.viewState = file.viewState;
    const hasLostEdits = hadEdits && own !== next.model.getValue();
    // Only one text can be offered, so the older one becomes a file at once.
    if (hasLostEdits && copy !== null) await this.createConflictCopy(path, copy);
    if (hasLostEdits) next.state.conflictCopy = own;
    else if (copy !== null) {
      next.state.conflictCopy = copy;
      next.copyRecords = file.copyRecords;
    }
    this.close(file);
    return next;
  }

  private offerCopy(file: OpenFile, kept: KeptDocument): void {
    const text = textOf(kept, TEXT_ROOT);
    if (text === file.model.getValue()) void this.keptEdits.forget(kept.records);
    else {
      file.state.conflictCopy = text;
      file.copyRecords = kept.records;
    }
  }

  /** Loads a document with the kept edits of an earlier visit, or without them if they belong to another generation. */
  private async loadWith(path: string, kept: KeptDocument | null): Promise<{ loaded: LoadedDocument; isReplaced: boolean }> {
    try {
      return { loaded: await this.load(path, kept), isReplaced: false };
    } catch (error) {
      if (kept === null || !(error instanceof OpenError) || error.reason !== 'document-replaced') throw error;
      return { loaded: await this.load(path), isReplaced: true };
    }
  }

  /** Loads a document; resolves when its text has arrived. */
  private load(path: string, kept: KeptDocument | null = null): Promise<LoadedDocument> {
    return new Promise((resolve, reject) => {
      const adopted = [...(kept?.records ?? [])];
      let file: OpenFile | null = null;
      let isReadOnly = false;
      const fail = (sentence: string, reason = '') => {
        clearTimeout(timer);
        shared.close();
        reject(new OpenError(sentence, reason));
      };
      const timer = setTimeout(() => fail(`The server did not send ${path} in time: try again in a moment.`), OPEN_MILLISECONDS);
      const attach = (opened: OpenFile) => {
        file = opened;
        return isReadOnly;
      };
      const shared = new SharedDocument(this.socket, path, {
        synced: () => {
          clearTimeout(timer);
          if (file === null) resolve({ shared, attach });
          else this.reloaded(file);
        },
        access: (scope) => {
          isReadOnly = scope === 'readonly';
          if (file && file.shared === shared) this.setReadOnly(file, isReadOnly);
        },
        unacknowledged: (count) => {
          this.keptEdits.follow(path, shared.doc, count, adopted);
          if (!file || file.shared !== shared) return;
          file.state.unacknowledged = count;
          this.events.changed(file);
        },
        closed: (reason) => {
          if (file === null) fail(refusal(path, reason), reason);
          else if (file.shared === shared) this.closedByServer(file, reason);
        },
      }, kept);
    });
  }

  /** Publishes this person's name in the document, and listens for the others. */
  private joinAwareness(file: OpenFile): void {
    const { shared } = file;
    if (shared === null) return;
    shared.awareness.setLocalStateField('user', { name: this.ownName });
    shared.awareness.on('change', () => {
      if (file.shared === shared) this.events.presence(file);
    });
    this.events.presence(file);
  }

  private reloaded(file: OpenFile): void {
    file.state.closedBy = null;
    this.events.changed(file);
  }

  private setReadOnly(file: OpenFile, isReadOnly: boolean): void {
    file.state.isReadOnly = isReadOnly;
    this.events.changed(file);
  }

  private closedByServer(file: OpenFile, reason: string): void {
    file.state.closedBy = reason;
    this.events.changed(file);
    if (reason === 'document-replaced') void this.replaced(file);
    else if (file.isSuspended) {
      setTimeout(() => {
        if (this.files.get(file.path) === file) file.shared?.reopen();
      }, REOPEN_MILLISECONDS);
    }
  }

  /**
   * The document has lost its path. If another document has the path now, loads that one and offers the old
   * text as a copy. If none has, loading it would create an empty file, so the text stays here until the
   * person decides.
   */
  private async replaced(file: OpenFile): Promise<void> {
    const own = file.model.getValue();
    file.binding?.dispose();
    file.shared?.close();
    file.hadEdits = file.state.unacknowledged > 0;
    // No acknowledgement will come; the offered copy contains these edits.
    file.state.unacknowledged = 0;
    try {
      const exists = await this.api.exists(file.path);
      // The page has followed the file to its new path meanwhile.
      if (this.files.get(file.path) !== file) return;
      if (exists) {
        await this.adopt(file);
        if (own !== file.model.getValue()) file.state.conflictCopy = own;
      } else file.state.isGone = true;
    } catch (error) {
      file.state.conflictCopy = own;
      this.events.report(error instanceof Error ? error.message : String(error), true);
    }
    this.events.changed(file);
  }

  /** Replaces the file's document by the one that has its path now. */
  private async adopt(file: OpenFile): Promise<void> {
    const { shared, attach } = await this.load(file.path);
    file.shared = shared;
    file.binding = new ModelBinding(shared.text, file.model as BoundModel);
    file.state.isReadOnly = attach(file);
    file.state.closedBy = null;
    file.state.isGone = false;
    file.state.unacknowledged = shared.unacknowledged;
    this.joinAwareness(file);
    this.events.changed(file);
  }

  private closeUnused(): void {
    const unused = this.all().filter((file) => !file.hasTab && file.state.unacknowledged === 0);
    for (const file of unused.slice(0, -DOCUMENTS_WITHOUT_TAB)) this.close(file);
  }
}

import { SharedDocument, TEXT_ROOT, type HocuspocusProviderWebsocket, type OpenDocument } from '@qide/client';
import { ApiError, type FilesApi } from './api.js';
import { ModelBinding, type BoundModel } from './binding.js';
import { textOf, type KeptDocument, type KeptEditsStore } from './kept-edits.js';
import { monaco } from './monaco.js';
import { conflictPath, uriOfPath } from './paths.js';
import { OpenFile } from './open-file.js';
import { OpenError, refusal } from './refusals.js';

/** How long a document may take to arrive before its opening fails with a sentence. */
const OPEN_MILLISECONDS = 15_000;
/** How soon a document that the server cannot load just now is asked for again. */
const REOPEN_MILLISECONDS = 3_000;
/** Documents opened without a tab, as targets of a definition. */
const DOCUMENTS_WITHOUT_TAB = 16;
/** Names tried for a conflict copy. */
const CONFLICT_NAMES = 20;

export interface DocumentEvents {
  /** Something that is shown of the file changed. */
  changed(file: OpenFile): void;
  /** Somebody came, went or moved in the file. */
  presence(file: OpenFile): void;
  /** One sentence for the person. */
  said(sentence: string, isProblem: boolean): void;
}

/** A document that has come; `attach` names the file it is for, and tells whether it is read-only. */
interface Arrival {
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
    private readonly keeper: KeptEditsStore,
  ) {
    this.kept = keeper.all();
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

  /** What a new line must tell the language servers. */
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
   * @throws OpenError when the server refuses it or it does not come in time
   */
  async open(path: string): Promise<OpenFile> {
    const there = this.files.get(path);
    if (there) return there;
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
   * Opens every file that has edits of an earlier visit, which sends them. Edits of a file that is
   * gone become a file beside its place; `copied` are the paths of those.
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
      await this.keeper.forget(document.records);
      (await this.kept).delete(path);
    }
    return { opened, copied };
  }

  /** Makes a file of the text whose file was deleted or moved. */
  async makeAgain(file: OpenFile): Promise<void> {
    await this.api.create(file.path, file.model.getValue());
    await this.take(file);
  }

  /** Stores the text that lost its path as a file beside it; returns the new path. */
  async keepConflictCopy(file: OpenFile): Promise<string> {
    const path = await this.createConflictCopy(file.path, file.state.conflictCopy ?? '');
    this.dropConflictCopy(file);
    return path;
  }

  dropConflictCopy(file: OpenFile): void {
    file.state.conflictCopy = null;
    void this.keeper.forget(file.copyRecords);
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
    throw new ApiError('path-clash', 409, 'There are too many conflict copies of this file already.');
  }

  private async openNow(path: string): Promise<OpenFile> {
    const allKept = await this.kept;
    const kept = allKept.get(path) ?? null;
    const { arrival, isReplaced } = await this.arriveWith(path, kept);
    allKept.delete(path);
    const { shared, attach } = arrival;
    const model = monaco.editor.createModel(shared.text.toString(), undefined, monaco.Uri.parse(uriOfPath(path)));
    model.setEOL(monaco.editor.EndOfLineSequence.LF);
    const file = new OpenFile(path, model, 'shared', shared, new ModelBinding(shared.text, model as BoundModel));
    file.state.isReadOnly = attach(file);
    file.state.unacknowledged = shared.unacknowledged;
    if (kept && isReplaced) this.offerCopy(file, kept);
    this.files.set(path, file);
    this.closeForgotten();
    this.meet(file);
    return file;
  }

  /** A file above the limit of what is shared is read as it is, and nobody changes it here. */
  private async openLarge(path: string): Promise<OpenFile> {
    const content = await this.api.read(path);
    if (content === null) throw new OpenError(refusal(path, 'file-not-text'), 'file-not-text');
    // A scheme of its own: no language server is told of it.
    return this.openForReading(path, 'large', content, monaco.Uri.parse(uriOfPath(path)).with({ scheme: 'qide-large' }));
  }

  /**
   * A document outside the workspace that a language server named; its path here is its URI.
   *
   * @throws ApiError when the server does not give it
   */
  async openExternal(uri: string): Promise<OpenFile> {
    const there = this.files.get(uri);
    if (there) return there;
    const content = await this.api.external(uri);
    return this.files.get(uri) ?? this.openForReading(uri, 'external', content, monaco.Uri.parse(uri));
  }

  private openForReading(path: string, kind: 'large' | 'external', content: string, uri: monaco.Uri): OpenFile {
    const model = monaco.editor.createModel(content, kind === 'large' ? 'plaintext' : undefined, uri);
    model.setEOL(monaco.editor.EndOfLineSequence.LF);
    const file = new OpenFile(path, model, kind);
    file.state.isReadOnly = true;
    this.files.set(path, file);
    this.closeForgotten();
    return file;
  }

  /** Opens the path that a file has now; text that nobody acknowledged is offered as a copy, and a copy that waits goes on waiting. */
  async follow(file: OpenFile, path: string): Promise<OpenFile> {
    const own = file.model.getValue();
    const { conflictCopy: copy } = file.state;
    const hadEdits = file.hadEdits || file.state.unacknowledged > 0;
    const next = await this.open(path);
    next.viewState = file.viewState;
    const isOwed = hadEdits && own !== next.model.getValue();
    // One text can be offered, so the older one becomes a file at once.
    if (isOwed && copy !== null) await this.createConflictCopy(path, copy);
    if (isOwed) next.state.conflictCopy = own;
    else if (copy !== null) {
      next.state.conflictCopy = copy;
      next.copyRecords = file.copyRecords;
    }
    this.close(file);
    return next;
  }

  private offerCopy(file: OpenFile, kept: KeptDocument): void {
    const text = textOf(kept, TEXT_ROOT);
    if (text === file.model.getValue()) void this.keeper.forget(kept.records);
    else {
      file.state.conflictCopy = text;
      file.copyRecords = kept.records;
    }
  }

  /** Asks for a document with the edits of an earlier visit; without them when they are another's. */
  private async arriveWith(path: string, kept: KeptDocument | null): Promise<{ arrival: Arrival; isReplaced: boolean }> {
    try {
      return { arrival: await this.arrive(path, kept), isReplaced: false };
    } catch (error) {
      if (kept === null || !(error instanceof OpenError) || error.reason !== 'document-replaced') throw error;
      return { arrival: await this.arrive(path), isReplaced: true };
    }
  }

  /** Asks for a document; resolves when its text is here. */
  private arrive(path: string, kept: KeptDocument | null = null): Promise<Arrival> {
    return new Promise((resolve, reject) => {
      const adopted = [...(kept?.records ?? [])];
      let file: OpenFile | null = null;
      let isReadOnly = false;
      const fail = (sentence: string, reason = '') => {
        clearTimeout(timer);
        shared.close();
        reject(new OpenError(sentence, reason));
      };
      const timer = setTimeout(() => fail(`${path} did not arrive from the server: try again in a moment.`), OPEN_MILLISECONDS);
      const attach = (opened: OpenFile) => {
        file = opened;
        return isReadOnly;
      };
      const shared = new SharedDocument(this.socket, path, {
        synced: () => {
          clearTimeout(timer);
          if (file === null) resolve({ shared, attach });
          else this.arrivedAgain(file);
        },
        access: (scope) => {
          isReadOnly = scope === 'readonly';
          if (file && file.shared === shared) this.setReadOnly(file, isReadOnly);
        },
        unacknowledged: (count) => {
          this.keeper.follow(path, shared.doc, count, adopted);
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

  /** Says who we are in the document, and listens who else is there. */
  private meet(file: OpenFile): void {
    const { shared } = file;
    if (shared === null) return;
    shared.awareness.setLocalStateField('user', { name: this.ownName });
    shared.awareness.on('change', () => {
      if (file.shared === shared) this.events.presence(file);
    });
    this.events.presence(file);
  }

  private arrivedAgain(file: OpenFile): void {
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
    else if (file.isHeld) {
      setTimeout(() => {
        if (this.files.get(file.path) === file) file.shared?.reopen();
      }, REOPEN_MILLISECONDS);
    }
  }

  /**
   * The document has lost its path. If another has taken it, that one is taken in, and the text that
   * was here is offered as a copy; if none has, asking for it would make an empty file, so the text
   * stays here until the person decides.
   */
  private async replaced(file: OpenFile): Promise<void> {
    const own = file.model.getValue();
    file.binding?.dispose();
    file.shared?.close();
    file.hadEdits = file.state.unacknowledged > 0;
    // Nobody will acknowledge them any more: they live on in the copy that is offered.
    file.state.unacknowledged = 0;
    try {
      const isThere = await this.api.exists(file.path);
      // It has been followed to its new path meanwhile.
      if (this.files.get(file.path) !== file) return;
      if (isThere) {
        await this.take(file);
        if (own !== file.model.getValue()) file.state.conflictCopy = own;
      } else file.state.isGone = true;
    } catch (error) {
      file.state.conflictCopy = own;
      this.events.said(error instanceof Error ? error.message : String(error), true);
    }
    this.events.changed(file);
  }

  /** Takes in the document that has the file's path now. */
  private async take(file: OpenFile): Promise<void> {
    const { shared, attach } = await this.arrive(file.path);
    file.shared = shared;
    file.binding = new ModelBinding(shared.text, file.model as BoundModel);
    file.state.isReadOnly = attach(file);
    file.state.closedBy = null;
    file.state.isGone = false;
    file.state.unacknowledged = shared.unacknowledged;
    this.meet(file);
    this.events.changed(file);
  }

  private closeForgotten(): void {
    const forgotten = this.all().filter((file) => !file.hasTab && file.state.unacknowledged === 0);
    for (const file of forgotten.slice(0, -DOCUMENTS_WITHOUT_TAB)) this.close(file);
  }
}

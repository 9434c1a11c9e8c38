import { SharedDocument, type HocuspocusProviderWebsocket, type OpenDocument } from '@qide/client';
import { ApiError, type FilesApi } from './api.js';
import { ModelBinding, smallestEdit, type BoundModel } from './binding.js';
import { monaco } from './monaco.js';
import { conflictPath, nameOf, uriOfPath } from './paths.js';

/** How long a document may take to arrive before its opening fails with a sentence. */
const OPEN_MILLISECONDS = 15_000;
/** How soon a document that the server cannot load just now is asked for again. */
const REOPEN_MILLISECONDS = 3_000;
/** Documents opened without a tab, as targets of a definition. */
const DOCUMENTS_WITHOUT_TAB = 16;
/** Names tried for a conflict copy. */
const CONFLICT_NAMES = 20;

/** What a tab, a banner and the status bar show of one open file. */
export interface FileState {
  /** Edits made here that the server has not stored yet. */
  unacknowledged: number;
  /** Whether the text differs from the file on disk. */
  isDirty: boolean;
  isReadOnly: boolean;
  /** What a tool did to the file on disk, if anything: saving needs a decision. */
  disk: 'as-known' | 'changed' | 'deleted';
  /** The text that was here before another document took this path. */
  conflictCopy: string | null;
  /** Why the server closed the document; null while it is open. */
  closedBy: string | null;
}

/** An open file: the shared document, the editor's model and what is known of the disk. */
export class OpenFile {
  readonly state: FileState = {
    unacknowledged: 0,
    isDirty: false,
    isReadOnly: false,
    disk: 'as-known',
    conflictCopy: null,
    closedBy: null,
  };
  hasTab = false;
  isSaving = false;
  viewState: monaco.editor.ICodeEditorViewState | null = null;
  etag = '';
  /** The text that the file on disk holds as far as we know; null when that is not known. */
  savedText: string | null = null;

  constructor(
    readonly path: string,
    readonly model: monaco.editor.ITextModel,
    public shared: SharedDocument,
    public binding: ModelBinding,
  ) {}

  get name(): string {
    return nameOf(this.path);
  }

  judgeDirty(): void {
    this.state.isDirty = this.savedText !== null && this.savedText !== this.model.getValue();
  }
}

export interface DocumentEvents {
  /** Something that is shown of the file changed. */
  changed(file: OpenFile): void;
  /** One sentence for the person. */
  said(sentence: string, isProblem: boolean): void;
}

/** Why a file cannot be opened, in a sentence. */
export class OpenError extends Error {}

/** The open files of one workspace. */
export class Documents {
  private readonly files = new Map<string, OpenFile>();
  private readonly opening = new Map<string, Promise<OpenFile>>();

  constructor(
    private readonly socket: HocuspocusProviderWebsocket,
    private readonly api: FilesApi,
    private readonly events: DocumentEvents,
  ) {}

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
    for (const { path, model } of this.files.values()) {
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
      opening = this.openNow(path).finally(() => this.opening.delete(path));
      this.opening.set(path, opening);
    }
    return opening;
  }

  close(file: OpenFile): void {
    this.files.delete(file.path);
    file.binding.dispose();
    file.shared.close();
    file.model.dispose();
  }

  /** Writes the text to the file on disk. Returns whether it was written. */
  async save(file: OpenFile): Promise<boolean> {
    const text = file.model.getValue();
    file.isSaving = true;
    try {
      file.etag = file.etag === '' ? await this.api.create(file.path, text) : await this.api.write(file.path, text, file.etag);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error;
      file.state.disk = file.state.disk === 'deleted' ? 'deleted' : 'changed';
      this.events.changed(file);
      return false;
    } finally {
      file.isSaving = false;
    }
    this.becomeSaved(file, text);
    return true;
  }

  /** Writes over whatever a tool wrote. */
  async overwrite(file: OpenFile): Promise<boolean> {
    try {
      file.etag = (await this.api.read(file.path)).etag;
    } catch (error) {
      if (!(error instanceof ApiError) || error.failure !== 'file-unknown') throw error;
      file.etag = '';
    }
    return this.save(file);
  }

  /** Takes the text of the disk into the document, as an edit of this person that can be undone. */
  async reload(file: OpenFile): Promise<void> {
    const { text, etag } = await this.api.read(file.path);
    const edit = smallestEdit(file.model.getValue(), text);
    if (edit) {
      const start = file.model.getPositionAt(edit.offset);
      const end = file.model.getPositionAt(edit.offset + edit.length);
      // A step of its own: undoing it must bring back what was typed a moment before.
      file.binding.undoManager.stopCapturing();
      file.model.pushEditOperations(null, [{ range: monaco.Range.fromPositions(start, end), text: edit.text }], () => null);
      file.binding.undoManager.stopCapturing();
    }
    file.etag = etag;
    this.becomeSaved(file, text);
  }

  /** Somebody saved the file: their ETag is the one to change next. Returns whether that was news. */
  fileSaved(path: string, etag: string): boolean {
    const file = this.files.get(path);
    // The news of our own save may come before its answer.
    if (!file || file.etag === etag || file.isSaving) return false;
    file.etag = etag;
    file.state.disk = 'as-known';
    this.events.changed(file);
    void this.readDisk(file);
    return true;
  }

  /** A tool changed the file, or, without an ETag, deleted it. Returns whether that was news. */
  fileChanged(path: string, etag: string | undefined): boolean {
    const file = this.files.get(path);
    if (!file || file.etag === etag) return false;
    file.state.disk = etag === undefined ? 'deleted' : 'changed';
    this.events.changed(file);
    return true;
  }

  /** Stores the text that lost its path as a file beside it; returns the new path. */
  async keepConflictCopy(file: OpenFile): Promise<string> {
    const text = file.state.conflictCopy ?? '';
    for (let attempt = 1; attempt <= CONFLICT_NAMES; attempt += 1) {
      const path = conflictPath(file.path, attempt);
      try {
        await this.api.create(path, text);
      } catch (error) {
        if (error instanceof ApiError && error.status === 412) continue;
        throw error;
      }
      this.dropConflictCopy(file);
      return path;
    }
    throw new ApiError('path-clash', 409, 'There are too many conflict copies of this file already.');
  }

  dropConflictCopy(file: OpenFile): void {
    file.state.conflictCopy = null;
    this.events.changed(file);
  }

  private async openNow(path: string): Promise<OpenFile> {
    const { shared, attach } = await this.arrive(path);
    const model = monaco.editor.createModel(shared.text.toString(), undefined, monaco.Uri.parse(uriOfPath(path)));
    model.setEOL(monaco.editor.EndOfLineSequence.LF);
    const file = new OpenFile(path, model, shared, new ModelBinding(shared.text, model as BoundModel));
    file.state.isReadOnly = attach(file);
    model.onDidChangeContent(() => this.contentChanged(file));
    this.files.set(path, file);
    this.closeForgotten();
    void this.readDisk(file);
    return file;
  }

  /** Asks for a document; resolves when its text is here. */
  private arrive(path: string): Promise<{ shared: SharedDocument; attach: (file: OpenFile) => boolean }> {
    return new Promise((resolve, reject) => {
      let file: OpenFile | null = null;
      let isReadOnly = false;
      const fail = (sentence: string) => {
        clearTimeout(timer);
        shared.close();
        reject(new OpenError(sentence));
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
          if (!file || file.shared !== shared) return;
          file.state.unacknowledged = count;
          this.events.changed(file);
        },
        closed: (reason) => {
          if (file === null) fail(refusal(path, reason));
          else if (file.shared === shared) this.closedByServer(file, reason);
        },
      });
    });
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
    if (reason === 'document-replaced') void this.replace(file);
    else if (reason === 'document-unavailable' || reason === 'server-stopping' || reason === 'too-many-documents') {
      setTimeout(() => {
        if (this.files.get(file.path) === file) file.shared.reopen();
      }, REOPEN_MILLISECONDS);
    }
  }

  /** Another document has taken the path: take it in, and keep what was typed as a copy to offer. */
  private async replace(file: OpenFile): Promise<void> {
    const own = file.model.getValue();
    file.binding.dispose();
    file.shared.close();
    try {
      const { shared, attach } = await this.arrive(file.path);
      file.shared = shared;
      file.binding = new ModelBinding(shared.text, file.model as BoundModel);
      file.state.isReadOnly = attach(file);
      file.state.closedBy = null;
      file.state.unacknowledged = 0;
      if (own !== file.model.getValue()) file.state.conflictCopy = own;
      await this.readDisk(file);
    } catch (error) {
      file.state.conflictCopy = own;
      file.state.closedBy = 'document-replaced';
      this.events.said(error instanceof Error ? error.message : String(error), true);
    }
    this.events.changed(file);
  }

  private async readDisk(file: OpenFile): Promise<void> {
    try {
      const { text, etag } = await this.api.read(file.path);
      file.etag = etag;
      file.savedText = text;
    } catch (error) {
      // Without its ETag the file cannot be saved over; the next save says why.
      if (error instanceof ApiError && error.failure !== 'file-unknown') this.events.said(error.message, true);
    }
    this.contentChanged(file);
  }

  private contentChanged(file: OpenFile): void {
    const wasDirty = file.state.isDirty;
    file.judgeDirty();
    if (file.state.isDirty !== wasDirty) this.events.changed(file);
  }

  private becomeSaved(file: OpenFile, text: string): void {
    file.savedText = text;
    file.state.disk = 'as-known';
    file.judgeDirty();
    this.events.changed(file);
  }

  private closeForgotten(): void {
    const forgotten = this.all().filter((file) => !file.hasTab && file.state.unacknowledged === 0);
    for (const file of forgotten.slice(0, -DOCUMENTS_WITHOUT_TAB)) this.close(file);
  }
}

function refusal(path: string, reason: string): string {
  switch (reason) {
    case 'file-not-text':
      return `${path} is not a text file, so it cannot be edited here.`;
    case 'file-too-large':
      return `${path} is too large to be edited here.`;
    case 'file-ignored':
      return `${path} is on the ignore list of this workspace: it is not shared.`;
    case 'file-unknown':
      return `${path} does not exist.`;
    case 'is-a-folder':
      return `${path} is a folder.`;
    case 'path-clash':
      return `Another file has the name of ${path} in other upper and lower case.`;
    case 'forbidden':
      return `Your role does not let you open ${path}.`;
    case 'document-unavailable':
      return `${path} cannot be loaded just now: try again in a moment.`;
    default:
      return `The server did not open ${path} (${reason}).`;
  }
}

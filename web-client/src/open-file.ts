import type { SharedDocument } from '@qide/client';
import type { ModelBinding } from './binding.js';
import type { KeptEdits } from './kept-edits.js';
import type { monaco } from './monaco.js';
import { nameOf } from './paths.js';

/** Failures after which the server opens a closed document again on a later request. */
const TEMPORARY_REASONS: ReadonlySet<string> = new Set(['document-unavailable', 'server-stopping', 'too-many-documents', 'too-many-requests']);

/** The state of one open file, for its tab, the banner and the status bar. */
export interface FileState {
  /** Edits made here that the server has not acknowledged: they may not be in its database. */
  unacknowledged: number;
  isReadOnly: boolean;
  /** The file was deleted or moved: its text exists only here, and is not shared. */
  isGone: boolean;
  /** The text that was here before another document took this path. */
  conflictCopy: string | null;
  /** Why the server closed the document; null while it is open. */
  closedBy: string | null;
}

/**
 * `shared`: a shared document. `large`: a file above the limit of shared documents. `external`: a document
 * outside the workspace. The last two are read once, when they are opened, and shown read-only.
 */
export type FileKind = 'shared' | 'large' | 'external';

/** An open file: the shared document and the editor's model of it. */
export class OpenFile {
  readonly state: FileState = {
    unacknowledged: 0,
    isReadOnly: false,
    isGone: false,
    conflictCopy: null,
    closedBy: null,
  };
  hasTab = false;
  /** Whether it had unacknowledged edits when it lost its path. */
  hadEdits = false;
  viewState: monaco.editor.ICodeEditorViewState | null = null;
  /** The browser's records of the text in `conflictCopy`, if it comes from an earlier page. */
  copyRecords: readonly KeptEdits[] = [];

  constructor(
    /** The path in the workspace; for a document outside it, the URI. */
    readonly path: string,
    readonly model: monaco.editor.ITextModel,
    readonly kind: FileKind,
    /** Null if the file is only shown. */
    public shared: SharedDocument | null = null,
    public binding: ModelBinding | null = null,
  ) {}

  get isShared(): boolean {
    return this.kind === 'shared';
  }

  get name(): string {
    return nameOf(this.path);
  }

  /** Whether the text is not shared, and will not be without the person's action. */
  get isUnshared(): boolean {
    return this.state.isGone || (this.state.closedBy !== null && !this.isSuspended);
  }

  /** Whether something that the person wrote exists only on this page. */
  get holdsText(): boolean {
    const { unacknowledged, conflictCopy, isGone } = this.state;
    return unacknowledged > 0 || conflictCopy !== null || (isGone && this.hadEdits);
  }

  /** Whether the server closed the document for a temporary failure; the page requests it again. */
  get isSuspended(): boolean {
    return this.state.closedBy !== null && TEMPORARY_REASONS.has(this.state.closedBy);
  }
}

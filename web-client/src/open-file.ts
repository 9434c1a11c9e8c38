import type { SharedDocument } from '@qide/client';
import type { ModelBinding } from './binding.js';
import type { KeptEdits } from './kept-edits.js';
import type { monaco } from './monaco.js';
import { nameOf } from './paths.js';

/** Reasons for which the server closes a document and opens it again when asked later. */
const PASSING_REASONS: ReadonlySet<string> = new Set(['document-unavailable', 'server-stopping', 'too-many-documents', 'too-many-requests']);

/** What a tab, a banner and the status bar show of one open file. */
export interface FileState {
  /** Edits made here that the server has not acknowledged: they may not be in its database. */
  unacknowledged: number;
  isReadOnly: boolean;
  /** The file was deleted or moved: the text is kept here alone, and is not shared. */
  isGone: boolean;
  /** The text that was here before another document took this path. */
  conflictCopy: string | null;
  /** Why the server closed the document; null while it is open. */
  closedBy: string | null;
}

/**
 * What is open: a document that is shared; a file above the limit of what is, or a document outside
 * the workspace, both shown for reading as they were when they were opened.
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
  /** Whether it had edits that nobody had acknowledged when it lost its path. */
  hadEdits = false;
  viewState: monaco.editor.ICodeEditorViewState | null = null;
  /** Where the browser keeps the text that became a conflict copy before this page was opened. */
  copyRecords: readonly KeptEdits[] = [];

  constructor(
    /** The path in the workspace; of a document outside it the URI. */
    readonly path: string,
    readonly model: monaco.editor.ITextModel,
    readonly kind: FileKind,
    /** Null for what is only shown. */
    public shared: SharedDocument | null = null,
    public binding: ModelBinding | null = null,
  ) {}

  get isShared(): boolean {
    return this.kind === 'shared';
  }

  get name(): string {
    return nameOf(this.path);
  }

  /** Whether the text is here alone, and will not be shared by waiting. */
  get isApart(): boolean {
    return this.state.isGone || (this.state.closedBy !== null && !this.isHeld);
  }

  /** Whether something that the person wrote is here alone. */
  get holdsText(): boolean {
    const { unacknowledged, conflictCopy, isGone } = this.state;
    return unacknowledged > 0 || conflictCopy !== null || (isGone && this.hadEdits);
  }

  /** Whether the server closed the document for a reason that passes; it is asked for again. */
  get isHeld(): boolean {
    return this.state.closedBy !== null && PASSING_REASONS.has(this.state.closedBy);
  }
}

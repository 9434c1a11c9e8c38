import { isUnavailable, type SharedDocument } from '@qide/client';
import type { ModelBinding } from './binding.js';
import type { OfflineDocument, OfflineEdits } from './offline-edits.js';
import type { OwnUndo } from './own-undo.js';
import { nameOf } from '../paths.js';

/** The state of one open file, for its editor and the status bar. */
export interface FileState {
  /** Edits made here that the server has not acknowledged: they may not be in its database. */
  unacknowledged: number;
  /** Whether this person may not change it. */
  isReadOnly: boolean;
  /** The file was deleted: its text exists only here, and is not shared. */
  isGone: boolean;
  /** Why the server closed the document; null while it is open. */
  closedBy: string | null;
  /** Why the file is not shared, as a sentence; null when it is. */
  refusal: string | null;
}

/** A file that is open here: its shared document, and the workbench's models of it. */
export class SharedFile {
  readonly state: FileState = { unacknowledged: 0, isReadOnly: false, isGone: false, closedBy: null, refusal: null };
  /** Null until the text has arrived, and for a file that is not shared. */
  shared: SharedDocument | null = null;
  undo: OwnUndo | null = null;
  /** Usually one; two while the editors of a moved file are replaced. */
  readonly bindings = new Map<object, ModelBinding>();
  /** The number of the workbench's models, bound or not. */
  readonly models = new Set<object>();
  /** Whether an editor shows it or has it in a tab: only then it is part of this person's presence. */
  isPresent = false;
  /** The document that lost its path, while the page is finding out where it is. */
  sought: SharedDocument | null = null;
  /** The edits of an earlier visit that the document started with, until the server's text has arrived. */
  offline: OfflineDocument | null = null;
  /** The browser's records of the document's edits, among them those that it started with. */
  records: OfflineEdits[] = [];
  /** Called once when the text of a document that replaces another has arrived. */
  onSynced: (() => void) | null = null;
  /** Resolves to whether the file is shared, when its text has arrived or the server has refused it. */
  readonly ready: Promise<boolean>;
  settle!: (isShared: boolean) => void;

  constructor(public path: string) {
    this.ready = new Promise((resolve) => (this.settle = resolve));
  }

  get name(): string {
    return nameOf(this.path);
  }

  /** Whether the server closed the document for a temporary failure; the page requests it again. */
  get isSuspended(): boolean {
    return isUnavailable(this.state.closedBy);
  }

  /** Whether the text is not shared, and will not be without the person's action. */
  get isUnshared(): boolean {
    return this.state.isGone || (this.state.closedBy !== null && !this.isSuspended);
  }

  /** Whether edits wait for their acknowledgement; those that the server refuses are in the browser's database. */
  get mayStore(): boolean {
    return this.state.unacknowledged > 0 && !this.state.isReadOnly;
  }

  /** Whether something that the person wrote exists only on this page. */
  get holdsText(): boolean {
    return this.state.unacknowledged > 0 || this.state.isGone;
  }
}

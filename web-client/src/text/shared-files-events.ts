import type { PathOf } from './earlier-edits.js';
import type { OfflineDocument } from './offline-edits.js';
import type { SharedFile } from './shared-file.js';

/** Notifications and queries from the open files to the page. */
export interface SharedFilesEvents {
  /** The state of the file changed. */
  changed(file: SharedFile): void;
  /** The text of the file has arrived, or that of another document at its path. */
  synced(file: SharedFile): void;
  /** Somebody joined, left or moved in the file. */
  presence(file: SharedFile): void;
  /** The text of a file has no path any more, or another document has its path; `copy` has the text if it is not in the new one. */
  replaced(file: SharedFile, copy: OfflineDocument | null): void;
  readonly pathOf: PathOf;
  /** A file was moved while this page could not be notified. */
  moved(from: string, to: string): void;
  /** Undoes or redoes a step of this person in a file. */
  undo(file: SharedFile, direction: 'undo' | 'redo'): void;
  /** The edit of several files that is being applied to a file now. */
  groupOf(file: SharedFile): object | null;
  /** Whether the workbench has a text file open at a path, or is opening it. */
  isHeld(path: string): boolean;
}

// Keeps a document of VS Code and a shared text equal. Independent of VS Code, whose documents change asynchronously.

import * as Y from 'yjs';
import { removeReturns, rootOf, smallestEdit, type TextEdit } from '@qide/client';

/** Edits that the editor refused, because the person typed meanwhile, before the binding pauses. */
const REFUSALS = 5;
/** The delay after so many refusals. */
const REFUSED_MILLISECONDS = 50;

/** A document of the editor, with LF line ends. */
export interface EditorDocument {
  /** The text after the last change that was reported. */
  text(): string;
  /**
   * Makes a change in the text as it was last reported. Resolves to false, and changes nothing, if the document has
   * changed since. The change is reported like every other one, before the promise resolves.
   */
  apply(change: Change): Promise<boolean>;
}

/** The edits of one change, which do not overlap; offsets are in the text before it. */
export type Change = readonly TextEdit[];

/**
 * Binds a document of the editor to a shared text.
 *
 * The editor applies an edit of somebody else some time after it was requested, and the person types meanwhile. The
 * binding therefore has a replica of the shared document that is always in the state that the editor shows: the person's
 * edits are made in it, and so keep their place among the edits of others, which are merged into the replica only when
 * the editor has applied them.
 *
 * Invariant: between two changes the replica's text is the document's, and the shared document has everything that the
 * replica has.
 */
export class EditorBinding {
  readonly undo: Y.UndoManager;
  /** Whether it has ended: what the document has does not become an edit any more. */
  isDisposed = false;
  private readonly replica = new Y.Doc();
  private readonly shown: Y.Text;
  /** Updates of others that the editor does not show yet. */
  private pending: Uint8Array[] = [];
  /** What a single pending update changes in the text that the editor shows; null if that is not known. */
  private pendingChange: Change | null = null;
  /** What the update that is being applied to the shared document changes in its text. */
  private arriving: Change = [];
  /** Changes that were reported while an edit is being applied; null when none is. */
  private reported: Change[] | null = null;
  private readonly observer: (update: Uint8Array, origin: unknown) => void;
  private readonly textObserver: (event: Y.YTextEvent) => void;

  /**
   * @param shared the shared text, a root of its document
   * @param document what it has besides the shared text becomes an edit of this person
   * @param failed called when the editor does not apply edits of others
   */
  constructor(
    private readonly shared: Y.Text,
    private readonly document: EditorDocument,
    private readonly failed: (error: unknown) => void = () => {},
  ) {
    Y.applyUpdate(this.replica, Y.encodeStateAsUpdate(this.doc));
    this.shown = this.replica.getText(rootOf(shared));
    this.undo = new Y.UndoManager(shared, { trackedOrigins: new Set([this]) });
    this.replica.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === this) Y.applyUpdate(this.doc, update, this);
    });
    // Yjs calls the observers of a text before those of its document's updates.
    this.textObserver = ({ delta }) => (this.arriving = editsOf(delta));
    this.observer = (update, origin) => {
      const change = this.arriving;
      this.arriving = [];
      if (origin === this) return;
      this.pending.push(update);
      this.pendingChange = this.pending.length === 1 ? change : null;
      void this.flush();
    };
    shared.observe(this.textObserver);
    this.doc.on('update', this.observer);
    this.repair();
    void this.flush();
  }

  /** The document changed: by the person, by another extension or by this binding. */
  changed(change: Change): void {
    if (this.isDisposed) return;
    if (this.reported !== null) this.reported.push(change);
    else this.typed(change);
  }

  /** The text that the editor shows. */
  get text(): string {
    return this.shown.toString();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.doc.off('update', this.observer);
    this.shared.unobserve(this.textObserver);
    this.undo.destroy();
    this.replica.destroy();
  }

  private get doc(): Y.Doc {
    return this.shared.doc!;
  }

  /** Makes a change of the person in the replica, and so in the shared document. */
  private typed(change: Change): void {
    this.pendingChange = null;
    // Offsets refer to the text before the change, so the last edit is made first.
    const fromTheEnd = [...change].sort((one, other) => other.offset - one.offset);
    this.replica.transact(() => {
      for (const { offset, length, text } of fromTheEnd) {
        if (length > 0) this.shown.delete(offset, length);
        const lines = text.replace(/\r\n?/g, '\n');
        if (lines !== '') this.shown.insert(offset, lines);
      }
    }, this);
  }

  /** Shows the edits of others, one after another, until none is left. */
  private async flush(): Promise<void> {
    if (this.reported !== null) return;
    this.reported = [];
    try {
      for (let refused = 0; await this.isBehind(); ) {
        if (await this.step()) refused = 0;
        else if ((refused += 1) % REFUSALS === 0) await new Promise((resolve) => setTimeout(resolve, REFUSED_MILLISECONDS));
      }
    } catch (error) {
      this.failed(error);
    } finally {
      const rest = this.reported;
      this.reported = null;
      for (const change of rest) this.changed(change);
    }
  }

  /** Makes the changes reported so far, and returns whether the editor does not show all edits of others. */
  private async isBehind(): Promise<boolean> {
    // Edits that arrive together are shown by one change.
    await Promise.resolve();
    if (this.isDisposed) return false;
    this.settle(null);
    if (this.shared.toString().includes('\r')) removeReturns(this.shared);
    return this.pending.length > 0;
  }

  /** Applies the pending edits by one change of the editor; returns whether it was applied. */
  private async step(): Promise<boolean> {
    const taken = this.pending.length;
    const change = this.changeOfPending();
    if (change.length === 0) {
      this.merge(taken);
      return true;
    }
    const isApplied = await this.document.apply(change);
    if (this.isDisposed) return true;
    this.settle(isApplied ? { change, taken } : null);
    return isApplied;
  }

  /**
   * What the pending edits change in the text that the editor shows. The edits are those that others made, not merely some with the
   * same result: a caret between two edits, or among equal lines, keeps its place only then.
   */
  private changeOfPending(): Change {
    const [before, after] = [this.text, this.shared.toString()];
    const change = this.pendingChange ?? this.probe();
    if (applied(before, change) === after) return change;
    // Yjs replaced the halves of a character that somebody split, which no edit says.
    const edit = smallestEdit(before, after);
    return edit === null ? [] : [edit];
  }

  private probe(): Change {
    const probe = new Y.Doc();
    Y.applyUpdate(probe, Y.encodeStateAsUpdate(this.replica));
    let change: Change = [];
    probe.getText(rootOf(this.shared)).observe(({ delta }) => (change = editsOf(delta)));
    Y.applyUpdate(probe, Y.mergeUpdates(this.pending));
    probe.destroy();
    return change;
  }

  /** Makes the reported changes in their order; one of them may be the one that was applied for others. */
  private settle(applied: { readonly change: Change; readonly taken: number } | null): void {
    const changes = this.reported!.splice(0);
    const own = applied === null ? -1 : changes.findIndex((change) => applied.change.every((edit) => change.some((one) => isSame(one, edit))));
    for (const [at, change] of changes.entries()) {
      if (at === own) {
        this.merge(applied!.taken);
        // The editor may have changed more, such as white space at an end of a line: `repair` finds it.
      } else {
        this.typed(change);
      }
    }
    if (applied !== null && own < 0) this.merge(applied.taken);
    this.repair();
  }

  /** If the document differs from what its changes say, what it shows counts. */
  private repair(): void {
    const edit = smallestEdit(this.text, this.document.text().replace(/\r\n?/g, '\n'));
    if (edit !== null) this.typed([edit]);
  }

  private merge(count: number): void {
    const updates = this.pending.splice(0, count);
    this.pendingChange = null;
    if (updates.length > 0) Y.applyUpdate(this.replica, Y.mergeUpdates(updates), 'shared');
  }
}

/** The edits of a delta of Yjs. */
function editsOf(delta: Y.YTextEvent['delta']): TextEdit[] {
  const edits: TextEdit[] = [];
  let offset = 0;
  let open: { offset: number; length: number; text: string } | null = null;
  for (const part of delta) {
    if (part.retain !== undefined) {
      offset += part.retain;
      open = null;
      continue;
    }
    if (open === null) edits.push((open = { offset, length: 0, text: '' }));
    if (typeof part.insert === 'string') open.text += part.insert;
    if (part.delete !== undefined) {
      open.length += part.delete;
      offset += part.delete;
    }
  }
  return edits;
}

/** A text with edits, which are in the order of their offsets. */
function applied(text: string, change: Change): string {
  const parts: string[] = [];
  let end = 0;
  for (const { offset, length, text: inserted } of change) {
    parts.push(text.slice(end, offset), inserted);
    end = offset + length;
  }
  parts.push(text.slice(end));
  return parts.join('');
}

function isSame(one: TextEdit, other: TextEdit): boolean {
  return one.offset === other.offset && one.length === other.length && one.text === other.text;
}

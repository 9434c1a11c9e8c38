import * as Y from 'yjs';

/** The part of a Monaco text model that the binding uses. */
export interface BoundModel {
  getValue(): string;
  getValueLength(): number;
  getEOL(): string;
  setEOL(lineFeed: 0): void;
  getLineContent(lineNumber: number): string;
  getPositionAt(offset: number): { lineNumber: number; column: number };
  applyEdits(edits: { range: ModelRange; text: string; forceMoveMarkers?: boolean }[]): void;
  onDidChangeContent(listener: (event: { changes: readonly ModelChange[] }) => void): { dispose(): void };
}

interface ModelRange {
  startLineNumber: number;
  startColumn: number;
  endLineNumber: number;
  endColumn: number;
}

interface ModelChange {
  rangeOffset: number;
  rangeLength: number;
  text: string;
}

/** Monaco's own undo, which its menus, keys and commands all call; it is not in the public types. */
interface UndoableModel {
  undo?: () => unknown;
  redo?: () => unknown;
  canUndo?: () => boolean;
  canRedo?: () => boolean;
}

/** Edits closer together than this are undone together. */
const UNDO_MILLISECONDS = 500;

/**
 * Keeps a Monaco model and a shared text identical.
 *
 * Undo reverts only this person's edits: the model's own undo stack knows positions, not authors, so its
 * `undo` and `redo` are replaced by those of a `Y.UndoManager`.
 *
 * Invariant: the shared text and the model have LF line endings only, and are equal after every change. The
 * binding removes carriage returns that another client inserts, by an edit.
 */
export class ModelBinding {
  readonly undoManager: Y.UndoManager;
  /** Called with the offset of the last change by undo or redo, so that the caret can move there. */
  onUndone: (offset: number) => void = () => {};
  private isApplyingShared = false;
  /** Whether an edit began or ended between the halves of a character, where Monaco moves it. */
  private hasSplitCharacter = false;
  private isDisposed = false;
  private readonly subscription: { dispose(): void };
  private readonly observer: (event: Y.YTextEvent, transaction: Y.Transaction) => void;

  constructor(
    private readonly text: Y.Text,
    private readonly model: BoundModel & UndoableModel,
  ) {
    this.undoManager = new Y.UndoManager(text, {
      trackedOrigins: new Set([this]),
      captureTimeout: UNDO_MILLISECONDS,
    });
    if (model.getEOL() !== '\n') model.setEOL(0);
    this.reconcile();
    this.observer = (event, transaction) => this.sharedChanged(event, transaction);
    text.observe(this.observer);
    this.subscription = model.onDidChangeContent((event) => this.modelChanged(event.changes));
    this.replaceUndo();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.text.unobserve(this.observer);
    this.subscription.dispose();
    this.undoManager.destroy();
  }

  /** Throws when the two sides differ; for tests. */
  checkInvariants(): void {
    if (this.model.getEOL() !== '\n') throw new Error('the model has line endings other than LF');
    if (this.model.getValue() !== this.text.toString()) throw new Error('the model and the shared text differ');
  }

  private replaceUndo(): void {
    const { model, undoManager } = this;
    if (typeof model.undo !== 'function' || typeof model.redo !== 'function') {
      throw new Error('this version of Monaco has no undo to replace; its own would undo edits of others');
    }
    model.undo = () => void undoManager.undo();
    model.redo = () => void undoManager.redo();
    model.canUndo = () => undoManager.canUndo();
    model.canRedo = () => undoManager.canRedo();
  }

  private modelChanged(changes: readonly ModelChange[]): void {
    if (this.isApplyingShared) return;
    if (this.model.getEOL() !== '\n') {
      this.isApplyingShared = true;
      this.model.setEOL(0);
      this.isApplyingShared = false;
    }
    // Offsets refer to the text before the change, so the last change is applied first.
    const fromTheEnd = [...changes].sort((one, other) => other.rangeOffset - one.rangeOffset);
    this.text.doc!.transact(() => {
      for (const { rangeOffset, rangeLength, text } of fromTheEnd) {
        if (rangeLength > 0) this.text.delete(rangeOffset, rangeLength);
        const inserted = text.replace(/\r\n?/g, '\n');
        if (inserted !== '') this.text.insert(rangeOffset, inserted);
      }
    }, this);
    if (this.text.length !== this.model.getValueLength()) this.reconcile();
  }

  private sharedChanged(event: Y.YTextEvent, transaction: Y.Transaction): void {
    if (transaction.origin === this) return;
    const hasReturns = event.delta.some((part) => typeof part.insert === 'string' && part.insert.includes('\r'));
    if (hasReturns) {
      // After this transaction, not within it: an observer must not change the observed text.
      queueMicrotask(() => this.removeReturns());
      this.reconcile();
      return;
    }
    this.hasSplitCharacter = false;
    const last = this.applyDelta(event.delta);
    // Yjs puts U+FFFD in the place of both halves of a character that another client split.
    if (this.hasSplitCharacter || this.model.getValueLength() !== this.text.length) this.reconcile();
    if (transaction.origin === this.undoManager && last !== null) this.onUndone(last);
  }

  private applyDelta(delta: Y.YTextEvent['delta']): number | null {
    let offset = 0;
    let last: number | null = null;
    this.isApplyingShared = true;
    try {
      for (const part of delta) {
        if (part.retain !== undefined) offset += part.retain;
        if (typeof part.insert === 'string') {
          this.replace(offset, 0, part.insert);
          offset += part.insert.length;
          last = offset;
        }
        if (part.delete !== undefined) {
          this.replace(offset, part.delete, '');
          last = offset;
        }
      }
    } finally {
      this.isApplyingShared = false;
    }
    return last;
  }

  /** Makes the model equal to the shared text, by one edit that is as small as possible. */
  private reconcile(): void {
    const edit = smallestEdit(this.model.getValue(), this.text.toString().replace(/\r\n?/g, '\n'));
    if (edit === null) return;
    this.isApplyingShared = true;
    this.replace(edit.offset, edit.length, edit.text);
    this.isApplyingShared = false;
  }

  private removeReturns(): void {
    this.text.doc!.transact(() => {
      const text = this.text.toString();
      for (let at = text.lastIndexOf('\r'); at >= 0; at = at === 0 ? -1 : text.lastIndexOf('\r', at - 1)) {
        this.text.delete(at, 1);
        if (text[at + 1] !== '\n') this.text.insert(at, '\n');
      }
    }, 'line-ends');
  }

  private replace(offset: number, length: number, text: string): void {
    const start = this.model.getPositionAt(offset);
    const end = length === 0 ? start : this.model.getPositionAt(offset + length);
    this.hasSplitCharacter ||= this.isInsideCharacter(start) || this.isInsideCharacter(end);
    const range = {
      startLineNumber: start.lineNumber,
      startColumn: start.column,
      endLineNumber: end.lineNumber,
      endColumn: end.column,
    };
    this.model.applyEdits([{ range, text }]);
  }

  private isInsideCharacter({ lineNumber, column }: { lineNumber: number; column: number }): boolean {
    const line = this.model.getLineContent(lineNumber);
    return column > 1 && isHighSurrogate(line.charCodeAt(column - 2)) && isLowSurrogate(line.charCodeAt(column - 1));
  }
}

/** The one replacement that turns `before` into `after`; null when they are equal. */
export function smallestEdit(
  before: string,
  after: string,
): { offset: number; length: number; text: string } | null {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  // Never cut inside a surrogate pair: Yjs writes U+FFFD there.
  if (start > 0 && isHighSurrogate(before.charCodeAt(start - 1))) start -= 1;
  if (tail > 0 && isLowSurrogate(before.charCodeAt(before.length - tail))) tail -= 1;
  return { offset: start, length: before.length - start - tail, text: after.slice(start, after.length - tail) };
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

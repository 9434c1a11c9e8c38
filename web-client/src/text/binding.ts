import * as Y from 'yjs';
import { CompositionDraft } from './composition-draft.js';
import type { OffsetSelection, OwnUndo } from './own-undo.js';
import { isHighSurrogate, isLowSurrogate, removeReturns, rootOf, smallestEdit } from '@qide/client';

/** The part of a text model of the workbench that the binding uses. */
export interface BoundModel {
  getValue(): string;
  getValueLength(): number;
  getEOL(): string;
  setEOL(lineFeed: 0): void;
  getLineContent(lineNumber: number): string;
  getPositionAt(offset: number): Position;
  getOffsetAt(position: Position): number;
  applyEdits(edits: { range: ModelRange; text: string; forceMoveMarkers?: boolean }[]): void;
  onDidChangeContent(listener: (event: { changes: readonly ModelChange[] }) => void): { dispose(): void };
}

interface Position {
  readonly lineNumber: number;
  readonly column: number;
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

/** A selection of the editor. */
export interface ModelSelection {
  readonly selectionStartLineNumber: number;
  readonly selectionStartColumn: number;
  readonly positionLineNumber: number;
  readonly positionColumn: number;
}

/** The undo of the model, which keys, menus and commands call; it is not in the public types. */
interface UndoableModel {
  undo?: () => unknown;
  redo?: () => unknown;
  canUndo?: () => boolean;
  canRedo?: () => boolean;
  pushStackElement?: () => void;
  popStackElement?: () => void;
  pushEditOperations?: (before: ModelSelection[] | null, ...rest: unknown[]) => ModelSelection[] | null;
}

/** How long edits of others wait for the end of a composition. */
export const COMPOSITION_MILLISECONDS = 30_000;

/** The functions that a binding needs of its owner. */
export interface BindingHooks {
  /** Undoes or redoes a step in this text, or in all texts of its group. */
  undo(direction: 'undo' | 'redo'): void;
}

/**
 * Keeps a text model of the workbench and a shared text identical.
 *
 * Undo reverts only this person's edits: the model's own undo stack knows positions, not authors, so its `undo`
 * and `redo` are replaced, and its undo stops go to {@link OwnUndo}.
 *
 * Invariant: the shared text and the model have LF line endings only, and are equal after every change, except
 * while an input method composes. The binding removes carriage returns that another client inserts, by an edit.
 */
export class ModelBinding {
  private isApplyingShared = false;
  /** Whether an edit began or ended between the halves of a character, where the model moves it. */
  private hasSplitCharacter = false;
  private isDisposed = false;
  private isComposing = false;
  private compositionTimer: ReturnType<typeof setTimeout> | undefined;
  private draft: CompositionDraft | null = null;
  private readonly subscription: { dispose(): void };
  private readonly observer: (event: Y.YTextEvent, transaction: Y.Transaction) => void;
  private readonly beginning: (transaction: Y.Transaction) => void;
  private restoreUndo: () => void = () => {};

  constructor(
    private readonly text: Y.Text,
    private readonly model: BoundModel & UndoableModel,
    private readonly undo: OwnUndo,
    private readonly hooks: BindingHooks,
  ) {
    undo.track(this);
    if (model.getEOL() !== '\n') model.setEOL(0);
    this.reconcile();
    this.observer = (event, transaction) => this.sharedChanged(event, transaction);
    this.beginning = ({ origin }) => this.sharedChanges(origin);
    text.observe(this.observer);
    text.doc!.on('beforeTransaction', this.beginning);
    this.subscription = model.onDidChangeContent((event) => this.modelChanged(event.changes));
    this.replaceUndo();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.compositionEnded();
    this.isDisposed = true;
    this.text.unobserve(this.observer);
    this.text.doc!.off('beforeTransaction', this.beginning);
    this.subscription.dispose();
    this.restoreUndo();
    this.undo.untrack(this);
  }

  /** An input method began to compose in an editor of the model: edits of others wait. */
  compositionStarted(): void {
    this.isComposing = true;
    clearTimeout(this.compositionTimer);
    this.compositionTimer = setTimeout(() => this.compositionEnded(), COMPOSITION_MILLISECONDS);
  }

  compositionEnded(): void {
    clearTimeout(this.compositionTimer);
    this.isComposing = false;
    const { draft } = this;
    if (draft === null || this.isDisposed) return;
    this.draft = null;
    for (const delta of draft.merge(this)) this.applyDelta(delta);
    if (this.text.toString().includes('\r')) removeReturns(this.text);
    this.reconcile();
  }

  /** Throws when the two sides differ; for tests. */
  checkInvariants(): void {
    if (this.model.getEOL() !== '\n') throw new Error('the model has line endings other than LF');
    if (this.draft === null && this.model.getValue() !== this.text.toString()) throw new Error('the model and the shared text differ');
  }

  private replaceUndo(): void {
    const { model, undo } = this;
    const { undo: ownUndo, redo, pushStackElement, popStackElement, pushEditOperations } = model;
    if (!ownUndo || !redo || !pushStackElement || !popStackElement || !pushEditOperations) {
      throw new Error('this version of the editor has no undo to replace; its own would undo edits of others');
    }
    const replacements: Required<UndoableModel> = {
      undo: () => this.hooks.undo('undo'),
      redo: () => this.hooks.undo('redo'),
      canUndo: () => undo.canUndo,
      canRedo: () => undo.manager.canRedo(),
      pushStackElement: () => {
        pushStackElement.call(model);
        undo.pushStop();
      },
      popStackElement: () => {
        popStackElement.call(model);
        undo.popStop();
      },
      pushEditOperations: (before, ...rest) => {
        undo.editing(this.offsetsOf(before ?? []));
        const after = pushEditOperations.call(model, before, ...rest);
        undo.edited(this.offsetsOf(after ?? []));
        return after;
      },
    };
    const own = Object.fromEntries(Object.entries(model).filter(([name]) => name in replacements));
    Object.assign(model, replacements);
    this.restoreUndo = () => {
      for (const name of Object.keys(replacements)) {
        if (name in own) Object.assign(model, { [name]: own[name] });
        else delete (model as unknown as Record<string, unknown>)[name];
      }
    };
  }

  private offsetsOf(selections: readonly ModelSelection[]): OffsetSelection[] {
    const at = (lineNumber: number, column: number) => this.model.getOffsetAt({ lineNumber, column });
    return selections.map((one) => ({
      anchor: at(one.selectionStartLineNumber, one.selectionStartColumn),
      head: at(one.positionLineNumber, one.positionColumn),
    }));
  }

  private modelChanged(changes: readonly ModelChange[]): void {
    if (this.isApplyingShared) return;
    if (this.model.getEOL() !== '\n') {
      this.isApplyingShared = true;
      this.model.setEOL(0);
      this.isApplyingShared = false;
    }
    const text = this.draft?.text ?? this.text;
    // Offsets refer to the text before the change, so the last change is applied first.
    const fromTheEnd = [...changes].sort((one, other) => other.rangeOffset - one.rangeOffset);
    text.doc!.transact(() => {
      for (const { rangeOffset, rangeLength, text: inserted } of fromTheEnd) {
        if (rangeLength > 0) text.delete(rangeOffset, rangeLength);
        const lines = inserted.replace(/\r\n?/g, '\n');
        if (lines !== '') text.insert(rangeOffset, lines);
      }
    }, this);
    if (this.draft === null && this.text.length !== this.model.getValueLength()) this.reconcile();
  }

  /** Before somebody else's edit changes the document: if an input method composes, the model continues on a copy. */
  private sharedChanges(origin: unknown): void {
    if (this.isComposing && this.draft === null && origin !== this) this.draft = new CompositionDraft(this.text.doc!, rootOf(this.text));
  }

  private sharedChanged(event: Y.YTextEvent, transaction: Y.Transaction): void {
    if (transaction.origin === this || this.draft !== null) return;
    const hasReturns = event.delta.some((part) => typeof part.insert === 'string' && part.insert.includes('\r'));
    if (hasReturns) {
      // After this transaction, not within it: an observer must not change the observed text.
      queueMicrotask(() => removeReturns(this.text));
      this.reconcile();
      return;
    }
    this.hasSplitCharacter = false;
    this.applyDelta(event.delta);
    // Yjs puts U+FFFD in the place of both halves of a character that another client split.
    if (this.hasSplitCharacter || this.model.getValueLength() !== this.text.length) this.reconcile();
  }

  private applyDelta(delta: Y.YTextEvent['delta']): void {
    let offset = 0;
    this.isApplyingShared = true;
    try {
      for (const part of delta) {
        if (part.retain !== undefined) offset += part.retain;
        if (typeof part.insert === 'string') {
          this.replace(offset, 0, part.insert);
          offset += part.insert.length;
        }
        if (part.delete !== undefined) this.replace(offset, part.delete, '');
      }
    } finally {
      this.isApplyingShared = false;
    }
  }

  /** Makes the model equal to the shared text, by one edit that is as small as possible. */
  private reconcile(): void {
    const edit = smallestEdit(this.model.getValue(), this.text.toString().replace(/\r\n?/g, '\n'));
    if (edit === null) return;
    this.isApplyingShared = true;
    this.replace(edit.offset, edit.length, edit.text);
    this.isApplyingShared = false;
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

  private isInsideCharacter({ lineNumber, column }: Position): boolean {
    const line = this.model.getLineContent(lineNumber);
    return column > 1 && isHighSurrogate(line.charCodeAt(column - 2)) && isLowSurrogate(line.charCodeAt(column - 1));
  }
}

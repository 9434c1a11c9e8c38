import type { BoundModel, ModelSelection } from '../src/text/binding.js';

type Edit = Parameters<BoundModel['applyEdits']>[0][number];
type Listener = Parameters<BoundModel['onDidChangeContent']>[0];

/** A text with Monaco's editing interface, its line endings, and its own undo, which knows no authors. */
export class TextModel implements BoundModel {
  private readonly listeners = new Set<Listener>();

  constructor(
    private value = '',
    private eol = '\n',
  ) {}

  getValue(): string {
    return this.value;
  }

  getValueLength(): number {
    return this.value.length;
  }

  getEOL(): string {
    return this.eol;
  }

  setEOL(): void {
    this.eol = '\n';
    this.value = this.value.replace(/\r\n/g, '\n');
  }

  getLineContent(lineNumber: number): string {
    return this.value.split('\n')[lineNumber - 1]!;
  }

  getPositionAt(offset: number): { lineNumber: number; column: number } {
    const before = this.value.slice(0, offset);
    const lineStart = before.lastIndexOf('\n') + 1;
    return { lineNumber: before.split('\n').length, column: offset - lineStart + 1 };
  }

  applyEdits(edits: Edit[]): void {
    for (const { range, text } of edits) {
      // As Monaco, which moves an edit out of a character of two halves.
      const isEmpty = range.startLineNumber === range.endLineNumber && range.startColumn === range.endColumn;
      const start = this.outside(this.offsetAt(range.startLineNumber, range.startColumn), -1);
      const end = this.outside(this.offsetAt(range.endLineNumber, range.endColumn), isEmpty ? -1 : 1);
      this.type(start, end - start, text);
    }
  }

  /** Replaces a range of offsets, as a person does. Line endings become the model's own, as in Monaco. */
  type(rangeOffset: number, rangeLength: number, text: string): void {
    this.typeAtOnce([{ rangeOffset, rangeLength, text }]);
  }

  /** One edit at several positions, as with several carets; the offsets refer to the text before it, in ascending order. */
  typeAtOnce(edits: readonly { rangeOffset: number; rangeLength: number; text: string }[]): void {
    const changes = edits.map((edit) => ({ ...edit, text: edit.text.replace(/\r\n?|\n/g, this.eol) }));
    for (const { rangeOffset, rangeLength, text } of [...changes].reverse()) {
      this.value = this.value.slice(0, rangeOffset) + text + this.value.slice(rangeOffset + rangeLength);
    }
    for (const listener of this.listeners) listener({ changes });
  }

  onDidChangeContent(listener: Listener): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  getOffsetAt({ lineNumber, column }: { lineNumber: number; column: number }): number {
    return this.offsetAt(lineNumber, column);
  }

  /** An edit by the editor: between selections, and part of a step of undo. */
  pushEditOperations(before: ModelSelection[] | null, edit: unknown): ModelSelection[] | null {
    const { rangeOffset, rangeLength, text } = edit as { rangeOffset: number; rangeLength: number; text: string };
    this.type(rangeOffset, rangeLength, text);
    return before && [this.selectionAt(rangeOffset + text.length)];
  }

  pushStackElement(): void {}

  popStackElement(): void {}

  /** A caret at an offset. */
  selectionAt(offset: number): ModelSelection {
    const { lineNumber, column } = this.getPositionAt(offset);
    return { selectionStartLineNumber: lineNumber, selectionStartColumn: column, positionLineNumber: lineNumber, positionColumn: column };
  }

  undo(): void {
    throw new Error('the undo of the model itself must never run');
  }

  redo(): void {
    throw new Error('the redo of the model itself must never run');
  }

  private outside(offset: number, step: number): number {
    const isInside = /[\ud800-\udbff]$/.test(this.value.slice(0, offset)) && /^[\udc00-\udfff]/.test(this.value.slice(offset));
    return isInside ? offset + step : offset;
  }

  private offsetAt(lineNumber: number, column: number): number {
    const lines = this.value.split('\n').slice(0, lineNumber - 1);
    return lines.reduce((sum, line) => sum + line.length + 1, 0) + column - 1;
  }
}

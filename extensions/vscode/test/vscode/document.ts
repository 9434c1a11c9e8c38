import { EndOfLine, Position, type Uri } from './values.js';

/** A change of a document as VS Code reports it; offsets are in the text before the change. */
export interface ContentChange {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** A text document of the window. */
export class TestDocument {
  version = 1;
  isDirty = false;
  isClosed = false;
  /** Whether the file system lets the person change the file, as the window saw it last. */
  isReadOnly = false;
  /** Whether the last save failed: Auto Save does not try again. */
  hasFailedSave = false;
  readonly languageId: string;

  constructor(
    readonly uri: Uri,
    private text: string,
    public eol: number = EndOfLine.LF,
    /** Saves it, as an extension requests it. */
    readonly save: () => Promise<boolean> = async () => false,
  ) {
    this.languageId = uri.path.endsWith('.ts') ? 'typescript' : 'plaintext';
  }

  getText(): string {
    return this.text;
  }

  offsetAt({ line, character }: Position): number {
    const lines = this.text.split('\n').slice(0, line);
    return lines.reduce((sum, one) => sum + one.length + 1, 0) + character;
  }

  positionAt(offset: number): Position {
    const before = this.text.slice(0, offset);
    return new Position(before.split('\n').length - 1, before.length - before.lastIndexOf('\n') - 1);
  }

  /** Makes edits that do not overlap. */
  change(changes: readonly ContentChange[]): void {
    const fromTheEnd = [...changes].sort((one, other) => other.rangeOffset - one.rangeOffset);
    for (const { rangeOffset, rangeLength, text } of fromTheEnd) this.text = this.text.slice(0, rangeOffset) + text + this.text.slice(rangeOffset + rangeLength);
    this.version += 1;
  }
}

// Values of the stand-in for VS Code's API.

interface UriParts {
  readonly scheme?: string;
  readonly authority?: string;
  readonly path?: string;
  readonly query?: string;
  readonly fragment?: string;
}

export class Uri {
  private constructor(
    readonly scheme: string,
    readonly authority: string,
    readonly path: string,
    readonly query: string,
    readonly fragment: string,
  ) {}

  static from({ scheme = '', authority = '', path = '', query = '', fragment = '' }: UriParts): Uri {
    return new Uri(scheme, authority, path, query, fragment);
  }

  static parse(text: string): Uri {
    const [, scheme = '', , authority = '', path = '', , query = '', , fragment = ''] = /^([a-z-]+):(\/\/([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?$/.exec(text)!;
    return new Uri(scheme, authority, decodeURIComponent(path), query, fragment);
  }

  static joinPath(base: Uri, ...names: string[]): Uri {
    return base.with({ path: [base.path.replace(/\/$/, ''), ...names].join('/') });
  }

  with(parts: UriParts): Uri {
    return Uri.from({ ...this, ...parts });
  }

  toString(isPlain = false): string {
    const path = isPlain ? this.path : encodeURI(this.path);
    return `${this.scheme}://${this.authority}${path}${this.query === '' ? '' : `?${this.query}`}${this.fragment === '' ? '' : `#${this.fragment}`}`;
  }
}

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}

  isEqual({ line, character }: Position): boolean {
    return line === this.line && character === this.character;
  }
}

export class Range {
  constructor(
    readonly start: Position,
    readonly end: Position,
  ) {}

  get isEmpty(): boolean {
    return this.start.isEqual(this.end);
  }
}

export class Location {
  constructor(
    readonly uri: Uri,
    readonly range: Range,
  ) {}
}

export class Selection extends Range {
  constructor(
    readonly anchor: Position,
    readonly active: Position,
  ) {
    super(anchor, active);
  }
}

export class Disposable {
  constructor(readonly dispose: () => void) {}
}

export class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };

  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }

  dispose(): void {
    this.listeners.clear();
  }
}

export class FileSystemError extends Error {
  constructor(
    readonly code: string,
    subject: Uri | string,
  ) {
    super(typeof subject === 'string' ? subject : `${code}: ${subject.toString()}`);
  }

  static FileNotFound = (subject: Uri | string) => new FileSystemError('FileNotFound', subject);
  static FileExists = (subject: Uri | string) => new FileSystemError('FileExists', subject);
  static FileIsADirectory = (subject: Uri | string) => new FileSystemError('FileIsADirectory', subject);
  static NoPermissions = (subject: Uri | string) => new FileSystemError('NoPermissions', subject);
  static Unavailable = (subject: Uri | string) => new FileSystemError('Unavailable', subject);
}

/** One edit of a document: a text in place of a range, or line ends for the whole document. */
export interface Edit {
  readonly uri: Uri;
  readonly range: Range | null;
  readonly text: string;
  readonly eol: number | null;
}

export class TextEdit {
  private constructor(readonly eol: number) {}

  static setEndOfLine(eol: number): TextEdit {
    return new TextEdit(eol);
  }
}

export class WorkspaceEdit {
  readonly edits: Edit[] = [];

  replace(uri: Uri, range: Range, text: string): void {
    this.edits.push({ uri, range, text, eol: null });
  }

  set(uri: Uri, edits: readonly TextEdit[]): void {
    for (const { eol } of edits) this.edits.push({ uri, range: null, text: '', eol });
  }
}

export class TreeItem {
  constructor(readonly label: string) {}
}

export class TabInputText {
  constructor(readonly uri: Uri) {}
}

export class TabInputTextDiff {
  constructor(
    readonly original: Uri,
    readonly modified: Uri,
  ) {}
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class ThemeIcon {
  constructor(readonly id: string) {}
}

export class MarkdownString {
  value = '';

  appendText(text: string): this {
    this.value += text;
    return this;
  }
}

export const EndOfLine = { LF: 1, CRLF: 2 } as const;
export const FileType = { Unknown: 0, File: 1, Directory: 2, SymbolicLink: 64 } as const;
export const FilePermission = { Readonly: 1 } as const;
export const FileChangeType = { Changed: 1, Created: 2, Deleted: 3 } as const;
export const StatusBarAlignment = { Left: 1, Right: 2 } as const;
export const DecorationRangeBehavior = { ClosedClosed: 1 } as const;
export const TextEditorSelectionChangeKind = { Keyboard: 1, Mouse: 2, Command: 3 } as const;
export const TextEditorRevealType = { InCenterIfOutsideViewport: 2 } as const;

export enum TerminalExitReason {
  Unknown = 0,
  Shutdown = 1,
  Process = 2,
  User = 3,
  Extension = 4,
}

export class TerminalProfile {
  constructor(readonly options: unknown) {}
}

import type { Terminal, TerminalEvents, TerminalSize } from '@qide/client';
import * as vscode from 'vscode';

/** The size until VS Code says how large the terminal is. */
const UNKNOWN_SIZE: TerminalSize = { columns: 80, rows: 24 };
/** Clears the screen and what is above it, and moves the cursor to the first column of the first line. */
const CLEAR = '\u001b[2J\u001b[3J\u001b[H';

/** Begins to show a shell of the server. */
export type StartTerminal = (size: TerminalSize, events: TerminalEvents) => Promise<Terminal>;

/** A shell of the server as a terminal of VS Code. */
export class ServerTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<number | void>();
  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;
  private terminal: Terminal | null = null;
  private size = UNKNOWN_SIZE;
  /** What was typed before the shell had started. */
  private early = '';
  private isClosed = false;

  constructor(private readonly start: StartTerminal) {}

  /** VS Code shows the terminal; from now on it takes output. */
  open(dimensions: vscode.TerminalDimensions | undefined): void {
    if (dimensions) this.size = dimensions;
    void this.begin();
  }

  close(): void {
    this.isClosed = true;
    // Without a connection the server ends it when nobody has attached to it in time.
    this.terminal?.close().catch(() => {});
  }

  handleInput(data: string): void {
    if (this.terminal) this.terminal.write(data);
    else this.early += data;
  }

  setDimensions(dimensions: vscode.TerminalDimensions): void {
    this.size = { columns: dimensions.columns, rows: dimensions.rows };
    this.terminal?.resize(this.size);
  }

  private async begin(): Promise<void> {
    const { columns, rows } = this.size;
    try {
      this.terminal = await this.start({ columns, rows }, this.events());
    } catch (error) {
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
      this.end(undefined);
      return;
    }
    if (this.isClosed) return this.close();
    // VS Code may have told the size meanwhile.
    if (this.size.columns !== columns || this.size.rows !== rows) this.terminal.resize(this.size);
    if (this.early !== '') this.terminal.write(this.early);
    this.early = '';
  }

  private events(): TerminalEvents {
    return {
      output: (text) => this.written.fire(text),
      cleared: () => this.written.fire(CLEAR),
      inputDropped: () => void vscode.window.showWarningMessage('The program in the terminal does not read its input: what you pasted was dropped.'),
      ended: ({ exitCode, reason, message }) => {
        if (reason !== 'exited' && reason !== 'closed') void vscode.window.showWarningMessage(message);
        this.end(exitCode);
      },
    };
  }

  /** VS Code closes a terminal that ends without a code, or with 0, and reports any other code. */
  private end(exitCode: number | undefined): void {
    this.isClosed = true;
    this.closed.fire(exitCode);
  }
}

import type { Terminal, TerminalEvents, TerminalSize } from '@qide/client/terminals';
import * as vscode from 'vscode';

/** The size until VS Code says how large the terminal is. */
const UNKNOWN_SIZE: TerminalSize = { columns: 80, rows: 24 };
/** Clears the screen and what is above it, and moves the cursor to the first column of the first line. */
const CLEAR = '\u001b[2J\u001b[3J\u001b[H';

/** VS Code takes the part of a name before the first space for the program. */
export const NO_BREAK_SPACE = '\u00a0';

/** Begins to show a shell of the server. */
export type StartTerminal = (size: TerminalSize, events: TerminalEvents) => Promise<Terminal>;

/** A shell of the server as a terminal of VS Code. */
export class ServerTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<number | void>();
  private readonly named = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;
  readonly onDidChangeName = this.named.event;
  private terminal: Terminal | null = null;
  private size = UNKNOWN_SIZE;
  /** What was typed before the shell had started. */
  private early = '';
  private isUnwanted = false;

  /**
   * @param number of the terminal in its window
   * @param input maps typed text to the input of the shell
   * @param endsOnClose whether `close` always means that the terminal was closed, and not its window
   */
  constructor(
    readonly number: number,
    private readonly start: StartTerminal,
    private readonly input = (typed: string) => typed,
    private readonly endsOnClose = false,
  ) {}

  /** VS Code shows the terminal; from now on it takes output. */
  open(dimensions: vscode.TerminalDimensions | undefined): void {
    if (dimensions) this.size = dimensions;
    this.name('terminal');
    void this.begin();
  }

  /** VS Code does not say here why it closes the terminal: see `closedBecause`. */
  close(): void {
    if (this.endsOnClose) this.closedBecause(undefined);
  }

  /** Ends the shell, unless the window was closed or reloaded: the next one shows the shell again. */
  closedBecause(reason: vscode.TerminalExitReason | undefined): void {
    if (reason === vscode.TerminalExitReason.Shutdown || this.isUnwanted) return;
    this.isUnwanted = true;
    // Without a connection the server ends it when nobody has attached to it in time.
    this.terminal?.close().catch(() => {});
  }

  handleInput(typed: string): void {
    const text = this.input(typed);
    if (this.terminal) this.terminal.write(text);
    else this.early += text;
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
    if (this.isUnwanted) return void this.terminal.close().catch(() => {});
    this.name(this.terminal.shell);
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
    this.closed.fire(exitCode);
  }

  private name(program: string): void {
    this.named.fire(`${program}${NO_BREAK_SPACE}${this.number}`);
  }
}

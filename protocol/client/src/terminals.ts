import { isHighSurrogate } from './text-edit.js';
import { FAILURES, type TerminalAttached, type TerminalExitParams, type TerminalList, type TerminalOpened, type TerminalOutputParams } from './wire.js';
import type { Workspace } from './workspace.js';

/** Output that is acknowledged at once, in UTF-16 units; the server sends 65,536 without an acknowledgement. */
const ACKNOWLEDGED_CHARACTERS = 16_384;
/** The most that one request writes, in UTF-16 units. */
const INPUT_CHARACTERS = 16_384;
/** Input that may wait for the program, in UTF-16 units; more is dropped. */
export const WAITING_INPUT_CHARACTERS = 1_048_576;
/** The wait before a request is repeated that the server did not accept for now. */
const RETRY_MILLISECONDS = 200;
/** After these failures the same request may succeed. */
const TEMPORARY: ReadonlySet<unknown> = new Set([FAILURES['terminal-input-full'], FAILURES['too-many-requests'], FAILURES['server-cancelled']]);

/** The size of a terminal in characters, each from 1 to 1,000. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The options of a new terminal. */
export interface TerminalOptions extends TerminalSize {
  /** The path of the folder in which the shell begins; the root of the workspace by default. */
  readonly folder?: string;
  /** `bash`, `zsh`, `fish` or `sh`; the first that the server has by default. */
  readonly shell?: string;
}

/** What a terminal reports. */
export interface TerminalEvents {
  /** The next output, escape sequences included. */
  output(text: string): void;
  /** Output was lost while there was no connection: clear the screen, what the server still has follows. */
  cleared?(): void;
  /** Input was dropped, since the program does not read it. */
  inputDropped?(): void;
  /** The terminal has ended. */
  ended(exit: TerminalExitParams): void;
}

/** The part of `DurableTransport` that terminals use. */
export interface TerminalTransport {
  readonly isReady: boolean;
  request(method: string, params: unknown): Promise<unknown>;
  notify(method: string, params: unknown): boolean;
}

/** A shell on the server. It survives a lost connection, and is attached again after a reconnect. */
export class Terminal {
  /** The UTF-16 units of output that arrived. */
  private position = 0;
  private acknowledged = 0;
  /** Input that the server has not confirmed; `typed` UTF-16 units are before it. */
  private waiting = '';
  private typed = 0;
  private isWriting = false;
  /** What arrived before the answer that attaches it was handled; null while it is attached. */
  private early: (() => void)[] | null = null;
  private hasEnded = false;
  private isUnwanted = false;

  constructor(
    private readonly transport: TerminalTransport,
    readonly id: string,
    readonly shell: string,
    private size: TerminalSize,
    private readonly events: TerminalEvents,
    private readonly forget: () => void,
  ) {}

  /** Writes what the person typed or pasted; each character is sent in order and once, also over a reconnect. */
  write(text: string): void {
    if (this.hasEnded) return;
    if (this.waiting.length + text.length > WAITING_INPUT_CHARACTERS) {
      this.events.inputDropped?.();
      return;
    }
    this.waiting += text;
    void this.flush();
  }

  /** Changes the size of the terminal, now or when it is attached again. */
  resize(size: TerminalSize): void {
    this.size = size;
    if (this.hasEnded || !this.transport.isReady) return;
    // The size goes along when the terminal is attached again.
    this.transport.request('qide/terminalResize', { terminal: this.id, ...size }).catch(() => {});
  }

  /** Ends the shell. Rejects with a `RequestError` while there is no connection; the next connection ends it then. */
  async close(): Promise<void> {
    this.isUnwanted = true;
    if (!this.hasEnded) await this.transport.request('qide/terminalClose', { terminal: this.id });
  }

  /** Output arrived. */
  received({ position, text }: TerminalOutputParams): void {
    if (this.early !== null) return void this.early.push(() => this.received({ terminal: this.id, position, text }));
    if (this.hasEnded) return;
    if (position > this.position) this.events.cleared?.();
    this.position = position + text.length;
    this.events.output(text);
    if (this.position - this.acknowledged < ACKNOWLEDGED_CHARACTERS) return;
    this.acknowledged = this.position;
    this.transport.notify('qide/terminalAck', { terminal: this.id, position: this.position });
  }

  /** It has ended. */
  exited(exit: TerminalExitParams): void {
    if (this.early !== null) return void this.early.push(() => this.exited(exit));
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.forget();
    this.events.ended(exit);
  }

  /** A connection is ready: continues where the last one ended. */
  async attach(): Promise<void> {
    if (this.isUnwanted) {
      await this.close().catch(() => {});
      return this.exited({ terminal: this.id, reason: 'closed', message: 'The terminal was closed.' });
    }
    const early: (() => void)[] = [];
    this.early = early;
    let attached: TerminalAttached | null = null;
    while (attached === null) {
      try {
        attached = (await this.transport.request('qide/terminalAttach', { terminal: this.id, after: this.position, ...this.size })) as TerminalAttached;
      } catch (error) {
        if (!TEMPORARY.has(codeOf(error))) {
          this.early = null;
          return this.exited(lost(this.id));
        }
        await retry();
        // The next connection attaches it.
        if (this.early !== early || !this.transport.isReady) return;
      }
    }
    this.startAt(attached);
    void this.flush();
  }

  /** The output follows from a position; the input continues after what the server has taken. */
  startAt({ position, input }: TerminalAttached): void {
    this.waiting = this.waiting.slice(Math.max(0, input - this.typed));
    this.typed = input;
    if (position !== this.position) this.events.cleared?.();
    this.position = this.acknowledged = position;
    const early = this.early ?? [];
    this.early = null;
    for (const one of early) one();
  }

  /** One request at a time, so that input keeps its order. */
  private async flush(): Promise<void> {
    if (this.isWriting) return;
    this.isWriting = true;
    try {
      while (this.waiting !== '' && this.early === null && this.transport.isReady && !this.hasEnded) await this.writePart();
    } finally {
      this.isWriting = false;
    }
  }

  private async writePart(): Promise<void> {
    let length = Math.min(this.waiting.length, INPUT_CHARACTERS);
    if (length < this.waiting.length && isHighSurrogate(this.waiting.charCodeAt(length - 1))) length -= 1;
    try {
      await this.transport.request('qide/terminalInput', { terminal: this.id, position: this.typed, text: this.waiting.slice(0, length) });
      this.waiting = this.waiting.slice(length);
      this.typed += length;
    } catch (error) {
      // What was sent on a lost connection stays: the answer that attaches the terminal says how much of it has arrived.
      if (TEMPORARY.has(codeOf(error))) return void (this.transport.isReady && (await retry()));
      if (codeOf(error) === FAILURES['terminal-unknown']) return this.exited(lost(this.id));
      this.waiting = '';
      this.events.inputDropped?.();
    }
  }
}

/** The terminals of one workspace that this client shows. */
export class Terminals {
  private readonly shown = new Map<string, Terminal>();
  /** Requests whose answer names a terminal, and what arrived before such an answer was handled. */
  private asking = 0;
  private early: (() => void)[] = [];

  constructor(private readonly transport: TerminalTransport) {}

  /** The terminals of a workspace, attached to each of its connections. */
  static of(workspace: Workspace): Terminals {
    const terminals = new Terminals(workspace.transport);
    for (const method of ['qide/terminalOutput', 'qide/terminalExit'] as const) workspace.on(method, (params) => void terminals.receive(method, params));
    workspace.on('ready', () => terminals.connected());
    return terminals;
  }

  /** Starts a shell. Rejects with a `RequestError`: see `terminals-off` and the failures after it. */
  async open({ columns, rows, folder, shell }: TerminalOptions, events: TerminalEvents): Promise<Terminal> {
    const params = { columns, rows, ...(folder !== undefined && { folder }), ...(shell !== undefined && { shell }) };
    return this.asked(async () => {
      const { terminal, shell: name } = (await this.transport.request('qide/terminalOpen', params)) as TerminalOpened;
      return this.add(terminal, name, { columns, rows }, events);
    });
  }

  /** Shows a terminal that another connection opened, with the last output that the server has. */
  async attach(id: string, size: TerminalSize, events: TerminalEvents): Promise<Terminal> {
    return this.asked(async () => {
      const attached = (await this.transport.request('qide/terminalAttach', { terminal: id, after: 0, ...size })) as TerminalAttached;
      const terminal = this.add(id, attached.shell, size, events);
      terminal.startAt(attached);
      return terminal;
    });
  }

  /** This person's terminals in the workspace. */
  async list(): Promise<TerminalList['terminals']> {
    return ((await this.transport.request('qide/terminalList', {})) as TerminalList).terminals;
  }

  /** Whether this client shows the terminal. */
  has(id: string): boolean {
    return this.shown.has(id);
  }

  /** Handles a notification of the server; returns whether it is about terminals. */
  receive(method: string, params: unknown): boolean {
    if (method === 'qide/terminalOutput') {
      const output = params as TerminalOutputParams;
      this.deliver(output.terminal, (terminal) => terminal.received(output));
      return true;
    }
    if (method === 'qide/terminalExit') {
      const exit = params as TerminalExitParams;
      this.deliver(exit.terminal, (terminal) => terminal.exited(exit));
      return true;
    }
    return false;
  }

  /** A connection is ready: attaches all terminals to it. */
  connected(): void {
    for (const terminal of this.shown.values()) void terminal.attach();
  }

  /** The server sends output right after its answer, and sockets may deliver both before a promise is continued. */
  private async asked(ask: () => Promise<Terminal>): Promise<Terminal> {
    this.asking += 1;
    try {
      return await ask();
    } finally {
      const early = this.early;
      this.asking -= 1;
      this.early = [];
      for (const one of early) one();
    }
  }

  private deliver(id: string, receive: (terminal: Terminal) => void): void {
    const terminal = this.shown.get(id);
    if (terminal !== undefined) receive(terminal);
    else if (this.asking > 0) this.early.push(() => this.deliver(id, receive));
  }

  private add(id: string, shell: string, size: TerminalSize, events: TerminalEvents): Terminal {
    const terminal = new Terminal(this.transport, id, shell, size, events, () => this.shown.delete(id));
    this.shown.set(id, terminal);
    return terminal;
  }
}

function retry(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code;
}

function lost(terminal: string): TerminalExitParams {
  return { terminal, reason: 'abandoned', message: 'The terminal ended while there was no connection.' };
}

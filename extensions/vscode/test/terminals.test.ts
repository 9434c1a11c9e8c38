import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { RequestError } from '@qide/client';
import type { Terminal, TerminalEvents, TerminalSize } from '@qide/client/terminals';
import type { Host } from '../src/host.js';
import { ServerTerminal } from '../src/terminal/pseudoterminal.js';
import { registerTerminalCommands, startTerminals, type TerminalCommands } from '../src/terminal/terminals.js';
import { TerminalExitReason } from './vscode/values.js';
import { testWindow } from './vscode/window.js';

const SIZE: TerminalSize = { columns: 100, rows: 30 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A shell of the server that starts when the test says so. */
class Shell {
  readonly log: string[] = [];
  events: TerminalEvents | null = null;
  private settle: { resolve(terminal: Terminal): void; reject(error: Error): void } | null = null;

  readonly start = (size: TerminalSize, events: TerminalEvents): Promise<Terminal> => {
    this.log.push(`start ${size.columns}x${size.rows}`);
    this.events = events;
    return new Promise((resolve, reject) => (this.settle = { resolve, reject }));
  };

  async started(): Promise<void> {
    const terminal = {
      write: (text: string) => void this.log.push(`write ${text}`),
      resize: ({ columns, rows }: TerminalSize) => void this.log.push(`resize ${columns}x${rows}`),
      close: async () => void this.log.push('close'),
      shell: 'bash',
    };
    this.settle!.resolve(terminal as unknown as Terminal);
    await turn();
  }

  async refused(message: string): Promise<void> {
    this.settle!.reject(new RequestError({ code: 1503, message }));
    await turn();
  }
}

function opened(shell: Shell) {
  const terminal = new ServerTerminal(1, shell.start);
  const seen: string[] = [];
  const names: string[] = [];
  terminal.onDidChangeName((name) => void names.push(name));
  terminal.onDidWrite((text) => void seen.push(text));
  terminal.onDidClose((code) => void seen.push(`closed ${code}`));
  terminal.open(SIZE);
  return { terminal, seen, names };
}

describe('a terminal of VS Code', () => {
  beforeEach(() => testWindow.shown.splice(0));

  it('shows what its shell writes, and writes what the person types', async () => {
    const shell = new Shell();
    const { terminal, seen } = opened(shell);
    await shell.started();
    shell.events!.output('$ ');
    terminal.handleInput('ls\r');
    terminal.setDimensions({ columns: 80, rows: 24 });
    shell.events!.cleared!();
    assert.deepEqual(seen, ['$ ', '\u001b[2J\u001b[3J\u001b[H']);
    assert.deepEqual(shell.log, ['start 100x30', 'write ls\r', 'resize 80x24']);
  });

  it('keeps what is typed, and the size, until the shell has started', async () => {
    const shell = new Shell();
    const { terminal } = opened(shell);
    terminal.handleInput('l');
    terminal.handleInput('s\r');
    terminal.setDimensions({ columns: 80, rows: 24 });
    await shell.started();
    terminal.handleInput('pwd\r');
    assert.deepEqual(shell.log, ['start 100x30', 'resize 80x24', 'write ls\r', 'write pwd\r']);
  });

  it('passes on what its window makes of what is typed', async () => {
    const shell = new Shell();
    const terminal = new ServerTerminal(1, shell.start, (typed) => typed.toUpperCase());
    terminal.open(SIZE);
    terminal.handleInput('l');
    await shell.started();
    terminal.handleInput('s');
    assert.deepEqual(shell.log, ['start 100x30', 'write L', 'write S']);
  });

  it('that is closed before its shell has started ends it', async () => {
    const shell = new Shell();
    const { terminal } = opened(shell);
    terminal.close();
    terminal.closedBecause(TerminalExitReason.User);
    await shell.started();
    assert.deepEqual(shell.log, ['start 100x30', 'close']);
  });

  it('has its shell and its number as name, which VS Code does not cut', async () => {
    const shell = new Shell();
    const { names } = opened(shell);
    assert.deepEqual(names, ['terminal\u00a01']);
    await shell.started();
    assert.deepEqual(names, ['terminal\u00a01', 'bash\u00a01']);
  });

  it('goes on when its window is left, before or after its shell has started, and ends for every other reason', async () => {
    for (const reason of [TerminalExitReason.Shutdown, TerminalExitReason.User, TerminalExitReason.Extension, TerminalExitReason.Unknown]) {
      for (const isStarted of [true, false]) {
        const shell = new Shell();
        const { terminal } = opened(shell);
        if (isStarted) await shell.started();
        terminal.close();
        terminal.closedBecause(reason);
        if (!isStarted) await shell.started();
        assert.deepEqual(shell.log.slice(1), reason === TerminalExitReason.Shutdown ? [] : ['close'], `reason ${reason}`);
      }
    }
  });

  it('closes with a sentence when the server refuses it', async () => {
    const shell = new Shell();
    const { seen } = opened(shell);
    await shell.refused('There are too many terminals.');
    assert.deepEqual(seen, ['closed undefined']);
    assert.deepEqual(testWindow.shown, [{ kind: 'error', sentence: 'There are too many terminals.' }]);
  });

  it('reports the exit code, and says why it ended unless the person ended it', async () => {
    for (const [reason, message, said] of [
      ['exited', 'The shell exited.', 0],
      ['closed', 'The terminal was closed.', 0],
      ['moved', 'Another window shows the terminal now.', 1],
      ['limit', 'The terminal was ended.', 1],
    ] as const) {
      testWindow.shown.splice(0);
      const shell = new Shell();
      const { seen } = opened(shell);
      await shell.started();
      shell.events!.ended({ terminal: 't', exitCode: 3, reason, message });
      assert.deepEqual(seen, ['closed 3']);
      assert.deepEqual(testWindow.shown.map(({ sentence }) => sentence), said === 1 ? [message] : [], reason);
    }
  });

  it('says that input was dropped', async () => {
    const shell = new Shell();
    opened(shell);
    await shell.started();
    shell.events!.inputDropped!();
    assert.match(testWindow.shown[0]!.sentence, /was dropped/);
  });
});

describe('the commands of terminals', () => {
  const listed: { terminal: string; shell: string; folder: string; attached: boolean }[] = [];
  const asked: string[] = [];
  let mayUse = true;
  let isOwner = false;
  let refusal: string | null = null;
  let listing = Promise.resolve();
  let ready = () => {};
  const host = {
    workspace: 'demo',
    mayUseTerminals: async () => mayUse,
    get mayShare() {
      return isOwner;
    },
    teamChat: { subscribeReady: (listener: () => void) => void (ready = listener) },
    terminals: {
      list: async () => {
        await listing;
        if (refusal !== null) throw new RequestError({ code: 1500, message: refusal });
        return listed;
      },
      has: (id: string) => id === 'shown',
      open: async () => {
        asked.push('open');
        return { shell: 'bash', close: async () => void asked.push('close') };
      },
      attach: async (id: string) => {
        asked.push(`attach ${id}`);
        return { shell: 'bash', close: async () => {} };
      },
    },
  } as unknown as Host;
  /** Times to look again, in milliseconds. */
  const LOOK_AGAIN = [1, 1];
  let commands: TerminalCommands;
  /** How long a command waits for the permission, in milliseconds. */
  const PATIENCE = 60_000;
  const run = (command: string) => testWindow.commands.get(command)!();

  const contexts = () => testWindow.ran.filter(({ command }) => command === 'setContext').map(({ parameters }) => parameters.join(' '));
  const begin = async () => {
    ready();
    await turn();
    testWindow.ran.splice(0);
  };

  beforeEach(() => {
    for (const list of [testWindow.shown, testWindow.ran, testWindow.terminals, asked, listed]) list.splice(0);
    testWindow.terminalProfiles.clear();
    mayUse = true;
    isOwner = false;
    refusal = null;
    listing = Promise.resolve();
    commands = startTerminals(host, LOOK_AGAIN, PATIENCE);
    registerTerminalCommands(async () => commands);
  });

  it('are offered, with a profile, to those only who may use terminals', async () => {
    mayUse = false;
    ready();
    await turn();
    assert.deepEqual(contexts(), ['qide.mayUseTerminals false', 'qide.areTerminalsDisabled false', 'qide.isTerminalAccessKnown true']);
    assert.deepEqual([...testWindow.terminalProfiles.keys()], []);
    mayUse = true;
    ready();
    await turn();
    ready();
    await turn();
    assert.deepEqual(contexts().slice(-3), ['qide.mayUseTerminals true', 'qide.areTerminalsDisabled false', 'qide.isTerminalAccessKnown true']);
    assert.deepEqual([...testWindow.terminalProfiles.keys()], ['qide.terminal']);
  });

  it('tell an owner in the words of the server why there are no terminals', async () => {
    mayUse = false;
    isOwner = true;
    refusal = 'Terminals are off on this server.';
    ready();
    await turn();
    assert.deepEqual(contexts(), ['qide.mayUseTerminals false', 'qide.areTerminalsDisabled true', 'qide.isTerminalAccessKnown true']);
    await run('qide.newTerminal');
    refusal = null;
    await run('qide.newTerminal');
    assert.deepEqual(testWindow.shown, [
      { kind: 'warning', sentence: 'Terminals are off on this server.' },
      { kind: 'information', sentence: 'Terminals are on now. Reload the window to use them.' },
    ]);
    assert.equal(testWindow.terminals.length, 0);
  });

  it('number the terminals of a window, and use a number again when it is free', async () => {
    await begin();
    const numbers = () => testWindow.terminals.map(({ creationOptions }) => (creationOptions.pty as unknown as ServerTerminal).number);
    for (let i = 0; i < 3; i += 1) await run('qide.newTerminal');
    assert.deepEqual(numbers(), [1, 2, 3]);
    testWindow.closeTerminal(testWindow.terminals[1]!, TerminalExitReason.User);
    await run('qide.newTerminal');
    assert.deepEqual(numbers(), [1, 3, 2]);
  });

  it('show the shells that no window shows when the window begins, once', async () => {
    listed.push({ terminal: 'left', shell: 'bash', folder: '', attached: false }, { terminal: 'elsewhere', shell: 'bash', folder: '', attached: true }, { terminal: 'shown', shell: 'sh', folder: '', attached: false });
    await begin();
    assert.equal(testWindow.terminals.length, 1);
    testWindow.terminals[0]!.creationOptions.pty.open(undefined);
    assert.deepEqual(asked, ['attach left']);
    await begin();
    assert.equal(testWindow.terminals.length, 1);
  });

  it('show the shells of a window that is just being closed, and no others', async () => {
    listed.push({ terminal: 'closing', shell: 'bash', folder: '', attached: true }, { terminal: 'elsewhere', shell: 'bash', folder: '', attached: true });
    await begin();
    assert.equal(testWindow.terminals.length, 0);
    listed[0]!.attached = false;
    listed.push({ terminal: 'later', shell: 'bash', folder: '', attached: false });
    for (const end = Date.now() + 10_000; testWindow.terminals.length === 0 && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 1));
    testWindow.terminals[0]!.creationOptions.pty.open(undefined);
    assert.deepEqual(asked, ['attach closing']);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(testWindow.terminals.length, 1);
  });

  it('end the shell of a terminal that the person closes, and not when the window is left', async () => {
    await begin();
    for (const reason of [TerminalExitReason.Shutdown, TerminalExitReason.User]) {
      await run('qide.newTerminal');
      testWindow.terminals[0]!.creationOptions.pty.open(undefined);
      await turn();
      testWindow.closeTerminal(testWindow.terminals[0]!, reason);
      assert.deepEqual(asked, reason === TerminalExitReason.User ? ['open', 'open', 'close'] : ['open'], `reason ${reason}`);
    }
  });

  it('open the first terminal, and show it again', async () => {
    await begin();
    const before = testWindow.terminalsShown;
    await run('qide.showTerminal');
    await run('qide.showTerminal');
    assert.equal(testWindow.terminals.length, 1);
    assert.equal(testWindow.terminalsShown - before, 2);
  });

  it('wait, when a key is pressed early, until the permission is known', async () => {
    const before = testWindow.terminalsShown;
    const shown = run('qide.showTerminal');
    await turn();
    assert.equal(testWindow.terminals.length, 0);
    ready();
    await shown;
    assert.equal(testWindow.terminals.length, 1);
    assert.equal(testWindow.terminalsShown - before, 1);
    assert.deepEqual(testWindow.shown, []);
  });

  it('say why there are none when a key was pressed early', async () => {
    mayUse = false;
    refusal = 'Terminals are off on this server.';
    const shown = run('qide.showTerminal');
    ready();
    await shown;
    assert.deepEqual(testWindow.shown, [{ kind: 'warning', sentence: refusal }]);
    assert.equal(testWindow.terminals.length, 0);
  });

  it('say that there is no connection, and go on when there is one', async () => {
    commands = startTerminals(host, LOOK_AGAIN, 50);
    await run('qide.newTerminal');
    assert.deepEqual(testWindow.shown, [{ kind: 'warning', sentence: 'There is no connection to the server: try again when the status bar says “Connected”.' }]);
    assert.equal(testWindow.terminals.length, 0);
    ready();
    await run('qide.newTerminal');
    assert.equal(testWindow.terminals.length, 1);
  });

  it('show the shells that were left, also while they are sought', async () => {
    let isListed = () => {};
    listing = new Promise((resolve) => (isListed = resolve));
    listed.push({ terminal: 'left', shell: 'bash', folder: '', attached: false });
    await begin();
    const before = testWindow.terminalsShown;
    const shown = run('qide.showTerminal');
    await turn();
    assert.equal(testWindow.terminals.length, 0);
    isListed();
    await shown;
    assert.equal(testWindow.terminals.length, 1);
    assert.deepEqual(asked, []);
    assert.equal(testWindow.terminalsShown - before, 1);
  });

  it('show a shell that was left when VS Code opens a terminal by itself while the window loads, and then new ones', async () => {
    listed.push({ terminal: 'left', shell: 'bash', folder: '', attached: false }, { terminal: 'also left', shell: 'bash', folder: '', attached: false });
    const open = async () => ((await commands.profile())!.options as { pty: ServerTerminal }).pty.open(undefined);
    const loading = open();
    await begin();
    await loading;
    assert.deepEqual(asked, ['attach left']);
    assert.equal(testWindow.terminals.length, 1);
    await open();
    assert.deepEqual(asked, ['attach left', 'open']);
  });

  it('show a shell of the window before it was loaded again when VS Code opens a terminal by itself, also if the server learns that late', async () => {
    listed.push({ terminal: 'closing', shell: 'bash', folder: '', attached: true });
    const loading = commands.profile();
    await begin();
    listed[0]!.attached = false;
    ((await loading)!.options as { pty: ServerTerminal }).pty.open(undefined);
    assert.deepEqual(asked, ['attach closing']);
    assert.equal(testWindow.terminals.length, 0);
  });

  it('show the terminal that VS Code opens by itself, when a key is pressed meanwhile, and no other', async () => {
    const loading = commands.profile();
    await begin();
    const before = testWindow.terminalsShown;
    const shown = run('qide.showTerminal');
    const { options } = (await loading)! as unknown as { options: (typeof testWindow.terminals)[number]['creationOptions'] };
    testWindow.terminals.push({ creationOptions: options, show: () => void (testWindow.terminalsShown += 1) });
    testWindow.terminalOpened.fire(testWindow.terminals[0]!);
    await shown;
    assert.equal(testWindow.terminals.length, 1);
    assert.equal(testWindow.terminalsShown - before, 1);
  });

  it('show a terminal that VS Code opens by the profile, once', async () => {
    await begin();
    const before = testWindow.terminalsShown;
    await run('qide.newTerminal');
    const [other] = testWindow.terminals;
    const { options } = (await commands.profile())! as unknown as { options: (typeof testWindow.terminals)[number]['creationOptions'] };
    const terminal = { ...other!, creationOptions: options };
    for (const one of [other!, terminal, terminal]) testWindow.terminalOpened.fire(one);
    assert.equal(testWindow.terminalsShown - before, 2);
  });

  it('open a shell when VS Code opens a terminal by itself and none was left, or they cannot be listed', async () => {
    refusal = 'The server is stopping.';
    const loading = commands.profile();
    await begin();
    ((await loading)!.options as { pty: ServerTerminal }).pty.open(undefined);
    assert.deepEqual(asked, ['open']);
    assert.equal(testWindow.terminals.length, 0);
  });

  it('give VS Code no terminal when the person may use none', async () => {
    mayUse = false;
    refusal = 'Terminals are off on this server.';
    const loading = commands.profile();
    await begin();
    assert.equal(await loading, undefined);
    assert.deepEqual(testWindow.shown, [{ kind: 'warning', sentence: refusal }]);
  });

  it('show a terminal that another window has opened', async () => {
    await begin();
    await run('qide.attachTerminal');
    assert.match(testWindow.shown[0]!.sentence, /No other terminal/);
    listed.push({ terminal: 'shown', shell: 'sh', folder: '', attached: true }, { terminal: 'other', shell: 'bash', folder: 'src', attached: false });
    testWindow.answers.push('1: bash in src');
    await run('qide.attachTerminal');
    assert.equal(testWindow.terminals.length, 1);
    testWindow.terminals[0]!.creationOptions.pty.open(undefined);
    assert.deepEqual(asked, ['attach other']);
  });
});

import * as vscode from 'vscode';
import type { Host } from '../host.js';
import { NO_BREAK_SPACE, ServerTerminal, type StartTerminal } from './pseudoterminal.js';

const PROFILE = 'qide.terminal';

/** When to look again for the shells of a window that was being closed when this one opened. */
const LOOK_AGAIN_MILLISECONDS: readonly number[] = [1_000, 4_000];

/** How long a command waits until it is known whether the person may use terminals. */
const PERMISSION_MILLISECONDS = 10_000;

/** What the commands of terminals do. Each waits until the person's permission is known. */
export interface TerminalCommands {
  /** Opens a new terminal, or says why there are none. */
  openNew(): Promise<void>;
  /** Shows the terminal that was shown last; without one, opens one. */
  show(): Promise<void>;
  /** Shows a terminal that another window has opened. */
  attach(): Promise<void>;
  /**
   * What VS Code shows when it opens a terminal by the profile. While the window loads, that is a shell that no window shows, if there
   * is one: VS Code opens a terminal by itself if its panel was visible. Undefined if there are no terminals; says why.
   */
  profile(): Promise<vscode.TerminalProfile | undefined>;
}

/**
 * Registers the commands of terminals, as soon as their keys have an effect: VS Code's own commands for the same keys would open a
 * shell of this machine, or an empty panel in the browser IDE.
 *
 * @param commands of the workspace that is being opened
 */
export function registerTerminalCommands(commands: () => Promise<TerminalCommands>): vscode.Disposable[] {
  const register = (id: string, method: keyof TerminalCommands) => vscode.commands.registerCommand(id, async () => (await commands())[method]());
  return [register('qide.newTerminal', 'openNew'), register('qide.showTerminal', 'show'), register('qide.attachTerminal', 'attach')];
}

/** Registers the profile by which VS Code opens terminals, before there is a workspace: VS Code asks for it while the window loads. */
export function registerTerminalProfile(commands: () => Promise<TerminalCommands>): vscode.Disposable {
  return vscode.window.registerTerminalProfileProvider(PROFILE, { provideTerminalProfile: async () => (await commands()).profile() });
}

/** Starts the terminals of the workspace and, unless the host has registered it, the profile by which VS Code opens them. */
export function startTerminals(host: Host, lookAgain = LOOK_AGAIN_MILLISECONDS, patience = PERMISSION_MILLISECONDS): TerminalCommands {
  const open: StartTerminal = (size, events) => host.terminals.open(size, events);
  const { promise: known, resolve: permissionKnown } = withResolvers();
  let isAllowed = false;
  let isRegistered = false;
  /** Settled when the shells that no window shows have been shown. */
  let restored = Promise.resolve();
  let isRestored = false;
  /** Fulfilled when VS Code has opened the terminal that it asked for last. */
  let opening = Promise.resolve();
  /** Each takes the shell for a terminal that VS Code opens meanwhile. */
  const takers: ((start: StartTerminal) => void)[] = [];
  vscode.window.onDidCloseTerminal((terminal) => serverTerminalOf(terminal)?.closedBecause(terminal.exitStatus?.reason));
  const update = async () => {
    isAllowed = await host.mayUseTerminals();
    void vscode.commands.executeCommand('setContext', 'qide.mayUseTerminals', isAllowed);
    // If an owner may not use them, the server has none.
    void vscode.commands.executeCommand('setContext', 'qide.areTerminalsDisabled', !isAllowed && host.mayShare);
    void vscode.commands.executeCommand('setContext', 'qide.isTerminalAccessKnown', true);
    // The browser IDE has no service for terminals unless the person may use them.
    if (!isAllowed || isRegistered) return permissionKnown();
    isRegistered = true;
    if (!host.hasTerminalProfile) vscode.window.registerTerminalProfileProvider(PROFILE, { provideTerminalProfile: () => new vscode.TerminalProfile(options(host, open)) });
    const first = showDetached(host, takers);
    restored = first.then(() => {}, () => {});
    permissionKnown();
    try {
      await showReleased(host, takers, await first, lookAgain);
    } finally {
      isRestored = true;
      for (const take of takers.splice(0)) take(open);
    }
  };
  // An unreachable server is shown elsewhere; the keys are VS Code's own until the next connection.
  host.teamChat.subscribeReady(() => void update().catch(() => {}));

  /** Whether the person may use terminals; otherwise says why not. */
  const permitted = async () => {
    const isKnown = await settledWithin(known, patience);
    if (!isKnown) void vscode.window.showWarningMessage('There is no connection to the server: try again when the status bar says “Connected”.');
    else if (!isAllowed) await explain(host);
    return isKnown && isAllowed;
  };
  const openNew = () => vscode.window.createTerminal(options(host, open)).show();
  return {
    openNew: async () => void ((await permitted()) && openNew()),
    show: async () => {
      if (!(await permitted())) return;
      await restored;
      await settledWithin(opening, patience);
      const shown = shownLast(host);
      return shown ? shown.show() : openNew();
    },
    attach: async () => void ((await permitted()) && (await attach(host))),
    profile: async () => {
      const isLoading = !isRestored;
      let take: ((start: StartTerminal) => void) | undefined;
      const start = isLoading ? new Promise<StartTerminal>((resolve) => takers.push((take = resolve))) : open;
      const { promise, resolve: opened } = withResolvers();
      opening = promise;
      if (!(await permitted())) {
        const index = take ? takers.indexOf(take) : -1;
        if (index >= 0) takers.splice(index, 1);
        opened();
        return undefined;
      }
      const profile = options(host, await start);
      // Theia would not say that it has opened it, and shows it by itself.
      if (host.hasTheiaTerminals) {
        opened();
        return new vscode.TerminalProfile(profile);
      }
      whenOpen(profile, (terminal) => {
        // Without this, VS Code continues to show the terminal that it showed before + and Split.
        if (!isLoading) terminal.show();
        opened();
      });
      return new vscode.TerminalProfile(profile);
    },
  };
}

/** Whether a promise is fulfilled in time. */
async function settledWithin(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, milliseconds, false)));
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((resolved) => (resolve = resolved));
  return { promise, resolve: () => resolve() };
}

/** Calls back when VS Code has opened a terminal, once. */
function whenOpen({ pty }: vscode.ExtensionTerminalOptions, opened: (terminal: vscode.Terminal) => void): void {
  const listener = vscode.window.onDidOpenTerminal((terminal) => {
    if (serverTerminalOf(terminal) !== pty) return;
    listener.dispose();
    opened(terminal);
  });
}

/** With an empty name here, the terminal shows the name that its pseudoterminal reports. */
function options(host: Host, start: StartTerminal): vscode.ExtensionTerminalOptions {
  const taken = new Set(vscode.window.terminals.map((terminal) => serverTerminalOf(terminal)?.number ?? numberIn(terminal.name)));
  let number = 1;
  while (taken.has(number)) number += 1;
  return { name: '', pty: new ServerTerminal(number, start, host.terminalInput, host.hasTheiaTerminals) };
}

/** The terminal that was shown last. Theia creates a shell of its own machine with every window, which nobody has asked for. */
function shownLast({ hasTheiaTerminals }: Host): vscode.Terminal | undefined {
  const { activeTerminal, terminals } = vscode.window;
  const isWanted = (terminal: vscode.Terminal) => !hasTheiaTerminals || serverTerminalOf(terminal) !== null || !Number.isNaN(numberIn(terminal.name));
  return activeTerminal && isWanted(activeTerminal) ? activeTerminal : terminals.filter(isWanted).at(-1);
}

/** The number in the name of a terminal of the server, whose pseudoterminal is not known; NaN in other names. */
function numberIn(name: string): number {
  return Number(name.split(NO_BREAK_SPACE)[1]);
}

function serverTerminalOf({ creationOptions }: vscode.Terminal): ServerTerminal | null {
  return 'pty' in creationOptions && creationOptions.pty instanceof ServerTerminal ? creationOptions.pty : null;
}

/** Says why there are no terminals, in the server's words. */
async function explain({ terminals }: Host): Promise<void> {
  try {
    await terminals.list();
    void vscode.window.showInformationMessage('Terminals are on now. Reload the window to use them.');
  } catch (error) {
    void vscode.window.showWarningMessage(sentenceOf(error));
  }
}

/**
 * Shows the shells that no window shows, from this window before it was reloaded or from a closed one.
 *
 * @param takers take the first of them, each one, for a terminal that exists already
 * @param among the only ones to show; without it all
 * @returns those that another window shows
 */
async function showDetached(host: Host, takers: ((start: StartTerminal) => void)[], among?: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const { terminals } = host;
  const others = (await terminals.list()).filter(({ terminal }) => !terminals.has(terminal) && (among?.has(terminal) ?? true));
  for (const { terminal } of others.filter(({ attached }) => !attached)) {
    const start: StartTerminal = (size, events) => terminals.attach(terminal, size, events);
    const take = takers.shift();
    if (take) take(start);
    else showIfHidden(host, vscode.window.createTerminal(options(host, start)));
  }
  return new Set(others.filter(({ attached }) => attached).map(({ terminal }) => terminal));
}

/** VS Code adds a terminal to its panel, visible or not; Theia must show it. */
function showIfHidden({ hasTheiaTerminals }: Host, terminal: vscode.Terminal): void {
  const preserveFocus = true;
  if (hasTheiaTerminals) terminal.show(preserveFocus);
}

/** Shows the shells of a window that was closed just before this one opened, as soon as the server knows that. */
async function showReleased(host: Host, takers: ((start: StartTerminal) => void)[], attached: ReadonlySet<string>, delays: readonly number[]): Promise<void> {
  let others = attached;
  for (const delay of delays) {
    if (others.size === 0) return;
    await new Promise((resolve) => setTimeout(resolve, delay));
    others = await showDetached(host, takers, others);
  }
}

/** Shows a terminal that another window has opened. */
async function attach(host: Host): Promise<void> {
  const { terminals } = host;
  try {
    const others = (await terminals.list()).filter(({ terminal }) => !terminals.has(terminal));
    const choices = others.map(({ terminal, shell, folder, attached }, at) => ({
      label: `${at + 1}: ${shell}${folder === '' ? '' : ` in ${folder}`}`,
      description: attached ? 'shown by another window, which loses it' : 'not shown anywhere',
      terminal,
    }));
    if (choices.length === 0) return void vscode.window.showInformationMessage('No other terminal of yours runs in this workspace.');
    const choice = await vscode.window.showQuickPick(choices, { placeHolder: 'The terminal to show here' });
    if (choice) vscode.window.createTerminal(options(host, (size, events) => terminals.attach(choice.terminal, size, events))).show();
  } catch (error) {
    void vscode.window.showErrorMessage(sentenceOf(error));
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

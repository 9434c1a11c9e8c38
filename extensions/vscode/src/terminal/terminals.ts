import * as vscode from 'vscode';
import type { Host } from '../host.js';
import { ServerTerminal, type StartTerminal } from './pseudoterminal.js';

const PROFILE = 'qide.terminal';

/** When to look again for the shells of a window that was being closed when this one opened. */
const LOOK_AGAIN_MILLISECONDS: readonly number[] = [1_000, 4_000];

/** Starts the terminals of the workspace: their commands, and the profile by which VS Code opens them. */
export function startTerminals(host: Host, lookAgain = LOOK_AGAIN_MILLISECONDS): void {
  const open: StartTerminal = (size, events) => host.terminals.open(size, events);
  let isAllowed = false;
  let isRegistered = false;
  /** Settled when the shells that no window shows have been shown. */
  let restored = Promise.resolve();
  const openNew = () => (isAllowed ? vscode.window.createTerminal(options(host, open)).show() : explain(host));
  vscode.commands.registerCommand('qide.newTerminal', openNew);
  // With VS Code's own command, the first terminal would be a shell of this machine, and a terminal of the browser IDE would not
  // get the focus.
  vscode.commands.registerCommand('qide.showTerminal', async () => {
    await restored;
    const shown = vscode.window.activeTerminal ?? vscode.window.terminals.at(-1);
    return shown ? shown.show() : openNew();
  });
  vscode.commands.registerCommand('qide.attachTerminal', () => attach(host));
  vscode.window.onDidCloseTerminal((terminal) => serverTerminalOf(terminal)?.closedBecause(terminal.exitStatus?.reason));
  const update = async () => {
    isAllowed = await host.mayUseTerminals();
    void vscode.commands.executeCommand('setContext', 'qide.mayUseTerminals', isAllowed);
    // If an owner may not use them, the server has none.
    void vscode.commands.executeCommand('setContext', 'qide.areTerminalsDisabled', !isAllowed && host.mayShare);
    // The browser IDE has no service for terminals unless the person may use them.
    if (!isAllowed || isRegistered) return;
    isRegistered = true;
    vscode.window.registerTerminalProfileProvider(PROFILE, { provideTerminalProfile: () => new vscode.TerminalProfile(options(host, open)) });
    const first = showDetached(host);
    restored = first.then(() => {}, () => {});
    await showReleased(host, await first, lookAgain);
  };
  // An unreachable server is shown elsewhere; the commands stay hidden until the next connection.
  host.teamChat.subscribeReady(() => void update().catch(() => {}));
}

/** With an empty name here, the terminal shows the name that its pseudoterminal reports. */
function options(host: Host, start: StartTerminal): vscode.ExtensionTerminalOptions {
  const taken = new Set(vscode.window.terminals.map((terminal) => serverTerminalOf(terminal)?.number));
  let number = 1;
  while (taken.has(number)) number += 1;
  return { name: '', pty: new ServerTerminal(number, start, host.terminalInput) };
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
 * @param among the only ones to show; without it all
 * @returns those that another window shows
 */
async function showDetached(host: Host, among?: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const { terminals } = host;
  const others = (await terminals.list()).filter(({ terminal }) => !terminals.has(terminal) && (among?.has(terminal) ?? true));
  for (const { terminal } of others.filter(({ attached }) => !attached)) {
    vscode.window.createTerminal(options(host, (size, events) => terminals.attach(terminal, size, events)));
  }
  return new Set(others.filter(({ attached }) => attached).map(({ terminal }) => terminal));
}

/** Shows the shells of a window that was closed just before this one opened, as soon as the server knows that. */
async function showReleased(host: Host, attached: ReadonlySet<string>, delays: readonly number[]): Promise<void> {
  let others = attached;
  for (const delay of delays) {
    if (others.size === 0) return;
    await new Promise((resolve) => setTimeout(resolve, delay));
    others = await showDetached(host, others);
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

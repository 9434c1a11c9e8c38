import * as vscode from 'vscode';
import type { Host } from '../host.js';
import { ServerTerminal, type StartTerminal } from './pseudoterminal.js';

const PROFILE = 'qide.terminal';

/** Starts the terminals of the workspace: their commands, and the profile by which VS Code opens them. */
export function startTerminals(host: Host): void {
  const open: StartTerminal = (size, events) => host.terminals.open(size, events);
  let isAllowed = false;
  let isRegistered = false;
  /** Settled when the shells that no window shows have been shown. */
  let left = Promise.resolve();
  const openNew = () => (isAllowed ? vscode.window.createTerminal(options(host, open)).show() : explain(host));
  vscode.commands.registerCommand('qide.newTerminal', openNew);
  // With VS Code's own command, the first terminal would be a shell of this machine, and a terminal of the browser IDE would not
  // get the focus.
  vscode.commands.registerCommand('qide.showTerminal', async () => {
    await left.catch(() => {});
    const shown = vscode.window.activeTerminal ?? vscode.window.terminals.at(-1);
    return shown ? shown.show() : openNew();
  });
  vscode.commands.registerCommand('qide.attachTerminal', () => attach(host));
  vscode.window.onDidCloseTerminal((terminal) => serverTerminalOf(terminal)?.closedBecause(terminal.exitStatus?.reason));
  const update = async () => {
    isAllowed = await host.mayUseTerminals();
    void vscode.commands.executeCommand('setContext', 'qide.mayUseTerminals', isAllowed);
    // If an owner may not use them, the server has none.
    void vscode.commands.executeCommand('setContext', 'qide.lacksTerminals', !isAllowed && host.mayShare);
    // The browser IDE has no service for terminals unless the person may use them.
    if (!isAllowed || isRegistered) return;
    isRegistered = true;
    vscode.window.registerTerminalProfileProvider(PROFILE, { provideTerminalProfile: () => new vscode.TerminalProfile(options(host, open)) });
    left = showLeft(host);
    await left;
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

/** Shows the shells that no window shows, from this window before it was reloaded or from a closed one. */
async function showLeft(host: Host): Promise<void> {
  const { terminals } = host;
  for (const { terminal, attached } of await terminals.list()) {
    if (!attached && !terminals.has(terminal)) vscode.window.createTerminal(options(host, (size, events) => terminals.attach(terminal, size, events)));
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

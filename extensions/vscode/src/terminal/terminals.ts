import * as vscode from 'vscode';
import type { Host } from '../host.js';
import { ServerTerminal, type StartTerminal } from './pseudoterminal.js';

const PROFILE = 'qide.terminal';

/** Starts the terminals of the workspace: their commands, and the profile by which VS Code opens them. */
export function startTerminals(host: Host): void {
  const open: StartTerminal = (size, events) => host.terminals.open(size, events);
  const options = (start: StartTerminal) => ({ name: host.workspace, pty: new ServerTerminal(start) });
  const openNew = () => vscode.window.createTerminal(options(open)).show();
  vscode.commands.registerCommand('qide.newTerminal', openNew);
  // VS Code would open its default profile, a shell of this machine, where there is no terminal yet.
  vscode.commands.registerCommand('qide.toggleTerminal', () => (vscode.window.terminals.length > 0 ? vscode.commands.executeCommand('workbench.action.terminal.toggleTerminal') : openNew()));
  vscode.commands.registerCommand('qide.attachTerminal', () => attach(host, options));
  let isRegistered = false;
  const update = async () => {
    const mayUse = await host.mayUseTerminals();
    void vscode.commands.executeCommand('setContext', 'qide.mayUseTerminals', mayUse);
    // The browser IDE has no service for terminals unless the person may use them, and no profiles of extensions.
    if (mayUse && !isRegistered) vscode.window.registerTerminalProfileProvider(PROFILE, { provideTerminalProfile: () => new vscode.TerminalProfile(options(open)) });
    isRegistered ||= mayUse;
  };
  // An unreachable server is shown elsewhere; the commands stay hidden until the next connection.
  host.teamChat.subscribeReady(() => void update().catch(() => {}));
}

/** Shows a terminal that another window, or this one before it was loaded again, has opened. */
async function attach({ terminals }: Host, options: (start: StartTerminal) => vscode.ExtensionTerminalOptions): Promise<void> {
  try {
    const others = (await terminals.list()).filter(({ terminal }) => !terminals.has(terminal));
    const choices = others.map(({ terminal, shell, folder, attached }, at) => ({
      label: `${at + 1}: ${shell}${folder === '' ? '' : ` in ${folder}`}`,
      description: attached ? 'shown by another window, which loses it' : 'not shown anywhere',
      terminal,
    }));
    if (choices.length === 0) return void vscode.window.showInformationMessage('No other terminal of yours runs in this workspace.');
    const choice = await vscode.window.showQuickPick(choices, { placeHolder: 'The terminal to show here' });
    if (choice) vscode.window.createTerminal(options((size, events) => terminals.attach(choice.terminal, size, events))).show();
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}

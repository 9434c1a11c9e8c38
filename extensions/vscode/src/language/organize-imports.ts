import * as vscode from 'vscode';
import { SCHEME } from '../schemes.js';

/** Pyright executes this command of the language server, but offers no code action for it. */
const COMMAND = 'pyright.organizeimports';
const TITLE = 'Organize Imports';

/**
 * Offers *Organize Imports* in Python, as other language servers do in their languages.
 *
 * @param commandPrefix precedes the names of the servers' commands in VS Code
 */
export function registerOrganizeImports(commandPrefix = ''): vscode.Disposable {
  const kind = vscode.CodeActionKind.SourceOrganizeImports;
  const provider: vscode.CodeActionProvider = {
    provideCodeActions({ uri }, _range, { only }) {
      // A source action is offered to those who ask for one.
      if (!only?.contains(kind)) return [];
      const action = new vscode.CodeAction(TITLE, kind);
      action.command = { title: TITLE, command: commandPrefix + COMMAND, arguments: [uri.toString()] };
      return [action];
    },
  };
  return vscode.languages.registerCodeActionsProvider({ scheme: SCHEME, language: 'python' }, provider, { providedCodeActionKinds: [kind] });
}

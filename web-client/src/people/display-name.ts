import { ApiError, type Me } from '@qide/client';
import * as vscode from 'vscode';
import { changeName } from '../api.js';

const REASONS: Readonly<Record<string, string>> = {
  empty: 'A name needs at least one character.',
  length: 'A name has at most 60 characters.',
  character: 'This name has a character that is invisible or changes the direction of text. Choose another name.',
};

/** Registers the command that changes the name that others see; `changed` gets the person with the new one. */
export function registerDisplayName(person: Me, changed: (person: Me) => void): void {
  vscode.commands.registerCommand('qide.changeName', async () => {
    let { name } = person;
    for (let prompt = 'The name that others see at your caret'; ; ) {
      const entered = await vscode.window.showInputBox({ title: 'Change Your Name', prompt, value: name, ignoreFocusOut: true });
      if (entered === undefined) return;
      name = entered;
      try {
        return changed(await changeName(entered));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        prompt = REASONS[error.tags['reason'] ?? ''] ?? error.message;
      }
    }
  });
}

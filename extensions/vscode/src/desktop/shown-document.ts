import { smallestEdit } from '@qide/client';
import * as vscode from 'vscode';
import type { Change, EditorDocument } from './editor-binding.js';

/** Attempts to show the shared text in a document before it is bound. */
const FOLLOW_ATTEMPTS = 10;

/** A document of VS Code for its binding. */
export class ShownDocument implements EditorDocument {
  constructor(private readonly document: vscode.TextDocument) {}

  text(): string {
    return this.document.getText();
  }

  /**
   * Makes the document equal to a text before it is bound, except for what the person typed in that very text: the binding shares it.
   * `replaced` is what the document had instead: a text that the editor restored from an earlier window, or that the person typed in
   * another one.
   */
  async follow(text: () => string, saved: () => string | null): Promise<{ readonly isReady: boolean; readonly replaced: string | null }> {
    let base = this.document.isDirty ? saved() : withoutReturns(this.document.getText());
    let replaced: string | null = null;
    for (let attempt = 0; attempt < FOLLOW_ATTEMPTS; attempt += 1) {
      if (this.document.eol !== vscode.EndOfLine.LF && !(await setLineFeeds(this.document))) continue;
      const [before, target] = [this.document.getText(), text()];
      const edit = smallestEdit(before, target);
      if (edit === null || base === target) return { isReady: true, replaced };
      if (!(await this.apply([edit]))) continue;
      // Meanwhile the editor has said whether it restored the text.
      if (saved() === null || withoutReturns(before) !== base) replaced ??= before;
      base = target;
    }
    return { isReady: false, replaced };
  }

  apply(change: Change): Promise<boolean> {
    const edit = new vscode.WorkspaceEdit();
    for (const { offset, length, text } of change) {
      edit.replace(this.document.uri, new vscode.Range(this.document.positionAt(offset), this.document.positionAt(offset + length)), text);
    }
    // VS Code refuses an edit of a document that has changed since.
    return Promise.resolve(vscode.workspace.applyEdit(edit));
  }
}

export function setLineFeeds(document: vscode.TextDocument): Thenable<boolean> {
  const edit = new vscode.WorkspaceEdit();
  edit.set(document.uri, [vscode.TextEdit.setEndOfLine(vscode.EndOfLine.LF)]);
  return vscode.workspace.applyEdit(edit);
}

export function withoutReturns(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

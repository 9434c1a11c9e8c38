import * as vscode from 'vscode';
import type { ContextOffer, ContextPart } from './chat-host.js';

export const NO_EDITOR = 'Open a file and put the caret where the code belongs.';

/** The files of the workspace. */
export interface WorkspacePaths {
  uriOf(path: string): vscode.Uri;
  /** The path in the workspace; null for any other URI. */
  pathOf(uri: vscode.Uri): string | null;
  /** The paths of all files, or of as many as a person can choose from. */
  paths(): Promise<readonly string[]>;
}

/** What the chat reads of the editors of VS Code, and does in them. */
export class EditorContext {
  constructor(protected readonly files: WorkspacePaths) {}

  async copy(text: string): Promise<void> {
    await vscode.env.clipboard.writeText(text);
  }

  async insert(text: string): Promise<string | null> {
    const editor = this.editor();
    if (editor === null) return NO_EDITOR;
    const isDone = await editor.edit((edit) => edit.replace(editor.selection, text));
    if (!isDone) return 'This file cannot be changed here.';
    await vscode.window.showTextDocument(editor.document, { viewColumn: editor.viewColumn });
    return null;
  }

  async openFile(path: string, line: number | null): Promise<void> {
    const selection = line === null ? undefined : new vscode.Range(line - 1, 0, line - 1, 0);
    await vscode.window.showTextDocument(this.files.uriOf(path), { selection }).then(undefined, () => vscode.window.showWarningMessage(`${path} is not a file of this workspace.`));
  }

  async chooseFiles(): Promise<readonly ContextOffer[]> {
    const items = (await this.files.paths()).map((path) => ({ label: nameOf(path), description: path, path }));
    items.sort((one, other) => one.path.localeCompare(other.path));
    const chosen = await vscode.window.showQuickPick(items, { canPickMany: true, matchOnDescription: true, title: 'Attach Files', placeHolder: 'Files to send with the question' });
    return (chosen ?? []).map(({ path }) => ({ kind: 'file' as const, label: nameOf(path), path, text: null }));
  }

  async offers(): Promise<readonly ContextOffer[]> {
    const editor = this.editor();
    if (editor === null) return [];
    const { document, selection } = editor;
    const path = this.files.pathOf(document.uri)!;
    const name = nameOf(path);
    const offers: ContextOffer[] = [{ kind: 'file', label: name, path, text: null }];
    if (!selection.isEmpty) {
      const lines = linesOf(selection);
      offers.unshift({ kind: 'selection', label: `${name}, ${lines}`, path, text: `${capitalized(lines)}:\n${document.getText(selection)}` });
    }
    const problems = vscode.languages.getDiagnostics(document.uri);
    if (problems.length > 0) offers.push({ kind: 'problems', label: `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} of ${name}`, path, text: problemsText(problems) });
    return offers;
  }

  async read({ label, path, text }: ContextOffer): Promise<ContextPart> {
    if (text !== null) return { label, path, text };
    try {
      const bytes = await vscode.workspace.fs.readFile(this.files.uriOf(path));
      return { label, path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    } catch (error) {
      throw new Error(error instanceof TypeError ? `${path} is not a text file. Remove it from the question.` : `${path} cannot be read. Remove it from the question.`);
    }
  }

  /** The editor of a file of the workspace that had the focus last. */
  protected editor(): vscode.TextEditor | null {
    const active = vscode.window.activeTextEditor;
    return active && this.files.pathOf(active.document.uri) !== null ? active : null;
  }
}

function nameOf(path: string): string {
  return path.split('/').at(-1)!;
}

function linesOf({ start, end }: vscode.Selection): string {
  return start.line === end.line ? `line ${start.line + 1}` : `lines ${start.line + 1} to ${end.line + 1}`;
}

function capitalized(words: string): string {
  return words[0]!.toUpperCase() + words.slice(1);
}

const SEVERITIES = ['error', 'warning', 'information', 'hint'];

function problemsText(problems: readonly vscode.Diagnostic[]): string {
  const lines = problems.map(({ range, severity, source, message }) => `line ${range.start.line + 1}, ${SEVERITIES[severity]}${source ? ` of ${source}` : ''}: ${message}`);
  return `Problems:\n${lines.join('\n')}`;
}

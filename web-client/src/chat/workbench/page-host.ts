import type { UsageList } from '@qide/client';
import * as vscode from 'vscode';
import { request } from '../../api.js';
import type { WorkspaceUris } from '../../workspace-uri.js';
import type { ChangeSets } from '../change-sets.js';
import type { AnswerCode, ChatHost, ChatTransport, ColouredText, ContextOffer, ContextPart } from '../chat-host.js';
import type { Changes } from './changes.js';
import { colour } from './colour.js';

/** Files that the choice of attachments lists. */
const MOST_FILES = 5_000;
const NO_EDITOR = 'Open a file and put the caret where the code belongs.';

/** The workbench of the page as the surroundings of the chat. */
export class PageHost implements ChatHost {
  constructor(
    readonly transport: ChatTransport,
    private readonly uris: WorkspaceUris,
    readonly memory: ChatHost['memory'],
    private readonly changes: Changes,
    readonly changeSets: ChangeSets,
    readonly mayEdit: boolean,
  ) {}

  showChange(changeSet: string): Promise<string | null> {
    return this.changes.show(changeSet);
  }

  async usage(): Promise<UsageList> {
    return (await (await request('api/usage')).json()) as UsageList;
  }

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
    await vscode.window.showTextDocument(vscode.Uri.from(this.uris.of(path)), { selection }).then(undefined, () => vscode.window.showWarningMessage(`${path} is not a file of this workspace.`));
  }

  async chooseFiles(): Promise<readonly ContextOffer[]> {
    const found = await vscode.workspace.findFiles('**/*', undefined, MOST_FILES);
    const items = found.flatMap((uri) => {
      const path = this.uris.pathOf(uri);
      return path === null ? [] : [{ label: nameOf(path), description: path, path }];
    });
    items.sort((one, other) => one.path.localeCompare(other.path));
    const chosen = await vscode.window.showQuickPick(items, { canPickMany: true, matchOnDescription: true, title: 'Attach Files', placeHolder: 'Files to send with the question' });
    return (chosen ?? []).map(({ path }) => ({ kind: 'file' as const, label: nameOf(path), path, text: null }));
  }

  async offers(): Promise<readonly ContextOffer[]> {
    const editor = this.editor();
    if (editor === null) return [];
    const { document, selection } = editor;
    const path = this.uris.pathOf(document.uri)!;
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
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.from(this.uris.of(path)));
      return { label, path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    } catch (error) {
      throw new Error(error instanceof TypeError ? `${path} is not a text file. Remove it from the question.` : `${path} cannot be read. Remove it from the question.`);
    }
  }

  apply(code: AnswerCode): Promise<string | null> {
    return this.changes.apply(code);
  }

  colour({ text, language }: AnswerCode): Promise<readonly (readonly ColouredText[])[] | null> {
    return colour(text, language);
  }

  /** The editor of a file of the workspace that had the focus last. */
  private editor(): vscode.TextEditor | null {
    const active = vscode.window.activeTextEditor;
    return active && this.uris.pathOf(active.document.uri) !== null ? active : null;
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

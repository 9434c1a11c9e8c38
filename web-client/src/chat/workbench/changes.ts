import * as monaco from '@codingame/monaco-vscode-editor-api';
import { getService, IEditorService } from '@codingame/monaco-vscode-api';
import * as vscode from 'vscode';
import type { WorkspaceUris } from '../../workspace-uri.js';
import type { AnswerCode } from '../chat-host.js';
import { placed } from '../placement.js';
import { colour } from './colour.js';
import { ProposedChange } from './proposed-change.js';

const NO_EDITOR = 'Open a file and put the caret where the code belongs.';
const NO_CHANGE = 'The file has this code already.';

/** An editor of a file of the workspace. */
export interface FileEditor {
  readonly editor: monaco.editor.ICodeEditor;
  readonly model: monaco.editor.ITextModel;
  readonly path: string;
}

/** Shows changes by models in the editors of the workbench; one at a time. */
export class Changes {
  private shown: ProposedChange | null = null;

  constructor(private readonly uris: WorkspaceUris) {}

  /** The editor that was used last; a sentence if it shows no file that this person can change. */
  async active(): Promise<FileEditor | string> {
    const { activeTextEditorControl: control } = await getService(IEditorService);
    const known = control as unknown as (monaco.editor.ICodeEditor & { getModifiedEditor?(): monaco.editor.ICodeEditor }) | undefined;
    const editor = known?.getModifiedEditor?.() ?? known;
    const model = editor?.getModel();
    const path = model && this.uris.pathOf(model.uri);
    if (!editor || !model || !path) return NO_EDITOR;
    if (editor.getOption(monaco.editor.EditorOption.readOnly)) return `${path} cannot be changed here.`;
    return { editor, model, path };
  }

  /** Shows code of an answer as a change of its file; resolves to a sentence if it cannot. */
  async apply(code: AnswerCode): Promise<string | null> {
    const problem = code.path === null ? null : await this.open(code.path);
    if (problem !== null) return problem;
    const file = await this.active();
    if (typeof file === 'string') return file;
    const { editor, model } = file;
    const selection = editor.getSelection();
    const lines = selection === null || selection.isEmpty() ? null : { start: selection.startLineNumber - 1, end: selection.endLineNumber - (selection.endColumn === 1 ? 1 : 0) };
    const caretLine = (editor.getPosition()?.lineNumber ?? 1) - 1;
    const text = model.getValue();
    return this.propose(file, placed(text, code.text, { caretLine, selection: lines })) ? null : NO_CHANGE;
  }

  /** Shows a new text of a file as a change; false when nothing changes. */
  propose({ editor, model }: FileEditor, text: string): boolean {
    this.shown?.close();
    const language = model.getLanguageId();
    this.shown = ProposedChange.show(editor, model.getValue(), text, {
      colour: (code) => colour(code, language),
      closed: () => (this.shown = null),
    });
    return this.shown !== null;
  }

  private async open(path: string): Promise<string | null> {
    const uri = vscode.Uri.from(this.uris.of(path));
    try {
      await vscode.workspace.fs.stat(uri);
      await vscode.window.showTextDocument(uri);
      return null;
    } catch {
      return `${path} is not a file of this workspace. Create it, then show the change again.`;
    }
  }
}

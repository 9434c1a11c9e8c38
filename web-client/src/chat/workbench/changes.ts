import * as monaco from '@codingame/monaco-vscode-editor-api';
import { getService, IEditorService } from '@codingame/monaco-vscode-api';
import * as vscode from 'vscode';
import type { WorkspaceUris } from '../../workspace-uri.js';
import { partsIn, type ChangeSets } from 'qide-vscode/chat/change-sets.js';
import type { AnswerCode } from 'qide-vscode/chat/chat-host.js';
import { placed } from 'qide-vscode/chat/placement.js';
import { colour } from './colour.js';
import { ProposedChange } from './proposed-change.js';

const NO_EDITOR = 'Open a file and put the caret where the code belongs.';
const NO_CHANGE = 'The file already has this code.';
const ENDED = 'This change has ended. Ask the model again.';

/** An editor of a file of the workspace. */
export interface FileEditor {
  readonly editor: monaco.editor.ICodeEditor;
  readonly model: monaco.editor.ITextModel;
  readonly path: string;
}

/** Adds a step to the undo of a file, which the server runs. */
export type RememberStep = (path: string, undo: () => void) => void;

/** Shows the changes that models propose in the editors of the workbench; one at a time. */
export class Changes {
  private shown: ProposedChange | null = null;

  constructor(
    private readonly uris: WorkspaceUris,
    private readonly changeSets: ChangeSets,
    private readonly remember: RememberStep,
  ) {
    changeSets.onChange(() => void this.refresh());
    vscode.window.onDidChangeActiveTextEditor(() => void this.refresh());
    void this.refresh();
  }

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

  /** Proposes code of an answer as a change of its file; resolves to a sentence if it cannot. */
  async apply(code: AnswerCode): Promise<string | null> {
    const problem = code.path === null ? null : await this.open(code.path);
    if (problem !== null) return problem;
    const file = await this.active();
    if (typeof file === 'string') return file;
    const { editor, model } = file;
    const selection = editor.getSelection();
    const lines = selection === null || selection.isEmpty() ? null : { start: selection.startLineNumber - 1, end: selection.endLineNumber - (selection.endColumn === 1 ? 1 : 0) };
    const caretLine = (editor.getPosition()?.lineNumber ?? 1) - 1;
    return this.propose(file, placed(model.getValue(), code.text, { caretLine, selection: lines }), null);
  }

  /**
   * Proposes a new text of a file.
   *
   * @param agent the name of the model; null if it is unknown
   * @returns a sentence if it cannot
   */
  async propose({ model, path }: FileEditor, text: string, agent: string | null): Promise<string | null> {
    const before = model.getValue(monaco.editor.EndOfLinePreference.LF);
    const after = text.replace(/\r\n?/g, '\n');
    if (after === before) return NO_CHANGE;
    const info = await this.changeSets.propose({ path, before, after, agent });
    return typeof info === 'string' ? info : this.show(info.changeSet);
  }

  /** Shows a change in its file, with the focus at the choice; resolves to a sentence if it cannot. */
  async show(changeSet: string): Promise<string | null> {
    const info = this.changeSets.all.find((one) => one.changeSet === changeSet);
    if (info === undefined) return ENDED;
    const problem = await this.open(info.path);
    if (problem !== null) return problem;
    if (partsIn(info, 'proposed').length > 0) await this.refresh(changeSet);
    this.shown?.focus();
    return null;
  }

  /**
   * Shows what is proposed for the file of the active editor.
   *
   * @param wanted shown before the others
   */
  private async refresh(wanted: string | null = null): Promise<void> {
    const file = await this.active();
    const path = typeof file === 'string' ? null : file.path;
    const open = this.changeSets.all.filter((info) => info.path === path && partsIn(info, 'proposed').length > 0);
    const current = this.changeSets.all.find(({ changeSet }) => changeSet === this.shown?.changeSet);
    if (current && wanted === null) this.shown?.update(current);
    const next = open.find(({ changeSet }) => changeSet === (wanted ?? this.shown?.changeSet)) ?? open[0];
    if (next?.changeSet === this.shown?.changeSet) return;
    this.shown?.close();
    if (next === undefined || typeof file === 'string') return;
    const { editor, model } = file;
    const shown: ProposedChange = new ProposedChange(editor, next, {
      colour: (code) => colour(code, model.getLanguageId()),
      decide: (hunks, action) => this.decide(next.changeSet, hunks, action),
      closed: () => {
        if (this.shown === shown) this.shown = null;
      },
    });
    this.shown = shown;
  }

  private async decide(changeSet: string, hunks: readonly number[], action: 'accept' | 'reject'): Promise<string | null> {
    const before = this.changeSets.all.find((one) => one.changeSet === changeSet);
    const deciding = this.changeSets.decide(changeSet, hunks, action);
    if (before !== undefined && action === 'accept') {
      const accepted = partsIn(before, 'proposed').filter((number) => hunks.length === 0 || hunks.includes(number));
      // At once: the accepted text arrives before the response, and the person may undo it in between.
      this.remember(before.path, () => void this.undo(changeSet, accepted, deciding));
    }
    return deciding;
  }

  private async undo(changeSet: string, hunks: readonly number[], accepting: Promise<string | null>): Promise<void> {
    // What the server refused to accept is not in the text.
    if ((await accepting) !== null) return;
    const problem = await this.changeSets.decide(changeSet, hunks, 'undo');
    if (problem !== null) void vscode.window.showWarningMessage(problem);
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

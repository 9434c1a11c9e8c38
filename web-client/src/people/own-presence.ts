import type * as monaco from '@codingame/monaco-vscode-editor-api';
import * as Y from 'yjs';
import type { SharedFile } from '../text/shared-file.js';
import type { SharedFiles } from '../text/shared-files.js';

/** Publishes where this person is: the files in their tabs, and their caret in the active editor. */
export class OwnPresence {
  private editor: monaco.editor.ICodeEditor | null = null;
  private file: SharedFile | null = null;
  private subscription: { dispose(): void } | null = null;

  constructor(private readonly files: SharedFiles) {}

  /** The files in tabs; a file that is open for a peek or an answer is not among them. */
  setOpen(paths: ReadonlySet<string>): void {
    for (const file of this.files.all()) this.files.setPresent(file, paths.has(file.path));
    this.publish();
  }

  /** The active editor and its file; null for none. */
  setActive(editor: monaco.editor.ICodeEditor | null, file: SharedFile | null): void {
    if (this.file && this.file !== file) this.file.shared?.awareness.setLocalStateField('selection', null);
    this.file = file;
    if (this.editor !== editor) {
      this.subscription?.dispose();
      this.editor = editor;
      this.subscription = editor?.onDidChangeCursorSelection(() => this.publish()) ?? null;
    }
    this.publish();
  }

  /** Publishes the caret, for instance in a new document of the same file. */
  publish(): void {
    const { editor, file } = this;
    const model = editor?.getModel();
    const selection = editor?.getSelection();
    if (!file?.shared || !file.isPresent || !model || !selection || !file.models.has(model)) return;
    const { text, awareness } = file.shared;
    const relative = (lineNumber: number, column: number) =>
      Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, Math.min(text.length, model.getOffsetAt({ lineNumber, column }))));
    awareness.setLocalStateField('selection', {
      anchor: relative(selection.selectionStartLineNumber, selection.selectionStartColumn),
      head: relative(selection.positionLineNumber, selection.positionColumn),
    });
  }
}

import { ApiError } from '@qide/client';
import type * as monaco from '@codingame/monaco-vscode-editor-api';
import { IBulkEditService, ICodeEditorService, IDialogService, IModelService, INotificationService, ITextFileService, IUndoRedoService } from '@codingame/monaco-vscode-api';
import type { ServicesAccessor } from '@codingame/monaco-vscode-api/vscode/vs/platform/instantiation/common/instantiation';
import { UndoRedoElementType } from '@codingame/monaco-vscode-api/vscode/vs/platform/undoRedo/common/undoRedo';
import type { IMarkdownString } from '@codingame/monaco-vscode-api/vscode/vs/base/common/htmlContent';
import { type FilesApi } from '../api.js';
import type { WorkspaceUris } from '../workspace-uri.js';
import type { BoundModel } from './binding.js';
import { BulkEdits, type BulkEditService } from './bulk-edits.js';
import { applyFormattingStyle } from './formatting-style.js';
import type { OffsetSelection } from './own-undo.js';
import type { SharedFile } from './shared-file.js';
import type { SharedFiles } from './shared-files.js';

/** How long saving waits for acknowledgements before it fails. */
const SAVE_MILLISECONDS = 10_000;

/** The part of the workbench's `TextFileEditorModel` that is used here; some of it is not in its interface. */
interface TextFileModel {
  readonly resource: monaco.Uri;
  readonly textEditorModel: monaco.editor.ITextModel | null;
  isResolved(): boolean;
  isReadonly(): boolean | IMarkdownString;
  setDirty(isDirty: boolean): void;
  resolve(options?: { contents?: unknown }): Promise<void>;
  readonly _onDidChangeReadonly: { fire(): void };
}

/** An element of the workbench's undo stack that several models may share. */
interface SharedElement {
  readonly type: UndoRedoElementType;
  readonly label: string;
  readonly resources?: readonly unknown[];
  canAppend?(model: unknown): boolean;
}

/**
 * Makes the workbench's text files views of shared documents.
 *
 * Invariant: a text file of the workspace is never dirty, since the server stores every edit by itself; saving waits
 * for the acknowledgements. A file that is not shared is read-only.
 */
export class WorkbenchModels {
  /** Why a person may not change files; null if they may. */
  viewerSentence: string | null = null;
  private textFiles!: { get(resource: monaco.Uri): TextFileModel | undefined };
  private undoRedo!: IUndoRedoService;
  private editors!: ICodeEditorService;
  private dialogs!: IDialogService;
  private bulkEdits!: BulkEdits;

  constructor(
    private readonly files: SharedFiles,
    private readonly uris: WorkspaceUris,
    private readonly api: FilesApi,
  ) {}

  /** Must run before any editor is restored. */
  install(accessor: ServicesAccessor): void {
    const { files: textFiles } = accessor.get(ITextFileService);
    this.textFiles = textFiles as unknown as { get(resource: monaco.Uri): TextFileModel | undefined };
    this.undoRedo = accessor.get(IUndoRedoService);
    this.editors = accessor.get(ICodeEditorService);
    this.dialogs = accessor.get(IDialogService);
    textFiles.onDidCreate((model) => this.adopt(model as unknown as TextFileModel));
    textFiles.onDidRemove(() => this.files.closeUnused());
    const notifications = accessor.get(INotificationService);
    this.bulkEdits = new BulkEdits(this.files, (resource) => this.uris.pathOf(resource), (sentence) => notifications.error(sentence));
    this.bulkEdits.guard(accessor.get(IBulkEditService) as unknown as BulkEditService);
    const models = accessor.get(IModelService);
    models.onModelAdded((model) => this.modelAdded(model as unknown as monaco.editor.ITextModel));
    models.onModelRemoved((model) => this.modelRemoved(model as unknown as monaco.editor.ITextModel));
    for (const model of models.getModels()) this.modelAdded(model as unknown as monaco.editor.ITextModel);
    this.editors.onCodeEditorAdd((editor) => this.followComposition(editor as unknown as monaco.editor.ICodeEditor));
  }

  isHeld(path: string): boolean {
    return this.textFiles.get(this.uris.of(path) as unknown as monaco.Uri) !== undefined;
  }

  /** The text of a file that the workbench opens as text; null if it is not shared. */
  async textOf(path: string): Promise<string | null> {
    if (!this.isHeld(path)) return null;
    const file = this.files.open(path);
    if (await file.ready) return file.shared?.text.toString() ?? null;
    this.bulkEdits.notShared(path, file);
    return null;
  }

  /** Saves an open document; false when the file must be written over HTTP. */
  async write(path: string, content: Uint8Array): Promise<boolean> {
    const file = this.files.get(path);
    if (!file?.undo) return false;
    if (file.state.isGone) {
      await this.files.recreate(file, new TextDecoder().decode(content));
      return true;
    }
    const isStored = await this.files.stored(path, SAVE_MILLISECONDS);
    if (isStored !== null) return isStored;
    const { unacknowledged, isReadOnly } = file.state;
    const kept = `${unacknowledged} ${unacknowledged === 1 ? 'edit is' : 'edits are'} kept here and will be saved automatically`;
    throw new ApiError('unreachable', 0, isReadOnly ? `${kept} when you may edit this file again.` : `${kept} as soon as possible.`);
  }

  /** The state of a file changed: it may have become read-only, or the contrary. */
  changed(file: SharedFile): void {
    this.textFiles.get(this.uris.of(file.path) as unknown as monaco.Uri)?._onDidChangeReadonly.fire();
  }

  /** The edit of several files that is being applied to a file now. */
  groupOf(file: SharedFile): object | null {
    for (const model of file.models) {
      const element = this.undoRedo.getLastElement((model as monaco.editor.ITextModel).uri as never) as unknown as SharedElement | null;
      const isShared = element?.type === UndoRedoElementType.Workspace && (element.resources?.length ?? 0) > 1;
      if (isShared && element.canAppend?.(model)) return element;
    }
    return null;
  }

  /** Undoes or redoes one step; of an edit of several files, asks whether in all of them. */
  async undo(file: SharedFile, direction: 'undo' | 'redo'): Promise<void> {
    const group = file.undo?.groupOf(direction) as SharedElement | null | undefined;
    const members = group ? this.files.all().filter((one) => one.undo?.groupOf(direction) === group) : [file];
    if (members.length <= 1) return this.runUndo(file, direction);
    const verb = direction === 'undo' ? 'Undo' : 'Redo';
    const { result } = await this.dialogs.prompt<readonly SharedFile[]>({
      type: 'info',
      message: `${verb} “${group!.label}” in all files?`,
      buttons: [
        { label: `${verb} in ${members.length} Files`, run: () => members },
        { label: `${verb} in This File`, run: () => [file] },
      ],
      cancelButton: { run: () => [] },
    });
    for (const one of (await result) ?? []) {
      if (one.undo?.groupOf(direction) === group) this.runUndo(one, direction);
    }
  }

  private runUndo(file: SharedFile, direction: 'undo' | 'redo'): void {
    for (const binding of file.bindings.values()) binding.compositionEnded();
    const selections = file.undo?.run(direction) ?? [];
    const editor = this.editors.getFocusedCodeEditor() ?? this.editors.getActiveCodeEditor();
    const model = editor?.getModel();
    if (!editor || !model || !file.models.has(model) || selections.length === 0) return;
    editor.setSelections(selections.map((one) => selectionIn(model as unknown as monaco.editor.ITextModel, one)));
    editor.revealPositionInCenterIfOutsideViewport(editor.getPosition()!);
  }

  private adopt(file: TextFileModel): void {
    const path = this.uris.pathOf(file.resource);
    if (path === null) return;
    const setDirty = file.setDirty.bind(file);
    file.setDirty = () => setDirty(false);
    const resolve = file.resolve.bind(file);
    // A bound model has the newest text; reading the file again could only bring an older one.
    file.resolve = async (options) => {
      const isBound = file.isResolved() && (this.files.get(path)?.bindings.has(file.textEditorModel!) ?? false);
      if (!isBound) await resolve(options);
    };
    const isReadonly = file.isReadonly.bind(file);
    file.isReadonly = () => {
      const state = this.files.get(path)?.state;
      if (state?.refusal) return { value: state.refusal };
      if (state?.isReadOnly && this.viewerSentence !== null) return { value: this.viewerSentence };
      return isReadonly();
    };
  }

  private modelAdded(model: monaco.editor.ITextModel): void {
    const path = this.uris.pathOf(model.uri);
    if (path === null) return;
    this.files.attach(path, model as unknown as monaco.editor.ITextModel & BoundModel);
    void applyFormattingStyle(this.api, path, model);
  }

  private modelRemoved(model: monaco.editor.ITextModel): void {
    const path = this.uris.pathOf(model.uri);
    if (path !== null) this.files.detach(path, model);
  }

  /** While an input method composes in an editor, edits of others wait. */
  private followComposition(editor: monaco.editor.ICodeEditor): void {
    if (typeof (editor as Partial<monaco.editor.ICodeEditor>).onDidCompositionStart !== 'function') return;
    const binding = () => {
      const model = editor.getModel();
      return model === null ? undefined : this.files.bindingOf(model);
    };
    editor.onDidCompositionStart(() => binding()?.compositionStarted());
    editor.onDidCompositionEnd(() => binding()?.compositionEnded());
  }
}

function selectionIn(model: monaco.editor.ITextModel, { anchor, head }: OffsetSelection) {
  const [start, end] = [model.getPositionAt(anchor), model.getPositionAt(head)];
  return { selectionStartLineNumber: start.lineNumber, selectionStartColumn: start.column, positionLineNumber: end.lineNumber, positionColumn: end.column };
}


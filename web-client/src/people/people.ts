import * as monaco from '@codingame/monaco-vscode-editor-api';
import { ICodeEditorService, IEditorService } from '@codingame/monaco-vscode-api';
import type { ServicesAccessor } from '@codingame/monaco-vscode-api/vscode/vs/platform/instantiation/common/instantiation';
import type { MembersList } from 'qide-vscode/members/members-list.js';
import type { SharedFile } from '../text/shared-file.js';
import type { SharedFiles } from '../text/shared-files.js';
import type { WorkspaceUris } from '../workspace-uri.js';
import { Carets } from './carets.js';
import { OwnPresence } from './own-presence.js';

/** Presence in the workbench's editors: others' carets in each, and this person's from the active one. */
export class People {
  private readonly own: OwnPresence;
  private readonly carets = new Map<monaco.editor.ICodeEditor, Carets>();
  private editorService!: IEditorService;

  constructor(
    private readonly files: SharedFiles,
    private readonly members: MembersList,
    private readonly uris: WorkspaceUris,
  ) {
    this.own = new OwnPresence(files);
    members.subscribe(() => this.redraw());
  }

  /** Must run before any editor is restored. */
  install(accessor: ServicesAccessor): void {
    this.editorService = accessor.get(IEditorService);
    const editors = accessor.get(ICodeEditorService);
    editors.onCodeEditorAdd((editor) => this.added(editor as unknown as monaco.editor.ICodeEditor));
    this.editorService.onDidEditorsChange(() => this.openChanged());
    this.editorService.onDidActiveEditorChange(() => this.activeChanged());
    this.editorService.onDidVisibleEditorsChange(() => this.activeChanged());
  }

  /** The presence in a file, or its document, changed. */
  changed(file: SharedFile): void {
    this.members.changed();
    for (const [editor, carets] of this.carets) {
      const model = editor.getModel();
      if (model && file.models.has(model)) carets.show(file);
    }
  }

  /** The text of a document has arrived; it may be in a tab already. */
  opened(file: SharedFile): void {
    this.openChanged();
    this.changed(file);
  }

  private openChanged(): void {
    const paths = new Set<string>();
    for (const { resource } of this.editorService.editors) {
      const path = resource && this.uris.pathOf(resource);
      if (path) paths.add(path);
    }
    this.own.setOpen(paths);
    this.activeChanged();
    this.members.changed();
  }

  /** Publishes the caret again, for instance under another name. */
  publish(): void {
    this.own.publish();
  }

  /** Shows the caret of a member in the active editor; false if they have none there. */
  reveal(key: string, client: number): boolean {
    const editor = this.activeEditor();
    return (editor && this.carets.get(editor)?.reveal(key, client)) ?? false;
  }

  private added(editor: monaco.editor.ICodeEditor): void {
    // Some code editors are parts of widgets without content widgets of their own.
    if (typeof (editor as Partial<monaco.editor.ICodeEditor>).addContentWidget !== 'function') return;
    const carets = new Carets(editor, (key) => this.members.colourOf(key));
    this.carets.set(editor, carets);
    const show = () => carets.show(this.fileOf(editor));
    editor.onDidChangeModel(show);
    editor.onDidDispose(() => this.carets.delete(editor));
    show();
  }

  private redraw(): void {
    for (const carets of this.carets.values()) carets.redraw();
  }

  private activeChanged(): void {
    const editor = this.activeEditor();
    this.own.setActive(editor, editor && this.fileOf(editor));
  }

  private activeEditor(): monaco.editor.ICodeEditor | null {
    const control = this.editorService.activeTextEditorControl as unknown as (monaco.editor.ICodeEditor & { getModifiedEditor?(): monaco.editor.ICodeEditor }) | undefined;
    return control?.getModifiedEditor?.() ?? control ?? null;
  }

  private fileOf(editor: monaco.editor.ICodeEditor): SharedFile | null {
    const uri = editor.getModel()?.uri;
    const path = uri && this.uris.pathOf(uri);
    return path ? (this.files.get(path) ?? null) : null;
  }
}

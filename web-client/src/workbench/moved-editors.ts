import type * as monaco from '@codingame/monaco-vscode-editor-api';
import type { ICodeEditorService, IEditorService, ITextModelService } from '@codingame/monaco-vscode-api';
import type { URI } from '@codingame/monaco-vscode-api/vscode/vs/base/common/uri';

/** How long the replacement of an editor may take. */
const REPLACE_MILLISECONDS = 5_000;
/** How long a replacement waits for an input method that composes in the editor. */
const COMPOSITION_MILLISECONDS = 10_000;

interface Pane {
  readonly input?: { readonly resource?: URI };
  clearInput?: () => void;
  getControl(): unknown;
}

/** A file or folder that somebody else moved. */
interface Move {
  readonly source: URI;
  readonly target: URI;
}

/**
 * Replaces the editors of files and folders that somebody else moved, as the workbench does for its own moves, but without a
 * moment in which keys go nowhere: an editor keeps its text, focus and carets until it has the new model.
 *
 * Moves are followed one after another. While an input method composes in an editor, its model stays: the editor cannot end a
 * composition in a model that it has no more.
 */
export class MovedEditors {
  private readonly moves: Move[] = [];
  private running: Promise<void> | null = null;

  constructor(
    private readonly editors: IEditorService,
    private readonly models: ITextModelService,
    private readonly codeEditors: ICodeEditorService,
  ) {}

  /** Resolves when the editors show the target, or where it was moved to meanwhile. */
  follow(source: URI, target: URI): Promise<void> {
    this.moves.push({ source, target });
    return (this.running ??= this.run());
  }

  private async run(): Promise<void> {
    for (let [next] = this.moves; next; [next] = this.moves) {
      await this.compositionsEnded(next.source);
      this.moves.shift();
      const target = this.moves.reduce((moved, later) => movedBy(later, moved) ?? moved, next.target);
      if (target.path !== next.source.path) await this.replace(next.source, target).catch((error: unknown) => console.error(error));
    }
    this.running = null;
  }

  private async compositionsEnded(source: URI): Promise<void> {
    const isAt = (path = '') => path === source.path || path.startsWith(`${source.path}/`);
    const all = this.codeEditors.listCodeEditors() as unknown as readonly monaco.editor.ICodeEditor[];
    const affected = all.filter((editor) => editor.inComposition && isAt(editor.getModel()?.uri.path));
    await Promise.all(affected.map(compositionEnded));
  }

  private async replace(source: URI, target: URI): Promise<void> {
    for (const pane of this.editors.visibleEditorPanes as unknown as readonly Pane[]) {
      const moved = pane.input?.resource && movedBy({ source, target }, pane.input.resource);
      if (!moved) continue;
      // The workbench disposes of the old model while it still loads the new one.
      const held = await Promise.all([pane.input.resource, moved].map((one) => this.models.createModelReference(one!).catch(() => null)));
      keepText(pane, () => held.forEach((one) => one?.dispose()));
    }
    // Not part of the interface: the workbench calls it for moves that it made itself.
    await (this.editors as unknown as { handleMovedFile(source: URI, target: URI): Promise<void> }).handleMovedFile(source, target);
  }
}

/** Where a move takes a resource to; null if it does not. */
function movedBy({ source, target }: Move, resource: URI): URI | null {
  if (resource.path !== source.path && !resource.path.startsWith(`${source.path}/`)) return null;
  return target.with({ path: target.path + resource.path.slice(source.path.length) });
}

/** Waits until no input method composes in an editor. A composition that takes too long ends with what it has composed. */
function compositionEnded(editor: monaco.editor.ICodeEditor): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      ended.dispose();
      resolve();
    };
    const ended = editor.onDidCompositionEnd(end);
    const timer = setTimeout(() => {
      // The browser ends a composition in an element that loses the focus.
      if (editor.hasTextFocus()) (document.activeElement as HTMLElement | null)?.blur();
      editor.focus();
      end();
    }, COMPOSITION_MILLISECONDS);
  });
}

function keepText(pane: Pane, ended: () => void): void {
  // The workbench empties a pane before it shows another input. Its model stays bound to the same document meanwhile.
  const again = () => delete pane.clearInput;
  pane.clearInput = again;
  const editor = pane.getControl() as monaco.editor.ICodeEditor | undefined;
  if (typeof editor?.getSelections !== 'function') return ended();
  let selections = editor.getSelections();
  const moves = editor.onDidChangeCursorSelection(() => (selections = editor.getSelections()));
  const end = () => {
    clearTimeout(timer);
    moves.dispose();
    models.dispose();
    again();
    ended();
  };
  const models = editor.onDidChangeModel(() => {
    const last = selections;
    setTimeout(end);
    // After the pane has restored the carets of the moment at which the move began.
    if (last) queueMicrotask(() => editor.setSelections(last));
  });
  const timer = setTimeout(end, REPLACE_MILLISECONDS);
}

import type * as monaco from '@codingame/monaco-vscode-editor-api';
import type { IEditorService, ITextModelService } from '@codingame/monaco-vscode-api';
import type { URI } from '@codingame/monaco-vscode-api/vscode/vs/base/common/uri';

/** How long the replacement of an editor may take. */
const REPLACE_MILLISECONDS = 5_000;

interface Pane {
  readonly input?: { readonly resource?: URI };
  clearInput?: () => void;
  getControl(): unknown;
}

/**
 * Replaces the editors of a file or folder that somebody else moved, as the workbench does for its own moves, but
 * without a moment in which keys go nowhere: an editor keeps its text, focus and carets until it has the new model.
 */
export async function replaceMoved(editors: IEditorService, models: ITextModelService, source: URI, target: URI): Promise<void> {
  for (const pane of editors.visibleEditorPanes as unknown as readonly Pane[]) {
    const resource = pane.input?.resource;
    if (resource?.path !== source.path && !resource?.path.startsWith(`${source.path}/`)) continue;
    const moved = target.with({ path: target.path + resource.path.slice(source.path.length) });
    // The workbench disposes of the old model while it still loads the new one.
    const held = await Promise.all([resource, moved].map((one) => models.createModelReference(one).catch(() => null)));
    keepText(pane, () => held.forEach((one) => one?.dispose()));
  }
  // Not part of the interface: the workbench calls it for moves that it made itself.
  await (editors as unknown as { handleMovedFile(source: URI, target: URI): Promise<void> }).handleMovedFile(source, target);
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

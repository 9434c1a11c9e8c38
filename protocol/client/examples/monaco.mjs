// A Monaco editor of one file that several people edit, with the workspace's language servers by Monaco's own client.
import { ServerApi, uriOfPath } from '@qide/client';
import { editor, KeyCode, KeyMod, lsp, Uri } from 'monaco-editor';
import { MonacoBinding } from 'y-monaco';
import { UndoManager } from 'yjs';

export async function openEditor(parent, { address, token, workspace: name, path, languageId, person }) {
  // After a reconnect the files are opened again, by the names that Monaco's client gives them.
  const opened = (model) => ({ uri: model.uri.toString(true).toLowerCase(), languageId: model.getLanguageId(), version: model.getVersionId(), text: model.getValue() });
  const workspace = new ServerApi(address, token).open(name, { hasLanguageClient: true, openDocuments: () => editor.getModels().map(opened) });
  const file = workspace.document(path);
  const client = new lsp.MonacoLspClient(workspace.transport);
  await Promise.all([workspace.ready(), file.whenSynced()]);

  const model = editor.createModel(file.text.toString(), languageId, Uri.parse(uriOfPath(path)));
  const view = editor.create(parent, { model, automaticLayout: true });
  file.awareness.setLocalStateField('user', person); // { name: 'Ann', color: '#0a7d4f' }
  const binding = new MonacoBinding(file.text, model, new Set([view]), file.awareness);
  // Monaco's own undo would take back the edits of others.
  const own = new UndoManager(file.text, { trackedOrigins: new Set([binding]) });
  view.addCommand(KeyMod.CtrlCmd | KeyCode.KeyZ, () => own.undo());
  for (const key of [KeyMod.CtrlCmd | KeyCode.KeyY, KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.KeyZ]) view.addCommand(key, () => own.redo());
  return { view, workspace, client };
}

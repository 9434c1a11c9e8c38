// A CodeMirror 6 editor of one file that several people edit, with the workspace's language servers.
import { languageServerExtensions, LSPClient } from '@codemirror/lsp-client';
import { ServerApi, uriOfPath } from '@qide/client';
import { basicSetup, EditorView } from 'codemirror';
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next';
import { keymap } from '@codemirror/view';

export async function openEditor(parent, { address, token, workspace: name, path, languageId, person }) {
  const client = new LSPClient({ timeout: 30_000, extensions: languageServerExtensions() });
  // After a reconnect the files are opened again.
  const openDocuments = () => client.workspace.files.map(({ doc, ...file }) => ({ ...file, text: doc.toString() }));
  const workspace = new ServerApi(address, token).open(name, { hasLanguageClient: true, openDocuments });
  const file = workspace.document(path);
  await Promise.all([client.connect(workspace.textTransport()).initializing, file.whenSynced()]);

  file.awareness.setLocalStateField('user', person); // { name: 'Ann', color: '#0a7d4f' }
  const shared = [keymap.of(yUndoManagerKeymap), basicSetup, yCollab(file.text, file.awareness)];
  const view = new EditorView({ doc: file.text.toString(), parent, extensions: [...shared, client.plugin(uriOfPath(path), languageId)] });
  return { view, workspace };
}

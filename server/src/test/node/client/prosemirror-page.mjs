import { HocuspocusProvider } from '@hocuspocus/provider';
import { schema } from 'prosemirror-schema-basic';
import { EditorState } from 'prosemirror-state';
import { EditorView } from 'prosemirror-view';
import { initProseMirrorDoc, redo, undo, yCursorPlugin, ySyncPlugin, yUndoPlugin } from 'y-prosemirror';
import * as Y from 'yjs';

const { url, token, person } = window.session;
const doc = new Y.Doc();
const provider = new HocuspocusProvider({ url, name: 'letter.md', token, document: doc });
await new Promise((resolve) => provider.on('synced', resolve));
provider.awareness.setLocalStateField('user', { name: person, color: '#204060' });

const fragment = doc.getXmlFragment('prosemirror');
const { doc: content, mapping } = initProseMirrorDoc(fragment, schema);
const plugins = [ySyncPlugin(fragment, { mapping }), yCursorPlugin(provider.awareness), yUndoPlugin()];
const state = EditorState.create({ schema, doc: content, plugins });
new EditorView(document.querySelector('#editor'), {
  state,
  handleKeyDown: (view, { ctrlKey, key }) => ctrlKey && ((key === 'z' && undo(view.state)) || (key === 'y' && redo(view.state))),
});
window.editing = { isStored: () => !provider.hasUnsyncedChanges };

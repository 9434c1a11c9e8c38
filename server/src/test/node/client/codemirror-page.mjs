import { openEditor } from './node_modules/@qide/client/examples/codemirror.mjs';

const { view, workspace } = await openEditor(document.querySelector('#editor'), window.session);
window.editing = {
  text: () => view.state.doc.toString(),
  reconnect() {
    workspace.connection.stop();
    workspace.connection.start();
    return workspace.ready();
  },
};

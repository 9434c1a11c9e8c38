// Before Monaco: its worker computes word-based suggestions and differences.
window.MonacoEnvironment = { getWorker: () => new Worker('editor-worker.js', { type: 'module' }) };
const { openEditor } = await import('./node_modules/@qide/client/examples/monaco.mjs');

const { view, workspace } = await openEditor(document.querySelector('#editor'), window.session);
window.editing = {
  text: () => view.getModel().getValue(),
  reconnect() {
    workspace.connection.stop();
    workspace.connection.start();
    return workspace.ready();
  },
};

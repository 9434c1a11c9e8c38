// An unmodified @codemirror/lsp-client in jsdom on `/ws` that edits the project `shop`:
// `node session.mjs ws://HOST:PORT/ws/WORKSPACE TOKEN DIRECTORY`. Ends with code 0 and one line, or with a sentence.
// This client has no code actions, and renames in open files alone.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { JSDOM } from 'jsdom';
import WebSocket from 'ws';

const [url, token, directory] = process.argv.slice(2);
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 20;
const root = pathToFileURL(directory).href;

// What an editor view needs of a browser. jsdom has no layout.
const { window } = new JSDOM('<!DOCTYPE html><body></body>', { pretendToBeVisual: true, url: 'http://localhost/' });
const isOwn = (name) => !(name in globalThis) || ['navigator', 'Event'].includes(name);
for (const name of Object.getOwnPropertyNames(window)) {
  if (isOwn(name)) Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
}
globalThis.window = window;
window.Range.prototype.getClientRects = () => [];
window.Range.prototype.getBoundingClientRect = () => ({ left: 0, right: 0, top: 0, bottom: 0, width: 0, height: 0 });

const { EditorState } = await import('@codemirror/state');
const { EditorView } = await import('@codemirror/view');
const { forEachDiagnostic } = await import('@codemirror/lint');
const { acceptCompletion, completionStatus, currentCompletions, setSelectedCompletion, startCompletion } = await import('@codemirror/autocomplete');
const { formatDocument, jumpToDefinition, languageServerExtensions, LSPClient, LSPPlugin, renameSymbol, Workspace } = await import('@codemirror/lsp-client');

function fail(sentence) {
  console.error(`CodeMirror: ${sentence}`);
  process.exit(1);
}

async function until(what, condition) {
  for (const end = Date.now() + PATIENCE_MS; !condition(); ) {
    if (Date.now() > end) fail(`not within ${PATIENCE_MS} ms: ${what}\n${view.state.doc}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** The files of one page: each has a view of its own, opened when it is shown or changed. */
class Files extends Workspace {
  files = [];
  views = new Map();

  syncFiles() {
    const updates = [];
    for (const file of this.files) {
      const plugin = LSPPlugin.get(file.getView());
      if (plugin?.unsyncedChanges.empty !== false) continue;
      updates.push({ file, prevDoc: file.doc, changes: plugin.unsyncedChanges });
      file.doc = file.getView().state.doc;
      file.version += 1;
      plugin.clear();
    }
    return updates;
  }

  openFile(uri, languageId, view) {
    const file = { uri, languageId, version: 0, doc: view.state.doc, getView: () => view };
    this.files.push(file);
    this.client.didOpen(file);
  }

  closeFile(uri) {
    this.files = this.files.filter((file) => file.uri !== uri);
    this.client.didClose(uri);
  }

  show(uri) {
    if (!this.views.has(uri)) {
      const doc = readFileSync(new URL(uri), 'utf8');
      const state = EditorState.create({ doc, extensions: [this.client.plugin(uri, 'typescript')] });
      this.views.set(uri, new EditorView({ state, parent: document.body }));
    }
    return this.views.get(uri);
  }

  async displayFile(uri) {
    return this.show(uri);
  }

  async requestFile(uri) {
    this.show(uri);
    return this.getFile(uri);
  }

  updateFile(uri, update) {
    this.show(uri).dispatch(update);
  }
}

const socket = new WebSocket(url, ['qide', `qide.bearer.${token}`]);
await new Promise((opened, failed) => {
  socket.onopen = opened;
  socket.onerror = failed;
});
const handlers = new Map();
const transport = {
  send: (message) => socket.send(message),
  subscribe: (handler) => {
    handlers.set(handler, (data) => handler(data.toString()));
    socket.on('message', handlers.get(handler));
  },
  unsubscribe: (handler) => socket.off('message', handlers.get(handler)),
};
const client = new LSPClient({ rootUri: root, timeout: PATIENCE_MS, workspace: (its) => new Files(its), extensions: languageServerExtensions() });
client.connect(transport);
await client.initializing;
const view = client.workspace.show(`${root}/shop.ts`);

const text = () => view.state.doc.toString();
const go = (words, further = 0) => view.dispatch({ selection: { anchor: text().indexOf(words) + further } });
const marks = (words) => {
  let isMarked = false;
  forEachDiagnostic(view.state, ({ message }) => (isMarked ||= message.includes(words)));
  return isMarked;
};

await until('the mistake is marked', () => marks('amuont'));

go('total([', 1);
const hover = await client.request('textDocument/hover', { textDocument: { uri: `${root}/shop.ts` }, position: LSPPlugin.get(view).toPosition(view.state.selection.main.head) });
if (!JSON.stringify(hover).includes('Adds the amounts')) fail(`hover: ${JSON.stringify(hover)}`);

jumpToDefinition(view);
await until('the definition is shown', () => {
  const other = client.workspace.views.get(`${root}/prices.ts`);
  return other && other.state.doc.lineAt(other.state.selection.main.head).number === 7;
});

view.dispatch({ changes: { from: view.state.doc.length, insert: 'lamp.cur' }, selection: { anchor: view.state.doc.length + 8 }, userEvent: 'input.type' });
startCompletion(view);
await until('a completion is offered', () => completionStatus(view.state) === 'active' && currentCompletions(view.state).some(({ label }) => label === 'currency'));
view.dispatch({ effects: setSelectedCompletion(currentCompletions(view.state).findIndex(({ label }) => label === 'currency')) });
await until('the completion is accepted', () => acceptCompletion(view) || text().includes('lamp.currency'));
if (!text().endsWith('lamp.currency')) fail(`accepted completion: ${text()}`);

go("currency: 'EUR'", 1);
renameSymbol(view);
const input = () => view.dom.querySelector('.cm-lsp-rename-panel input');
await until('the new name is asked for', () => input());
input().value = 'unit';
input().form.requestSubmit();
await until('the symbol is renamed', () => text().endsWith('lamp.unit'));
await until('the symbol is renamed in the other file', () => client.workspace.views.get(`${root}/prices.ts`)?.state.doc.toString().includes('unit: string'));

formatDocument(view);
await until('the text is formatted', () => text().includes('export const untidy = 1;'));

const mistake = text().indexOf('amuont');
view.dispatch({ changes: { from: mistake, to: mistake + 'amuont'.length, insert: 'amount' }, userEvent: 'input.type' });
client.sync();
await until('the mark goes', () => !marks('amuont'));

console.log('a stock client edited a project');
process.exit(0);

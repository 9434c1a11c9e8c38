// An unmodified vscode-ws-jsonrpc client against a running server:
// `node stock.mjs ws://HOST:PORT/DOOR TOKEN ROOT MAIN`, where MAIN is the path of the text in question. Ends with code 0 and
// one line, or with a sentence that says what did not come true.
import { readFileSync } from 'node:fs';
import { createMessageConnection } from 'vscode-jsonrpc/node.js';
import * as lsp from 'vscode-languageserver-protocol/node.js';
import { toSocket, WebSocketMessageReader, WebSocketMessageWriter } from 'vscode-ws-jsonrpc';
import WebSocket from 'ws';

const [url, token, root, file] = process.argv.slice(2);
const PATIENCE_MS = 60_000;
const uri = `${root}/Main.py`;

setTimeout(() => fail(`not within ${PATIENCE_MS} ms`), PATIENCE_MS).unref();

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function check(isSo, what, shown) {
  if (!isSo) {
    fail(`${what}: ${JSON.stringify(shown)}`);
  }
}

const webSocket = new WebSocket(url, ['qide', `qide.bearer.${token}`]);
await new Promise((opened, failed) => {
  webSocket.onopen = opened;
  webSocket.onerror = failed;
});
const socket = toSocket(webSocket);
const connection = createMessageConnection(new WebSocketMessageReader(socket), new WebSocketMessageWriter(socket), {
  error: (message) => fail(`the connection says: ${message}`),
  warn: (message) => fail(`the connection warns: ${message}`),
  info: () => {},
  log: () => {},
});
connection.onError(([error]) => fail(`the connection failed: ${error.message}`));
connection.onUnhandledNotification(() => {});
// What an ordinary client registers for.
connection.onRequest(lsp.ConfigurationRequest.method, ({ items }) => items.map(() => null));
connection.onRequest(lsp.RegistrationRequest.method, () => null);
connection.onRequest(lsp.WorkDoneProgressCreateRequest.method, () => null);
const marked = new Promise((found) => {
  connection.onNotification(lsp.PublishDiagnosticsNotification.method, (params) => {
    if (params.uri === uri && params.diagnostics.length > 0) {
      found(params.diagnostics);
    }
  });
});
const closed = new Promise((ended) => (webSocket.onclose = ended));
connection.listen();

const { capabilities } = await connection.sendRequest(lsp.InitializeRequest.method, {
  processId: process.pid,
  rootUri: root,
  rootPath: new URL(root).pathname,
  workspaceFolders: [{ uri: root, name: 'project' }],
  capabilities: {
    textDocument: { publishDiagnostics: {}, completion: { completionItem: { snippetSupport: true } }, definition: {} },
    workspace: { configuration: true, workspaceFolders: true },
    window: { workDoneProgress: true },
  },
});
check(capabilities.completionProvider && capabilities.definitionProvider, 'capabilities', capabilities);
await connection.sendNotification(lsp.InitializedNotification.method, {});
await connection.sendNotification(lsp.DidOpenTextDocumentNotification.method, {
  textDocument: { uri, languageId: 'python', version: 1, text: readFileSync(file, 'utf8') },
});

const diagnostics = await marked;
check(
  diagnostics.some((it) => it.message.includes('"str" is not assignable') && it.range.start.line === 3),
  'diagnostics',
  diagnostics,
);
const completion = await connection.sendRequest(lsp.CompletionRequest.method, {
  textDocument: { uri },
  position: { line: 4, character: 10 },
});
const items = Array.isArray(completion) ? completion : completion.items;
check(items.some((item) => item.label === 'upper'), 'completion', items.slice(0, 5));
const definition = await connection.sendRequest(lsp.DefinitionRequest.method, {
  textDocument: { uri },
  position: { line: 2, character: 16 },
});
const places = [definition].flat();
check(
  places.some((place) => (place.targetUri ?? place.uri) === `${root}/greeting.py`),
  'definition',
  places,
);
check((await connection.sendRequest(lsp.ShutdownRequest.method)) === null, 'shutdown', 'has a result');
await connection.sendNotification(lsp.ExitNotification.method);
connection.end();
webSocket.close();
await closed;
console.log('a stock client was served');

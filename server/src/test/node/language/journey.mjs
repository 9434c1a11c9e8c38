// An unmodified vscode-ws-jsonrpc client on `/ws` that edits the project `shop`:
// `node journey.mjs ws://HOST:PORT/ws/WORKSPACE TOKEN DIRECTORY`. Ends with code 0 and one line, or with a sentence.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { createMessageConnection } from 'vscode-jsonrpc/node.js';
import * as lsp from 'vscode-languageserver-protocol/node.js';
import { toSocket, WebSocketMessageReader, WebSocketMessageWriter } from 'vscode-ws-jsonrpc';
import { TextDocument } from 'vscode-languageserver-textdocument';
import WebSocket from 'ws';

const [url, token, directory] = process.argv.slice(2);
const PATIENCE_MS = 60_000;
const root = pathToFileURL(directory).href;
const uri = `${root}/shop.ts`;

setTimeout(() => fail(`not within ${PATIENCE_MS} ms`), PATIENCE_MS).unref();

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function check(isSo, what, shown) {
  if (!isSo) fail(`${what}: ${JSON.stringify(shown)}`);
}

const webSocket = new WebSocket(url, ['qide', `qide.bearer.${token}`]);
await new Promise((opened, failed) => {
  webSocket.onopen = opened;
  webSocket.onerror = failed;
});
const socket = toSocket(webSocket);
const connection = createMessageConnection(new WebSocketMessageReader(socket), new WebSocketMessageWriter(socket));
const texts = new Map();
let waiting = () => {};
let diagnostics = [];

function textOf(of) {
  if (!texts.has(of)) texts.set(of, TextDocument.create(of, 'typescript', 0, readFileSync(new URL(of), 'utf8')));
  return texts.get(of);
}

/** Applies edits to a text; tells the server when it is the open one. */
async function apply(of, edits) {
  const before = textOf(of);
  const text = TextDocument.applyEdits(before, edits);
  texts.set(of, TextDocument.create(of, 'typescript', before.version + 1, text));
  if (of === uri) {
    await connection.sendNotification(lsp.DidChangeTextDocumentNotification.method, { textDocument: { uri, version: textOf(uri).version }, contentChanges: [{ text }] });
  }
}

async function applyAll(edit) {
  for (const { textDocument, edits } of edit.documentChanges ?? []) await apply(textDocument.uri, edits);
  for (const [of, edits] of Object.entries(edit.changes ?? {})) await apply(of, edits);
}

/** Resolves when the diagnostics of the open text fulfil a condition. */
function marked(what, condition) {
  return new Promise((resolve) => {
    waiting = () => condition(diagnostics) && resolve(diagnostics);
    waiting();
    setTimeout(() => fail(`${what}: ${JSON.stringify(diagnostics)}`), PATIENCE_MS - 1_000).unref();
  });
}

const at = (words, further = 0) => ({ textDocument: { uri }, position: textOf(uri).positionAt(textOf(uri).getText().indexOf(words) + further) });
const isMistake = ({ message }) => message.includes('amuont');

connection.onNotification(lsp.PublishDiagnosticsNotification.method, (params) => {
  if (params.uri !== uri) return;
  diagnostics = params.diagnostics;
  waiting();
});
connection.onRequest(lsp.ApplyWorkspaceEditRequest.method, async ({ edit }) => {
  await applyAll(edit);
  return { applied: true };
});
connection.onRequest(lsp.RegistrationRequest.method, () => null);
connection.onRequest(lsp.WorkDoneProgressCreateRequest.method, () => null);
connection.onUnhandledNotification(() => {});
connection.listen();

await connection.sendRequest(lsp.InitializeRequest.method, {
  processId: process.pid,
  rootUri: root,
  workspaceFolders: [{ uri: root, name: 'shop' }],
  capabilities: {
    textDocument: {
      publishDiagnostics: {},
      completion: { completionItem: { snippetSupport: true, resolveSupport: { properties: ['documentation'] } } },
      codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix', 'refactor', 'source'] } } },
      rename: { prepareSupport: true },
    },
    workspace: { applyEdit: true, workspaceEdit: { documentChanges: true } },
  },
});
await connection.sendNotification(lsp.InitializedNotification.method, {});
await connection.sendNotification(lsp.DidOpenTextDocumentNotification.method, { textDocument: { uri, languageId: 'typescript', version: 0, text: textOf(uri).getText() } });
await marked('the mistake is marked', (all) => all.some(isMistake));

const hover = await connection.sendRequest(lsp.HoverRequest.method, at('total([', 1));
check(JSON.stringify(hover).includes('Adds the amounts'), 'hover', hover);

const [definition] = [await connection.sendRequest(lsp.DefinitionRequest.method, at('total([', 1))].flat();
check((definition?.targetUri ?? definition?.uri) === `${root}/prices.ts`, 'definition', definition);

await apply(uri, [{ range: { start: textOf(uri).positionAt(1e9), end: textOf(uri).positionAt(1e9) }, newText: 'lamp.cur' }]);
const list = await connection.sendRequest(lsp.CompletionRequest.method, at('lamp.cur', 8));
const item = (Array.isArray(list) ? list : list.items).find(({ label }) => label === 'currency');
check(item, 'completion', list);
const resolved = await connection.sendRequest(lsp.CompletionResolveRequest.method, item);
check(JSON.stringify(resolved).includes('Price.currency'), 'resolve', resolved);
const { start, end } = { start: at('lamp.cur', 5).position, end: at('lamp.cur', 8).position };
const accepted = item.textEdit ?? { range: { start, end }, newText: item.insertText ?? item.label };
await apply(uri, [{ range: accepted.range ?? accepted.replace, newText: `${accepted.newText};\n` }]);
check(textOf(uri).getText().endsWith('lamp.currency;\n'), 'accepted completion', textOf(uri).getText());

await applyAll(await connection.sendRequest(lsp.RenameRequest.method, { ...at("currency: 'EUR'", 1), newName: 'unit' }));
check(textOf(uri).getText().includes('lamp.unit;'), 'rename', textOf(uri).getText());
check(textOf(`${root}/prices.ts`).getText().includes('unit: string'), 'rename in a closed file', textOf(`${root}/prices.ts`).getText());

const [mistake] = (await marked('the mistake is marked where it is', (all) => all.some(isMistake))).filter(isMistake);
const actions = await connection.sendRequest(lsp.CodeActionRequest.method, { textDocument: { uri }, range: mistake.range, context: { diagnostics: [mistake], only: ['quickfix'] } });
const fix = actions.find(({ title }) => title.includes("spelling to 'amount'"));
check(fix, 'quick fix', actions);
if (fix.edit) await applyAll(fix.edit);
if (fix.command) await connection.sendRequest(lsp.ExecuteCommandRequest.method, fix.command);
check(textOf(uri).getText().includes('lamp.amount / 2'), 'applied quick fix', textOf(uri).getText());

await apply(uri, await connection.sendRequest(lsp.DocumentFormattingRequest.method, { textDocument: { uri }, options: { tabSize: 2, insertSpaces: true } }));
check(textOf(uri).getText().includes('export const untidy = 1;'), 'formatting', textOf(uri).getText());
await marked('the mark goes', (all) => !all.some(isMistake));

await connection.sendRequest(lsp.ShutdownRequest.method);
connection.end();
webSocket.close();
console.log('a stock client edited a project');

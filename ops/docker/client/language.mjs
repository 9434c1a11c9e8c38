// A plain LSP client on /lsp: asks a language server of the container for its capabilities and for one definition.
//
//   node language.mjs URL TOKEN_FILE LANGUAGE PATH LINE CHARACTER     prints where that is defined; exit 1 when nowhere
import { readFileSync } from 'node:fs';
import WebSocket from 'ws';

const ANSWER_WITHIN_MS = 300_000;
const PAUSE_MS = 200;
const LOADED_WITHIN_MS = 20_000;
const [url, tokenFile, language, path, line, character] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` };
const http = url.replace(/^ws/, 'http');

const text = await (await fetch(`${http}/api/workspaces/sample/files/${path}`, { headers })).text();
const socket = new WebSocket(`${url}/lsp/sample/${language}`, { headers });
const waiting = new Map();
let next = 0;
const send = (message) => socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
const ask = (method, params) =>
  new Promise((resolve, reject) => {
    const id = ++next;
    waiting.set(id, { resolve, reject });
    send({ id, method, params });
  });
socket.on('message', (data) => {
  const { id, method, result, error } = JSON.parse(data.toString());
  if (method !== undefined) return;
  const { resolve, reject } = waiting.get(id);
  error ? reject(new Error(error.message)) : resolve(result);
});
setTimeout(() => (console.error('no answer in time'), process.exit(1)), ANSWER_WITHIN_MS);

await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
const begun = performance.now();
const uri = `file:///${path}`;
await ask('initialize', { processId: null, rootUri: 'file:///', capabilities: {} });
send({ method: 'initialized', params: {} });
send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: language, version: 1, text } } });
const position = { line: Number(line), character: Number(character) };
const definition = () => ask('textDocument/definition', { textDocument: { uri }, position });
let found;
// TypeScript answers with the import until it has loaded the project.
do {
  found = [await definition()].flat().filter(Boolean);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
} while (found.some((f) => (f.uri ?? f.targetUri) === uri) && performance.now() - begun < LOADED_WITHIN_MS);
const seconds = ((performance.now() - begun) / 1000).toFixed(1);
console.log(`${language}: defined in ${found.map((f) => f.uri ?? f.targetUri).join(', ') || 'nowhere'} (${seconds} s)`);
process.exit(found.length > 0 ? 0 : 1);

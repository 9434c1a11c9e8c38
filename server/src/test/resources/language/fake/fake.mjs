// A language server that misbehaves on request.
import fs from 'node:fs';

// One of two servers of a document: the first says by itself what is wrong, the other one wants to be asked. What else
// it does is said by files named after it.
const name = process.argv[2];
const isToldOf = (what) => fs.existsSync(`${what}-${name}`);
const marks = (uri) => (texts[uri].includes('bad') ? [{ message: `${name} says ${texts[uri]}` }] : []);

const texts = {};
const changed = [];
// The kinds of code actions that were asked for.
const kinds = [];
const failing = [];
const textsAtChange = [];
const folders = [];
let settings;
const held = [];
let questions = 0;
const asked = new Map();
// What is sent once the test says so.
const prepared = [];
const notified = [];
let input = Buffer.alloc(0);

function send(message) {
  sendText(JSON.stringify({ jsonrpc: '2.0', ...message }));
}

function sendText(body) {
  process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

process.stdin.on('end', () => process.exit(0));
process.stdin.on('data', (chunk) => {
  input = Buffer.concat([input, chunk]);
  for (;;) {
    const head = input.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/Content-Length: (\d+)/.exec(input.subarray(0, head).toString())[1]);
    if (input.length < head + 4 + length) return;
    const message = JSON.parse(input.subarray(head + 4, head + 4 + length).toString());
    input = input.subarray(head + 4 + length);
    handle(message);
  }
});

function publish(uri) {
  if (texts[uri].includes('in two steps')) {
    const say = (diagnostics) => send({ method: 'textDocument/publishDiagnostics', params: { uri, diagnostics } });
    say([]);
    setTimeout(say, 20, [{ message: texts[uri] }]);
  }
  if (name === 'primary') send({ method: 'textDocument/publishDiagnostics', params: { uri, diagnostics: marks(uri) } });
}

// Renames `area` in a file as it is on the disk.
function renaming(path, version) {
  const lines = fs.readFileSync(path, 'utf8').split('\n');
  const edits = lines.flatMap((text, line) =>
    [...text.matchAll(/area/g)].map(({ index }) => ({ range: { start: { line, character: index }, end: { line, character: index + 4 } }, newText: 'surface' })),
  );
  const uri = new URL(path, Object.keys(texts)[0]).href;
  return version ? { documentChanges: [{ textDocument: { uri, version }, edits }] } : { changes: { [uri]: edits } };
}

function handle({ id, method, params, result, error }) {
  if (id === undefined) notified.push(method);
  switch (method) {
    case undefined:
      send({ id: asked.get(id), result: { result, error } });
      break;
    case 'initialize':
      send({
        id,
        result: {
          capabilities: {
            textDocumentSync: 1,
            hoverProvider: true,
            codeActionProvider: name === 'companion' ? { codeActionKinds: ['quickfix', 'source.fixAll.companion'] } : true,
            completionProvider: {},
            definitionProvider: true,
            renameProvider: true,
            ...(name === 'primary' && { executeCommandProvider: { commands: ['primary.run'] } }),
            ...(name === 'slow' && { semanticTokensProvider: { legend: { tokenTypes: ['variable'], tokenModifiers: [] }, full: true } }),
            ...(name === 'companion' && { diagnosticProvider: {} }),
            ...(name === 'pulled' && { diagnosticProvider: { identifier: 'own' } }),
          },
          told: params,
        },
      });
      break;
    case 'workspace/didChangeWorkspaceFolders':
      folders.push(params.event);
      break;
    case 'fake/failAtChange':
      failing.push(id);
      break;
    case 'fake/fail':
      send({ id, error: { code: -32603, message: 'a defect' } });
      break;
    case 'fake/notified':
      send({ id, result: notified });
      break;
    case 'fake/folders':
      send({ id, result: folders });
      break;
    case 'textDocument/didOpen':
      texts[params.textDocument.uri] = params.textDocument.text;
      publish(params.textDocument.uri);
      break;
    case 'textDocument/didChange':
      // Whole texts alone.
      texts[params.textDocument.uri] = params.contentChanges[0].text;
      for (const one of failing.splice(0)) send({ id: one, error: { code: -32603, message: 'the document is another one' } });
      textsAtChange.splice(0).forEach(sendText);
      publish(params.textDocument.uri);
      break;
    case 'textDocument/diagnostic':
      questions++;
      if (isToldOf('refuse')) send({ id, error: { code: -32803, message: 'not now' } });
      else if (isToldOf('unknown')) send({ id, error: { code: -32601, message: 'what is that?' } });
      else send({ id, result: { kind: 'full', resultId: Object.keys(params).sort().join(), items: marks(params.textDocument.uri) } });
      break;
    case 'workspace/diagnostic':
      held.push(id);
      break;
    case 'fake/release':
      for (const one of held.splice(0)) send({ id: one, result: { items: [] } });
      send({ id, result: null });
      break;
    case 'workspace/symbol': {
      let parts = 0;
      const timer = setInterval(() => {
        if (parts === 15) clearInterval(timer);
        if (parts === 15) send({ id, result: [] });
        else send({ method: '$/progress', params: { token: params.partialResultToken, value: [{ name: `part ${++parts}` }] } });
      }, 400);
      break;
    }
    case 'textDocument/rename':
      prepared.push({ id, result: renaming(params.newName) });
      break;
    case 'fake/prepared':
      send({ id, result: null });
      break;
    case 'fake/send':
      for (const one of prepared.splice(0)) send(one);
      send({ id, result: null });
      break;
    case 'textDocument/codeAction':
      kinds.push(params.context.only ?? 'all');
      if (params.renames) {
        prepared.push({ id, result: [{ title: 'with an edit', edit: renaming(params.renames) }, { title: 'without one' }] });
        break;
      }
      if (isToldOf('die')) process.exit(5);
      if (isToldOf('late')) setTimeout(send, 2000, { id, result: [{ title: name }] });
      else if (!isToldOf('hush')) send({ id, result: [{ title: name }] });
      if (isToldOf('repeat')) send({ id, result: [{ title: `${name} again` }] });
      break;
    case 'workspace/executeCommand':
      if (params.command === 'slow.rename') {
        asked.set('q' + id, id);
        prepared.push({ id: 'q' + id, method: 'workspace/applyEdit', params: { edit: renaming(...params.arguments) } });
      } else if (params.command === 'slow.large') send({ id, result: 'x'.repeat(70_000) });
      else if (params.command === 'companion.count') send({ id, result: questions });
      else if (params.command === 'companion.changed') send({ id, result: changed });
      else if (params.command === 'companion.kinds') send({ id, result: kinds });
      else if (name) send({ id, result: `carried out by ${name}` });
      break;
    case 'workspace/didChangeWatchedFiles':
      changed.push(...params.changes);
      break;
    case 'workspace/didChangeConfiguration':
      settings = params.settings;
      break;
    case 'fake/settings':
      send({ id, result: { settings } });
      break;
    case 'fake/changed':
      send({ id, result: { changed } });
      break;
    case 'fake/texts':
      send({ id, result: { text: JSON.stringify(texts) } });
      break;
    case 'textDocument/semanticTokens/full':
      send({ id, result: { data: [0, 0, 4, 0, 0] } });
      break;
    case 'textDocument/hover':
      if (params.failsAtChange) failing.push(id);
      else if (params.textAtChange) textsAtChange.push(params.textAtChange.replace('ID', id));
      else if (params.text) sendText(params.text.replace('ID', id));
      else if (!fs.existsSync('hold')) send({ id, result: { contents: JSON.stringify(texts) } });
      break;
    case 'textDocument/definition':
      process.exit(4);
      break;
    case 'fake/tell':
      send({ method: params.method, params: params.params });
      send({ id, result: null });
      break;
    case '$/cancelRequest':
      if (isToldOf('stubborn')) break;
      send({ id: params.id, error: { code: -32800, message: 'cancelled' } });
      break;
    case 'fake/ask':
      asked.set('q' + id, id);
      send({ id: 'q' + id, method: params.method, params: params.params });
      break;
    case 'fake/garbage':
      console.log('Debugger listening, this is no message');
      break;
    case 'fake/malformed':
      process.stdout.write('Content-Length: 3\r\n\r\n{"a');
      send({ id, result: null });
      break;
    case 'fake/malformedAnswer':
      sendText(`{"jsonrpc":"2.0","id":${id},"result":${params.result}`);
      break;
    case 'fake/exit':
      process.exit(3);
      break;
    default:
      break;
  }
}

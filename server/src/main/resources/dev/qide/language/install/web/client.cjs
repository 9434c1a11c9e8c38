// Stands before the Markdown server, in its sandbox, and answers what that server asks of its own editor alone
// (`markdown/…`): the tokens of a text, and files of the workspace. Everything else passes byte for byte.
const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { TextDocument } = require('vscode-languageserver-textdocument');
const markdown = require('markdown-it')({ html: true });

const FILES = 5_000;
const FILE_BYTES = 4 << 20;
const program = path.join(__dirname, 'node_modules/vscode-langservers-extracted/bin/vscode-markdown-language-server');
const server = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
const documents = new Map();
let root = process.cwd();

server.on('exit', (code) => process.exit(code ?? 1));
process.stdin.on('end', () => server.stdin.end());
frames(process.stdin, (message, frame) => {
  try {
    follow(message);
  } catch {
    // A change that cannot be followed is the server's to judge.
  }
  server.stdin.write(frame);
});
frames(server.stdout, (message, frame) => {
  if (message.id !== undefined && message.method?.startsWith('markdown/')) answer(message);
  else process.stdout.write(frame);
});

function follow({ method, params }) {
  const uri = params?.textDocument?.uri;
  if (method === 'initialize' && params.rootPath) root = params.rootPath;
  else if (method === 'textDocument/didOpen') {
    const { languageId, version, text } = params.textDocument;
    documents.set(uri, TextDocument.create(uri, languageId, version, text));
  } else if (method === 'textDocument/didChange' && documents.has(uri)) {
    documents.set(uri, TextDocument.update(documents.get(uri), params.contentChanges, params.textDocument.version));
  } else if (method === 'textDocument/didClose') documents.delete(uri);
}

function answer({ id, method, params }) {
  let result = null;
  try {
    result = answers[method]?.(params) ?? null;
  } catch {
    // Not there, or not to be read.
  }
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result }));
  server.stdin.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
}

const answers = {
  'markdown/parse': ({ uri, text }) => markdown.parse(text ?? documents.get(uri)?.getText() ?? read(uri).toString(), {}),
  'markdown/fs/readFile': ({ uri }) => [...read(uri)],
  'markdown/fs/stat': ({ uri }) => ({ isDirectory: fs.statSync(inside(uri)).isDirectory() }),
  'markdown/fs/readDirectory': ({ uri }) =>
    fs
      .readdirSync(inside(uri), { withFileTypes: true })
      .slice(0, FILES)
      .map((entry) => [entry.name, { isDirectory: entry.isDirectory() }]),
  'markdown/findMarkdownFilesInWorkspace': () => found(),
};

function found() {
  const uris = [];
  const folders = [root];
  while (folders.length > 0 && uris.length < FILES) {
    const folder = folders.pop();
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const place = path.join(folder, entry.name);
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      if (entry.isDirectory() && folders.length < FILES) folders.push(place);
      else if (entry.isFile() && /\.(md|markdown)$/i.test(entry.name)) uris.push(pathToFileURL(place).href);
    }
  }
  return uris.slice(0, FILES);
}

function read(uri) {
  const file = inside(uri);
  if (fs.statSync(file).size > FILE_BYTES) throw new Error('too large');
  return fs.readFileSync(file);
}

// Where there is no sandbox, this is what keeps a link in a text inside its workspace.
function inside(uri) {
  const file = fs.realpathSync(fileURLToPath(uri));
  const top = fs.realpathSync(root);
  if (file !== top && !file.startsWith(top + path.sep)) throw new Error('outside');
  return file;
}

function frames(stream, each) {
  let input = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    input = Buffer.concat([input, chunk]);
    for (;;) {
      const head = input.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: *(\d+)/i.exec(input.subarray(0, head).toString())?.[1]);
      if (Number.isNaN(length)) process.exit(2);
      const end = head + 4 + length;
      if (input.length < end) return;
      each(JSON.parse(input.subarray(head + 4, end).toString()), input.subarray(0, end));
      input = input.subarray(end);
    }
  });
}

// Editors with the stock Hocuspocus provider: one that writes a sentence; many that type into one document until the server closes
// their sockets, and say what was acknowledged; one that reads it and says what is missing. The certificate authority comes by NODE_EXTRA_CA_CERTS.
//
//   node editors.mjs write URL TOKEN_FILE DOCUMENT TEXT     appends the text, and says so when it is acknowledged
//   node editors.mjs type URL TOKEN_FILE DOCUMENT EDITORS   types; one JSON object on stdout when all sockets are closed
//   node editors.mjs look URL TOKEN_FILE DOCUMENT JSON_FILE what of that was acknowledged and is not there? exit 1
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import { readFileSync } from 'node:fs';
import WebSocket from 'ws';

const OPEN_WITHIN_MS = 20_000;
const ACKNOWLEDGED_WITHIN_MS = 20_000;
const TYPE_AT_MOST_MS = 120_000;
const PAUSE_MS = 20;
const CLOSE_WITHIN_MS = 30_000;

const [what, url, tokenFile, name, last] = process.argv.slice(2);
const token = readFileSync(tokenFile, 'utf8').trim();

function open() {
  const socket = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket, maxAttempts: 1 });
  const provider = new HocuspocusProvider({ websocketProvider: socket, name, token });
  provider.attach();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('not open in time')), OPEN_WITHIN_MS);
    provider.on('authenticationFailed', ({ reason }) => reject(new Error(`refused: ${reason}`)));
    provider.on('synced', () => (clearTimeout(timer), resolve({ socket, provider })));
  });
}

function close({ socket, provider }) {
  provider.destroy();
  socket.destroy();
}

/** Types a numbered word each few milliseconds; resolves when the server has closed the socket. */
async function type(editor, until) {
  const { socket, provider } = await open();
  const text = provider.document.getText('content');
  let sent = 0;
  let isOpen = true;
  const closed = new Promise((resolve) => socket.on('close', ({ event }) => resolve(event)));
  const ended = closed.then(({ code, reason }) => {
    isOpen = false;
    return { editor, code, reason: String(reason ?? ''), sent, acknowledged: sent - provider.unsyncedChanges };
  });
  const typing = (async () => {
    while (isOpen && Date.now() < until) {
      text.insert(text.length, word(editor, sent++));
      if (sent === 1) process.stderr.write(`typing ${editor}\n`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  await typing;
  const result = await Promise.race([
    ended,
    new Promise((_, reject) => setTimeout(() => reject(new Error('not closed in time')), CLOSE_WITHIN_MS)),
  ]);
  close({ socket, provider });
  return result;
}

const word = (editor, number) => `<${editor}:${number}>`;

if (what === 'write') {
  const opened = await open();
  const { provider } = opened;
  const text = provider.document.getText('content');
  text.insert(text.length, last);
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('not acknowledged in time')), ACKNOWLEDGED_WITHIN_MS);
    const look = () => provider.unsyncedChanges === 0 && (clearTimeout(timer), resolve());
    provider.on('unsyncedChanges', look);
    look();
  });
  close(opened);
  console.log(`acknowledged: ${name} has ${text.length} characters`);
  process.exit(0);
} else if (what === 'type') {
  const until = Date.now() + TYPE_AT_MOST_MS;
  const all = await Promise.all(Array.from({ length: Number(last) }, (_, editor) => type(editor, until)));
  console.log(JSON.stringify(all));
  process.exit(0);
} else if (what === 'look') {
  const opened = await open();
  const text = opened.provider.document.getText('content').toString();
  close(opened);
  const editors = JSON.parse(readFileSync(last, 'utf8'));
  const lost = editors.flatMap(({ editor, acknowledged }) =>
    Array.from({ length: acknowledged }, (_, number) => word(editor, number)).filter((w) => !text.includes(w)),
  );
  const acknowledged = editors.reduce((sum, e) => sum + e.acknowledged, 0);
  console.log(`${acknowledged} acknowledged edits, ${lost.length} of them not there; ${text.length} characters`);
  process.exit(lost.length === 0 && acknowledged > 0 ? 0 : 1);
} else {
  console.error('usage: see the head of this file');
  process.exit(2);
}

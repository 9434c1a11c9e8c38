// Unmodified providers against a running server: `node stock.mjs ws://HOST:PORT VERSION`. Exits with code 0
// and one line of figures, or with the first condition that failed.
import * as Y from 'yjs';
import WebSocket from 'ws';
import { waiting } from './until.mjs';
import { hocuspocus } from './versions.mjs';

const base = process.argv[2];
const { HocuspocusProvider, HocuspocusProviderWebsocket } = hocuspocus(process.argv[3]);
const PATIENCE_MS = 15_000;
const everyone = [];

function open(endpoint, token, name = 'src/main.py') {
  const socket = new HocuspocusProviderWebsocket({
    url: `${base}/${endpoint}/lab`,
    WebSocketPolyfill: WebSocket,
    delay: 50,
    minDelay: 20,
    maxDelay: 200,
  });
  const doc = new Y.Doc();
  const person = { socket, doc, text: doc.getText('content'), closed: [], denied: [] };
  person.provider = new HocuspocusProvider({
    websocketProvider: socket,
    name,
    document: doc,
    token,
    // Version 2 would talk to the others of this process past the server.
    broadcast: false,
    onClose: ({ event }) => person.closed.push(event.reason),
    onAuthenticationFailed: ({ reason }) => person.denied.push(reason),
  });
  person.provider.attach?.();
  everyone.push(person);
  return person;
}

const until = waiting(PATIENCE_MS, 5);

const same = (...people) => people.every((one) => one.text.toString() === people[0].text.toString());
const saved = (person) => person.provider.isSynced && person.provider.unsyncedChanges === 0;

async function twoPeopleAndALateJoiner() {
  const ann = open('collab', 'ann');
  const bob = open('collab', 'bob');
  await until('both are synced', () => saved(ann) && saved(bob));
  for (let i = 0; i < 50; i++) {
    ann.text.insert(0, 'a');
    bob.text.insert(bob.text.length, 'b😀');
    if (i % 10 === 9) {
      ann.text.delete(0, 3);
      await new Promise((next) => setTimeout(next, 1));
    }
  }
  await until('all edits are saved', () => saved(ann) && saved(bob));
  await until('ann and bob have one text', () => same(ann, bob));
  const late = open('collab', 'ann');
  await until('a late joiner is synced', () => saved(late) && same(ann, late));
  if (!late.text.toString().includes('x=1\n')) {
    throw new Error('the file is missing in ' + late.text);
  }
  return { ann, bob };
}

async function presence({ ann, bob }) {
  ann.provider.awareness.setLocalStateField('cursor', 3);
  const id = ann.doc.clientID;
  const cursor = () => bob.provider.awareness.getStates().get(id)?.cursor;
  await until('bob sees the cursor', () => cursor() === 3);
  // y-protocols ignores a state of clock 0, which nobody has set since its client began.
  bob.provider.awareness.setLocalStateField('user', { name: 'bob' });
  const third = open('collab', 'bob');
  const names = third.provider.awareness.getStates();
  await until('a joiner sees who is there', () => names.has(id) && names.has(bob.doc.clientID));
  third.provider.destroy();
  third.socket.destroy();
  const states = bob.provider.awareness.getStates();
  await until('who goes is gone', () => !states.has(third.doc.clientID));
}

async function offlineEditsArrive({ ann, bob }) {
  ann.socket.disconnect();
  await until('ann is offline', () => ann.socket.status === 'disconnected');
  ann.text.insert(0, 'offline ');
  ann.text.delete(4, 2);
  bob.text.insert(0, 'meanwhile ');
  await until('bob is saved', () => saved(bob));
  ann.socket.connect();
  await until('the offline edits are saved', () => saved(ann) && same(ann, bob));
}

async function aViewer({ ann }) {
  const vera = open('collab', 'vera');
  await until('the viewer sees the text', () => vera.provider.isSynced && same(ann, vera));
  if (vera.provider.authorizedScope !== 'readonly') {
    throw new Error('the viewer is ' + vera.provider.authorizedScope);
  }
  const before = ann.text.toString();
  vera.text.insert(0, 'a viewer was here');
  ann.text.insert(0, '!');
  await until('ann is saved', () => saved(ann));
  await until('the viewer sees more', () => vera.text.toString().includes('!'));
  if (ann.text.toString() !== '!' + before || vera.closed.length > 0) {
    throw new Error('the edit of a viewer went through, or closed its document');
  }
}

async function theOtherDoorAndOtherNames() {
  // Version 2 sends no Auth without a token.
  const isEarly = process.argv[3] === '2';
  const ann = open('ws', isEarly ? 'ann' : null, 'empty.py');
  const ten = Array.from({ length: 9 }, () => open('ws', isEarly ? 'ann' : '', 'empty.py'));
  await until('ten are synced', () => [ann, ...ten].every(saved));
  ten.forEach((one, i) => one.text.insert(0, String(i)));
  await until('ten have one text', () => [ann, ...ten].every(saved) && same(ann, ...ten));
  if (ann.text.length !== 9) {
    throw new Error('ten inserted nine letters: ' + ann.text);
  }
  const lost = open('ws', isEarly ? 'ann' : null, '../secret');
  await until('an illegal name is denied', () => lost.denied[0] === 'path-illegal');
  const stranger = open('collab', 'nobody');
  await until('a wrong token is denied', () => stranger.denied[0] === 'unauthenticated');
}

try {
  const begun = Date.now();
  const people = await twoPeopleAndALateJoiner();
  await presence(people);
  await offlineEditsArrive(people);
  await aViewer(people);
  await theOtherDoorAndOtherNames();
  console.log(`stock providers converged in ${Date.now() - begun} ms`);
  everyone.forEach(({ provider, socket }) => (provider.destroy(), socket.destroy()));
  process.exit(0);
} catch (failure) {
  console.log(failure.message);
  process.exit(1);
}

// Unmodified Hocuspocus providers that type at several servers of one database, whatever happens to the servers:
//   node nodes-plan.mjs TOKEN URL,URL,…
// Commands on stdin, one a line:
//   type NAME   people at each server type words into the texts NAME-0.txt and NAME-1.txt; some leave when all
//               is acknowledged, and others come
//   check       they stop; when all is acknowledged, all replicas and late joiners at each server must be equal.
//               Prints one line of JSON: words, those that are lost, or an error
import { createInterface } from 'node:readline';
import * as Y from 'yjs';
import WebSocket from 'ws';
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import { waiting } from './until.mjs';

const [token, urls] = process.argv.slice(2);
const servers = urls.split(',');
const TEXTS = 2;
/** Two people with one text at a server get its frames together. */
const PEOPLE_IN_A_TEXT = 2;
const EVENTS_KEPT = 8;
const until = waiting(60_000, 20);
const saved = (person) => person.provider.isSynced && person.provider.unsyncedChanges === 0;
const sleep = (ms) => new Promise((next) => setTimeout(next, ms));

let people = [];
let typing = [];
let mayType = false;
let name = '';
let words = [];

function open(url, number) {
  const socket = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket });
  const doc = new Y.Doc();
  const events = [];
  const note = (event) => {
    events.push(`${Math.round(performance.now())} ${event}`);
    if (events.length > EVENTS_KEPT) events.shift();
  };
  const provider = new HocuspocusProvider({
    websocketProvider: socket,
    name: `${name}-${number}.txt`,
    document: doc,
    token,
    onOpen: () => note('open'),
    onSynced: () => note('synced'),
    onClose: ({ event }) => note(`closed ${event.code} ${event.reason}`),
    onAuthenticationFailed: ({ reason }) => note(`denied ${reason}`),
  });
  provider.attach();
  return { socket, doc, provider, text: doc.getText('content'), number, events };
}

function close({ provider, socket }) {
  provider.destroy();
  socket.destroy();
}

/** One seat at a server; who leaves it has everything acknowledged. */
async function sit(url, seat, number) {
  let person = open(url, number);
  people[seat] = person;
  for (let word = 0; mayType; word++) {
    const text = `${seat}.${word};`;
    words[number].push(text);
    person.text.insert(Math.random() < 0.5 ? 0 : person.text.length, text);
    await sleep(20 + Math.random() * 80);
    if (word % 40 === 39 && saved(person)) {
      close(person);
      person = open(url, number);
      people[seat] = person;
    }
  }
}

function start(newName) {
  name = newName;
  mayType = true;
  words = Array.from({ length: TEXTS }, () => []);
  typing = servers.flatMap((url, server) =>
    Array.from({ length: TEXTS * PEOPLE_IN_A_TEXT }, (_, i) => sit(url, server * TEXTS * PEOPLE_IN_A_TEXT + i, i % TEXTS)),
  );
}

async function check() {
  mayType = false;
  await Promise.all(typing);
  await until('everything is acknowledged', () => people.every(saved));
  const late = servers.flatMap((url) => Array.from({ length: TEXTS }, (_, number) => open(url, number)));
  try {
    await until('late joiners are synced', () => late.every(saved));
    const all = [...people, ...late];
    const first = Array.from({ length: TEXTS }, (_, number) => all.find((person) => person.number === number));
    await until('all replicas are equal', () =>
      all.every((person) => person.text.toString() === first[person.number].text.toString()),
    );
    let lost = 0;
    for (let number = 0; number < TEXTS; number++) {
      const text = ';' + first[number].text.toString();
      lost += words[number].filter((word) => !text.includes(';' + word)).length;
    }
    return { words: words.flat().length, lost };
  } finally {
    [...people, ...late].forEach(close);
    people = [];
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, argument] = line.split(' ');
  if (command === 'type') {
    start(argument);
  } else {
    try {
      console.log(JSON.stringify(await check()));
    } catch (failure) {
      const now = Math.round(performance.now());
      const states = people.map(
        ({ socket, provider, events }) => `${now} ${socket.status} ${provider.isSynced} ${provider.unsyncedChanges}: ${events.join(', ')}`,
      );
      console.log(JSON.stringify({ error: failure.message, states }));
    }
  }
}
process.exit(0);

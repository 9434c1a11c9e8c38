// Unmodified Hocuspocus providers at two servers of one database, all options their defaults:
//   node nodes.mjs share TOKEN URL URL              two people, each at a server, edit one text
//   node nodes.mjs latency TOKEN URL URL EDITS      the time to an acknowledgement at each server
//   node nodes.mjs failover TOKEN URL PID           kills the server PID, then edits at the other one
//   node nodes.mjs typing TOKEN URLS PEOPLE COMMAND…  people at the servers type while a command runs, and two
//                                                   seconds before and after it
//   node nodes.mjs return TOKEN URL URL URL PID PEOPLE   people at the second server, which forwards to the first one, come
//                                                   back through the third one when PID, the second, is killed;
//                                                   meanwhile somebody types at the first one
// A URL is that of the endpoint, ws://HOST:PORT/collab/WORKSPACE. Prints one line of JSON, or exits with the
// first condition that failed.
import { fork, spawn } from 'node:child_process';
import net from 'node:net';
import * as Y from 'yjs';
import WebSocket from 'ws';
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import { waiting } from './until.mjs';

const [mode, token, ...rest] = process.argv.slice(2);
const PATIENCE_MS = 60_000;
const everyone = [];

function open(url, name) {
  const socket = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket });
  const doc = new Y.Doc();
  const person = { socket, doc, text: doc.getText('content'), closes: 0 };
  socket.on('close', ({ event }) => {
    person.closes += 1;
    person.closeCode ??= event.code;
  });
  person.provider = new HocuspocusProvider({ websocketProvider: socket, name, document: doc, token });
  person.provider.attach();
  everyone.push(person);
  return person;
}

const until = waiting(PATIENCE_MS, 1);

const saved = (person) => person.provider.isSynced && person.provider.unsyncedChanges === 0;
/** Edits, and waits for the event that nothing is unsaved any more. */
function acknowledged(person, edit) {
  return new Promise((resolve) => {
    const listener = ({ number }) => {
      if (number === 0) {
        person.provider.off('unsyncedChanges', listener);
        resolve();
      }
    };
    edit();
    person.provider.on('unsyncedChanges', listener);
  });
}

const same = (...people) => people.every((one) => one.text.toString() === people[0].text.toString());

async function share([first, second]) {
  const ann = open(first, 'shared.txt');
  const bob = open(second, 'shared.txt');
  await until('both are synced', () => saved(ann) && saved(bob));
  for (let i = 0; i < 200; i++) {
    ann.text.insert(0, 'a');
    bob.text.insert(bob.text.length, 'b');
    if (i % 20 === 19) {
      ann.text.delete(0, 3);
      bob.provider.awareness.setLocalStateField('cursor', i);
      await new Promise((next) => setTimeout(next, 1));
    }
  }
  await until('all edits are saved', () => saved(ann) && saved(bob));
  await until('both have one text', () => same(ann, bob));
  const id = bob.doc.clientID;
  await until('ann sees the cursor of bob', () => ann.provider.awareness.getStates().get(id)?.cursor === 199);
  return { characters: ann.text.length };
}

async function latency([first, second, edits]) {
  const people = [open(first, 'first.txt'), open(second, 'second.txt')];
  await until('both are synced', () => people.every(saved));
  const times = [[], []];
  for (let i = 0; i < Number(edits) + 50; i++) {
    for (const [at, person] of people.entries()) {
      const began = process.hrtime.bigint();
      await acknowledged(person, () => person.text.insert(person.text.length, 'x'));
      if (i >= 50) {
        times[at].push(Number(process.hrtime.bigint() - began) / 1e6);
      }
    }
  }
  const at = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
  const figures = times.map((values) => ({ p50: at(values, 0.5), p99: at(values, 0.99) }));
  return { direct: figures[0], forwarded: figures[1], addedP50: figures[1].p50 - figures[0].p50 };
}

async function failover([url, pid]) {
  const ann = open(url, 'shared.txt');
  await until('ann is synced', () => saved(ann));
  ann.text.insert(0, 'before ');
  await until('the first edit is saved', () => saved(ann));
  const killed = performance.now();
  process.kill(Number(pid), 'SIGKILL');
  await until('the socket is closed', () => ann.closes > 0);
  const closed = performance.now();
  ann.text.insert(0, 'after ');
  await until('an edit is saved again', () => saved(ann));
  const acknowledged = performance.now();
  const late = open(url, 'shared.txt');
  await until('a late joiner has both edits', () => saved(late) && late.text.toString().startsWith('after before '));
  return { closeCode: ann.closeCode, closedMs: closed - killed, acknowledgedMs: acknowledged - killed };
}

/** Types a word each 400 ms until `mayType` is false, and measures how long each waits for its acknowledgement. */
async function type(person, number, mayType) {
  let word = 0;
  let since = null;
  person.longestMs = 0;
  person.provider.on('unsyncedChanges', ({ number: unsynced }) => {
    if (unsynced === 0 && since !== null) {
      person.longestMs = Math.max(person.longestMs, performance.now() - since);
      since = null;
    }
  });
  await new Promise((next) => setTimeout(next, Math.random() * 400));
  while (mayType()) {
    since ??= performance.now();
    person.text.insert(person.text.length, `${number}.${word++};`);
    await new Promise((next) => setTimeout(next, 400));
  }
  return word;
}

const PEOPLE_IN_A_TEXT = 10;

async function typing([urls, people, ...command]) {
  const servers = urls.split(',');
  const errors = [];
  const codes = {};
  const all = Array.from({ length: Number(people) }, (_, i) => {
    const person = open(servers[i % servers.length], `text-${Math.floor(i / PEOPLE_IN_A_TEXT)}.txt`);
    person.provider.on('authenticationFailed', ({ reason }) => errors.push(reason));
    person.socket.on('close', ({ event }) => (codes[event.code] = (codes[event.code] ?? 0) + 1));
    person.provider.on('close', ({ event }) => {
      if (event.code !== 1012 && event.code !== undefined) {
        errors.push(`${event.code} ${event.reason}`);
      }
    });
    return person;
  });
  await until('all are synced', () => all.every(saved));
  let isOver = false;
  const typists = all.map((person, number) => type(person, number, () => !isOver));
  await new Promise((next) => setTimeout(next, 2_000));
  const begun = performance.now();
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
  const exit = await new Promise((ended) => child.on('exit', ended));
  const commandMs = performance.now() - begun;
  await new Promise((next) => setTimeout(next, 2_000));
  isOver = true;
  const words = await Promise.all(typists);
  await until('all edits are saved', () => all.every(saved));
  const late = Array.from({ length: Math.ceil(all.length / PEOPLE_IN_A_TEXT) }, (_, i) =>
    open(servers[servers.length - 1], `text-${i}.txt`),
  );
  await until('late joiners are synced', () => late.every(saved));
  const textOf = (i) => late[Math.floor(i / PEOPLE_IN_A_TEXT)];
  await until('all have one text', () => all.every((person, i) => same(person, textOf(i))));
  let lost = 0;
  words.forEach((count, i) => {
    const text = ';' + textOf(i).text.toString();
    for (let word = 0; word < count; word++) {
      lost += text.includes(`;${i}.${word};`) ? 0 : 1;
    }
  });
  const pauses = all.map((person) => person.longestMs).sort((a, b) => a - b);
  return {
    exit,
    commandMs,
    words: words.reduce((a, b) => a + b, 0),
    lost,
    errors,
    codes,
    closed: all.filter((person) => person.closes > 0).length,
    pauseP50Ms: pauses[Math.floor(pauses.length / 2)],
    pauseMaxMs: pauses.at(-1),
  };
}

/** A load balancer: passes connections on to the server at a URL, until it has another one. */
async function balancer(url) {
  const balanced = { url, to: url };
  const listener = net.createServer((client) => {
    const server = net.connect(Number(new URL(balanced.to).port), '127.0.0.1');
    client.pipe(server).pipe(client);
    for (const [one, other] of [[client, server], [server, client]]) one.on('close', () => other.destroy()).on('error', () => {});
  });
  await new Promise((listening) => listener.listen(0, '127.0.0.1', 4_096, listening));
  balanced.url = url.replace(/:\d+\//, `:${listener.address().port}/`);
  return balanced;
}

const EDIT_EVERY_MS = 50;
const QUIET_MS = 5_000;

/** One person in a process of their own, who types; answers each message with the time until edits were acknowledged since the last one. */
async function typist([url]) {
  const person = open(url, 'text-0.txt');
  let waits = [];
  process.on('message', () => {
    waits.sort((a, b) => a - b);
    process.send({ edits: waits.length, p50: waits[waits.length >> 1], p99: waits[Math.floor(waits.length * 0.99)], max: waits.at(-1) });
    waits = [];
  });
  process.on('disconnect', () => process.exit());
  await until('the document is open', () => saved(person));
  process.send('open');
  for (;;) {
    const begun = performance.now();
    await acknowledged(person, () => person.text.insert(person.text.length, 'x'));
    waits.push(performance.now() - begun);
    await new Promise((next) => setTimeout(next, EDIT_EVERY_MS));
  }
}

async function comeBack([owner, second, third, pid, count]) {
  const door = await balancer(second);
  const child = fork(process.argv[1], ['typist', token, owner]);
  const answer = () => new Promise((answered) => child.once('message', answered));
  const figures = () => {
    const next = answer();
    child.send('figures');
    return next;
  };
  await answer();
  const all = Array.from({ length: Number(count) }, (_, i) => open(door.url, `text-${Math.floor(i / PEOPLE_IN_A_TEXT)}.txt`));
  await until('all are synced', () => all.every(saved));
  const before = await figures();
  await new Promise((next) => setTimeout(next, QUIET_MS));
  const quiet = await figures();
  door.to = third;
  process.kill(Number(pid), 'SIGKILL');
  const killed = performance.now();
  const times = [];
  const opened = [];
  for (const { provider, socket } of all) {
    socket.on('open', () => opened.push(performance.now() - killed));
    provider.on('synced', () => times.push(performance.now() - killed));
  }
  await until('all are back', () => all.every((person) => person.closes > 0 && saved(person)));
  const meanwhile = await figures();
  child.disconnect();
  const acknowledged = before.edits + quiet.edits + meanwhile.edits;
  const readers = all.slice(0, PEOPLE_IN_A_TEXT);
  await until('all have the text', () => same(...readers) && readers[0].text.length >= acknowledged);
  const codes = {};
  for (const { closeCode } of all) codes[closeCode] = (codes[closeCode] ?? 0) + 1;
  const half = all.length >> 1;
  return { openP50Ms: opened[half], openMaxMs: opened.at(-1), backP50Ms: times[half], backMaxMs: times.at(-1), quiet, meanwhile, codes };
}

try {
  const figures = await { share, latency, failover, typing, return: comeBack, typist }[mode](rest);
  console.log(JSON.stringify(figures));
  process.exit(0);
} catch (failure) {
  console.error(String(failure));
  for (const person of everyone) {
    console.error(JSON.stringify({ status: person.socket.status, text: person.text.toString().slice(0, 80) }));
  }
  process.exit(1);
}

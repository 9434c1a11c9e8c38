// Stock clients controlled by JSON commands, one per line, on stdin; each command has one answer line
// on stdout. Exits when stdin ends. `node clients.mjs PATH_OF_QIDE_CLIENT`
import { createInterface } from 'node:readline';
import { writeFileSync } from 'node:fs';
import { person } from './people.mjs';

const client = await import(process.argv[2]);
const people = new Map();
let target = null;
let storm = null;

const commands = {
  target: ({ host, port }) => (target = { host, port }),
  async open(spec) {
    const one = person({ ...spec, client }, target);
    people.set(spec.name, one);
    await one.open();
  },
  type: ({ who, letters, seed }) => named(who).type(letters, randomOf(seed)),
  paste: ({ who, seed }) => named(who).paste(randomOf(seed)),
  erase: ({ who, letters, seed }) => named(who).erase(letters, randomOf(seed)),
  insert: ({ who, text, at = 0 }) => named(who).text.insert(Math.min(at, named(who).text.length), text),
  insertMany({ who, path, text, letters }) {
    const other = named(who).others.find((one) => one.path === path);
    other.doc.getText('content').insert(0, text ?? 'x'.repeat(letters));
  },
  others: ({ who }) =>
    named(who).others.map(({ path, doc, provider }) => ({
      path,
      length: doc.getText('content').length,
      synced: provider.isSynced,
      saved: provider.unsyncedChanges === 0,
    })),
  cursor: ({ who, value }) => named(who).awareness.setLocalStateField('cursor', value),
  id: ({ who }) => named(who).doc.clientID,
  cut: ({ who }) => named(who).proxy.cut(),
  halfClose: ({ who }) => named(who).proxy.halfClose(),
  resetClient: ({ who }) => named(who).proxy.resetClient(),
  resetServer: ({ who }) => named(who).proxy.resetServer(),
  block: ({ who }) => named(who).proxy.block(),
  unblock: ({ who }) => named(who).proxy.unblock(),
  stall: ({ who }) => named(who).proxy.stall(),
  flow: ({ who }) => named(who).proxy.flow(),
  bounce: ({ who }) => named(who).bounce(),
  leave: ({ who }) => named(who).leave(),
  reload: ({ who, path }) => named(who).reload(path),
  states: ({ who }) => (who ? [named(who)] : [...people.values()]).map((one) => one.state()),
  storm: ({ from, to, seed }) => void (storm = begin(from, to, randomOf(seed))),
  calm() {
    storm?.forEach(clearInterval);
    storm = null;
  },
  /** Ends all half-open connections on both ends. */
  heal() {
    for (const { proxy } of people.values()) {
      proxy.resetClient();
      proxy.resetServer();
      proxy.unblock();
      proxy.flow();
    }
  },
  /** CPU time of this process in microseconds. */
  processorTime: () => Object.values(process.cpuUsage()).reduce((sum, part) => sum + part),
  acknowledged: () => [...people.values()].reduce((sum, { record }) => sum + record.acknowledged, 0),
  /** Whether every client has noticed the end of the server, except those with half-open connections. */
  isOver: () => [...people.values()].every((one) => !one.isOnline || one.proxy.isHalfOpen),
  /** The number of sockets in state OPEN. */
  online: () => [...people.values()].filter((one) => one.isOnline).length,
  /** Writes the acknowledged and received messages since the last call to a file. */
  record({ file }) {
    const shown = new Set();
    const lines = [];
    for (const { name, kind, record } of people.values()) {
      record.shown.forEach((update) => shown.add(update));
      for (const { acknowledged, messages } of record.handshakes) {
        lines.push(`acknowledged ${acknowledged} ${name}-${kind}`);
        messages.forEach((update) => lines.push(`sent ${update}`));
      }
      record.clear();
    }
    shown.forEach((update) => lines.push(`shown ${update}`));
    writeFileSync(file, lines.join('\n'));
    return { lines: lines.length };
  },
  dismiss() {
    commands.calm();
    people.forEach((one) => one.close());
    people.clear();
  },
};

function named(who) {
  const one = people.get(who);
  if (one === undefined) throw new Error(`nobody is named ${who}`);
  return one;
}

/** All clients edit, at random intervals in milliseconds. */
function begin(from, to, random) {
  return [...people.values()].map((one) =>
    setInterval(
      () => {
        if (!one.isSynced || one.isStale) return;
        const dice = random(100);
        if (dice < 12) one.erase(1 + random(4), random);
        else if (dice < 13) one.paste(random);
        else one.type(1 + random(3), random);
      },
      from + random(to - from),
    ),
  );
}

/** Mulberry32: a deterministic random generator. */
function randomOf(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, bound);
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, command, ...details } = JSON.parse(line);
  try {
    const answer = (await commands[command](details)) ?? null;
    console.log(JSON.stringify({ id, answer }));
  } catch (failure) {
    console.log(JSON.stringify({ id, failure: failure.stack }));
  }
}
process.exit(0);

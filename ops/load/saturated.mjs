// Everybody types on as soon as the last edit is acknowledged: how many edits the servers can do.
import { setTimeout as sleep } from 'node:timers/promises';
import { Books, openClients } from './clients.mjs';
import { ofSamples } from './figures.mjs';

/** For each workspace, warm-up included; whoever reaches it stops typing. */
const EDITS_MAX = 600_000;
const SETTLE_MS = 3_000;

/**
 * @param job `servers`: one for each workspace; `clients` and `documents` of each workspace
 */
export async function saturated(job, { mark, generatorWatch }) {
  const { servers, clients, documents, seconds, waitSeconds } = job;
  const all = [];
  for (const server of servers) {
    const books = new Books(EDITS_MAX, Math.ceil(clients / documents));
    const opened = await openClients(server, { count: clients, documents, books, nameOf: (document) => `load-${document}.txt` });
    all.push({ books, opened });
  }
  let isOver = false;
  const type = (client) => {
    if (!isOver && client.books.edits < EDITS_MAX) client.edit();
  };
  for (const { opened } of all) {
    for (const client of opened) {
      client.whenSaved = () => type(client);
      type(client);
    }
  }
  await mark('warm');
  await sleep(SETTLE_MS);
  await mark('begin');
  const counts = () => ({ at: performance.now(), acknowledged: sum(all, 'acknowledged'), deliveries: sum(all, 'deliveries') });
  const watch = generatorWatch();
  const before = counts();
  const from = all.map(({ books }) => books.acknowledged);
  await sleep(seconds * 1000);
  const after = counts();
  const generator = watch();
  const waits = all.flatMap(({ books }, i) => [...books.acknowledgements.subarray(from[i], books.acknowledged)]);
  await mark('end');
  isOver = true;
  await allSaved(all, waitSeconds);
  const elapsed = (after.at - before.at) / 1000;
  const result = {
    editsPerSecond: (after.acknowledged - before.acknowledged) / elapsed,
    deliveriesPerSecond: (after.deliveries - before.deliveries) / elapsed,
    acknowledgement: ofSamples(Float32Array.from(waits)),
    isComplete: all.every(({ books }) => books.edits < EDITS_MAX && books.acknowledged === books.edits && books.deliveries === books.expected),
    generator,
    ended: [...new Set(all.flatMap(({ opened }) => opened.map((client) => client.whatEnded())).filter(Boolean))],
  };
  for (const { opened } of all) for (const client of opened) client.socket.close();
  return result;
}

const sum = (all, name) => all.reduce((total, { books }) => total + books[name], 0);

async function allSaved(all, waitSeconds) {
  const end = performance.now() + waitSeconds * 1000;
  const isDone = ({ books }) => books.acknowledged === books.edits && books.deliveries === books.expected;
  while (!all.every(isDone) && performance.now() < end) await sleep(5);
}

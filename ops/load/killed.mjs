// What is left at one node when the other one is killed, and those who typed there do not come back.
import { setTimeout as sleep } from 'node:timers/promises';
import { Books, Client, openClients } from './clients.mjs';

const OPENED_WITHIN_MS = 60_000;
const TRY_AGAIN_MS = 250;

/**
 * One person a document types at the first node; with readers, another one has each document open at the second. After the last edit the
 * first node is killed at once. Somebody new opens each document at the second node and is to find every edit that was acknowledged.
 */
export async function killed(job, { mark, type }) {
  const { documents, rate, seconds, server } = job;
  const books = new Books(Math.ceil(rate * seconds), 2);
  const nameOf = (document) => `${job.hasReaders ? 'read' : 'alone'}-${document}.txt`;
  const clients = await openClients(server, { count: documents * (job.hasReaders ? 2 : 1), documents, books, nameOf });
  const writers = clients.slice(0, documents);
  await type(writers, rate, seconds, books);
  await mark('kill');
  const begunAt = performance.now();
  writers.forEach((writer) => writer.socket.close());
  const found = await Promise.all(writers.map((writer) => openAgain(job, books, writer, nameOf)));
  clients.slice(documents).forEach((reader) => reader.socket.close());
  return { ...lostOf(books, writers, found), openAgain: Math.max(...found.map((client) => client.syncedAt)) - begunAt };
}

/** Connects to the second node until the document is there. */
async function openAgain(job, written, writer, nameOf) {
  const server = { ...job.server, ports: [job.server.ports[1]] };
  const end = performance.now() + OPENED_WITHIN_MS;
  for (;;) {
    const books = new Books(written.editsMax, 1);
    books.edits = written.edits;
    books.author.fill(-1);
    books.document.set(written.document);
    const client = new Client(writer.number, writer.document, books, 0);
    const opened = client.open(server, nameOf(writer.document));
    opened.catch(() => {});
    const isOver = () => client.syncedAt !== undefined || client.whatEnded() !== '';
    while (!isOver() && performance.now() < end) await sleep(1);
    if (client.syncedAt !== undefined) {
      clearTimeout(client.timer);
      client.socket.close();
      return client;
    }
    if (performance.now() >= end) throw new Error(`document ${writer.document} was not opened again: ${client.whatEnded()}`);
    await sleep(TRY_AGAIN_MS);
  }
}

function lostOf(books, writers, found) {
  const typed = writers.map(() => 0);
  const result = { edits: books.edits, acknowledged: 0, lost: 0, documents: 0 };
  const damaged = new Set();
  for (let edit = 0; edit < books.edits; edit++) {
    const author = books.author[edit];
    if (typed[author]++ >= writers[author].saved) continue;
    result.acknowledged++;
    if (!found[author].has(edit)) {
      result.lost++;
      damaged.add(author);
    }
  }
  return { ...result, documents: damaged.size };
}

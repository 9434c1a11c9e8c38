// The activities of people at work, each at a steady pace: they edit, complete, ask a model, save files, search and use a terminal.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from './person.mjs';

const EDIT_EVERY_MS = 1_000;
const COMPLETE_EVERY_MS = 10_000;
const FILE_EVERY_MS = 20_000;
const SEARCH_EVERY_MS = 60_000;
const CHAT_EVERY_MS = 15_000;
const COMMAND_EVERY_MS = 2_000;
const FILE_BYTES = 20 << 10;
const REQUEST_WITHIN_MS = 60_000;
const ATTEMPTS = 5;
const RETRY_MS = 1_000;

/** Does something again and again, `every` milliseconds on average by the clock, until `day.isOver`. */
async function repeat(day, every, action) {
  let next = performance.now() + Math.random() * every;
  while (!day.isOver) {
    // Short sleeps, so that the end comes soon.
    const wait = next - performance.now();
    if (wait > 0) {
      await sleep(Math.min(wait, 250));
      continue;
    }
    await action();
    // Somebody who had to wait does not catch up.
    next = Math.max(next + every * (0.5 + Math.random()), performance.now());
  }
}

async function http(person, method, path, { body, headers = {} } = {}) {
  const response = await fetch(`${person.origin}/api/workspaces/${person.workspace}/${path}`, {
    method,
    body,
    headers: { Authorization: `Bearer ${person.token}`, ...headers },
    signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${bytes.toString('utf8', 0, 200)}`);
  return { bytes, etag: response.headers.get('etag') };
}

export function edit(person, day) {
  return repeat(day, EDIT_EVERY_MS, () => {
    person.edit();
    person.trim();
  });
}

export function complete(person, day) {
  return repeat(day, COMPLETE_EVERY_MS, () => day.tally.time('completion', () => person.complete()));
}

/** Uploads a file of random bytes, and downloads it again. */
export function files(person, day) {
  const path = `files/person-${person.number}.bin`;
  let etag;
  return repeat(day, FILE_EVERY_MS, async () => {
    const bytes = randomBytes(FILE_BYTES);
    const condition = etag ? { 'If-Match': etag } : { 'If-None-Match': '*' };
    const stored = await day.tally.time('upload', () => http(person, 'PUT', path, { body: bytes, headers: condition }));
    if (!stored) return;
    ({ etag } = stored);
    await day.tally.time('download', async () => {
      const loaded = await http(person, 'GET', path);
      if (hash(loaded.bytes) !== hash(bytes)) throw new Error(`GET ${path}: other bytes than were uploaded`);
    });
  });
}

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Repeats a request that the server cancels because it has too much to do; the waits count. */
async function whenFree(request) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (attempt === ATTEMPTS || !error.message.includes('server-cancelled')) throw error;
      await sleep(RETRY_MS);
    }
  }
}

export function search(person, day) {
  return repeat(day, SEARCH_EVERY_MS, () =>
    day.tally.time('search', async () => {
      const { matches, incomplete } = JSON.parse((await whenFree(() => http(person, 'GET', 'search?q=color'))).bytes);
      if (matches.length === 0) throw new Error(`the search found nothing${incomplete ? ` in time: ${incomplete}` : ''}`);
    }),
  );
}

/** Asks the model. */
export async function chat(person, day) {
  let current = '';
  let firstDelta;
  let received = '';
  person.on('qide/chatDelta', ({ conversation, kind, text }) => {
    // An answer that took too long may still arrive.
    if (conversation !== current) return;
    firstDelta?.();
    if (kind === 'text') received += text;
  });
  const turn = async () => {
    received = '';
    current = randomUUID();
    const question = `question ${current}`;
    const begun = performance.now();
    const first = new Promise((resolve) => (firstDelta = resolve)).then(() => day.tally.add('chat: first word', performance.now() - begun));
    await person.request('qide/chat', { text: `What does this rule do? (${question})`, model: 'load', conversation: current, create: true });
    const done = performance.now();
    await first;
    if (!received.startsWith('word 0 ') || !received.includes('word 39 ')) throw new Error(`the answer is not whole: ${received.slice(0, 80)}`);
    day.tally.add('chat: end after the last word', done - day.model.endOf(question));
    // A person may have 200 conversations.
    await person.request('qide/conversationDelete', { conversation: current });
  };
  await repeat(day, CHAT_EVERY_MS, () => turn().catch((failure) => day.tally.fail('chat: end after the last word', failure.message)));
}

/** Types a command, and waits for what it prints. */
export async function terminal(person, day) {
  let seen = '';
  let look = () => {};
  person.on('qide/terminalOutput', ({ terminal: id, position, text }) => {
    person.notify('qide/terminalAck', { terminal: id, position: position + text.length });
    seen = (seen + text).slice(-10_000);
    look();
  });
  const opened = await day.tally.time('terminal: open', () => person.request('qide/terminalOpen', { columns: 80, rows: 24, shell: 'bash' }));
  if (!opened) return;
  let position = 0;
  let number = 0;
  await repeat(day, COMMAND_EVERY_MS, () =>
    day.tally.time('terminal: a command', async () => {
      const text = `echo $((${++number}*1000003))\n`;
      const answer = String(number * 1_000_003);
      const shown = new Promise((resolve) => {
        look = () => {
          if (seen.includes(answer)) resolve();
        };
      });
      await person.request('qide/terminalInput', { terminal: opened.terminal, position, text });
      position += text.length;
      look();
      await within('the output of a command', shown);
    }),
  );
  await person.request('qide/terminalClose', { terminal: opened.terminal }).catch(() => {});
}

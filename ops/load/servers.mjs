// Starts one of the servers on a free loopback port, alone and with nothing in it.
import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../build/proof.mjs';
import { stop } from './processes.mjs';

const START_WITHIN_MS = 180_000;
const LAST_WORDS_CHARACTERS = 2_000;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const running = new Set();
const directories = new Set();

const QIDE_FRAMINGS = { qide: 'hocuspocus', 'qide-yjs': 'y-websocket' };

/** Starts a server by its name: { child, target, close() }; `target` is what clients need to know. */
export function start(name) {
  const [kind, program] = name.split('@');
  const framing = QIDE_FRAMINGS[kind];
  return framing ? startQide(framing, program ?? here('../../qide')) : PEERS[kind]();
}

/** `qide@PROGRAM` is another build, to compare with. */
export function isServer(name) {
  const [kind, program] = name.split('@');
  return kind in QIDE_FRAMINGS || (kind in PEERS && program === undefined);
}

const PEERS = {
  hocuspocus: async () => {
    const port = await freePort();
    const child = run(process.execPath, [here('hocuspocus.mjs'), port]);
    await lineOf(child, /listening/);
    return started(child, { framing: 'hocuspocus', port, path: '/', token: 'anyone' });
  },
  'y-websocket': async () => {
    const port = await freePort();
    const environment = { HOST: '127.0.0.1', PORT: String(port) };
    const program = here('node_modules/y-websocket/bin/server.cjs');
    const child = run(process.execPath, [program], environment);
    await lineOf(child, /running at/);
    return started(child, { framing: 'y-websocket', port, path: '' });
  },
};

async function startQide(framing, program) {
  const directory = mkdtempSync(join(tmpdir(), 'qide-load-'));
  const workspace = join(directory, 'workspace');
  const data = join(directory, 'data');
  mkdirSync(workspace);
  const child = run(
    program,
    ['serve', '--port', '0', '--data', data, '--workspace', `load=${workspace}`],
  );
  const remove = () => removeDirectory(directory);
  directories.add(directory);
  try {
    const [, port, token] = await lineOf(child, /ready: http:\/\/[^:]+:(\d+)\/#token=(\S+)/);
    const target =
      framing === 'hocuspocus'
        ? { framing, port: Number(port), path: '/collab/load', token }
        : {
            framing,
            port: Number(port),
            path: '/yjs/load',
            headers: { Authorization: `Bearer ${token}` },
          };
    return started(child, target, { postgres: join(data, 'postgresql'), remove });
  } catch (error) {
    await stop(child);
    remove();
    throw error;
  }
}

function started(child, target, { postgres, remove = () => {} } = {}) {
  const close = async () => {
    await stop(child);
    remove();
  };
  return { child, target, postgres, close };
}

function run(program, args, environment = {}) {
  const child = spawn(program, args.map(String), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', ...environment },
  });
  running.add(child);
  child.lastWords = '';
  child.stderr.on('data', (words) => {
    child.lastWords = (child.lastWords + words).slice(-LAST_WORDS_CHARACTERS);
  });
  child.once('exit', () => running.delete(child));
  return child;
}

function lineOf(child, pattern) {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (why) => reject(new Error(`${why}\n${output}${child.lastWords}`));
    const timer = setTimeout(() => fail('a server did not start in time'), START_WITHIN_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', () => fail('a server ended while it was to start'));
    child.stdout.on('data', (words) => {
      output = (output + words).slice(-LAST_WORDS_CHARACTERS);
      const found = pattern.exec(output);
      if (found) {
        clearTimeout(timer);
        resolve(found);
      }
    });
  });
}

/** Ends what still runs, when this process has to go. */
export async function stopAll() {
  await Promise.all([...running].map(stop));
  directories.forEach(removeDirectory);
}

function removeDirectory(directory) {
  directories.delete(directory);
  rmSync(directory, { recursive: true, force: true });
}

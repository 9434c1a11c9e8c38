// Starts Q-IDE with one workspace per project, and finds the language servers that it installed.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const START_WITHIN_MS = 180_000;
const STOP_WITHIN_MS = 20_000;
const KEPT_CHARACTERS = 4_000;
const resources = fileURLToPath(new URL('../../server/src/main/resources/dev/qide/language', import.meta.url));
const running = new Set();

/**
 * @param program `./qide` of the build to try
 * @param workspaces directories by name
 * @returns { url, token, link }: the address for WebSockets, the owner's token, the page's link with the token
 */
export function startServer(program, data, workspaces) {
  const places = Object.entries(workspaces).flatMap(([name, directory]) => ['--workspace', `${name}=${directory}`]);
  const child = spawn(program, ['serve', '--port', '0', '--data', data, ...places], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  const keep = (words) => {
    output = (output + words).slice(-KEPT_CHARACTERS);
  };
  child.stderr.on('data', keep);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Q-IDE did not start in time:\n${output}`)), START_WITHIN_MS);
    child.once('exit', () => reject(new Error(`Q-IDE ended at its start:\n${output}`)));
    child.stdout.on('data', (words) => {
      keep(words);
      const found = /http:\/\/[^:\s]+:(\d+)\/#token=([^\s"]+)/.exec(output);
      if (found) {
        clearTimeout(timer);
        resolve({ url: `ws://127.0.0.1:${found[1]}`, token: found[2], link: found[0] });
      }
    });
  });
}

export const stopServers = () => Promise.all([...running].map(stop));

function stop(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', resolve);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS).unref();
  });
}

/** The declaration of a language server, by the language's name. */
export function declarationOf(language) {
  const { servers } = JSON.parse(readFileSync(join(resources, 'languages.json'), 'utf8'));
  return servers.find((server) => server.language === language);
}

/** The folder in which Q-IDE has installed a language server from the committed lock; null when it has not. */
export function installOf(declaration) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const tools = join(process.env.QIDE_TOOLS || join(cache, 'qide/tools'), 'language-servers');
  const committed = join(resources, 'install', declaration.install);
  const isSame = (folder) =>
    ['package.json', 'package-lock.json', 'client.cjs'].every(
      (name) => !existsSync(join(committed, name)) || (existsSync(join(folder, name)) && readFileSync(join(folder, name)).equals(readFileSync(join(committed, name)))),
    );
  const names = existsSync(tools) ? readdirSync(tools) : [];
  return names.filter((name) => name.startsWith(`${declaration.install}-`)).map((name) => join(tools, name)).find(isSame) ?? null;
}

/** Declared JSON with its placeholders filled in; site-packages are for an editor without a Python interpreter. */
export function filled(json, places) {
  if (typeof json === 'string') return json.replace(/\$\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
  if (Array.isArray(json)) return json.filter((each) => each !== '${sitePackages}').map((each) => filled(each, places));
  if (json && typeof json === 'object') return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, filled(value, places)]));
  return json;
}

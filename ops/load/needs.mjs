// What a run needs before it can begin; each missing thing is named with the command that brings it. Imports only what Node has.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const JAVA = 25;
const NODE = [20, 19];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @returns what is missing, as sentences; nothing is started */
export const missing = () => [...missingTools(), ...missingPackages('ops/load')];

/** What `./qide` and every run need. */
export function missingTools() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isOldNode = major < NODE[0] || (major === NODE[0] && minor < NODE[1]);
  // The JDK that ./qide would find.
  const script = '. "$0" && find_java "$1"';
  const java = spawnSync('bash', ['-c', script, here('../build/find-java'), JAVA], { encoding: 'utf8' });
  const isBuilt = existsSync(here('../../server/target/qide-server.jar'));
  const hasMaven = spawnSync('mvn', ['--version']).status === 0;
  return [
    process.platform !== 'linux' && 'Linux: processes are measured through /proc',
    isOldNode && `Node ${NODE.join('.')} or newer: this is ${process.versions.node}`,
    java.status !== 0 && `a JDK of version ${JAVA} or newer: install one, or set QIDE_JAVA_HOME`,
    !isBuilt && !hasMaven && 'the built server, or Maven to build it: install maven',
  ].filter(Boolean);
}

/** The npm packages of a folder of the repository that are not installed. */
export function missingPackages(folder) {
  const { dependencies } = JSON.parse(readFileSync(here(`../../${folder}/package.json`), 'utf8'));
  const absent = Object.keys(dependencies).filter((name) => !existsSync(here(`../../${folder}/node_modules/${name}/package.json`)));
  return absent.length > 0 ? [`npm packages (${absent.join(', ')}): run "npm ci" in ${folder}`] : [];
}

/** Builds the server and the JVM's ahead-of-time cache if they are not there; ./qide would write the cache during the run. */
export function build() {
  const [jar, cache] = ['qide-server.jar', 'qide.aot'].map((name) => here(`../../server/target/${name}`));
  const time = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const run = (program, ...parameters) => {
    const { status } = spawnSync(here(`../build/${program}`), parameters, { stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`ops/build/${program} failed: its output is above`);
  };
  if (time(jar) === 0) run('server', '--if-missing');
  if (time(cache) > time(jar)) return;
  run('aot-cache');
  if (time(cache) <= time(jar)) throw new Error('another process writes the ahead-of-time cache: try again in a minute');
}

/** Prepares a run; ends this process with exit code 2 if anything is missing. */
export function demand() {
  const all = missing();
  if (all.length > 0) {
    console.error(all.map((one) => `Missing: ${one}.`).join('\n'));
    process.exit(2);
  }
  build();
}

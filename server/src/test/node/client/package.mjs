// Packs @qide/client as npm would publish it and installs the archive in this project. Checks its content, its types, its entry in
// Node and in a bundle for browsers, and its size: `node package.mjs FOLDER_OF_THE_PACKAGE`. Ends with code 0 and one line, or with
// a sentence.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const [folder] = process.argv.slice(2);
const INSTALLED = 'node_modules/@qide/client';
/** What an editor with Yjs has already. */
const YJS = ['yjs', 'y-protocols', 'lib0'].flatMap((name) => [name, `${name}/*`]);
const STATED_SIZES = /at most (\d+) KB without Yjs and (\d+) KB with it, and terminals add at most ([\d.]+) KB/;
/** The part of a stated size that the bundle must have at least, so that the README is not out of date. */
const SMALLEST_SHARE = 0.8;

function fail(sentence) {
  console.error(`@qide/client: ${sentence}`);
  process.exit(1);
}

function run(command, ...parameters) {
  try {
    return execFileSync(command, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (failure) {
    return fail(`${command} ${parameters.join(' ')}\n${failure.stdout}${failure.stderr}`);
  }
}

/** As `npm install` of the archive; its dependencies are here already. Other tests read `dist` now, so it is not built anew. */
function install() {
  const target = mkdtempSync(join(tmpdir(), 'qide-pack-'));
  try {
    run('npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', target, folder);
    const [archive] = readdirSync(target);
    rmSync(INSTALLED, { recursive: true, force: true });
    // The peers are installed, too; where npm has not cached their descriptions, it would refuse them.
    run('npm', 'install', '--silent', '--offline', '--no-save', '--ignore-scripts', '--legacy-peer-deps', join(target, archive));
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function filesBelow(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath ?? entry.path, entry.name)));
}

function checkContent() {
  const sources = readdirSync(join(folder, 'src'));
  const compiled = sources.flatMap((name) => ['js', 'js.map', 'd.ts', 'd.ts.map'].map((ending) => `dist/src/${name.replace(/ts$/, ending)}`));
  const examples = readdirSync(join(folder, 'examples')).map((name) => `examples/${name}`);
  const expected = new Set(['package.json', 'README.md', 'LICENSE', ...sources.map((name) => `src/${name}`), ...compiled, ...examples]);
  const files = new Set(filesBelow(INSTALLED));
  for (const name of expected) if (!files.has(name)) fail(`${name} is missing`);
  for (const name of files) if (!expected.has(name)) fail(`${name} does not belong into the package; build it anew`);
  for (const name of compiled.filter((one) => one.endsWith('.map'))) {
    const map = join(INSTALLED, name);
    for (const source of JSON.parse(readFileSync(map, 'utf8')).sources) {
      if (!existsSync(resolve(dirname(map), source))) fail(`${name} names ${source}, which is missing`);
    }
  }
}

function checkTypes() {
  for (const resolution of ['node16', 'bundler']) run('node_modules/.bin/tsc', '-p', `types/${resolution}.json`);
}

async function checkEntry() {
  const { ServerApi } = await import('@qide/client');
  if (new ServerApi('https://ide.example.org/a/b').address !== 'https://ide.example.org/a/') fail('its entry does not work in Node');
}

/** Bytes of the minified and compressed bundle for browsers, in which a module of Node's is an error. */
async function sizeWithout(external, ...entries) {
  const contents = ['@qide/client', ...entries].map((entry) => `export * from '${entry}';`).join('');
  const stdin = { contents, resolveDir: '.' };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: 'esm', platform: 'browser', external, write: false });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

async function checkSizes() {
  const stated = STATED_SIZES.exec(readFileSync(join(INSTALLED, 'README.md'), 'utf8').replaceAll('\n', ' '));
  const without = await sizeWithout(YJS);
  const terminals = (await sizeWithout(YJS, '@qide/client/terminals')) - without;
  const sizes = [without, await sizeWithout([]), terminals];
  if (stated === null) fail(`the README has no sizes: they are ${sizes.join(', ')} bytes`);
  sizes.forEach((bytes, index) => {
    const bound = Number(stated[index + 1]) * 1024;
    if (bytes > bound || bytes < SMALLEST_SHARE * bound) fail(`its README says at most ${bound} bytes, and there are ${bytes}`);
  });
  return sizes;
}

install();
checkContent();
checkTypes();
await checkEntry();
const [without, all, terminals] = await checkSizes();
console.log(`the package is complete: ${without} bytes without Yjs, ${all} with it, and terminals add ${terminals}`);

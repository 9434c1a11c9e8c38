#!/usr/bin/env node
// Prepares a release and builds what it consists of. The README describes the procedure.
//
//   ops/release/release.mjs version VERSION         sets the version in every file that names it
//   ops/release/release.mjs check VERSION           refuses a tree that is not ready to be tagged as this version
//   ops/release/release.mjs notes VERSION           prints the version's section of CHANGELOG.md
//   ops/release/release.mjs artefacts DIRECTORY     writes the server, the chart and the client, with checksums
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A release, or the one that is in preparation. */
const VERSION = /^(\d+)\.(\d+)\.(\d+)(-SNAPSHOT)?$/;
const NUMBER = '\\d+\\.\\d+\\.\\d+';

/** npm and Helm have no snapshots: their files name the release that is in preparation. */
const released = (version) => version.replace('-SNAPSHOT', '');

const pom = (file) => ({ file, pattern: new RegExp(`(<artifactId>qide</artifactId>\\s*<version>)(${NUMBER}(?:-SNAPSHOT)?)(</version>)`, 'g'), count: 1, value: (version) => version });
const json = (file, key, count) => ({ file, pattern: new RegExp(`("${key}": ")(${NUMBER})(")`, 'g'), count, value: released });
/** The entries of this repository's own packages in a lock file. */
const locked = (file, name, count) => ({ file, pattern: new RegExp(`("name": "${name}",\\s*"version": ")(${NUMBER})(")`, 'g'), count, value: released });

/** Every place that names the version, and how often. */
const PLACES = [
  ...['pom.xml', 'protocol/yjs/pom.xml', 'protocol/wire/pom.xml', 'web-client/pom.xml', 'server/pom.xml', 'ops/elk/proof/pom.xml', 'ops/kubernetes/proof/pom.xml'].map(pom),
  ...['protocol/client', 'extensions/vscode', 'web-client', 'extensions/theia'].map((folder) => json(`${folder}/package.json`, 'version', 1)),
  json('extensions/vscode/package.json', '@qide/client', 1),
  json('web-client/package.json', '@qide/client', 1),
  json('web-client/package.json', 'qide-vscode', 1),
  locked('extensions/theia/package-lock.json', 'qide-stock-theia', 2),
  json('package-lock.json', '@qide/client', 2),
  json('package-lock.json', 'qide-vscode', 1),
  { file: 'package-lock.json', pattern: new RegExp(`("(?:protocol/client|extensions/vscode|web-client)": \\{\\s*(?:"name": "[^"]+",\\s*)?"version": ")(${NUMBER})(")`, 'g'), count: 3, value: released },
  { file: 'ops/kubernetes/qide/Chart.yaml', pattern: new RegExp(`(^version: )(${NUMBER})($)`, 'gm'), count: 1, value: released },
  { file: 'ops/kubernetes/qide/Chart.yaml', pattern: new RegExp(`(^appVersion: )(${NUMBER}(?:-SNAPSHOT)?)($)`, 'gm'), count: 1, value: (version) => version },
  { file: 'ops/docker/Dockerfile', pattern: new RegExp(`(^ARG VERSION=)(${NUMBER}(?:-SNAPSHOT)?)($)`, 'gm'), count: 1, value: (version) => version },
  { file: 'ops/kubernetes/README.md', pattern: new RegExp(`(registry\\.example/qide:|image\\.tag=)(${NUMBER})()`, 'g'), count: 3, value: released },
];

const text = (file) => readFileSync(join(ROOT, file), 'utf8');

function fail(sentence) {
  console.error(`release: ${sentence}`);
  process.exit(1);
}

function requireVersion(version) {
  if (!VERSION.test(version ?? '')) fail(`"${version ?? ''}" is not a version: write for instance 0.2.0, or 0.3.0-SNAPSHOT after a release.`);
  return version;
}

function matches({ file, pattern, count }) {
  const found = [...text(file).matchAll(pattern)];
  if (found.length !== count) fail(`${file} names the version ${found.length} times where ${count} are expected (${pattern.source}): correct PLACES in ops/release/release.mjs.`);
  return found;
}

function setVersion(version) {
  // First every check, then every change.
  PLACES.forEach(matches);
  for (const place of PLACES) {
    const changed = text(place.file).replace(place.pattern, (_, before, __, after) => before + place.value(version) + after);
    writeFileSync(join(ROOT, place.file), changed);
  }
  console.log(`${new Set(PLACES.map(({ file }) => file)).size} files name ${version}`);
}

/** The section of a version: { title, body }. */
function section(version) {
  const [major, minor, patch] = released(version).split('.');
  const heading = new RegExp(`^## ${major}\\.${minor}\\.${patch} \\((\\d{4}-\\d{2}-\\d{2})\\)$`);
  const lines = text('CHANGELOG.md').split('\n');
  const from = lines.findIndex((line) => heading.test(line));
  if (from < 0) fail(`CHANGELOG.md has no section "## ${version} (YYYY-MM-DD)": rename "Unreleased", and add the date.`);
  const length = lines.slice(from + 1).findIndex((line) => line.startsWith('## '));
  return { title: lines[from], body: lines.slice(from + 1, length < 0 ? undefined : from + 1 + length).join('\n').trim() };
}

function notes(version) {
  const { body } = section(version);
  if (!/^### (Added|Changed|Fixed|Security)$/m.test(body)) fail(`CHANGELOG.md says nothing about ${version}: add the sections Added, Changed, Fixed or Security.`);
  if (!/^Upgrade: .+/m.test(body)) fail(`CHANGELOG.md does not say how to go back from ${version}: add a line that begins with "Upgrade:" and says whether the previous version can use the upgraded database.`);
  return body;
}

function check(version) {
  if (version.endsWith('-SNAPSHOT')) fail(`${version} is not a release: tag a version without -SNAPSHOT.`);
  for (const place of PLACES) {
    for (const [, , named] of matches(place)) {
      if (named !== place.value(version)) fail(`${place.file} names ${named}, not ${version}: run ops/release/release.mjs version ${version}.`);
    }
  }
  notes(version);
  console.log(`${version} is ready to be tagged v${version}`);
}

/** The moment that every file of the artefacts has. */
function moment() {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && !/^\d{1,12}$/.test(given)) fail(`SOURCE_DATE_EPOCH is "${given}": it must be seconds since 1970.`);
  return given ?? execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: ROOT, encoding: 'utf8' }).trim();
}

/** The same bytes for the same files: sorted, without owners, times and the name in gzip's head. */
function archive(file, folder, name) {
  const tar = join(dirname(file), 'archive.tar');
  const options = ['--sort=name', '--format=gnu', '--owner=0', '--group=0', '--numeric-owner', '--mode=u+rwX,go+rX,go-w', `--mtime=@${moment()}`];
  execFileSync('tar', [...options, '-cf', tar, '-C', folder, name]);
  execFileSync('gzip', ['-n', '-9', tar]);
  cpSync(`${tar}.gz`, file);
  rmSync(`${tar}.gz`);
}

const currentVersion = () => /<artifactId>qide<\/artifactId>\s*<version>([^<]+)</.exec(text('pom.xml'))[1];

/** What `./qide` needs to run. */
const SERVER = ['qide', 'LICENSE', 'README.md', 'CHANGELOG.md', 'ops/build/find-java', 'ops/build/aot-cache', 'server/target/qide-server.jar', 'server/target/lib'];

function artefacts(directory) {
  const version = currentVersion();
  for (const path of SERVER) if (!existsSync(join(ROOT, path))) fail(`${path} is missing: build first (mvn -B -DskipTests package).`);
  if (existsSync(directory) && readdirSync(directory).length > 0) fail(`${directory} is not empty: name a new directory.`);
  mkdirSync(directory, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'qide-release-'));
  try {
    const name = `qide-${version}`;
    for (const path of SERVER) cpSync(join(ROOT, path), join(work, name, path), { recursive: true, preserveTimestamps: true });
    archive(join(directory, `${name}.tar.gz`), work, name);
    cpSync(join(ROOT, 'ops/kubernetes/qide'), join(work, 'chart/qide'), { recursive: true });
    archive(join(directory, `qide-chart-${released(version)}.tgz`), join(work, 'chart'), 'qide');
    if (!existsSync(join(ROOT, 'protocol/client/dist'))) fail('protocol/client/dist is missing: build first (npm run build -w protocol/client).');
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', directory, '-w', 'protocol/client'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    if (existsSync(join(ROOT, 'target/bom.json'))) cpSync(join(ROOT, 'target/bom.json'), join(directory, `qide-${version}.cdx.json`));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const sums = readdirSync(directory).sort().map((file) => `${createHash('sha256').update(readFileSync(join(directory, file))).digest('hex')}  ${file}\n`);
  writeFileSync(join(directory, 'SHA256SUMS'), sums.join(''));
  console.log(sums.join('').trim());
}

const [command, argument] = process.argv.slice(2);
if (command === 'version') setVersion(requireVersion(argument));
else if (command === 'check') check(requireVersion(argument));
else if (command === 'notes') console.log(notes(requireVersion(argument)));
else if (command === 'artefacts' && argument) artefacts(argument.startsWith('/') ? argument : join(process.cwd(), argument));
else {
  console.error(readFileSync(fileURLToPath(import.meta.url), 'utf8').match(/^\/\/   .+$/gm).map((line) => line.slice(5)).join('\n'));
  process.exit(2);
}

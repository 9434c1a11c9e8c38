#!/usr/bin/env node
// Proves what a release consists of, in a scratch clone: the workflows, the version in every file, the release notes, artefacts that are
// the same bytes twice and run, and the search for secrets.
//
//   node ops/release/proof/prove.mjs     needs git, python3 with yaml, unzip, zip, a built server and a built @qide/client, and the
//                                        packages of this folder
import { cpSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { check, here, outcomeOf, prove, run, start, stop, temporary, until } from '../../build/proof.mjs';

const NEXT = '9.8.7';
/** It unpacks a hundred archives: seconds, and minutes on a busy machine. */
const SEARCH_WITHIN_MS = 900_000;
const directory = temporary('release');
const clone = join(directory, 'clone');
const inClone = { cwd: clone };
const release = (...parameters) => outcomeOf('ops/release/release.mjs', parameters, inClone);

/** Each damage of a workflow, and what the check says about it. */
const DAMAGES = [
  ['release.yml', /actions\/checkout@\w+ # v7\.0\.1/, 'actions/checkout@v7', 'is not pinned'],
  ['release.yml', / # v7\.0\.1/g, '', 'has no comment with its version'],
  ['release.yml', 'needs: verify', 'needs: verified', 'needs verified, which does not exist'],
  ['release.yml', 'needs: ready', 'needs: publish', 'needs itself'],
  ['release.yml', 'needs.image.outputs.reference', 'needs.image.outputs.digest', 'is not among the outputs'],
  ['release.yml', 'steps.push.outputs.digest', 'steps.pushed.outputs.digest', 'steps.pushed.outputs.digest does not exist'],
  ['release.yml', 'ops/release/find-secrets .', 'ops/release/find-secret .', 'ops/release/find-secret does not exist'],
  ['release.yml', 'timeout-minutes: 5', 'timeout-minute: 5', 'has the unknown key timeout-minute'],
  ['release.yml', 'permissions:\n  contents: read\n', '', 'has no permissions'],
  ['release.yml', 'permissions:\n  contents: read\n', 'permissions:\n  contents: write\n', 'grant that to single jobs'],
  ['release.yml', 'cosign sign --yes "$REFERENCE"', 'cosign sign --yes "${{ steps.push.outputs.reference }}"', 'pass it by env'],
  ['release.yml', 'helm push "$RUNNER', 'helm push $(RUNNER', 'bash cannot parse it'],
  ['verify.yml', 'runs-on: ubuntu-24.04', 'runs-on: ubuntu-24.04\n    runs-on: ubuntu-22.04', 'is there twice'],
  ['weekly.yml', 'StockIdle', 'StockIdler', 'there is no test StockIdler'],
  ['weekly.yml', 'survive_a_kill', 'survive_kills', 'has no method'],
  ['weekly.yml', 'matrix.test }}', 'matrix.tests }}', 'matrix.tests does not exist'],
];

async function checkWorkflows() {
  await run('ops/build/check-workflows', [], inClone);
  for (const [file, before, after, sentence] of DAMAGES) {
    const path = join(clone, '.github/workflows', file);
    const text = readFileSync(path, 'utf8');
    check(text.replace(before, after) !== text, `${file} has ${before}`);
    writeFileSync(path, text.replace(before, () => after));
    const { code, output } = await outcomeOf('ops/build/check-workflows', [], inClone);
    writeFileSync(path, text);
    check(code === 1 && output.includes(sentence), `"${after}" is refused with "${sentence}": ${code} ${output}`);
  }
  const files = [...readdirSync(join(clone, '.github/workflows')).map((name) => `.github/workflows/${name}`), '.github/actions/prepare/action.yml'];
  for (const file of files) {
    // The validator's schema is older than the permission to attest.
    const copy = join(directory, basename(file));
    writeFileSync(copy, readFileSync(join(clone, file), 'utf8').replaceAll(/^ +attestations: write\n/gm, ''));
    await run('node', [here('ops/release/proof/node_modules/@action-validator/cli/cli.mjs'), copy]);
  }
  console.log(`workflows: ${files.length} files follow our rules and GitHub's schema; ${DAMAGES.length} planted errors are found`);
}

async function setVersion() {
  const before = (await run('git', ['grep', '-hoE', '<version>[0-9.]+-SNAPSHOT</version>', '--', 'pom.xml'], inClone)).replaceAll(/<\/?version>/g, '');
  for (const wrong of ['1', 'v1.2.3', '1.2.3-rc1', '']) check((await release('version', wrong)).output.includes('is not a version'), `"${wrong}" is refused`);
  const changed = await release('version', NEXT);
  check(changed.code === 0, `the version is set: ${changed.output}`);
  // Test data may have the same number.
  const left = await outcomeOf('git', ['grep', '-nF', before, '--', ':!CHANGELOG.md'], inClone);
  check(left.code === 1, `no file names ${before} any more: ${left.output}`);
  await run('npm', ['ci', '--dry-run', '--ignore-scripts', '--no-audit', '--no-fund'], inClone);
  const undescribed = await release('check', NEXT);
  check(undescribed.code === 1 && undescribed.output.includes('CHANGELOG.md has no section'), `a version without a section is refused: ${undescribed.output}`);
  const changelog = join(clone, 'CHANGELOG.md');
  const text = readFileSync(changelog, 'utf8');
  writeFileSync(changelog, text.replace(/^## Unreleased.*$/m, `## Unreleased\n\n## ${NEXT} (2026-12-01)`));
  const ready = await release('check', NEXT);
  check(ready.code === 0 && ready.output.includes(`tagged v${NEXT}`), `a described version is ready: ${ready.output}`);
  const notes = join(directory, 'notes.md');
  await run('bash', ['-c', `ops/release/release.mjs notes ${NEXT} >'${notes}'`], inClone);
  check(readFileSync(notes, 'utf8').startsWith('Upgrade: '), 'the notes begin with the upgrade');
  writeFileSync(changelog, readFileSync(changelog, 'utf8').replace(/^Upgrade: .*$/m, ''));
  check((await release('check', NEXT)).output.includes('add a line that begins with "Upgrade:"'), 'notes without the upgrade are refused');
  writeFileSync(join(clone, 'pom.xml'), readFileSync(join(clone, 'pom.xml'), 'utf8').replace(NEXT, '9.8.6'));
  check((await release('check', NEXT)).output.includes('pom.xml names 9.8.6'), 'a file with another version is refused');
  await run('git', ['checkout', '-q', '.'], inClone);
  console.log(`version: ${changed.output.trim()}; no other file names ${before}`);
}

async function buildArtefacts() {
  for (const path of ['server/target/lib', 'server/target/qide-server.jar', 'protocol/client/dist']) cpSync(here(path), join(clone, path), { recursive: true });
  const sums = [];
  for (const name of ['first', 'second']) {
    const built = await outcomeOf('ops/release/release.mjs', ['artefacts', join(directory, name)], inClone);
    check(built.code === 0, `the artefacts are built: ${built.output}`);
    sums.push(readFileSync(join(directory, name, 'SHA256SUMS'), 'utf8'));
    for (const path of ['qide', 'server/target/qide-server.jar', 'ops/kubernetes/qide/Chart.yaml']) utimesSync(join(clone, path), 1, 1);
  }
  check(sums[0] === sums[1], `the same files give the same bytes: ${sums.join()}`);
  check((await release('artefacts', join(directory, 'first'))).output.includes('is not empty'), 'an existing directory is not overwritten');
  const at = join(directory, 'first');
  await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: at });
  const tarball = readdirSync(at).find((name) => /^qide-\d.*\.tar\.gz$/.test(name));
  await run('tar', ['-xzf', join(at, tarball), '-C', directory]);
  return { at, files: readdirSync(at).length, home: join(directory, tarball.replace('.tar.gz', '')) };
}

async function serveFrom(home) {
  const begun = performance.now();
  const server = start(join(home, 'qide'), ['serve', '--port', '0', '--data', join(directory, 'data')]);
  let line = '';
  server.child.stdout.on('data', (bytes) => (line += bytes));
  const [, origin] = await until('the server', () => {
    check(server.child.exitCode === null, `the server of the artefact starts: ${server.output()}`);
    return /ready: (https?:\/\/[^/]+)\//.exec(line);
  });
  const after = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  check((await fetch(`${origin}/ready`)).status === 200 && (await fetch(`${origin}/`)).status === 200, 'it serves the page');
  await stop(server);
  return after;
}

/** Made up, and put together only here: the search must not find this file. */
const SECRETS = [
  ['private key', `-----BEGIN ${'PRIVATE'} KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'.repeat(2)}\n`],
  ['AWS key', `key = AKI${'A'}${'Q3EGPLBR5VZTNM7X'}`],
  ['GitHub token', `gh${'p'}_${'a1B2'.repeat(9)}`],
  ['npm token', `//packages.example.org/:_auth${'Token'}=${'abcdef0123'.repeat(3)}`],
  ['key of a model provider', `sk-${'ant'}-api03-${'x7Yz'.repeat(10)}`],
  ['Google key', `AIz${'a'}${'SyD4'.repeat(9).slice(0, 35)}`],
];

async function findSecrets(at) {
  const search = (...paths) => outcomeOf('ops/release/find-secrets', paths, { ...inClone, within: SEARCH_WITHIN_MS });
  for (const paths of [['.'], readdirSync(at).map((name) => join(at, name))]) {
    const { code, output } = await search(...paths);
    check(code === 0, `nothing is found in ${paths}: ${output}`);
  }
  const planted = join(directory, 'planted');
  for (const [index, [kind, secret]] of SECRETS.entries()) {
    const folder = join(planted, String(index), 'app');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'settings'), `before\n${secret}\nafter\n`);
    await run('zip', ['-q', '-r', '../inner.jar', '.'], { cwd: folder });
    await run('tar', ['-czf', 'outer.tar.gz', 'inner.jar'], { cwd: join(planted, String(index)) });
    for (const path of ['app', 'inner.jar', 'outer.tar.gz']) {
      const { code, output } = await search(join(planted, String(index), path));
      check(code === 1 && output.includes(`settings: ${kind}`), `a ${kind} in ${path} is found: ${code} ${output}`);
      check(!output.includes(secret.split('\n').at(1) ?? secret), `the secret is not printed: ${output}`);
    }
  }
  check((await search(join(directory, 'nothing'))).code === 2, 'a path that does not exist is an error');
  writeFileSync(join(directory, 'broken.jar'), 'no zip');
  check((await search(join(directory, 'broken.jar'))).code === 2, 'an archive that cannot be read is an error');
  console.log(`secrets: none in the repository and the artefacts; ${SECRETS.length} kinds found in files, archives and archives in archives`);
}

await prove(async () => {
  await run('git', ['clone', '-q', here('.'), clone]);
  await checkWorkflows();
  await setVersion();
  const { at, files, home } = await buildArtefacts();
  const ready = await serveFrom(home);
  console.log(`artefacts: ${files} files, the same bytes twice; the unpacked server was ready after ${ready}`);
  await findSecrets(at);
});

#!/usr/bin/env node
// Runs every block marked `sh` of the runbooks, in their order, on a real server with the embedded database; `sh stopped` while it is
// stopped. Each must succeed.
//
//   node ops/runbooks/proof/prove.mjs     needs curl and a built server
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, here, outcomeOf, prove, run, startServer, stop, temporary } from '../../build/proof.mjs';

const WORKSPACE = 'demo';
const BLOCK = /^## (.+)$|^```sh( stopped)?\n([\s\S]*?)^```$/gm;

const directory = temporary('runbooks');
const data = join(directory, 'data');
const backups = join(directory, 'backups');

const serve = () => startServer(['--data', data, '--workspace', `${WORKSPACE}=${join(directory, WORKSPACE)}`]);

/** The blocks with the headings above them. */
function blocks() {
  const found = [];
  let heading = '';
  for (const [, title, stopped, text] of readFileSync(here('ops/runbooks/README.md'), 'utf8').matchAll(BLOCK)) {
    if (title) heading = title;
    else found.push({ heading, isStopped: Boolean(stopped), text });
  }
  return found;
}

const PREAMBLE = `set -euo pipefail
api() { curl -fsS -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$@"; }
`;

async function runBlock({ heading, text }, server) {
  const env = { DATA: data, BACKUPS: backups, WORKSPACE, QIDE: server?.origin ?? '', TOKEN: server?.token ?? '' };
  const { code, output } = await outcomeOf('bash', ['-c', PREAMBLE + text], { env, cwd: here('.') });
  check(code === 0, `a block of "${heading}" succeeds: it ended with ${code}\n${text}\n${output}`);
  return output;
}

await prove(async () => {
  for (const path of [backups, join(directory, WORKSPACE)]) mkdirSync(path);
  writeFileSync(join(directory, WORKSPACE, 'notes.md'), '# Notes\n');
  let server = await serve();
  await run(here('qide'), ['token', 'create', '--scope', 'edit', '--name', 'Mallory', '--data', data]);
  const all = blocks();
  check(all.length >= 12 && all.some(({ isStopped }) => isStopped), `the page has blocks: ${all.length}`);
  for (const block of all) {
    if (block.isStopped) {
      await stop(server);
      await runBlock(block);
      server = await serve();
    } else {
      await runBlock(block, server);
    }
  }
  const tokens = await run(here('qide'), ['token', 'list', '--data', data]);
  check(/Mallory.*revoked/.test(tokens), `the token is revoked: ${tokens}`);
  check((await (await fetch(`${server.origin}/api/status`)).json()).incidents[0]?.updates.length === 2, 'the incident is on the status page');
  await stop(server);
  console.log(`runbooks: ${all.length} blocks of ${new Set(all.map(({ heading }) => heading)).size} procedures succeed`);
});

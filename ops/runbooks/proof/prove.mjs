#!/usr/bin/env node
// Runs every block marked `sh` of the runbooks, in their order, on a real server with the embedded database; `sh stopped` while it is
// stopped. Each must succeed after the lines that the page says to run first.
//
//   node ops/runbooks/proof/prove.mjs     needs curl and a built server
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, here, outcomeOf, prove, run, startServer, stop, temporary } from '../../build/proof.mjs';

const WORKSPACE = 'demo';
const BLOCK = /^## (.+)$|^```sh( stopped| preamble)?\n([\s\S]*?)^```$/gm;
const page = readFileSync(here('ops/runbooks/README.md'), 'utf8');

const directory = temporary('runbooks');
/** Where the page expects it, if the home directory is `directory`. */
const data = join(directory, '.local/share/qide');

const serve = () => startServer(['--data', data, '--workspace', `${WORKSPACE}=${join(directory, WORKSPACE)}`]);

/** The blocks with the headings above them. */
function blocks() {
  const found = [];
  let heading = '';
  for (const [, title, mark, text] of page.matchAll(BLOCK)) {
    if (title) heading = title;
    else found.push({ heading, mark: mark?.trim(), text });
  }
  return found;
}

/** The page's first lines with this proof's home directory and server, then the block. */
async function runBlock({ heading, text }, preamble, server) {
  const own = preamble.replaceAll('~/', `${directory}/`).replace('http://127.0.0.1:8080', server?.origin ?? '');
  const { code, output } = await outcomeOf('bash', ['-c', `set -euo pipefail\n${own}${text}`], { cwd: here('.') });
  check(code === 0, `a block of "${heading}" succeeds: it ended with ${code}\n${text}\n${output}`);
  return output;
}

/** What the page calls safe to delete is the rotated logs, and not the current one. */
async function checkRotatedLogs() {
  const source = readFileSync(here('server/src/main/java/dev/qide/server/telemetry/Logging.java'), 'utf8');
  const rotated = /"(qide-%d[^"]*)"/.exec(source)[1].replace(/%d\{[^}]*\}/, '2026-11-29').replace('%i', '0');
  writeFileSync(join(data, 'logs', rotated), '');
  const glob = /`DATA\/logs\/([^`]+)`/.exec(page)[1];
  const found = await run('bash', ['-c', `echo ${glob}`], { cwd: join(data, 'logs') });
  check(found === rotated, `${glob} names ${rotated} alone: ${found}`);
}

await prove(async () => {
  mkdirSync(join(directory, WORKSPACE));
  writeFileSync(join(directory, WORKSPACE, 'notes.md'), '# Notes\n');
  let server = await serve();
  await run(here('qide'), ['token', 'create', '--scope', 'edit', '--name', 'Mallory', '--data', data]);
  await checkRotatedLogs();
  const [first, ...all] = blocks();
  check(first.mark === 'preamble' && all.length >= 12 && all.some(({ mark }) => mark === 'stopped'), `the page has blocks: ${all.length}`);
  for (const block of all) {
    if (block.mark === 'stopped') {
      await stop(server);
      await runBlock(block, first.text);
      server = await serve();
    } else {
      await runBlock(block, first.text, server);
    }
  }
  const tokens = await run(here('qide'), ['token', 'list', '--data', data]);
  check(/Mallory.*revoked/.test(tokens), `the token is revoked: ${tokens}`);
  check((await (await fetch(`${server.origin}/api/status`)).json()).incidents[0]?.updates.length === 2, 'the incident is on the status page');
  await stop(server);
  console.log(`runbooks: ${all.length} blocks of ${new Set(all.map(({ heading }) => heading)).size} procedures succeed`);
});

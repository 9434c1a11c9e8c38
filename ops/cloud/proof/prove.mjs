#!/usr/bin/env node
// Runs the start script of Heroku by the rules of a dyno, with a real PostgreSQL: PORT, DATABASE_URL with the scheme `postgres`, a router
// that adds forwarding headers, 60 s to bind the port, 30 s after SIGTERM, and a disk that is empty at each start.
//
//   node ops/cloud/proof/prove.mjs     needs postgresql, a built server, and the packages of ops/docker/client
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCluster } from '../../build/cluster.mjs';
import { check, freePort, here, outcomeOf, prove, run, seconds, start, stop, temporary, until } from '../../build/proof.mjs';

const BOOT_MS = 60_000;
const STOP_MS = 30_000;
const WORKSPACE = 'proof';
const FILE = 'notes.md';
const PUBLIC = 'https://proof.herokuapp.com';

const directory = temporary('cloud');
const ownerToken = randomBytes(32).toString('hex');
const variables = { OWNER_TOKEN: ownerToken, KEY_RING: `first ${randomBytes(32).toString('base64')}`, QIDE_PUBLIC_URL: `${PUBLIC}/`, QIDE_TRUSTED_PROXIES: '127.0.0.0/8' };

/** A dyno: the first process of the Procfile, with an empty disk. */
async function startDyno(cluster) {
  const disk = join(directory, 'disk');
  rmSync(disk, { recursive: true, force: true });
  mkdirSync(disk);
  const port = await freePort();
  const [, command] = /^web: (.+)$/m.exec(readFileSync(here('ops/cloud/heroku/Procfile'), 'utf8'));
  const begun = performance.now();
  const dyno = start('sh', ['-c', `exec ${command}`], {
    cwd: here('.'),
    env: { ...variables, PORT: String(port), DATABASE_URL: cluster.url.replace('postgresql:', 'postgres:'), TMPDIR: disk },
  });
  const origin = `http://127.0.0.1:${port}`;
  await until('the port', async () => {
    check(dyno.child.exitCode === null, `the dyno ended: ${dyno.output()}`);
    return fetch(`${origin}/ready`).then((answer) => answer.ok, () => false);
  }, BOOT_MS);
  return Object.assign(dyno, { origin, disk, boot: seconds(begun) });
}

async function stopDyno(dyno) {
  const begun = performance.now();
  dyno.child.kill('SIGTERM');
  const { code } = await dyno.ended;
  check(code === 0 && performance.now() - begun < STOP_MS, `the dyno ends by itself: ${code} after ${seconds(begun)}`);
  return seconds(begun);
}

/** Through the router, which tells the client's address and scheme. */
const call = (dyno, method, path, body, more = {}) =>
  fetch(dyno.origin + path, {
    method,
    body: body && JSON.stringify(body),
    headers: { Authorization: `Bearer ${ownerToken}`, 'Content-Type': 'application/json', 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https', ...more },
  });

async function write(dyno, text) {
  const token = join(directory, 'token');
  writeFileSync(token, ownerToken, { mode: 0o600 });
  return run('node', [here('ops/docker/client/editors.mjs'), 'write', `${dyno.origin.replace('http', 'ws')}/collab/${WORKSPACE}`, token, FILE, text]);
}

async function requireVariables() {
  const { code, output } = await outcomeOf(here('ops/cloud/heroku/start'), [], { env: { PORT: '5000', DATABASE_URL: '' } });
  check(code !== 0 && output.includes('Attach a database'), `a missing database is named: ${output}`);
}

async function checkFiles() {
  const app = JSON.parse(readFileSync(here('ops/cloud/heroku/app.json'), 'utf8'));
  const used = [...readFileSync(here('ops/cloud/heroku/start'), 'utf8').matchAll(/^: "\$\{([A-Z_]+):\?/gm)].map(([, name]) => name);
  check(used.length === 4, `the variables of the start script: ${used}`);
  for (const name of used.filter((it) => !['PORT', 'DATABASE_URL'].includes(it))) check(name in app.env, `app.json asks for ${name}`);
}

await prove(async () => {
  await checkFiles();
  await requireVariables();
  const cluster = await createCluster(directory);
  try {
    const dyno = await startDyno(cluster);
    const created = await call(dyno, 'POST', '/api/workspaces', { name: WORKSPACE, template: 'python' });
    check(created.status === 201, `a workspace: ${created.status}`);
    await write(dyno, 'kept in the database');
    const login = await call(dyno, 'POST', '/api/login', { token: ownerToken }, { Origin: PUBLIC });
    check(login.status === 204 && /;\s*secure/i.test(login.headers.get('set-cookie')), `the cookie is Secure behind the router: ${login.status} ${login.headers.get('set-cookie')}`);
    const plain = await fetch(`${dyno.origin}/`, { redirect: 'manual', headers: { 'X-Forwarded-Proto': 'http', 'X-Forwarded-For': '203.0.113.7' } });
    const audit = await (await call(dyno, 'GET', '/api/audit')).text();
    check(audit.includes('203.0.113.7'), 'the audit log has the address that the router tells');
    const ended = await stopDyno(dyno);
    check(!dyno.output().includes(ownerToken), 'the log does not have the token');
    const second = await startDyno(cluster);
    const text = await until('the document', async () => {
      const answer = await call(second, 'GET', `/api/workspaces/${WORKSPACE}/files/${FILE}`);
      return answer.ok && answer.text();
    });
    check(text.includes('kept in the database'), `the text is there after a start with an empty disk: ${text}`);
    check(readdirSync(second.disk).length > 0, 'the data directory is on the disk of the dyno');
    await stopDyno(second);
    console.log(`heroku: bound its port after ${dyno.boot}, ended ${ended} after SIGTERM; with an empty disk ready after ${second.boot}, the text is there; plain HTTP is answered with ${plain.status}`);
  } finally {
    await cluster.stop();
  }
});

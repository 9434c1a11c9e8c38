#!/usr/bin/env node
// Proves PgBouncer with transaction pooling: a real PostgreSQL, a real PgBouncer with the shipped file, three servers that start at once on
// an empty database, and editors with the stock Hocuspocus provider. Then the pooler restarts under them, and wrong settings are refused.
//
//   node ops/pgbouncer/proof/prove.mjs     needs postgresql, pgbouncer, a built server, and the packages of ops/docker/client
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCluster, PASSWORD } from '../../build/cluster.mjs';
import { check, freePort, here, outcomeOf, prove, run, seconds, start, startServer, stop, temporary, until } from '../../build/proof.mjs';

const WORKSPACE = 'proof';
const FILE = 'notes.md';
const SERVERS = 3;

const directory = temporary('pgbouncer');
let cluster;

/** The shipped file; only addresses, paths and TLS differ: both connections stay on this machine. */
async function configure(port) {
  const path = join(directory, 'pgbouncer.ini');
  const passwords = join(directory, 'userlist.txt');
  writeFileSync(passwords, `"qide" "${PASSWORD}"\n`, { mode: 0o600 });
  cluster.give(passwords);
  const shipped = readFileSync(here('ops/pgbouncer/pgbouncer.ini'), 'utf8')
    .replace(/^qide = .*$/m, `qide = host=127.0.0.1 port=${cluster.port} dbname=qide\nother = host=127.0.0.1 port=${cluster.port} dbname=other`)
    .replace(/^listen_addr = .*$/m, 'listen_addr = 127.0.0.1')
    .replace(/^listen_port = .*$/m, `listen_port = ${port}`)
    .replace(/^unix_socket_dir = .*$/m, 'unix_socket_dir =')
    .replace(/^auth_file = .*$/m, `auth_file = ${passwords}`)
    .replace(/^(client|server)_tls_.*$/gm, '');
  writeFileSync(path, shipped);
  return path;
}

async function startPooler(configuration) {
  const command = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', 'pgbouncer'] : ['pgbouncer'];
  const pooler = start(command[0], [...command.slice(1), configuration]);
  await until('PgBouncer', () => {
    check(pooler.child.exitCode === null, `PgBouncer ended: ${pooler.output()}`);
    return pooler.output().includes('process up');
  });
  return pooler;
}

function serve(number, pooled, more = {}) {
  const data = join(directory, `data-${number}`);
  return startServer(['--data', data, '--workspace', `${WORKSPACE}=${join(directory, WORKSPACE)}`], { QIDE_DATABASE_URL: cluster.url, QIDE_DATABASE_POOL_URL: pooled, ...more });
}

async function write(server, text) {
  const token = join(directory, 'token');
  writeFileSync(token, server.token, { mode: 0o600 });
  const address = `${server.origin.replace('http', 'ws')}/collab/${WORKSPACE}`;
  return outcomeOf('node', [here('ops/docker/client/editors.mjs'), 'write', address, token, FILE, text]);
}

/** The owner's token is the same on every server. */
function shareToken() {
  const token = join(directory, 'token-of-all');
  writeFileSync(token, randomBytes(32).toString('base64url'), { mode: 0o600 });
  for (let number = 0; number < SERVERS; number++) {
    mkdirSync(join(directory, `data-${number}`), { mode: 0o700 });
    copyFileSync(token, join(directory, `data-${number}/token`));
  }
}

async function refuseWrongSettings(port) {
  const refused = async (pooled, sentence, more) => {
    const failure = await serve('wrong', pooled, more).then(() => 'started', (error) => String(error));
    check(failure.includes(sentence), `${pooled} is refused with "${sentence}": ${failure}`);
  };
  await refused(`postgresql://qide:${PASSWORD}@127.0.0.1:${port}/other`, 'another database');
  await refused(`postgresql://qide:${PASSWORD}@127.0.0.1:${port}/qide`, 'QIDE_DATABASE_POOL_URL needs QIDE_DATABASE_URL', { QIDE_DATABASE_URL: '' });
  console.log('settings: a pooler to another database, and one without QIDE_DATABASE_URL, are refused');
}

await prove(async () => {
  cluster = await createCluster(directory);
  try {
    const port = await freePort();
    const configuration = await configure(port);
    let pooler = await startPooler(configuration);
    const pooled = `postgresql://qide:${PASSWORD}@127.0.0.1:${port}/qide`;
    mkdirSync(join(directory, WORKSPACE));
    shareToken();
    const begun = performance.now();
    const servers = await Promise.all(Array.from({ length: SERVERS }, (_, number) => serve(number, pooled)));
    console.log(`start: ${SERVERS} servers at once on an empty database are ready after ${seconds(begun)}`);
    const alive = await run(here('qide'), ['nodes', '--data', join(directory, 'data-0')], { env: { QIDE_DATABASE_URL: cluster.url } });
    check((alive.match(/http:\/\/127/g) ?? []).length === SERVERS, `every server lives: ${alive}`);
    for (const [number, server] of servers.entries()) {
      const written = await write(server, `<${number}>`);
      check(written.code === 0, `an edit through server ${number}: ${written.output}`);
    }
    const connections = Number(await cluster.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'qide'"));
    console.log(`connections: PostgreSQL has ${connections}, of which ${SERVERS} are direct; without PgBouncer up to ${SERVERS * 13}`);
    const first = servers[0];
    await stop(pooler, 'SIGKILL');
    check((await write(first, '<during>')).code !== 0, 'nothing is acknowledged without PgBouncer');
    const restarted = performance.now();
    pooler = await startPooler(configuration);
    await until('an edit after the restart', async () => (await write(first, '<after>')).code === 0);
    console.log(`outage: PgBouncer killed and started again; an edit was acknowledged ${seconds(restarted)} after its start`);
    await cluster.sql('CREATE DATABASE other OWNER qide');
    await cluster.run('psql', ['-XAtq', '-d', 'other', '-c', 'CREATE TABLE nodes (id uuid)']);
    await cluster.run('psql', ['-XAtq', '-d', 'other', '-c', 'ALTER TABLE nodes OWNER TO qide']);
    await refuseWrongSettings(port);
    const text = await fetch(`${first.origin}/api/workspaces/${WORKSPACE}/files/${FILE}`, { headers: { Authorization: `Bearer ${first.token}` } });
    const all = await text.text();
    for (const word of ['<0>', '<1>', '<2>', '<after>']) check(all.includes(word), `${word} is in the text: ${all}`);
    await Promise.all(servers.map((server) => stop(server)));
    await stop(pooler);
  } finally {
    await cluster.stop();
  }
});

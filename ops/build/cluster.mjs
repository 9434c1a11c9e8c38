// A real PostgreSQL in a temporary directory, of the version that is installed: for the proofs of ops.
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, outcomeOf, run } from './proof.mjs';

const PASSWORD = 'proof';
const isRoot = process.getuid() === 0;

/** What runs as PostgreSQL's user, since PostgreSQL does not run as root. */
const asPostgres = (command, parameters) =>
  isRoot ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', command, ...parameters]] : [command, parameters];

/**
 * Starts a cluster with a database and a role `qide`.
 *
 * @param directory gets `cluster`, `socket` and what `own` creates
 * @param configuration further lines of postgresql.conf
 * @param environment of PostgreSQL and all that `run` and `attempt` start
 */
export async function createCluster(directory, { configuration = '', environment = {} } = {}) {
  const ids = isRoot ? [Number(await run('id', ['-u', 'postgres'])), Number(await run('id', ['-g', 'postgres']))] : null;
  const port = await freePort();
  const programs = await run('pg_config', ['--bindir']);
  const path = join(directory, 'cluster');
  const socket = join(directory, 'socket');
  const env = { ...environment, PGHOST: socket, PGPORT: String(port), PGDATABASE: 'postgres' };
  chmodSync(directory, 0o755);
  const give = (file) => ids && chownSync(file, ...ids);
  const own = (name) => {
    mkdirSync(join(directory, name), { mode: 0o700 });
    give(join(directory, name));
    return join(directory, name);
  };
  const options = (more) => ({ env: { ...env, ...more }, cwd: directory });
  const cluster = {
    path,
    port,
    socket,
    env,
    give,
    own,
    url: `postgresql://qide:${PASSWORD}@127.0.0.1:${port}/qide`,
    /** Runs a program as PostgreSQL's user; it must succeed. */
    run: (command, parameters = [], more = {}) => run(...asPostgres(command, parameters), options(more)),
    /** The same, whatever the exit code. */
    attempt: (command, parameters = [], more = {}) => outcomeOf(...asPostgres(command, parameters), options(more)),
    sql: (text) => cluster.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', text]),
    start: () => cluster.run(`${programs}/pg_ctl`, ['-D', path, '-l', join(socket, 'log'), '-w', '-t', '120', 'start']),
    stop: (mode = 'immediate') => cluster.attempt(`${programs}/pg_ctl`, ['-D', path, '-m', mode, '-w', 'stop']),
  };
  own('socket');
  await cluster.run(`${programs}/initdb`, ['-D', own('cluster'), '-A', 'trust', '--no-sync']);
  writeFileSync(join(path, 'pg_hba.conf'), 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
  writeFileSync(join(path, 'postgresql.conf'), `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = '${socket}'\n${configuration}\n`);
  await cluster.start();
  await cluster.sql(`CREATE ROLE qide LOGIN PASSWORD '${PASSWORD}'`);
  await cluster.sql('CREATE DATABASE qide OWNER qide');
  env.PGDATABASE = 'qide';
  return cluster;
}

// A real PostgreSQL in a temporary directory, of the version that is installed: for the proofs of ops.
import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, outcomeOf, run, until, whenEnding } from './proof.mjs';

export const PASSWORD = 'proof';
const isRoot = process.getuid() === 0;

/** What runs as PostgreSQL's user, since PostgreSQL does not run as root. */
const asPostgres = (command, parameters) =>
  isRoot ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', command, ...parameters]] : [command, parameters];

/** The working directory of a process, which may be gone by now. */
function directoryOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/**
 * A cluster that does not exist yet.
 *
 * @param directory gets `cluster`, `socket` and what `own` creates
 * @param environment of PostgreSQL and all that `run` and `attempt` start
 * @param port a free one
 */
export async function declareCluster(directory, { environment = {}, port } = {}) {
  port ??= await freePort();
  const ids = isRoot ? [Number(await run('id', ['-u', 'postgres'])), Number(await run('id', ['-g', 'postgres']))] : null;
  const programs = await run('pg_config', ['--bindir']);
  const path = join(directory, 'cluster');
  const socket = join(directory, 'socket');
  const env = { ...environment, HOME: directory, PGHOST: socket, PGPORT: String(port), PGDATABASE: 'postgres' };
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o755);
  const give = (file) => ids && chownSync(file, ...ids);
  const own = (name) => {
    mkdirSync(join(directory, name), { mode: 0o700 });
    give(join(directory, name));
    return join(directory, name);
  };
  const options = (more) => ({ env: { ...env, ...more }, cwd: directory });
  const processes = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name) && directoryOf(name) === path);
  const cluster = {
    path,
    port,
    socket,
    programs,
    env,
    give,
    own,
    url: `postgresql://qide:${PASSWORD}@127.0.0.1:${port}/qide`,
    /** Runs a program as PostgreSQL's user; it must succeed. */
    run: (command, parameters = [], more = {}) => run(...asPostgres(command, parameters), options(more)),
    /** The same, whatever the exit code. */
    attempt: (command, parameters = [], more = {}) => outcomeOf(...asPostgres(command, parameters), options(more)),
    sql: (text) => cluster.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', text]),
    start: () =>
      cluster.run(`${programs}/pg_ctl`, ['-D', path, '-l', join(socket, 'log'), '-o', `-p ${port} -c unix_socket_directories=${socket}`, '-w', '-t', '120', 'start']),
    stop: (mode = 'immediate') => cluster.attempt(`${programs}/pg_ctl`, ['-D', path, '-m', mode, '-w', 'stop']),
    /** As when the machine fails: every process ends at once. */
    kill: () => {
      process.kill(Number(readFileSync(join(path, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
      return until('the end of every process of PostgreSQL', () => processes().length === 0);
    },
  };
  own('socket');
  // PostgreSQL has a session of its own: a signal to this process does not reach it.
  whenEnding(() => cluster.stop());
  return cluster;
}

/**
 * Starts a cluster with a database and a role `qide`.
 *
 * @param directory as for `declareCluster`
 * @param configuration further lines of postgresql.conf
 * @param environment as for `declareCluster`
 */
export async function createCluster(directory, { configuration = '', environment = {} } = {}) {
  const cluster = await declareCluster(directory, { environment });
  await cluster.run(`${cluster.programs}/initdb`, ['-D', cluster.own('cluster'), '-A', 'trust', '--no-sync']);
  writeFileSync(join(cluster.path, 'pg_hba.conf'), 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
  writeFileSync(join(cluster.path, 'postgresql.conf'), `listen_addresses = '127.0.0.1'\n${configuration}\n`);
  await cluster.start();
  await cluster.sql(`CREATE ROLE qide LOGIN PASSWORD '${PASSWORD}'`);
  await cluster.sql('CREATE DATABASE qide OWNER qide');
  cluster.env.PGDATABASE = 'qide';
  return cluster;
}

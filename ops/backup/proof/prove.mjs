#!/usr/bin/env node
// Proves the backups: a real PostgreSQL that pgBackRest backs up, a real server on it, editors. Deletion and point-in-time restore, loss
// of the machine, a wrong key, damaged files; then the embedded database.
//
//   node ops/backup/proof/prove.mjs     needs postgresql, pgbackrest, age, a built server, and the packages of ops/docker/client
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCluster } from '../../build/cluster.mjs';
import { check, here, outcomeOf, prove, run, startServer, stop, temporary, until } from '../../build/proof.mjs';

const PASSPHRASE = 'a passphrase of the proof';
const LOSS_AFTER_MS = 75_000;
const ARCHIVE_TIMEOUT_MS = 60_000;
/** What the archiver needs beyond its time-out on a busy machine. */
const ARCHIVING_MS = 15_000;
const WORKSPACE = 'proof';
const FILE = 'notes.md';

const directory = temporary('backup');
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;
let cluster;

const pgbackrest = (...parameters) => cluster.run('pgbackrest', ['--stanza=qide', ...parameters]);
const script = (name, ...parameters) => cluster.run(join(directory, 'scripts', name), parameters);

/** The scripts and files as they are shipped; only paths differ. */
async function prepare() {
  cpSync(here('ops/backup'), join(directory, 'scripts'), { recursive: true, filter: (path) => !path.endsWith('proof') });
  mkdirSync(join(directory, 'conf.d'));
  const environment = {
    PGBACKREST_CONFIG: join(directory, 'pgbackrest.conf'),
    PGBACKREST_CONFIG_INCLUDE_PATH: join(directory, 'conf.d'),
    METRICS: join(directory, 'metrics'),
    TMPDIR: join(directory, 'work'),
  };
  cluster = await createCluster(directory, { configuration: readFileSync(here('ops/backup/postgresql.conf'), 'utf8'), environment });
  for (const name of ['repository', 'logs', 'locks', 'spool', 'metrics', 'work']) cluster.own(name);
  writeFileSync(
    environment.PGBACKREST_CONFIG,
    readFileSync(here('ops/backup/pgbackrest.conf'), 'utf8')
      .replace('/var/lib/pgbackrest', join(directory, 'repository'))
      .replace('/var/lib/postgresql/15/main', cluster.path)
      .replace('pg1-port=5432', `pg1-port=${cluster.port}\npg1-socket-path=${cluster.socket}`)
      .replace('[global]', `[global]\nlog-path=${join(directory, 'logs')}\nlock-path=${join(directory, 'locks')}\nspool-path=${join(directory, 'spool')}`),
  );
  const cipher = join(directory, 'conf.d/cipher.conf');
  writeFileSync(cipher, `[global]\nrepo1-cipher-pass=${PASSPHRASE}\n`, { mode: 0o600 });
  cluster.give(cipher);
  await pgbackrest('stanza-create');
  await pgbackrest('check');
}

const serve = (data) => startServer(['--data', join(directory, data)], { QIDE_DATABASE_URL: cluster.url });

async function call(server, method, path, body) {
  const answer = await fetch(`${server.origin}${path}`, {
    method,
    headers: { Authorization: `Bearer ${server.token}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${await answer.text()}`);
  return answer.text();
}

/** An editor with the stock Hocuspocus provider; returns when the server has acknowledged the text. */
async function write(server, text) {
  const token = join(directory, 'token');
  writeFileSync(token, server.token, { mode: 0o600 });
  const address = `${server.origin.replace('http', 'ws')}/collab/${WORKSPACE}`;
  const output = await run('node', [here('ops/docker/client/editors.mjs'), 'write', address, token, FILE, text]);
  check(output.includes('acknowledged'), `the edit is acknowledged: ${output}`);
}

const read = (server) => call(server, 'GET', `/api/workspaces/${WORKSPACE}/files/${FILE}`);
const rows = () => cluster.sql("SELECT (SELECT count(*) || ' ' || md5(string_agg(md5(u::text), '' ORDER BY md5(u::text))) FROM document_updates u) || ' ' || (SELECT count(*) FROM documents)");
const metric = (name, file = 'qide_backup.prom') => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(readFileSync(join(directory, 'metrics', file), 'utf8'))?.[1]);

/** The cluster as on a new machine: nothing is left of it. */
async function restore(...options) {
  rmSync(cluster.path, { recursive: true });
  cluster.own('cluster');
  const begun = performance.now();
  await pgbackrest(...options, 'restore');
  await cluster.start();
  return begun;
}

async function backUpDeleteAndRestore() {
  let server = await serve('data-1');
  await call(server, 'POST', '/api/workspaces', { name: WORKSPACE, template: 'python' });
  await write(server, 'before the backup, ');
  await script('backup', 'full');
  check(Math.abs(metric('qide_backup_time_seconds') - Date.now() / 1000) < 60 && metric('qide_backup_bytes') > 0, 'the metrics name the backup');
  await write(server, 'after it');
  const tested = await script('restore-test');
  check(/[1-9]\d* rows compared, none missing/.test(tested), `the restore test compares rows: ${tested}`);
  check(metric('qide_restore_test_rows', 'qide_restore_test.prom') > 0, 'the metrics name the restore test');
  console.log(`restore test: ${tested}`);

  const wanted = await until('the file on disk', async () => {
    const text = await read(server);
    return text.includes('before the backup, after it') && text;
  });
  await stop(server);
  const wantedRows = await rows();
  const moment = await cluster.sql('SELECT clock_timestamp()');
  server = await serve('data-1');
  await write(server, ' TOO LATE');
  await call(server, 'DELETE', `/api/workspaces/${WORKSPACE}`);
  await cluster.sql('DELETE FROM document_updates');
  await stop(server);
  await cluster.stop('fast');
  const begun = await restore('--type=time', `--target=${moment}`, '--target-action=promote');
  await until('the promotion', async () => (await cluster.sql('SELECT pg_is_in_recovery()')) === 'f');
  check((await rows()) === wantedRows, `the rows are those of ${moment}: ${wantedRows}, ${await rows()}`);
  server = await serve('data-2');
  const text = await until('the document', () => read(server).catch(() => ''));
  console.log(`point-in-time restore: ${seconds(performance.now() - begun)} from an empty directory to the text in the server (RTO), rows ${wantedRows.split(' ')[0]}, all equal`);
  check(text === wanted, `the text is that of the moment: ${text}`);
  return server;
}

async function loseTheMachine(server) {
  await script('backup', 'full');
  const end = Date.now() + LOSS_AFTER_MS;
  let written = 0;
  let last = 0;
  while (Date.now() < end) {
    last = Date.now();
    await write(server, `<${last}>`);
    written++;
  }
  const lost = Date.now();
  await Promise.all([cluster.kill(), stop(server)]);
  const begun = await restore();
  const restored = await serve('data-3');
  const text = await until('the document', () => read(restored).catch(() => ''));
  const times = [...text.matchAll(/<(\d+)>/g)].map(([, time]) => Number(time));
  const behind = lost - Math.max(...times);
  console.log(`loss of the machine: ${times.length} of ${written} edits are back, ${seconds(behind)} are lost (RPO), ${seconds(performance.now() - begun)} to the text in the server (RTO)`);
  check(times.length > 0 && behind <= ARCHIVE_TIMEOUT_MS + ARCHIVING_MS, 'at most archive_timeout is lost');
  await stop(restored);
}

const files = (path) => readdirSync(path, { recursive: true, withFileTypes: true }).filter((it) => it.isFile()).map((it) => join(it.parentPath ?? it.path, it.name));

/** Changes one byte in the middle, and back. */
function flip(file) {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
}

async function refuseWhatIsWrong() {
  const target = cluster.own('elsewhere');
  const elsewhere = ['--stanza=qide', `--pg1-path=${target}`, '--archive-mode=off', 'restore'];
  const wrong = await cluster.attempt('pgbackrest', elsewhere, { PGBACKREST_REPO1_CIPHER_PASS: 'another' });
  check(wrong.code !== 0 && readdirSync(target).length === 0, `a wrong key restores nothing: ${wrong.output}`);

  const repository = join(directory, 'repository');
  const newest = readdirSync(join(repository, 'backup/qide')).filter((name) => /^\d{8}-\d{6}F/.test(name)).sort().at(-1);
  const largest = files(join(repository, 'backup/qide', newest)).filter((it) => !/backup\.(info|manifest)/.test(it)).sort((a, b) => statSync(b).size - statSync(a).size)[0];
  const before = metric('qide_restore_test_time_seconds', 'qide_restore_test.prom');
  await sleep(1_000);
  flip(largest);
  const damaged = await cluster.attempt(join(directory, 'scripts/restore-test'), []);
  check(damaged.code !== 0 && damaged.output.includes('cannot be restored'), `a damaged backup is noticed: ${damaged.output}`);
  flip(largest);

  const segment = await cluster.sql('SELECT pg_walfile_name(pg_current_wal_lsn())');
  await cluster.run('sh', ['-c', `while psql -XAtqc "SELECT coalesce(last_archived_wal, '') < '${segment}' FROM pg_stat_archiver" | grep -q t; do psql -XAtqc 'SELECT pg_switch_wal()' >/dev/null; sleep 0.5; done`]);
  const archived = files(join(repository, 'archive/qide')).find((it) => it.includes(segment));
  flip(archived);
  const broken = await cluster.attempt('pgbackrest', ['--stanza=qide', 'archive-get', segment, join(directory, 'work/segment')]);
  check(broken.code !== 0, `a damaged WAL segment is noticed: ${broken.output}`);
  flip(archived);
  check(metric('qide_restore_test_time_seconds', 'qide_restore_test.prom') === before, 'a failed test leaves its metric old, so that the alert fires');
  console.log('a wrong key, a damaged backup and a damaged WAL segment are refused');
}

async function embedded() {
  const server = await startServer(['--data', join(directory, 'embedded')]);
  await call(server, 'POST', '/api/workspaces', { name: WORKSPACE, template: 'python' });
  await write(server, 'embedded');
  const keys = join(directory, 'age');
  mkdirSync(keys);
  for (const name of ['right', 'wrong']) await run('age-keygen', ['-o', join(keys, name)]);
  writeFileSync(join(keys, 'recipients'), await run('age-keygen', ['-y', join(keys, 'right')]));
  const target = join(directory, 'age-backups');
  mkdirSync(target);
  await run(here('ops/backup/embedded'), [join(keys, 'recipients'), target, '--data', join(directory, 'embedded')], { env: { METRICS: join(directory, 'metrics') } });
  await stop(server);
  const [name] = readdirSync(target);
  const file = join(target, name);
  const decrypt = (key) => outcomeOf('age', ['--decrypt', '-i', join(keys, key), '-o', join(directory, 'plain'), file]);
  check((await decrypt('wrong')).code !== 0, 'a wrong key is refused');
  flip(file);
  check((await decrypt('right')).code !== 0, 'a damaged file is refused');
  flip(file);
  check((await decrypt('right')).code === 0, 'the right key decrypts');
  const begun = performance.now();
  await run(here('qide'), ['restore', join(directory, 'plain'), '--data', join(directory, 'embedded-2')]);
  const restored = await startServer(['--data', join(directory, 'embedded-2')]);
  const text = await until('the document', () => read(restored).catch(() => ''));
  check(text.includes('embedded'), `the text is back: ${text}`);
  console.log(`embedded database: ${seconds(performance.now() - begun)} from an empty directory to the text in the server (RTO)`);
  await stop(restored);
}

await prove(async () => {
  try {
    await prepare();
    await loseTheMachine(await backUpDeleteAndRestore());
    await refuseWhatIsWrong();
  } finally {
    await cluster?.stop();
  }
  await embedded();
});

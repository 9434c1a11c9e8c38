#!/usr/bin/env node
// Proves the backups: a real PostgreSQL that pgBackRest backs up as README.md says, a real server on it, editors. Deletion and
// point-in-time restore, loss of the machine, a wrong key, damaged files, killed tests; then the embedded database.
//
//   node ops/backup/proof/prove.mjs     needs postgresql, pgbackrest, age, a built server, and the packages of ops/docker/client
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCluster } from '../../build/cluster.mjs';
import { check, here, outcomeOf, prove, run, start, startServer, stop, temporary, until } from '../../build/proof.mjs';

/** What Debian's packages pgbackrest, postgresql, cron and prometheus-node-exporter create. */
const PACKAGED = ['etc/postgresql/15/main/conf.d', 'etc/cron.d', 'var/lib/prometheus/node-exporter'];
/** The same, of PostgreSQL's user. */
const PACKAGED_FOR_POSTGRES = ['var/lib/pgbackrest', 'var/log/pgbackrest', 'var/spool/pgbackrest'];
/** Docker kills a container that does not stop within this time. */
const STOP_WITHIN_MS = 10_000;
const PLAIN = 'what people wrote';
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
/** The root directory of PostgreSQL's machine, and the repository there. */
const machine = join(directory, 'machine');
const clone = join(machine, 'opt/qide');
const isRoot = process.getuid() === 0;
/** A text with the paths of that machine. */
const onMachine = (text) => text.replaceAll(/(?<![\w./])\/(etc|var)\//g, `${machine}/$1/`);
const script = (name, ...parameters) => cluster.run(join(clone, 'ops/backup', name), parameters);

/** A machine with Debian's packages and PostgreSQL. The files are as they are shipped; only paths differ. */
async function prepare() {
  for (const path of [...PACKAGED, ...PACKAGED_FOR_POSTGRES]) mkdirSync(join(machine, path), { recursive: true });
  cpSync(here('ops/backup'), join(clone, 'ops/backup'), { recursive: true, filter: (path) => !path.endsWith('proof') });
  cluster = await createCluster(directory, {
    configuration: `include_dir = '${join(machine, PACKAGED[0])}'`,
    environment: {
      PGBACKREST_CONFIG: join(machine, 'etc/pgbackrest/pgbackrest.conf'),
      PGBACKREST_CONFIG_INCLUDE_PATH: join(machine, 'etc/pgbackrest/conf.d'),
      TMPDIR: join(directory, 'work'),
    },
  });
  for (const name of ['locks', 'work']) cluster.own(name);
  for (const path of PACKAGED_FOR_POSTGRES) cluster.give(join(machine, path));
  const configuration = join(clone, 'ops/backup/pgbackrest.conf');
  writeFileSync(
    configuration,
    onMachine(
      readFileSync(configuration, 'utf8')
        .replace('[global]', `[global]\nlog-path=/var/log/pgbackrest\nspool-path=/var/spool/pgbackrest\nlock-path=${join(directory, 'locks')}`)
        .replace('/var/lib/postgresql/15/main', cluster.path)
        .replace('pg1-port=5432', `pg1-port=${cluster.port}\npg1-socket-path=${cluster.socket}`),
    ),
  );
}

/** A program of this proof; the first in the PATH that is returned. */
function program(folder, name, text) {
  mkdirSync(join(directory, folder), { recursive: true });
  writeFileSync(join(directory, folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return `${join(directory, folder)}:${process.env.PATH}`;
}

/** The commands of the page, by root of that machine. */
async function setUp() {
  const [, block] = /^```\n([\s\S]*?)^```$/m.exec(readFileSync(here('ops/backup/README.md'), 'utf8'));
  const asPostgres = isRoot ? 'setpriv --reuid=postgres --regid=postgres --init-groups ' : '';
  program('machine-programs', 'sudo', `shift 2\nexec ${asPostgres}env "$@"`);
  const PATH = program('machine-programs', 'systemctl', `exec ${asPostgres}${cluster.programs}/pg_ctl -D ${cluster.path} -l ${cluster.socket}/log -m fast -w -t 120 restart`);
  const { PGDATABASE, ...env } = cluster.env;
  await run('bash', ['-eo', 'pipefail', '-c', onMachine(isRoot ? block : block.replaceAll(' -o postgres', ''))], { cwd: clone, env: { ...env, PATH } });
  cluster.env.METRICS = onMachine(/^METRICS=.+$/m.exec(readFileSync(join(machine, 'etc/cron.d/qide-backup'), 'utf8'))[0]).split('=')[1];
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
const metric = (name, file = 'qide_backup.prom') => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(readFileSync(join(cluster.env.METRICS, file), 'utf8'))?.[1]);

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
  await stop(server);
  await setUp();
  server = await serve('data-1');
  check(Math.abs(metric('qide_backup_time_seconds') - Date.now() / 1000) < 60 && metric('qide_backup_bytes') > 0, 'the metrics name the backup');
  check(metric('qide_backup_archived_time_seconds') > 0, 'the metrics name the archived WAL');
  check(metric('qide_restore_test_rows', 'qide_restore_test.prom') > 0, 'the metrics name the restore test');
  await write(server, 'after it');
  const tested = await script('restore-test');
  check(/[1-9]\d* rows compared, none missing/.test(tested), `the restore test compares rows: ${tested}`);
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

  const repository = join(machine, 'var/lib/pgbackrest');
  const newest = readdirSync(join(repository, 'backup/qide')).filter((name) => /^\d{8}-\d{6}F/.test(name)).sort().at(-1);
  const largest = files(join(repository, 'backup/qide', newest)).filter((it) => !/backup\.(info|manifest)/.test(it)).sort((a, b) => statSync(b).size - statSync(a).size)[0];
  const before = metric('qide_restore_test_time_seconds', 'qide_restore_test.prom');
  await sleep(1_000);
  flip(largest);
  const damaged = await cluster.attempt(join(clone, 'ops/backup/restore-test'));
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

/** A restore test that is killed while pgBackRest restores leaves its files to the next one, which here is stopped and leaves nothing. */
async function interruptRestoreTest() {
  const left = () => readdirSync(join(directory, 'work')).filter((name) => name.startsWith('qide-restore-test-'));
  const attempt = (text) => {
    const PATH = program('restore', 'pgbackrest', `for it; do case $it in --pg1-path=*) echo '${PLAIN}' >"\${it#*=}/plain" ;; esac; done\n${text}`);
    return cluster.attempt(join(clone, 'ops/backup/restore-test'), [], { PATH });
  };
  await attempt('kill -KILL $PPID');
  check(left().length === 1, `a killed test leaves its directory: ${left()}`);
  const other = cluster.own('work/qide-restore-test-other');
  const running = start('flock', ['--no-fork', other, 'sleep', '600']);
  await until('the lock', async () => (await outcomeOf('flock', ['--nonblock', other, 'true'])).code !== 0);
  const begun = performance.now();
  await attempt('kill -TERM $PPID\nexec sleep 60');
  check(performance.now() - begun < 50_000, `a test that is stopped ends what it started: ${seconds(performance.now() - begun)}`);
  check(String(left()) === 'qide-restore-test-other', `what is left is of a test that runs: ${left()}`);
  await stop(running);
  console.log('a restore test that is killed or stopped leaves nothing after the next one');
}

/** Backups of the embedded database by a stand-in that writes and then does not end. */
async function interruptEmbedded(recipients) {
  const target = join(directory, 'interrupted');
  const begun = join(directory, 'begun');
  mkdirSync(target);
  program('stand-in', 'qide', `[ "$2" = --stdout ] || exec >"$2"\nyes '${PLAIN}' | head -c 1000000\necho $$ >${begun}.new\nmv ${begun}.new ${begun}\n[ -n "$ENDS" ] || exec sleep 60`);
  const env = { QIDE: join(directory, 'stand-in/qide'), ENDS: '' };
  const parts = () => readdirSync(target).filter((name) => name.startsWith('.part-'));
  const startAndWait = async (name) => {
    rmSync(begun, { force: true });
    const started = start(here(`ops/backup/${name}`), [recipients, target], { env });
    await until('the backup', () => existsSync(begun));
    check(!files(target).some((file) => readFileSync(file).includes(PLAIN)), 'nothing plain is on disk while a backup runs');
    return started;
  };

  const killed = await startAndWait('embedded');
  killed.child.kill('SIGKILL');
  const second = () => outcomeOf(here('ops/backup/embedded'), [recipients, target], { env: { ...env, ENDS: 'yes' } });
  const refused = await second();
  check(refused.code !== 0 && refused.output.includes('is running'), `a second backup is refused while the first one writes: ${refused.output}`);
  process.kill(Number(readFileSync(begun, 'utf8')));
  await killed.ended;
  check(parts().length === 1, `a killed backup leaves its part: ${parts()}`);
  const next = await second();
  check(next.code === 0 && parts().length === 0, `the next backup removes it: ${parts()}, ${next.output}`);

  const daily = await startAndWait('daily');
  daily.child.kill('SIGTERM');
  const ended = await Promise.race([daily.ended, sleep(STOP_WITHIN_MS)]);
  check(ended?.code === 0, `daily ends while a backup runs: ${daily.output()}`);
  check(parts().length === 0, `it leaves nothing: ${parts()}`);
  console.log('a backup of the embedded database that is killed or stopped leaves nothing after the next one, and never plain text');
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
  await run(here('ops/backup/embedded'), [join(keys, 'recipients'), target, '--data', join(directory, 'embedded')], {
    // What the JVM prints is not part of the backup.
    env: { METRICS: cluster.env.METRICS, QIDE_JAVA_OPTIONS: '-Xlog:gc' },
  });
  await stop(server);
  const name = readdirSync(target).find((it) => it.endsWith('.age'));
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
  await interruptEmbedded(join(keys, 'recipients'));
}

await prove(async () => {
  try {
    await prepare();
    await loseTheMachine(await backUpDeleteAndRestore());
    await refuseWhatIsWrong();
    await interruptRestoreTest();
  } finally {
    await cluster?.stop();
  }
  await embedded();
});

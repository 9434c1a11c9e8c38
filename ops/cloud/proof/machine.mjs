// Runs what a machine of ops/cloud/aws does with its secrets: the scripts of its first start, below a directory instead of /run, with
// stand-ins for AWS and systemd.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, outcomeOf } from '../../build/proof.mjs';

const PASSWORD = { password: 'p@ss/w?rd' };
/** A secret that no program can write that has the limit of `LIMITED`. */
const LARGE = 'x'.repeat(60_000);
/** Runs a script whose programs write at most 16 KiB into a file, as if no memory were left, unless they raise the limit. */
const LIMITED = `trap '' XFSZ; ulimit -S -f 16; exec bash "$0"`;

const AWS = `#!/bin/bash
if [ "$1" = logs ]; then
  printf '%s\\n' "$@" >>"$WORK/log"
  exit
fi
[ -e "$WORK/full" ] || ulimit -S -f unlimited
[ "$5" = --secret-id ] && [ -e "$WORK/values/$6" ] || exit 254
cat "$WORK/values/$6"
`;
const SYSTEMCTL = `#!/bin/bash
echo "$@" >>"$WORK/systemctl"
`;

/**
 * The scripts write, keep and replace the files, restart the server after a change, and report failures.
 *
 * @param names the secrets, which qide-secrets reads as `arn:NAME`; the database's password is `arn:p`
 * @param reported whether a line of the log raises the alarm
 * @returns the names of the files that the server gets
 */
export async function checkSecrets(work, { secrets, refresh }, names, reported) {
  const path = (name) => join(work, name);
  for (const name of ['bin', 'memory', 'values']) mkdirSync(path(name), { recursive: true });
  const script = (name, text) => writeFileSync(path(name), text.replaceAll('/usr/local/bin', work).replaceAll('/run', path('memory')).replaceAll('10001:10001', `${process.getuid()}:${process.getgid()}`).replace('-o 10001 -g 10001 ', ''), { mode: 0o755 });
  for (const [name, text] of Object.entries({ 'bin/aws': AWS, 'bin/systemctl': SYSTEMCTL })) writeFileSync(path(name), text, { mode: 0o755 });
  script('qide-secrets', secrets);
  script('qide-refresh', refresh);
  const store = (name, value) => writeFileSync(path(`values/arn:${name}`), value);
  const environment = { env: { WORK: work, PATH: `${path('bin')}:${process.env.PATH}` } };
  const refreshed = () => outcomeOf(path('qide-refresh'), [], environment);
  const files = () => Object.fromEntries(readdirSync(path('memory/qide')).sort().map((name) => [name, readFileSync(path(`memory/qide/${name}`), 'utf8')]));
  const told = (name) => {
    const text = readFileSync(path(name), { encoding: 'utf8', flag: 'a+' });
    rmSync(path(name));
    return text;
  };
  const requireNothingElse = (what) => check(readdirSync(path('memory')).join() === 'qide', `nothing is left beside the files ${what}: ${readdirSync(path('memory'))}`);
  const requireEnd = async (what, expected, command = path('qide-secrets'), parameters = []) => {
    const { code, output } = await outcomeOf(command, parameters, environment);
    check(code === expected, `qide-secrets ends with ${expected} ${what}: ${code}, ${output}`);
    requireNothingElse(what);
  };
  const requireFailure = async (what, command, parameters) => {
    const before = files();
    const { code, output } = await outcomeOf(command, parameters, environment);
    check(![0, 10].includes(code), `qide-secrets fails ${what}: ${code}, ${output}`);
    check(JSON.stringify(files()) === JSON.stringify(before), `the files are the old ones ${what}`);
    requireNothingElse(what);
  };

  for (const name of names) store(name, `${name} 1\n`);
  store('p', JSON.stringify(PASSWORD));
  await requireEnd('at the first start', 10);
  const written = files();
  for (const name of names) check(written[name] === `${name} 1\n`, `the file ${name} has its secret: ${written[name]}`);
  check(written['database-url'].startsWith(`postgresql://qide:${encodeURIComponent(PASSWORD.password)}@db:5432/qide?`), `the password is encoded: ${written['database-url']}`);
  check((statSync(path('memory/qide')).mode & 0o777) === 0o700 && (statSync(path('memory/qide/key-ring')).mode & 0o777) === 0o600, 'nobody else can read the files');

  await requireEnd('without a change', 0);
  const { ino } = statSync(path('memory/qide/key-ring'));
  store('key-ring', LARGE);
  await requireEnd('when a secret has changed, even if nothing can be copied', 10, 'bash', ['-c', LIMITED, path('qide-secrets')]);
  check(files()['key-ring'] === LARGE && statSync(path('memory/qide/key-ring')).ino !== ino, 'a changed file is replaced by a rename');

  store('key-ring', `${LARGE}y`);
  store('owner-token', 'owner-token 2\n');
  writeFileSync(path('full'), '');
  await requireFailure('when a secret cannot be written', 'bash', ['-c', LIMITED, path('qide-secrets')]);
  rmSync(path('full'));
  rmSync(path('values/arn:p'));
  await requireFailure('when a secret cannot be read', path('qide-secrets'), []);
  const failed = await refreshed();
  check(failed.code !== 0 && told('systemctl') === '', `a failure does not restart the server: ${failed.output}`);
  const log = told('log').trim().split('\n');
  check(log.includes('put-log-events') && JSON.parse(log.at(-1)).every(({ timestamp, message }) => Math.abs(Date.now() - timestamp) < 300_000 && reported(message)), `a failure raises the alarm: ${log}`);

  store('p', JSON.stringify(PASSWORD));
  const changed = await refreshed();
  check(changed.code === 0 && told('systemctl') === 'restart qide\n' && told('log') === '', `a change restarts the server: ${changed.output}`);
  const unchanged = await refreshed();
  check(unchanged.code === 0 && told('systemctl') === '' && told('log') === '', `without a change the server goes on: ${unchanged.output}`);
  return Object.keys(written);
}

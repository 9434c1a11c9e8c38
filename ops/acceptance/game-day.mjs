#!/usr/bin/env node
// A game day: three faults while an editor works. Each is detected by the shipped alerts in a real Prometheus, mended as the alert's
// runbook says, and timed: detected, mended, alert over.
//
//   node ops/acceptance/game-day.mjs     needs root (it mounts a small disk), postgresql, haproxy, prometheus, openssl, a built server, and
//                                        the packages of ops/docker/client and server/src/test/node/login
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, prove, seconds, stop, temporary, until } from '../build/proof.mjs';
import { Deployment, FILE, runbook } from './deployment.mjs';

const DISK_MEBIBYTES = 24;
/** The longest `for` of the three alerts is four minutes, after a minute of its condition; a busy machine takes longer. */
const FIRES_WITHIN_MS = 600_000;
const OVER_WITHIN_MS = 240_000;

const directory = temporary('game-day');
const disk = join(directory, 'workspaces');
const words = [];
let deployment;

function mountDisk(path) {
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEBIBYTES}m`, 'game-day', path]);
}

const unmountDisk = () => existsSync(disk) && execFileSync('sh', ['-c', 'if mountpoint -q "$0"; then umount -l "$0"; fi', disk]);

/** An edit that must be acknowledged, at the latest in a minute: nothing of it may be lost later. */
async function edit(word) {
  await until(`the edit ${word}`, async () => (await deployment.edit(`<${word}>`)).code === 0);
  words.push(word);
}

/**
 * One fault.
 *
 * @param fault { name, alert, page: what the runbook says, inject, during, mend }
 */
async function play({ name, alert, page, inject, during = async () => {}, mend }) {
  await edit(`before ${name}`);
  const begun = performance.now();
  await inject();
  const firing = await until(`the alert ${alert}`, () => deployment.alert(alert), FIRES_WITHIN_MS);
  const detected = seconds(begun);
  check(firing.labels.severity === 'page', `${alert} wakes somebody`);
  check(runbook(firing).replaceAll(/\s+/g, ' ').includes(page), `the runbook of ${alert} says "${page}"`);
  await during();
  const mending = performance.now();
  await mend();
  await edit(`after ${name}`);
  const mended = seconds(mending);
  await until(`the end of ${alert}`, async () => !(await deployment.alert(alert)), OVER_WITHIN_MS);
  const over = seconds(mending);
  const text = await until('every acknowledged word', async () => {
    const all = await deployment.text();
    return words.every((word) => all.includes(`<${word}>`)) && all;
  });
  check(text.length > 0, 'nothing acknowledged is lost');
  console.log(`game day: ${name}: ${alert} fired after ${detected}; mended by its page, the next edit was acknowledged after ${mended}, the alert over after ${over}; ${words.length} acknowledged words, none lost`);
}

const faults = () => {
  const ballast = join(disk, 'ballast');
  let owner;
  return [
    {
      name: 'the database down',
      alert: 'QideDatabaseDown',
      page: 'Start PostgreSQL or free space; nothing else is needed.',
      inject: () => deployment.database.kill(),
      during: async () => {
        // The proxy has no node that is ready: whoever is connected reads on, nobody new gets in.
        for (const { origin } of deployment.nodes) check((await fetch(`${origin}/health`)).status === 200, `${origin} lives on`);
      },
      mend: () => deployment.database.start(),
    },
    {
      name: 'the disk full',
      alert: 'QideFilesNotWritten',
      page: 'Free space, or make the folder writable. The server retries every second.',
      inject: async () => {
        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(ballast, Buffer.alloc(bavail * bsize));
        // More than fits: the text is in the database, its file cannot be written.
        await edit('x'.repeat(20_000));
      },
      mend: () => rmSync(ballast),
    },
    {
      name: 'a node killed',
      alert: 'QideDown',
      page: 'Start the server. Acknowledged edits are in PostgreSQL.',
      inject: async () => {
        owner = await deployment.owner();
        await stop(owner, 'SIGKILL');
        const begun = performance.now();
        await edit('with one node');
        console.log(`game day: with one node left the next edit was acknowledged after ${seconds(begun)}`);
      },
      mend: () => deployment.startNode(owner.number, owner.port),
    },
  ];
};

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, unmountDisk);
await prove(async () => {
  try {
    deployment = await Deployment.start(directory, mountDisk);
    await deployment.startPrometheus();
    for (const fault of faults()) await play(fault);
    await until('the file', () => words.every((word) => readFileSync(join(deployment.workspace, FILE), 'utf8').includes(`<${word}>`)));
    await deployment.end();
  } finally {
    await deployment?.database.stop();
    unmountDisk();
  }
});

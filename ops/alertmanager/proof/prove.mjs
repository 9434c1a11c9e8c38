#!/usr/bin/env node
// Proves the routes: a real Alertmanager with alertmanager.yml gets one alert that pages, one that does not and one that is inhibited;
// sinks that speak HTTP and SMTP stand for Slack, the on-call service and the mail server.
//
//   node ops/alertmanager/proof/prove.mjs     needs prometheus-alertmanager (or alertmanager)
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const WITHIN_MS = 120_000;
/** A busy machine may leave a request without an answer; it is sent again. */
const ANSWER_WITHIN_MS = 5_000;
const STOP_WITHIN_MS = 30_000;
const LAST_CHARACTERS = 4_000;
const directory = mkdtempSync(join(tmpdir(), 'qide-alertmanager-'));
const received = { slack: [], pages: [], mails: [] };

/** A request that fails when it is not answered in time. */
const request = (url, options) => fetch(url, { ...options, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });

const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

async function until(what, condition) {
  const end = Date.now() + WITHIN_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${WITHIN_MS} ms; received ${JSON.stringify(received)}`);
    await sleep(100);
  }
}

/** Slack's webhook at /slack, PagerDuty's Events API v2 at /pagerduty. */
const http = createServer((message, response) => {
  let body = '';
  message.on('data', (part) => (body += part)).on('end', () => {
    const isPage = message.url === '/pagerduty';
    (isPage ? received.pages : received.slack).push(JSON.parse(body));
    response.writeHead(isPage ? 202 : 200).end(isPage ? '{"status":"success","dedup_key":"k","message":"Event processed"}' : 'ok');
  });
});

/** SMTP with AUTH PLAIN (RFC 5321, RFC 4954). */
const smtp = createTcpServer((socket) => {
  let isData = false;
  let text = '';
  let pending = '';
  const say = (line) => socket.write(`${line}\r\n`);
  say('220 sink ESMTP');
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    pending += bytes;
    for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      if (isData && line === '.') {
        isData = false;
        received.mails.push(text);
        text = '';
        say('250 ok');
      } else if (isData) text += `${line}\n`;
      else if (/^EHLO/i.test(line)) {
        say('250-sink');
        say('250 AUTH PLAIN');
      } else if (/^AUTH PLAIN/i.test(line)) {
        const password = Buffer.from(line.split(' ')[2], 'base64').toString().split('\0')[2];
        say(password === 'mail-secret' ? '235 ok' : '535 refused');
      } else if (/^DATA/i.test(line)) {
        isData = true;
        say('354 go on');
      } else if (/^QUIT/i.test(line)) {
        say('221 bye');
        socket.end();
      } else say('250 ok');
    }
  });
});

let alertmanager;
try {
  const ports = { http: await listening(http), smtp: await listening(smtp) };
  const secrets = join(directory, 'secrets');
  mkdirSync(secrets);
  writeFileSync(join(secrets, 'slack-url'), `http://127.0.0.1:${ports.http}/slack`);
  writeFileSync(join(secrets, 'smtp-password'), 'mail-secret');
  writeFileSync(join(secrets, 'pagerduty-key'), 'page-secret');
  // Only addresses and times differ from what is shipped.
  const configuration = readFileSync(fileURLToPath(new URL('../alertmanager.yml', import.meta.url)), 'utf8')
    .replaceAll('/etc/alertmanager/secrets', secrets)
    .replace('smtp_smarthost: mail.example.com:587', `smtp_smarthost: 127.0.0.1:${ports.smtp}\n  smtp_require_tls: false`)
    .replace('https://events.pagerduty.com/v2/enqueue', `http://127.0.0.1:${ports.http}/pagerduty`)
    .replaceAll(/group_wait: \d+s/g, 'group_wait: 1s');
  const file = join(directory, 'alertmanager.yml');
  writeFileSync(file, configuration);
  const free = createTcpServer();
  const port = await listening(free);
  await new Promise((resolve) => free.close(resolve));
  const program = spawnSync('prometheus-alertmanager', ['--version']).error ? 'alertmanager' : 'prometheus-alertmanager';
  alertmanager = spawn(program, [`--config.file=${file}`, `--storage.path=${directory}`, `--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  alertmanager.stderr.on('data', (bytes) => (output = (output + bytes).slice(-LAST_CHARACTERS)));
  let isEnded = false;
  alertmanager.once('exit', (code, signal) => {
    isEnded = true;
    if (code) console.error(`${program} ended with ${code ?? signal}: ${output}`);
  });
  const address = `http://127.0.0.1:${port}`;
  await until('Alertmanager', () => {
    if (isEnded) throw new Error(`${program} ended before it was ready: ${output}`);
    return request(`${address}/-/ready`).then((answer) => answer.ok, () => false);
  });
  const alert = (alertname, severity, instance) => ({
    labels: { alertname, severity, job: 'qide', instance },
    annotations: { summary: `${alertname} of ${instance}`, runbook: `docs/runbooks.md#${alertname.toLowerCase()}` },
  });
  const alerts = JSON.stringify([alert('QideDatabaseDown', 'page', 'a'), alert('QideCommitsSlow', 'ticket', 'a'), alert('QideSpendHigh', 'ticket', 'b')]);
  // The same alerts again are the same ones to Alertmanager.
  await until('the alerts', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const sent = await request(`${address}/api/v2/alerts`, { method: 'POST', headers, body: alerts }).catch(() => undefined);
    if (sent && !sent.ok) throw new Error(`Alertmanager refused the alerts: ${await sent.text()}`);
    return sent !== undefined;
  });
  await until('every message', () => received.pages.length >= 1 && received.mails.length >= 2 && received.slack.length >= 2);
  const everything = JSON.stringify(received);
  const [page] = received.pages;
  const check = (isSo, what) => {
    if (!isSo) throw new Error(`${what}: ${everything}`);
  };
  check(page.routing_key === 'page-secret' && page.payload.severity === 'critical', 'the page has its key from the file');
  check(page.payload.summary.includes('QideDatabaseDown of a') && JSON.stringify(page).includes('docs/runbooks.md#qidedatabasedown'), 'the page names the alert and its runbook');
  check(received.pages.every((it) => !JSON.stringify(it).includes('QideSpendHigh')), 'a ticket does not page');
  check(received.slack.some((it) => JSON.stringify(it).includes('QideDatabaseDown of a')), 'Slack has the page');
  check(received.slack.some((it) => JSON.stringify(it).includes('QideSpendHigh of b')), 'Slack has the ticket');
  check(received.mails.some((it) => it.includes('QideSpendHigh')), 'the archive has the ticket');
  check(!everything.includes('QideCommitsSlow'), 'what follows from the database is inhibited');
  console.log(`${received.pages.length} page, ${received.slack.length} in Slack, ${received.mails.length} mails; what follows from the database was inhibited`);
} finally {
  if (alertmanager && alertmanager.exitCode === null && alertmanager.signalCode === null) {
    const ended = new Promise((resolve) => alertmanager.once('exit', resolve));
    alertmanager.kill('SIGTERM');
    const hard = setTimeout(() => alertmanager.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(hard);
  }
  http.close();
  smtp.close();
  rmSync(directory, { recursive: true, force: true });
}
process.exit(0);

#!/usr/bin/env node
// Walks the launch checklist on a deployment that it starts: two nodes behind HAProxy with TLS. Prints a row for each point; a row that
// fails does not stop the others, but the exit code is 1.
//
//   node ops/acceptance/accept.mjs [AREA…]     areas: functional secure observable reliable documented tested; without one all
//
// Needs postgresql, haproxy, prometheus, openssl, chromium, firefox-esr, a built server, and the packages of ops/docker/client, ops/load,
// server/src/test/node/firefox and server/src/test/node/login.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCluster } from '../build/cluster.mjs';
import { check, here, outcomeOf, prove, run, seconds, startServer, stop, temporary, until } from '../build/proof.mjs';
import { BROWSERS, SIZES, journey } from './browsers.mjs';
import { ANSWER, Deployment, FILE, WORKSPACE, runbook } from './deployment.mjs';

const FILE_BYTES = 20 << 20;
const FILES = `/api/workspaces/${WORKSPACE}/files`;
const directory = temporary('acceptance');
const areas = process.argv.slice(2);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const json = (value) => ({ body: JSON.stringify(value), headers: { 'Content-Type': 'application/json' } });
let deployment;
let failed = 0;
let passed = 0;

/** One point of the list; what it returns is shown behind it. */
async function row(area, point, work) {
  const begun = performance.now();
  try {
    const shown = await work();
    passed++;
    console.log(`pass  ${area.padEnd(10)}  ${point}${shown ? `: ${shown}` : ''} (${seconds(begun)})`);
  } catch (failure) {
    failed++;
    console.log(`FAIL  ${area.padEnd(10)}  ${point}: ${failure.message.slice(0, 600)} (${seconds(begun)})`);
  }
}

async function functional() {
  const area = 'functional';
  for (const name of Object.keys(BROWSERS)) {
    for (const size of Object.keys(SIZES)) {
      await row(area, `login by OAuth and an edit in ${name}, ${size}`, async () => {
        check(existsSync(BROWSERS[name].executablePath), `${BROWSERS[name].executablePath} exists`);
        const word = await journey(name, size, deployment, `${name.split(' ')[0]}-${size}`);
        await until('the edit in the file', async () => (await deployment.text()).includes(word));
      });
    }
  }
  await row(area, 'an edit by a stock Yjs client', async () => check((await deployment.edit('stock ')).code === 0, 'it is acknowledged'));
  await row(area, 'upload and download of 20 MiB', async () => {
    const bytes = randomBytes(FILE_BYTES);
    const put = await deployment.call(`${FILES}/big.bin`, { method: 'PUT', headers: { 'If-None-Match': '*', 'Content-Length': bytes.length }, body: bytes });
    const got = await deployment.call(`${FILES}/big.bin`);
    check(put.status === 201 && sha256(got.body) === sha256(bytes), `the download equals the upload: ${put.status} ${got.status}`);
  });
  await row(area, 'a completion of a language server', async () => {
    writeFileSync(join(directory, 'token'), deployment.token, { mode: 0o600 });
    const env = { QIDE_URL: `${deployment.origin}/`, QIDE_TOKEN_FILE: join(directory, 'token'), NODE_EXTRA_CA_CERTS: deployment.ca };
    return until('the probe', async () => {
      const { code, output } = await outcomeOf('node', [here('ops/probe/probe.mjs'), WORKSPACE], { env });
      return code === 0 && output.trim();
    });
  });
  await row(area, 'an answer of a model', async () => {
    const { status, body } = await deployment.call('/v1/chat/completions', { method: 'POST', ...json({ model: 'double', messages: [{ role: 'user', content: 'Where is the lamp?' }] }) });
    check(status === 200 && JSON.parse(body).choices[0].message.content === ANSWER, `the answer arrives: ${status} ${body}`);
    return ANSWER;
  });
}

async function secure() {
  const area = 'secure';
  const bare = { headers: { Authorization: '' } };
  await row(area, 'TLS with HSTS; plain HTTP is not answered', async () => {
    const { headers } = await deployment.call('/ready');
    check(headers['strict-transport-security']?.includes('max-age'), 'HSTS is set');
    const plain = await fetch(`http://127.0.0.1:${deployment.port}/`).then(({ status }) => status, () => 'refused');
    check(plain === 'refused' || plain >= 400, `plain HTTP gets ${plain}`);
  });
  await row(area, 'nothing without a login', async () => {
    for (const path of [FILES, `${FILES}/${FILE}`, '/api/audit', '/api/workspaces', '/metrics', '/v1/models']) {
      const { status } = await deployment.call(path, bare);
      check([401, 403, 404].includes(status), `${path} gets ${status}`);
    }
  });
  await row(area, 'a wrong token is refused and audited', async () => {
    const login = await deployment.call('/api/login', { method: 'POST', ...json({ token: 'wrong' }), headers: { Authorization: '', 'Content-Type': 'application/json', Origin: deployment.origin } });
    check(login.status === 401, `it gets ${login.status}`);
    await until('the audit event', async () => String((await deployment.call('/api/audit')).body).includes('unauthenticated'));
  });
  await row(area, 'a login from another origin is refused', async () => {
    const { status } = await deployment.call('/api/login', { method: 'POST', body: JSON.stringify({ token: deployment.token }), headers: { Authorization: '', 'Content-Type': 'application/json', Origin: 'https://evil.example' } });
    check(status === 403, `it gets ${status}`);
  });
  await row(area, 'a revoked token ends at once', async () => {
    const { data } = deployment.nodes[0];
    const qide = (...parameters) => run(here('qide'), [...parameters, '--data', data], { env: deployment.environment });
    const token = (await qide('token', 'create', '--scope', 'edit', '--name', 'Mallory')).split('\n').at(-1).trim();
    const as = { headers: { Authorization: `Bearer ${token}` } };
    check((await deployment.call(FILES, as)).status === 200, 'it works first');
    const id = (await qide('token', 'list')).split('\n').find((line) => line.includes('Mallory')).trim().split(/\s+/)[0];
    await qide('token', 'revoke', id);
    await until('the refusal', async () => (await deployment.call(FILES, as)).status === 401, 5_000);
  });
  await row(area, 'no token in the logs', async () => {
    for (const { data } of deployment.nodes) for (const file of readdirSync(join(data, 'logs'))) check(!readFileSync(join(data, 'logs', file), 'utf8').includes(deployment.token), `${file} has the owner's token`);
  });
}

async function observable() {
  const area = 'observable';
  await row(area, 'a log line found by its trace.id', async () => {
    const trace = randomBytes(16).toString('hex');
    const { body, headers } = json({ model: 'double', messages: [{ role: 'user', content: 'Where?' }] });
    await deployment.call('/v1/chat/completions', { method: 'POST', body, headers: { ...headers, traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-01` } });
    const found = await until('the line', () => lines().find((line) => line.includes(trace)));
    const { 'event.action': event, 'trace.id': id } = JSON.parse(found);
    check(id === trace, `the line has the id: ${found}`);
    return `${event} ${id}`;
  });
  await row(area, 'metrics of both nodes in Prometheus, no rule fails', async () => {
    await deployment.startPrometheus();
    const { data } = await (await fetch(`${deployment.prometheusUrl}/api/v1/rules`)).json();
    const broken = data.groups.flatMap(({ rules }) => rules).filter(({ health }) => health === 'err');
    check(broken.length === 0, `rules that fail: ${broken.map(({ name, lastError }) => `${name} ${lastError}`)}`);
    return `${data.groups.flatMap(({ rules }) => rules).length} rules`;
  });
  await row(area, 'the status page', async () => check(String((await deployment.call('/status', { headers: { Authorization: '' } })).body).includes('<html'), 'it is served to everybody'));
}

const lines = () => deployment.nodes.flatMap(({ data }) => readFileSync(join(data, 'logs/qide.json'), 'utf8').split('\n'));

async function reliable() {
  const area = 'reliable';
  let owner;
  if (!deployment.prometheus) await deployment.startPrometheus();
  await row(area, 'failover: the node that has the workspace is killed', async () => {
    await until('an edit', async () => (await deployment.edit('before-kill ')).code === 0);
    owner = await deployment.owner();
    const begun = performance.now();
    await stop(owner, 'SIGKILL');
    await until('an edit with one node', async () => (await deployment.edit('after-kill ')).code === 0);
    const after = seconds(begun);
    // The file follows the database.
    await until('both acknowledged words', async () => /before-kill[\s\S]*after-kill/.test(await deployment.text()));
    return `the next edit was acknowledged after ${after}`;
  });
  await row(area, 'an alert fires, and leads to its runbook', async () => {
    const alert = await until('QideDown', () => deployment.alert('QideDown'));
    return `QideDown, "${runbook(alert).split('\n')[0]}" in docs/runbooks.md`;
  });
  await row(area, 'the killed node comes back', async () => {
    await deployment.startNode(owner.number, owner.port);
    await until('the end of the alert', async () => !(await deployment.alert('QideDown')));
  });
  await row(area, 'backup, deletion, restore on another machine', async () => {
    const file = join(directory, 'backup');
    const before = await deployment.text();
    const rows = await deployment.database.sql(ROWS);
    await run(here('qide'), ['backup', file, '--data', deployment.nodes[0].data], { env: deployment.environment });
    const path = `${FILES}/${FILE}`;
    const { headers } = await deployment.call(path);
    const { status } = await deployment.call(path, { method: 'DELETE', headers: { 'If-Match': headers.etag } });
    check(status === 204 && (await deployment.call(path)).status === 404, `the file is deleted: ${status}`);
    return restored(file, before, rows);
  });
}

/** The rows of the log: how many, and a hash of all. */
const ROWS = "SELECT count(*) || ' rows of the update log, ' || md5(string_agg(document_id || encode(data, 'hex'), '' ORDER BY document_id, seq)) FROM document_updates";

/** A new database and a new server with nothing but the backup, the key ring and the files. */
async function restored(file, before, rows) {
  const begun = performance.now();
  const cluster = await createCluster(join(directory, 'restored'));
  try {
    const data = join(directory, 'restored-data');
    const workspace = join(directory, 'restored-workspace', WORKSPACE);
    mkdirSync(workspace, { recursive: true });
    writeFileSync(join(workspace, FILE), before);
    const env = { QIDE_DATABASE_URL: cluster.url, QIDE_KEYS_FILE: deployment.environment.QIDE_KEYS_FILE };
    await run(here('qide'), ['restore', file, '--data', data], { env });
    const found = await cluster.sql(ROWS);
    check(found === rows, `the rows are those of the backup: ${found}, not ${rows}`);
    const server = await startServer(['--data', data, '--workspace', `${WORKSPACE}=${workspace}`], env);
    const token = join(directory, 'restored-token');
    writeFileSync(token, server.token, { mode: 0o600 });
    await run('node', [here('ops/docker/client/editors.mjs'), 'write', `${server.origin.replace('http', 'ws')}/collab/${WORKSPACE}`, token, FILE, 'restored ']);
    await until('the edit behind the restored text', () => readFileSync(join(workspace, FILE), 'utf8') === `${before}restored `);
    await stop(server);
    return `edited again after ${seconds(begun)}, ${rows.split(',')[0]}`;
  } finally {
    await cluster.stop();
  }
}

async function documented() {
  const area = 'documented';
  await row(area, 'every alert has a runbook', () => {
    const alerts = [...readFileSync(here('ops/prometheus/alerts.yml'), 'utf8').matchAll(/runbook: (\S+)/g)].map(([, address]) => address);
    alerts.forEach((address) => runbook({ annotations: { runbook: address }, labels: { alertname: address } }));
    return `${alerts.length} alerts`;
  });
  await row(area, 'links between documents lead somewhere', () => {
    const pages = ['README.md', ...readdirSync(here('docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`), ...readdirSync(here('ops')).map((name) => `ops/${name}/README.md`).filter((name) => existsSync(here(name)))];
    let count = 0;
    for (const page of pages) {
      for (const [, target] of readFileSync(here(page), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
        count++;
        check(existsSync(join(here(page), '..', target)), `${page} links to ${target}`);
      }
    }
    return `${count} links of ${pages.length} pages`;
  });
  await row(area, 'the API describes itself', async () => {
    const { status, body } = await deployment.call('/api/openapi.json');
    check(status === 200 && JSON.parse(body).openapi.startsWith('3.'), `it gets ${status}`);
    return `${Object.keys(JSON.parse(body).paths).length} paths`;
  });
}

async function tested() {
  await row('tested', 'the files of ops are valid', () => run(here('ops/build/check-ops'), []).then((output) => output.split('\n').at(-1)));
  await row('tested', 'the server finds nothing wrong with itself', async () => {
    const { output } = await outcomeOf('sh', ['-c', `"${here('qide')}" doctor --data "${deployment.nodes[0].data}" | grep -E '^[a-z]+ +database '`], { env: deployment.environment });
    check(/PostgreSQL \d+.* answers/.test(output), `doctor: ${output}`);
    return output.trim();
  });
}

await prove(async () => {
  const all = { functional, secure, observable, reliable, documented, tested };
  const unknown = areas.filter((area) => !(area in all));
  check(unknown.length === 0, `there is no area ${unknown}; there are: ${Object.keys(all)}`);
  deployment = await Deployment.start(directory);
  try {
    for (const [area, walk] of Object.entries(all)) if (areas.length === 0 || areas.includes(area)) await walk();
  } finally {
    await deployment.end();
  }
  console.log(`acceptance: ${passed} points pass, ${failed} fail`);
  check(failed === 0, 'every point passes');
});

#!/usr/bin/env node
// Proves the dashboards: a real Prometheus scrapes a real server during the day of ops/elk/proof; every query of every panel must parse
// and return data. Draws each dashboard.
//
//   node ops/grafana/proof/prove.mjs DIRECTORY     the pictures (needs Chromium), the pages and the day's log go there
//
// Needs `prometheus`, a built server, and the packages of ops/load.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { dashboards } from '../dashboards.mjs';
import { freePort } from '../../build/proof.mjs';
import { page } from './draw.mjs';

const SCRAPE_SECONDS = 1;
const ANNOUNCED_WITHIN_MS = 240_000;
const READY_WITHIN_MS = 120_000;
const ANSWER_WITHIN_MS = 30_000;
const DRAWN_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 30_000;
const RATE_INTERVAL = '15s';
const WIDTH = 1240;
const MINIMAL_SCRAPES = 20;

const target = process.argv[2];
if (!target) {
  console.error('Name the directory for the pictures: node ops/grafana/proof/prove.mjs DIRECTORY');
  process.exit(2);
}
mkdirSync(target, { recursive: true });
const directory = mkdtempSync(join(tmpdir(), 'qide-grafana-'));
const children = [];

function start(command, parameters, options) {
  const child = spawn(command, parameters, options);
  const ended = new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  children.push({ child, ended });
  return ended;
}

async function until(milliseconds, what, condition) {
  const end = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${milliseconds} ms`);
    await sleep(200);
  }
}

/** A request that fails when it is not answered in time. */
const request = (url) => fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });

async function startPrometheus({ origin, token }) {
  writeFileSync(join(directory, 'token'), token);
  for (const file of ['alerts.yml']) copyFileSync(fileURLToPath(new URL(`../../prometheus/${file}`, import.meta.url)), join(directory, file));
  const configuration = `global: {scrape_interval: ${SCRAPE_SECONDS}s, evaluation_interval: ${SCRAPE_SECONDS}s}
rule_files: [alerts.yml]
scrape_configs:
  - job_name: qide
    authorization: {credentials_file: ${join(directory, 'token')}}
    static_configs: [{targets: ["${new URL(origin).host}"]}]
`;
  writeFileSync(join(directory, 'prometheus.yml'), configuration);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const output = ['ignore', 'ignore', 'ignore'];
  const ended = start(
    'prometheus',
    [`--config.file=${join(directory, 'prometheus.yml')}`, `--storage.tsdb.path=${join(directory, 'data')}`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: output },
  );
  ended.catch(() => {});
  await until(READY_WITHIN_MS, 'Prometheus', () => request(`${address}/-/ready`).then((answer) => answer.ok, () => false));
  return address;
}

/** The series of one query, by legend. */
async function series(prometheus, [expression, legend], range) {
  const query = expression.replaceAll('$__rate_interval', RATE_INTERVAL).replaceAll('$instance', '.*');
  const parameters = new URLSearchParams({ query, start: range.start, end: range.end, step: SCRAPE_SECONDS });
  const answer = await (await request(`${prometheus}/api/v1/query_range?${parameters}`)).json();
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
  return answer.data.result.map(({ metric, values }) => ({
    name: legend.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? ''),
    values: values.map(([time, value]) => [time, Number(value)]),
  }));
}

/** The range until the server stopped. */
async function whileUp(prometheus, range) {
  const [{ values }] = await series(prometheus, ['up', ''], range);
  const up = values.filter(([, value]) => value === 1);
  if (up.length < MINIMAL_SCRAPES) throw new Error(`Prometheus scraped the server only ${up.length} times`);
  return { start: up[0][0], end: up.at(-1)[0] };
}

async function draw(prometheus, dashboard, range) {
  const empty = [];
  const answers = [];
  for (const panel of dashboard.panels) {
    const found = [];
    for (const query of panel.queries) {
      const result = await series(prometheus, query, range);
      if (!result.some(({ values }) => values.some(([, value]) => Number.isFinite(value)))) empty.push(`${dashboard.title}, ${panel.question}: ${query[0]}`);
      found.push(...result);
    }
    answers.push(found);
  }
  const name = dashboard.uid.replace('qide-', '');
  const html = join(target, `${name}.html`);
  writeFileSync(html, page(dashboard, answers, range));
  const chromium = process.env.QIDE_CHROMIUM ?? 'chromium';
  const height = 70 + dashboard.panels.reduce((sum, panel) => sum + (panel.kind === 'stat' ? 104 : 282) * ((panel.width ?? 12) / 24), 0);
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--force-device-scale-factor=1', `--window-size=${WIDTH},${Math.round(height)}`];
  const drawn = spawnSync(chromium, [...flags, `--screenshot=${join(target, `${name}.png`)}`, `file://${html}`], { timeout: DRAWN_WITHIN_MS });
  const why = drawn.error?.code === 'ENOENT' ? 'chromium is missing' : drawn.error?.message;
  console.log(`${dashboard.title}: ${dashboard.panels.length} panels${why ? `, not drawn: ${why}` : ''}`);
  return empty;
}

try {
  const announcement = join(directory, 'server.json');
  const day = start(process.execPath, [fileURLToPath(new URL('../../elk/proof/day.mjs', import.meta.url)), join(target, 'day.json'), announcement], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  let code;
  day.then((it) => (code = it), () => (code = -1));
  await until(ANNOUNCED_WITHIN_MS, 'the start of the server', () => code !== undefined || existsSync(announcement));
  const prometheus = await startPrometheus(JSON.parse(readFileSync(announcement, 'utf8')));
  const begun = Date.now() / 1000;
  if ((await day) !== 0) throw new Error('the day did not end well');
  const empty = [];
  const range = await whileUp(prometheus, { start: Math.round(begun), end: Math.round(Date.now() / 1000) });
  for (const dashboard of dashboards) empty.push(...(await draw(prometheus, dashboard, range)));
  if (empty.length > 0) throw new Error(`these queries returned nothing:\n${empty.join('\n')}`);
} finally {
  for (const { child } of children) child.kill('SIGTERM');
  const hard = setTimeout(() => children.forEach(({ child }) => child.kill('SIGKILL')), STOP_WITHIN_MS);
  await Promise.allSettled(children.map(({ ended }) => ended));
  clearTimeout(hard);
  rmSync(directory, { recursive: true, force: true });
}
process.exit(0);

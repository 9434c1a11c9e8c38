// Q-IDE as operators run it, on one machine: two nodes on one PostgreSQL behind HAProxy with TLS, login by an OpenID provider, a model,
// a real Prometheus with the shipped rules. The provider of models is a double that speaks the protocol; all else is real.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { createAuthority, issue } from '../build/certificates.mjs';
import { createCluster } from '../build/cluster.mjs';
import { check, freePort, here, outcomeOf, run, start, stop, until } from '../build/proof.mjs';

export const WORKSPACE = 'demo';
export const FILE = 'notes.md';
export const ANSWER = 'The lamp is on line 2.';
const READY_WITHIN_MS = 300_000;
/** HAProxy takes a node after two answers within a second each, which a busy machine seldom gives. */
const PROXY_WITHIN_MS = 600_000;
/** The shipped configuration asks each 15 s: here the clock of the rules alone counts. */
const SCRAPE = '2s';

/** A server of OpenAI's API that streams one answer. */
async function startModel() {
  const server = createServer((message, response) => {
    message.resume().on('end', () => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const chunk = (delta, finish) => response.write(`data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'double', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
      for (const word of ANSWER.split(/(?<= )/)) chunk({ content: word }, null);
      chunk({}, 'stop');
      response.end('data: [DONE]\n\n');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `http://127.0.0.1:${server.address().port}/v1`;
}

/** npm's oidc-provider. */
async function startIssuer(callback) {
  const folder = here('server/src/test/node/login');
  const issuer = start('node', [join(folder, 'issuer.mjs'), '--redirect', callback, '--client', 'qide', '--secret', 'secret'], { input: 'pipe' });
  let line = '';
  issuer.child.stdout.on('data', (bytes) => (line += bytes));
  return until('the OpenID provider', () => /^http\S+/m.exec(line)?.[0]);
}

export class Deployment {
  nodes = [];

  constructor(directory) {
    this.directory = directory;
    this.certificates = join(directory, 'certificates');
    this.workspace = join(directory, 'workspaces', WORKSPACE);
  }

  /** @param prepare creates what the workspace's directory is in, before the nodes start */
  static async start(directory, prepare = () => {}) {
    const deployment = new Deployment(directory);
    await createAuthority(deployment.certificates);
    deployment.ca = join(deployment.certificates, 'ca.pem');
    deployment.database = await createCluster(directory);
    deployment.port = await freePort();
    deployment.origin = `https://localhost:${deployment.port}`;
    prepare(join(directory, 'workspaces'));
    mkdirSync(deployment.workspace, { recursive: true });
    writeFileSync(join(deployment.workspace, FILE), '# Notes\n');
    writeFileSync(join(deployment.workspace, 'lamp.py'), 'lamp = True\n');
    await deployment.#configure();
    for (const number of [0, 1]) await deployment.startNode(number, await freePort());
    await deployment.#startProxy();
    return deployment;
  }

  async #configure() {
    const path = (name) => join(this.directory, name);
    const issuer = await startIssuer(`${this.origin}/auth/company/callback`);
    writeFileSync(path('login.secret'), 'secret', { mode: 0o600 });
    writeFileSync(path('login.json'), JSON.stringify([{ id: 'company', kind: 'oidc', issuer, clientId: 'qide', clientSecretFile: 'login.secret', admit: 'everybody', role: 'editor' }]));
    writeFileSync(path('models.json'), JSON.stringify([{ name: 'double', provider: 'openai', url: await startModel(), model: 'double', purpose: ['chat'], local: true }]));
    writeFileSync(path('keys'), execFileSync('bash', ['-c', 'echo "first $(openssl rand -base64 32)"']), { mode: 0o600 });
    this.environment = {
      QIDE_DATABASE_URL: this.database.url,
      QIDE_LOGIN_FILE: path('login.json'),
      QIDE_MODELS_FILE: path('models.json'),
      QIDE_KEYS_FILE: path('keys'),
      QIDE_PUBLIC_URL: `${this.origin}/`,
      QIDE_TRUSTED_PROXIES: '127.0.0.1',
    };
  }

  async startNode(number, port) {
    const data = join(this.directory, `data-${number}`);
    if (number > 0 && !this.nodes[number]) {
      mkdirSync(data, { mode: 0o700 });
      cpSync(join(this.directory, 'data-0/token'), join(data, 'token'));
    }
    const parameters = ['serve', '--port', port, '--data', data, '--workspace', `${WORKSPACE}=${this.workspace}`, '--trust', WORKSPACE];
    const node = start(here('qide'), parameters, { env: this.environment });
    Object.assign(node, { port, number, data, origin: `http://127.0.0.1:${port}` });
    let line = '';
    node.child.stdout.on('data', (bytes) => (line += bytes));
    await until(`node ${number}`, () => {
      check(node.child.exitCode === null, `node ${number} runs: ${node.output()}`);
      return line.includes('ready: ');
    }, READY_WITHIN_MS);
    node.token = readFileSync(join(data, 'token'), 'utf8').trim();
    this.nodes[number] = node;
    return node;
  }

  get token() {
    return this.nodes[0].token;
  }

  async #startProxy() {
    const lineage = await issue(this.certificates, 'proxy');
    const pem = join(this.directory, 'qide.pem');
    await run(here('ops/proxy/renewed'), [], { env: { RENEWED_LINEAGE: lineage, HAPROXY_PEM: pem, RELOAD: 'true' } });
    const [one, two] = this.nodes;
    const env = { BACKEND: 'nodes', BIND: `127.0.0.1:${this.port}`, CERTIFICATE: pem, NODE1: `127.0.0.1:${one.port}`, NODE2: `127.0.0.1:${two.port}` };
    this.proxy = start('haproxy', ['-W', '-db', '-f', here('ops/compose/haproxy.cfg'), '-f', here('ops/proxy/nodes.cfg')], { env });
    await until('the proxy', async () => {
      check(this.proxy.child.exitCode === null, `HAProxy runs: ${this.proxy.output()}`);
      return (await this.call('/ready').catch(() => ({}))).status === 200;
    }, PROXY_WITHIN_MS);
  }

  /** One HTTPS request with the owner's token: { status, headers, body }. */
  call(path, { method = 'GET', headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', servername: 'localhost', port: this.port, path, method, ca: readFileSync(this.ca), agent: false, headers: { Host: `localhost:${this.port}`, Authorization: `Bearer ${this.token}`, ...headers } };
      const sent = request(options, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part)).on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
      });
      sent.on('error', reject).end(body);
    });
  }

  /** Appends a text with the stock Hocuspocus provider, through the proxy; acknowledged if the code is 0. */
  async edit(text, file = FILE) {
    const token = join(this.directory, 'token');
    writeFileSync(token, this.token, { mode: 0o600 });
    return outcomeOf('node', [here('ops/docker/client/editors.mjs'), 'write', `wss://localhost:${this.port}/collab/${WORKSPACE}`, token, file, text], { env: { NODE_EXTRA_CA_CERTS: this.ca } });
  }

  async text(file = FILE) {
    const { status, body } = await this.call(`/api/workspaces/${WORKSPACE}/files/${file}`);
    return status === 200 ? String(body) : '';
  }

  /** The node that has the workspace. */
  owner() {
    return until('a node that has the workspace', async () => {
      for (const node of this.nodes) {
        const answer = await fetch(`${node.origin}/ready`, { headers: { Authorization: `Bearer ${this.token}` } }).catch(() => undefined);
        if ((await answer?.json())?.workspaces?.owned.includes(WORKSPACE)) return node;
      }
    });
  }

  /** A real Prometheus with the shipped rules: its address. */
  async startPrometheus() {
    const folder = join(this.directory, 'prometheus');
    mkdirSync(folder);
    cpSync(here('ops/prometheus/alerts.yml'), join(folder, 'alerts.yml'));
    const observer = await run(here('qide'), ['token', 'create', '--scope', 'observe', '--name', 'prometheus', '--data', this.nodes[0].data], { env: this.environment });
    writeFileSync(join(folder, 'observe.token'), observer.split('\n').at(-1).trim());
    const configuration = readFileSync(here('ops/prometheus/prometheus.yml'), 'utf8')
      .replace(/scrape_interval: \w+/, `scrape_interval: ${SCRAPE}`)
      .replace(/scrape_timeout: \w+/, `scrape_timeout: ${SCRAPE}`)
      .replace(/evaluation_interval: \w+/, `evaluation_interval: ${SCRAPE}`)
      .replace('["server:8080"]', JSON.stringify(this.nodes.map(({ port }) => `127.0.0.1:${port}`)));
    writeFileSync(join(folder, 'prometheus.yml'), configuration);
    const port = await freePort();
    this.prometheus = start('prometheus', [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`], { cwd: folder });
    this.prometheusUrl = `http://127.0.0.1:${port}`;
    await until('a scrape of both nodes', async () => (await this.query('up{job="qide"} == 1')).length === 2);
  }

  async query(expression) {
    const answer = await fetch(`${this.prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`).catch(() => undefined);
    return answer?.ok ? (await answer.json()).data.result : [];
  }

  /** The firing alert of this name, if there is one. */
  async alert(name) {
    const answer = await fetch(`${this.prometheusUrl}/api/v1/alerts`).catch(() => undefined);
    return answer?.ok ? (await answer.json()).data.alerts.find(({ labels, state }) => labels.alertname === name && state === 'firing') : undefined;
  }

  async end() {
    await Promise.all(this.nodes.map((node) => stop(node)));
    await this.database.stop();
  }
}

/** The section of the runbooks that an alert names. */
export function runbook(alert) {
  const anchor = alert.annotations.runbook.split('#')[1];
  const sections = readFileSync(here('docs/runbooks.md'), 'utf8').split(/^## /m).slice(1);
  const section = sections.find((text) => text.split('\n')[0].toLowerCase() === anchor);
  check(section, `the runbook of ${alert.labels.alertname} exists: ${anchor}`);
  return section;
}

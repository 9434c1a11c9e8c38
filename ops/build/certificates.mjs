// Certificates of an authority that exists only for one proof.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './proof.mjs';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Creates an authority in a new directory: ca.pem and ca.key. */
export async function createAuthority(directory) {
  mkdirSync(directory);
  await run('openssl', ['req', '-x509', ...KEY, '-days', '30', '-subj', '/CN=Proof', '-keyout', join(directory, 'ca.key'), '-out', join(directory, 'ca.pem')]);
  return join(directory, 'ca.pem');
}

/**
 * Issues a server's certificate as certbot would: NAME/fullchain.pem and NAME/privkey.pem in the authority's directory.
 *
 * @param names its subject alternative names
 * @return the directory NAME
 */
export async function issue(directory, name, names = 'DNS:localhost,IP:127.0.0.1') {
  const path = (file) => join(directory, file);
  const lineage = path(name);
  mkdirSync(lineage);
  writeFileSync(path('extensions'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`);
  await run('openssl', ['req', ...KEY, '-subj', '/CN=localhost', '-keyout', join(lineage, 'privkey.pem'), '-out', path('request')]);
  await run('openssl', ['x509', '-req', '-in', path('request'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '30', '-extfile', path('extensions'), '-out', join(lineage, 'cert.pem')]);
  writeFileSync(join(lineage, 'fullchain.pem'), readFileSync(join(lineage, 'cert.pem'), 'utf8') + readFileSync(path('ca.pem'), 'utf8'));
  return lineage;
}

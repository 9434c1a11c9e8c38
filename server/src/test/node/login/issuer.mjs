// The npm package oidc-provider as an issuer that requires PKCE. Arguments: --redirect URI, --client ID, --secret SECRET.
// Prints its address, then runs until its input ends.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Provider } from 'oidc-provider';

const { values } = parseArgs({
  options: { redirect: { type: 'string' }, client: { type: 'string' }, secret: { type: 'string' } },
});
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: values.client, client_secret: values.secret, redirect_uris: [values.redirect] }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Person ${id}`, email: `${id}@example.org`, email_verified: true }),
  }),
});
server.on('request', provider.callback());
console.log(issuer);
process.stdin.on('end', () => process.exit(0)).resume();

// The client of the Model Context Protocol's own SDK, unmodified, against a server of ours: the handshake, the list of
// tools, calls of all of them, a mistake of the caller and a tool that does not exist.
import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [url, token] = process.argv.slice(2);
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { Authorization: `Bearer ${token}` } },
});
const client = new Client({ name: 'test', version: '1.0.0' });
await client.connect(transport);
assert.equal(client.getServerVersion().name, 'qide');
await client.ping();

const { tools } = await client.listTools();
const reading = ['read_file', 'list_files', 'search_text', 'symbols', 'references', 'diagnostics'];
for (const name of reading) {
  const tool = tools.find((one) => one.name === name);
  assert.equal(tool.inputSchema.type, 'object');
  assert.equal(tool.annotations.readOnlyHint, true);
}

async function call(name, args) {
  const { content, isError } = await client.callTool({ name, arguments: args });
  assert.equal(isError, false, content[0].text);
  return content[0].text;
}

assert.match(await call('list_files', {}), /^pkg\/shapes\.py$/m);
assert.doesNotMatch(await call('list_files', {}), /\.env/);
assert.match(await call('read_file', { path: 'pkg/shapes.py', firstLine: 1, lastLine: 1 }), /^class Circle:\n$/);
assert.match(await call('search_text', { query: 'Circle', include: '**/*.py' }), /^main\.py:\d+: /m);
assert.match(await call('symbols', { path: 'pkg/shapes.py' }), /^1: Class Circle\n {2}2: Method area/m);
const uses = await call('references', { path: 'pkg/shapes.py', line: 1, symbol: 'Circle' });
assert.match(uses, /^pkg\/shapes\.py:1: class Circle:$/m);
assert.match(uses, /^main\.py:3: print\(Circle/m);
assert.match(await call('diagnostics', { path: 'main.py' }), /^4: (Error|Warning): .*"missing"/m);

const hidden = await client.callTool({ name: 'read_file', arguments: { path: '.env' } });
assert.equal(hidden.isError, true);
const wrong = await client.callTool({ name: 'read_file', arguments: { path: 7 } });
assert.equal(wrong.isError, true);
assert.match(wrong.content[0].text, /argument: path/);
await assert.rejects(client.callTool({ name: 'nonsense', arguments: {} }), { code: -32602 });
await client.close();
console.log('the MCP client was served');

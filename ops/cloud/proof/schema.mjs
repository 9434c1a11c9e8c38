#!/usr/bin/env node
// Writes aws-schema.json: of each resource and data source that ops/cloud/aws uses, the arguments, blocks and attributes. They come from
// the type declarations of npm's @cdktf/provider-aws, which are generated from the provider's own schema.
//
//   node ops/cloud/proof/schema.mjs     needs tar, npm and the packages of this folder; downloads 37 MB
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convertFiles } from '@cdktf/hcl2json';

const PACKAGE = '@cdktf/provider-aws@21.22.1';
const terraform = await convertFiles(fileURLToPath(new URL('../aws', import.meta.url)));
const work = mkdtempSync(join(tmpdir(), 'qide-schema-'));
const snake = (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const folder = (kind, type) => (kind === 'data' ? `data-${type}` : type.replace(/^aws_/, '')).replaceAll('_', '-');

/** Each interface: argument to { isRequired, type }. */
function interfacesOf(text) {
  const found = new Map();
  for (const [, name, body] of text.matchAll(/^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}$/gm)) {
    const parts = body.matchAll(/\{@link \S+#(\w+) [^}]*\}[\s\S]*?readonly \w+(\??): ([^;{]+|\{)/g);
    found.set(name, Object.fromEntries([...parts].map(([, argument, optional, type]) => [argument, { isRequired: optional === '', type: type.trim() }])));
  }
  return found;
}

function blockOf(interfaces, name) {
  const block = {};
  for (const [argument, { isRequired, type }] of Object.entries(interfaces.get(name) ?? {})) {
    const nested = /^(\w+)(\[\])?( \| cdktf\.IResolvable)?$/.exec(type)?.[1];
    block[argument] = { ...(isRequired ? { required: true } : {}), ...(interfaces.has(nested) ? { block: blockOf(interfaces, nested) } : {}) };
  }
  return block;
}

const schema = { package: PACKAGE };
try {
  const archive = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: work, encoding: 'utf8' }).trim();
  const used = ['resource', 'data'].flatMap((kind) => Object.keys(terraform[kind]).sort().map((type) => [kind, type]));
  const path = (kind, type) => `package/lib/${folder(kind, type)}/index.d.ts`;
  execFileSync('tar', ['-xzf', archive, ...used.map((one) => path(...one))], { cwd: work });
  for (const [kind, type] of used) {
    schema[kind] ??= {};
    const text = readFileSync(join(work, path(kind, type)), 'utf8');
    const [provider] = /providers\/hashicorp\/aws\/[\d.]+/.exec(text);
    schema.provider = provider.split('/').at(-1);
    const own = text.slice(text.lastIndexOf('export declare class'));
    const attributes = new Set([...own.matchAll(/^    get (\w+)\(\)/gm)].map(([, name]) => snake(name)).filter((name) => !name.endsWith('_input')));
    schema[kind][type] = { arguments: blockOf(interfacesOf(text), /^export interface (\w+) extends cdktf\.TerraformMetaArguments/m.exec(text)[1]), attributes: [...attributes].sort() };
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
writeFileSync(fileURLToPath(new URL('aws-schema.json', import.meta.url)), `${JSON.stringify(schema, null, 1)}\n`);

// What the proof of ops/cloud/aws reads of Terraform: blocks with their arguments, references, the provider's schema.
import { readFileSync } from 'node:fs';
import { convertFiles, getReferencesInExpression } from '@cdktf/hcl2json';

const schema = JSON.parse(readFileSync(new URL('aws-schema.json', import.meta.url), 'utf8'));
const META = new Set(['for_each', 'count', 'depends_on', 'lifecycle', 'provider', 'dynamic']);
/** Objects that are not declared. */
const BUILT_IN = new Set(['each', 'count', 'path', 'self', 'terraform']);

/** All resources and data sources: { kind, type, name, body }. */
export async function load(directory) {
  const root = await convertFiles(directory);
  const blocks = [];
  for (const kind of ['resource', 'data']) {
    for (const [type, named] of Object.entries(root[kind] ?? {})) {
      for (const [name, bodies] of Object.entries(named)) blocks.push({ kind, type, name, body: bodies[0] });
    }
  }
  const locals = Object.assign({}, ...(root.locals ?? []));
  return { root, blocks, locals, variables: root.variable ?? {}, outputs: root.output ?? {} };
}

export const label = ({ kind, type, name }) => `${kind === 'data' ? 'data.' : ''}${type}.${name}`;

/** Every string with an expression below a value, with the path to it. */
export function* expressions(value, path = '') {
  if (typeof value === 'string' && value.includes('${')) yield { path, text: value };
  else if (value && typeof value === 'object') for (const [key, inner] of Object.entries(value)) yield* expressions(inner, path ? `${path}.${key}` : key);
}

/** The arguments of a block against the provider's schema: what is wrong. */
export function misfits(block) {
  const known = schema[block.kind][block.type];
  if (!known) return [`${label(block)}: the schema lacks ${block.type}: run ops/cloud/proof/schema.mjs`];
  return [...compare(block.body, known.arguments, label(block), true)];
}

function* compare(body, allowed, path, isTop) {
  const dynamic = Object.keys(body.dynamic?.[0] ?? body.dynamic ?? {});
  for (const [name, value] of Object.entries(body)) {
    if (isTop && META.has(name)) continue;
    if (name === 'dynamic') {
      for (const [block, bodies] of Object.entries(value)) {
        if (!allowed[block]) yield `${path}: there is no block ${block}`;
        else for (const one of bodies) for (const content of one.content) yield* compare(content, allowed[block].block ?? {}, `${path}.${block}`, false);
      }
    } else if (!allowed[name]) {
      yield `${path}: there is no argument ${name}`;
    } else if (allowed[name].block) {
      for (const one of [value].flat()) if (one && typeof one === 'object') yield* compare(one, allowed[name].block, `${path}.${name}`, false);
    }
  }
  for (const [name, { required }] of Object.entries(allowed)) {
    if (required && !(name in body) && !dynamic.includes(name)) yield `${path}: ${name} is missing`;
  }
}

/** Names that an expression binds itself: of `for`, and of the dynamic block around it. */
function bound(text, path) {
  const names = [...text.matchAll(/\bfor\s+(\w+)(?:\s*,\s*(\w+))?\s+in\b/g)].flatMap(([, one, other]) => [one, other]);
  const dynamic = /(?:^|\.)dynamic\.(?:\d+\.)?(\w+)/.exec(path)?.[1];
  return new Set([...names, dynamic].filter(Boolean));
}

/** Every reference of the configuration, resolved: { unresolved, used }. */
export async function resolve({ blocks, locals, variables, outputs }) {
  const declared = new Map(blocks.map((block) => [label(block), block]));
  const unresolved = [];
  const used = new Set();
  const places = [
    ...blocks.map((block) => [label(block), block.body]),
    ...Object.entries(locals).map(([name, value]) => [`local.${name}`, value]),
    ...Object.entries(variables).map(([name, [body]]) => [`var.${name}`, body.validation ?? {}]),
    ...Object.entries(outputs).map(([name, [body]]) => [`output.${name}`, body.value]),
  ];
  for (const [place, value] of places) {
    for (const { path, text } of expressions(value)) {
      const own = bound(text, path);
      for (const { name, attribute } of indexed(text)) {
        const block = declared.get(name);
        if (block && !hasAttribute(block, attribute)) unresolved.push(`${place}, ${path}: ${name} has no attribute ${attribute}`);
      }
      for (const { value: reference } of await getReferencesInExpression('x.tf', text)) {
        const [first, second, third] = reference.split('.');
        if (BUILT_IN.has(first) || own.has(first)) continue;
        const at = `${place}${path && `, ${path}`}: ${reference}`;
        if (first === 'var' || first === 'local') {
          if (!(second in (first === 'var' ? variables : locals))) unresolved.push(`${at} is not declared`);
          used.add(`${first}.${second}`);
        } else {
          const name = first === 'data' ? `data.${second}.${third}` : `${first}.${second}`;
          const block = declared.get(name);
          used.add(name);
          if (!block) unresolved.push(`${at} is not declared`);
          else unresolved.push(...attributeOf(block, reference.slice(name.length + 1)).map((sentence) => `${at} ${sentence}`));
        }
      }
    }
    for (const [, name] of JSON.stringify(value).matchAll(/"depends_on":\["\$\{([\w.]+)\}"/g)) used.add(name);
  }
  return { unresolved, used };
}

/** The attribute of a reference without an index that is computed; `indexed` finds those. */
function attributeOf(block, rest) {
  const attribute = rest.replaceAll(/"[^"]*"/g, '0').split('.').find((part) => /^[a-z]\w*$/.test(part));
  return !attribute || hasAttribute(block, attribute) ? [] : [`has no attribute ${attribute}`];
}

function hasAttribute({ kind, type }, attribute) {
  const known = schema[kind][type];
  return !known || known.attributes.includes(attribute) || attribute in known.arguments;
}

/** References with a computed index (`x.y[each.key].z`), and of what `for` binds (`for one in x.y : one.z`): { name, attribute }. */
function* indexed(text) {
  const resource = String.raw`((?:data\.)?aws_\w+\.\w+)`;
  for (const [, name, attribute] of text.matchAll(new RegExp(`${resource}\\[[^\\]]*\\]\\.(\\w+)`, 'g'))) yield { name, attribute };
  for (const [, one, other, name, rest] of text.matchAll(new RegExp(`for (\\w+)(?:, (\\w+))? in ${resource} :(.*)`, 'g'))) {
    for (const [, attribute] of rest.matchAll(new RegExp(`\\b${other ?? one}\\.([a-z]\\w*)`, 'g'))) yield { name, attribute };
  }
}

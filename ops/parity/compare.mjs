// Makes two answers comparable, and says where they differ.

const DIFFERENCES = 30;
const SHOWN_CHARACTERS = 160;

/** Members that only their server reads, or that name one run. */
const OPAQUE = new Set(['data', 'resultId', 'previousResultId']);

/** Members whose order means something. */
const ORDERED = new Set(['edits', 'parameters', 'signatures', 'contents', 'arguments', 'positions', 'additionalTextEdits', 'textEdits', 'label']);

/**
 * An answer without what differs by nature: opaque members, the order of lists where the protocol leaves it open, and the names of folders
 * outside the workspace.
 *
 * @param places { root, install }: the workspace's URI, and the language server's folder as stdio has it
 */
export function normalised(answer, places) {
  return clean(answer.error ? { error: answer.error } : { value: answer.value ?? null }, null, places);
}

function clean(value, member, places) {
  if (typeof value === 'string') return named(value, places);
  if (Array.isArray(value)) {
    const all = value.map((each) => clean(each, member, places));
    // Numbers are encoded tokens.
    return ORDERED.has(member) || typeof value[0] !== 'object' ? all : all.map((each) => [JSON.stringify(each), each]).sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)).map(([, each]) => each);
  }
  if (value && typeof value === 'object') {
    const members = Object.entries(value).filter(([name, each]) => !(OPAQUE.has(name) && !Array.isArray(each)) && each !== undefined);
    if (member === 'changes') members.forEach((each) => (each[0] = named(each[0], places)));
    return Object.fromEntries(members.map(([name, each]) => [name, clean(each, name, places)]).sort(([one], [other]) => (one < other ? -1 : 1)));
  }
  return value;
}

/** One name for each folder outside the workspace, whichever endpoint named it. */
function named(text, { root, install }) {
  if (!/file:|qide-external:|\//.test(text)) return text;
  let renamed = text.replace(/qide-external:\/[^/]+\/(install|machine|project)/g, 'external:$1');
  if (install) renamed = renamed.replaceAll(`file://${install}`, 'external:install').replaceAll(install, 'external:install');
  return renamed.replaceAll(`${root}/node_modules`, 'external:project/node_modules').replace(/file:\/\/\/usr\//g, 'external:machine/usr/');
}

/** Where two normalised answers differ, at most 30 places: ["items/3/label: "a" → "b"", …]. */
export function differences(stdio, other, path = '', found = []) {
  if (found.length >= DIFFERENCES || Object.is(stdio, other)) return found;
  const isObject = (value) => value !== null && typeof value === 'object';
  if (isObject(stdio) && isObject(other) && Array.isArray(stdio) === Array.isArray(other)) {
    if (Array.isArray(stdio) && stdio.length !== other.length) lists(stdio, other, path, found);
    else for (const name of new Set([...Object.keys(stdio), ...Object.keys(other)])) differences(stdio[name], other[name], `${path}/${name}`, found);
  } else {
    found.push(`${path}: ${shown(stdio)} → ${shown(other)}`);
  }
  return found;
}

/** Lists of different lengths: what one has and the other has not. */
function lists(stdio, other, path, found) {
  const texts = (list) => list.map((each) => JSON.stringify(each));
  const [ours, theirs] = [new Set(texts(stdio)), new Set(texts(other))];
  found.push(`${path}: ${stdio.length} elements → ${other.length}`);
  for (const text of ours) if (!theirs.has(text) && found.length < DIFFERENCES) found.push(`${path}/-: ${shown(text)} → nothing`);
  for (const text of theirs) if (!ours.has(text) && found.length < DIFFERENCES) found.push(`${path}/+: nothing → ${shown(text)}`);
}

function shown(value) {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** The reasons of an accepted difference; null when one of the differences has none. */
export function reasonsOf(found, { language, row, way, label }, accepted) {
  const reasons = new Set();
  for (const difference of found) {
    const entry = accepted.find(
      (each) => holds(each.languages, language) && holds(each.rows, row) && holds(each.ways, way) && holds(each.labels, label) && new RegExp(each.difference, 's').test(difference),
    );
    if (!entry) return null;
    reasons.add(entry.reason);
  }
  return [...reasons];
}

const holds = (list, one) => !list || list.includes(one);

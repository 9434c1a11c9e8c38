// One form for what a language server answers and for what VS Code's API gives of it: without the protocol's variants
// (markup and marked strings, edits by file and by document, defaults of lists), and with the protocol's numbers.

/** URIs without percent-encoding, which editors do differently. */
export const uriOf = (uri) => {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
};

export const list = (value) => (Array.isArray(value) ? value : value === null || value === undefined ? [] : [value]);

const start = ({ range }) => range.start.line * 1e6 + range.start.character;

/** @param edits of one text; their order is that of their places */
export const editsOf = (edits) =>
  list(edits)
    .map(({ range, newText }) => ({ range, newText }))
    .sort((one, other) => start(one) - start(other));

/** A `Location` or a link to one, of either side. */
export function locationOf(value) {
  const { uri, range, targetUri, targetRange, targetSelectionRange, originSelectionRange } = value;
  if (!targetUri) return { uri: uriOf(uri), range };
  return { uri: uriOf(targetUri), range: targetSelectionRange ?? targetRange, whole: targetRange, origin: originSelectionRange };
}

/** A text, or Markdown, of either side; null for nothing. */
export function documentationOf(value) {
  if (!value) return null;
  if (typeof value === 'string') return { text: value };
  if (value.markdown !== undefined) return value.markdown === '' ? null : { markdown: value.markdown };
  if (!value.value) return null;
  return value.kind === 'markdown' ? { markdown: value.value } : { text: value.value };
}

/** What a hover shows, as Markdown. */
export function hoverOf(contents) {
  return list(contents)
    .map((each) => {
      if (typeof each === 'string') return each;
      if (each.markdown !== undefined) return each.markdown;
      if (each.language) return `\`\`\`${each.language}\n${each.value}\n\`\`\``;
      return each.kind === 'plaintext' ? { text: each.value } : each.value;
    })
    .map((each) => (typeof each === 'string' ? each.trim() : each))
    .filter((each) => each !== '');
}

/** The lines after the edits, which an editor makes smaller before it applies them, and how many line feeds follow the last one. */
export function formatted(text, edits) {
  const result = edited(text, edits);
  const words = result.replace(/\n*$/, '');
  return { lines: words.split('\n'), end: result.length - words.length };
}

function edited(text, edits) {
  const lines = [0];
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) lines.push(index + 1);
  const offset = ({ line, character }) => {
    if (line >= lines.length) return text.length;
    const end = line + 1 < lines.length ? lines[line + 1] - 1 : text.length;
    return Math.min(lines[line] + character, end);
  };
  let result = text;
  for (const { range, newText } of editsOf(edits).reverse()) result = result.slice(0, offset(range.start)) + newText + result.slice(offset(range.end));
  return result;
}

/** The tokens by the names of their legend. */
export function tokensOf({ data }, { tokenTypes, tokenModifiers }) {
  const found = [];
  let [line, character] = [0, 0];
  for (let index = 0; index + 4 < data.length; index += 5) {
    const [lines, characters, length, type, modifiers] = data.slice(index, index + 5);
    character = lines === 0 ? character + characters : characters;
    line += lines;
    const names = tokenModifiers.filter((_, bit) => modifiers & (1 << bit));
    found.push(`${line}:${character} ${length} ${tokenTypes[type]} ${names.join(' ')}`.trim());
  }
  return found;
}

/** All symbols of a tree, each with the name of what it is in. */
export function flattened(symbols, parent = null) {
  return symbols.flatMap(({ children = [], ...symbol }) => [{ ...symbol, parent }, ...flattened(children ?? [], symbol.name)]);
}

export const commandOf = (command) => (command ? { title: command.title, command: command.command, arguments: list(command.arguments).map(argumentOf) } : null);

/** VS Code makes a URI of one that was written as JSON. */
const argumentOf = (value) => (value?.$mid === 1 ? `${value.scheme}://${value.path}` : value);

/** A command that runs after something else; nobody sees its title. */
export const calledBy = (command) => (command ? { command: command.command, arguments: list(command.arguments) } : null);

const SNIPPET = 15;
const compared = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
export const labelOf = ({ label }) => (typeof label === 'string' ? label : label.label);

/** Completions in the order in which VS Code resolves them. */
export function inOrder(items) {
  const sorted = (one, other) => (one.sortText && other.sortText ? compared(one.sortText.toLowerCase(), other.sortText.toLowerCase()) : 0);
  return [...items].sort((one, other) => compared(one.kind === SNIPPET, other.kind === SNIPPET) || sorted(one, other) || compared(labelOf(one), labelOf(other)));
}

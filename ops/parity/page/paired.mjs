// Takes out of two answers what an editor adds of itself, or decides where a language server says nothing.
import { NOTHING } from '../chains.mjs';

/**
 * @param stdio what the language server answers
 * @param page what VS Code's API gives; an `error` is no difference where the language server refuses, too
 * @returns both answers, comparable
 */
export function paired(method, stdio, page) {
  if (stdio.value === NOTHING || page.value === NOTHING) return [{ value: NOTHING }, { value: NOTHING }];
  if (page.error) return [stdio, REFUSALS.has(method) && stdio.value === null ? stdio : page];
  const adjust = PAIRS[method];
  if (!adjust || stdio.value === null || page.value === null) return [stdio, page];
  const [ours, theirs] = adjust(stdio.value, page.value);
  return [{ value: ours }, { value: theirs }];
}

const REFUSALS = new Set(['textDocument/rename', 'textDocument/prepareRename']);

/** VS Code marks the word under the pointer if nobody names a range. */
function hover(stdio, page) {
  const isMarkdown = stdio.contents.every((each) => typeof each === 'string');
  return [isMarkdown ? stdio : { ...stdio, contents: stdio.contents.map((each) => each.text ?? each) }, { contents: isMarkdown ? page.contents : page.contents.map(unescaped), range: stdio.range ? page.range : null }];
}

/** A text as `MarkdownString.appendText` makes Markdown of it. */
const unescaped = (text) => text.replaceAll('&nbsp;', ' ').replace(/\n\n/g, '\n').replace(/\\(.)/g, '$1');

/** Without an edit, an item replaces the word at the caret. */
function completion(stdio, page) {
  const named = (list) => {
    const found = {};
    for (const item of list.items) {
      const name = `${item.label} ${item.kind}`;
      found[name] = [...(found[name] ?? []), item];
    }
    return { isIncomplete: list.isIncomplete, items: found };
  };
  const [ours, theirs] = [named(stdio), named(page)];
  for (const [name, items] of Object.entries(theirs.items)) {
    if (ours.items[name]?.every(({ range }) => range === null)) theirs.items[name] = items.map((item) => ({ ...item, range: null }));
  }
  return [ours, theirs];
}

/** VS Code adds the range of a word and those with the blanks around. */
function selectionRange(stdio, page) {
  const texts = page.map((ranges) => new Set(ranges.map((each) => JSON.stringify(each))));
  return [stdio, stdio.map((ranges, index) => ranges.filter((each) => texts[index]?.has(JSON.stringify(each))))];
}

function documentSymbol(stdio, page) {
  return stdio.flat ? [stdio, { flat: page.tree.map(({ name, kind, range }) => ({ name, kind, range })) }] : [stdio, page];
}

function prepareRename(stdio, page) {
  return [stdio, stdio.isDefault ? { isDefault: true } : page];
}

/** VS Code folds no single line, and of the ranges that begin in a line the first one. */
function foldingRange(stdio, page) {
  const starts = new Set();
  const shown = [...stdio].sort((one, other) => one.start - other.start).filter(({ start, end }) => start < end && !starts.has(start) && starts.add(start));
  return [shown, page];
}

/** Texts of several definitions, whose order VS Code decides. */
const sorted = (stdio, page) => (typeof stdio[0] === 'string' ? [[...stdio].sort(), [...page].sort()] : [stdio, page]);

const PAIRS = {
  'textDocument/definition': sorted,
  'textDocument/foldingRange': foldingRange,
  'textDocument/hover': hover,
  'textDocument/completion': completion,
  'textDocument/selectionRange': selectionRange,
  'textDocument/documentSymbol': documentSymbol,
  'textDocument/prepareRename': prepareRename,
};

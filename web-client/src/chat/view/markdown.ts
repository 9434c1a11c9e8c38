import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import { h } from 'qide-vscode/dom.js';

/** Deeper nested blocks and spans are shown as plain text. */
const DEEPEST = 24;

/** The parts of a document that the surroundings provide. */
export interface MarkdownParts {
  /** @param info what follows the fence, such as `python src/shapes.py` */
  code(text: string, info: string): Node;
  /** Opens the file of the workspace that a relative link names; null where such links are plain text. */
  readonly openFile: ((path: string, line: number | null) => void) | null;
}

/**
 * The nodes of a Markdown text.
 *
 * Invariant: no text becomes markup. Nodes are created one by one from marked's tokens, HTML is shown as it is written,
 * links lead to `http`, `https`, `mailto` or a file of the workspace, and images are shown as links, since loading one
 * would send what its address contains.
 */
export function markdownNodes(text: string, parts: MarkdownParts): Node[] {
  return blocks(tokensOf(text), parts, 0);
}

/** The top-level tokens of a text; a single paragraph where the parser gives up. */
export function tokensOf(text: string): Token[] {
  try {
    return lexer(text, { gfm: true });
  } catch {
    // The parser recurses once for each level of nesting, and a text may have more than the stack holds.
    return [{ type: 'text', raw: text, text } satisfies Tokens.Text];
  }
}

export function blocks(tokens: readonly Token[], parts: MarkdownParts, depth: number): Node[] {
  return tokens.flatMap((token) => block(token as MarkedToken, parts, depth));
}

function block(token: MarkedToken, parts: MarkdownParts, depth: number): Node[] {
  if (depth > DEEPEST) return [document.createTextNode(token.raw)];
  switch (token.type) {
    case 'space':
    case 'def':
      return [];
    case 'code':
      return [parts.code(token.text, token.lang ?? '')];
    case 'heading':
      // The view has its own headings of levels one and two.
      return [h(`h${Math.min(6, token.depth + 2)}` as 'h3', {}, ...inline(token.tokens, parts, depth + 1))];
    case 'hr':
      return [h('hr')];
    case 'blockquote':
      return [h('blockquote', {}, ...blocks(token.tokens, parts, depth + 1))];
    case 'list':
      return [list(token, parts, depth + 1)];
    case 'table':
      return [table(token, parts, depth + 1)];
    case 'paragraph':
      return [h('p', {}, ...inline(token.tokens, parts, depth + 1))];
    case 'text':
      return token.tokens ? inline(token.tokens, parts, depth + 1) : [document.createTextNode(token.text)];
    case 'html':
      return [h('p', {}, token.raw)];
    default:
      return inline([token], parts, depth);
  }
}

function list({ ordered, start, items }: Tokens.List, parts: MarkdownParts, depth: number): HTMLElement {
  const children = items.map(({ task, checked, tokens }) => {
    const content = blocks(tokens.filter(({ type }) => type !== 'checkbox'), parts, depth);
    return h('li', { class: task ? 'chat-task' : '' }, ...(task ? [h('input', { type: 'checkbox', disabled: true, checked: checked === true, 'aria-label': checked ? 'done' : 'open' })] : []), ...content);
  });
  return ordered ? h('ol', start === 1 || start === '' ? {} : { start: String(start) }, ...children) : h('ul', {}, ...children);
}

function table({ header, rows }: Tokens.Table, parts: MarkdownParts, depth: number): HTMLElement {
  const row = (tag: 'th' | 'td', cells: readonly Tokens.TableCell[]) =>
    h('tr', {}, ...cells.map(({ tokens, align }) => h(tag, { ...(tag === 'th' ? { scope: 'col' } : {}), ...(align ? { class: `align-${align}` } : {}) }, ...inline(tokens, parts, depth))));
  return h('div', { class: 'chat-table', tabindex: '0', role: 'group', 'aria-label': 'Table' }, h('table', {}, h('thead', {}, row('th', header)), h('tbody', {}, ...rows.map((cells) => row('td', cells)))));
}

function inline(tokens: readonly Token[], parts: MarkdownParts, depth: number): Node[] {
  return tokens.map((token) => span(token as MarkedToken, parts, depth));
}

function span(token: MarkedToken, parts: MarkdownParts, depth: number): Node {
  if (depth > DEEPEST) return document.createTextNode(token.raw);
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return h(token.type, {}, ...inline(token.tokens, parts, depth + 1));
    case 'codespan':
      return h('code', {}, token.text);
    case 'br':
      return h('br');
    case 'link':
      return link(token.href, inline(token.tokens, parts, depth + 1), parts);
    case 'image':
      return link(token.href, [document.createTextNode(token.text === '' ? token.href : token.text)], parts);
    case 'text':
      return token.tokens ? h('span', {}, ...inline(token.tokens, parts, depth + 1)) : document.createTextNode(token.text);
    case 'escape':
      return document.createTextNode(token.text);
    default:
      return document.createTextNode(token.raw);
  }
}

function link(href: string, children: Node[], parts: MarkdownParts): Node {
  if (/^(https?:\/\/|mailto:)/i.test(href)) return h('a', { href, target: '_blank', rel: 'noopener noreferrer', title: href }, ...children);
  const { openFile } = parts;
  const file = /^(?:\.\/)?([^?#:\\]+)(?:#L?(\d{1,9}).*)?$/.exec(href);
  if (openFile === null || file === null || file[1]!.startsWith('/')) return h('span', {}, ...children);
  const [, path, line] = file;
  return h('button', { type: 'button', class: 'chat-link', title: href, onclick: () => openFile(decoded(path!), line === undefined ? null : Number(line)) }, ...children);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

import { h } from 'qide-vscode/dom.js';
import type { AnswerCode, ChatHost } from 'qide-vscode/chat/chat-host.js';
import { actionButton } from './buttons.js';
import type { GrowingNode } from './streamed-markdown.js';

/** Longer code is not coloured. */
const COLOURED_CHARACTERS = 50_000;

/** Code of an answer, with buttons that copy it, insert it and apply it to its file. */
export class CodeBlock {
  readonly element: HTMLElement & GrowingNode;
  private readonly text = document.createTextNode('');
  private readonly code: HTMLElement;

  constructor(
    text: string,
    private readonly info: string,
    private readonly host: ChatHost,
    failed: (sentence: string) => void,
  ) {
    const { language, path } = fenceInfo(info);
    this.text.data = text;
    this.code = h('code', {}, this.text);
    const label = path ?? (language === '' ? 'Code' : language);
    this.element = h(
      'div',
      { class: 'chat-code', role: 'group', 'aria-label': `Code: ${label}` },
      h(
        'div',
        { class: 'chat-code-head' },
        h('span', { class: 'chat-code-label' }, label),
        actionButton('apply', 'Show as a change of the file', () => host.apply(this.answerCode), failed),
        actionButton('insert', 'Insert at the caret', () => host.insert(this.text.data), failed),
        actionButton('copy', 'Copy', () => host.copy(this.text.data).then(() => null), failed),
      ),
      h('pre', { tabindex: '0', 'aria-label': `Code: ${label}` }, this.code),
    );
    this.element.grow = (longer, sameInfo) => this.grow(longer, sameInfo);
  }

  /** The text is whole: colours it if its language is known. */
  async finish(): Promise<void> {
    if (this.text.data.length > COLOURED_CHARACTERS) return;
    const lines = await this.host.colour(this.answerCode);
    if (lines === null) return;
    this.code.replaceChildren(...lines.flatMap((line, index) => [...(index === 0 ? [] : ['\n']), ...line.map(({ text, className }) => h('span', { class: className }, text))]));
  }

  private get answerCode(): AnswerCode {
    return { text: this.text.data, ...fenceInfo(this.info) };
  }

  private grow(text: string, info: string): boolean {
    if (info !== this.info || !text.startsWith(this.text.data)) return false;
    this.text.appendData(text.slice(this.text.data.length));
    return true;
  }
}

/** The language and the file of a fence such as `python src/shapes.py`, `python:src/shapes.py` or `src/shapes.py`. */
export function fenceInfo(info: string): { language: string; path: string | null } {
  const [, first = '', second = ''] = /^([^\s:{]*)[\s:]*([^\s{}]*)/.exec(info.trim()) ?? [];
  const isPath = (word: string) => /[./]/.test(word) && !word.startsWith('/') && !word.split('/').includes('..');
  const named = second.replace(/^(title|path|file|filename)=/, '').replace(/^["']|["']$/g, '');
  if (isPath(named)) return { language: first, path: named };
  return isPath(first) ? { language: first.split('.').at(-1)!, path: first } : { language: first, path: null };
}

import type { Token } from 'marked';
import { blocks, tokensOf, type MarkdownParts } from './markdown.js';

/** A longer block at the end is shown as plain text until the next one begins, since it is parsed again as it grows. */
const BLOCK_CHARACTERS = 100_000;
/** Parsing takes at most this share of the time: one part in five. */
const PAUSE_FACTOR = 4;

/** A node of a block that can grow without being created again. */
export interface GrowingNode extends Node {
  /** Shows the code with this text; false if it is not the same block. */
  grow?(text: string, info: string): boolean;
}

/**
 * A Markdown text that grows. Blocks before the last one are final and keep their nodes, so the work for a text of
 * many blocks is linear; the last block is parsed again, and code in it grows in place.
 */
export class StreamedMarkdown {
  /** The number of characters whose blocks are final. */
  private settled = 0;
  private tail: GrowingNode[] = [];
  private text = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private nextAt = 0;

  constructor(
    private readonly element: HTMLElement,
    private readonly parts: MarkdownParts,
    private readonly shown: () => void,
  ) {}

  /** @param text the whole text so far, with LF line endings */
  update(text: string, isDone: boolean): void {
    if (text === this.text && !isDone) return;
    this.text = text;
    clearTimeout(this.timer);
    const wait = isDone ? 0 : this.nextAt - performance.now();
    if (wait <= 0) this.show(isDone);
    else this.timer = setTimeout(() => this.show(false), wait);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private show(isDone: boolean): void {
    const began = performance.now();
    const tail = this.text.slice(this.settled);
    if (tail.length > BLOCK_CHARACTERS && !isDone) this.showPlain(tail);
    else this.showBlocks(tail);
    const ended = performance.now();
    this.nextAt = ended + (ended - began) * PAUSE_FACTOR;
    this.shown();
  }

  private showBlocks(tail: string): void {
    const tokens = tokensOf(tail);
    const last = tokens.findLastIndex(({ type }) => type !== 'space');
    const first = tokens.slice(0, Math.max(0, last));
    const rest = tokens.slice(Math.max(0, last));
    const length = first.reduce((sum, { raw }) => sum + raw.length, 0);
    if (first.length > 0 && tail.startsWith(first.map(({ raw }) => raw).join(''))) {
      this.replaceTail(first);
      this.tail = [];
      this.settled += length;
      this.replaceTail(rest);
    } else this.replaceTail(tokens);
  }

  private replaceTail(tokens: readonly Token[]): void {
    const [only, ...others] = tokens.filter(({ type }) => type !== 'space');
    if (only?.type === 'code' && others.length === 0 && this.tail.length === 1 && this.tail[0]!.grow?.(only['text'] as string, (only['lang'] as string | undefined) ?? '')) return;
    this.replaceNodes(blocks(tokens, this.parts, 0));
  }

  private replaceNodes(nodes: GrowingNode[]): void {
    for (const node of this.tail) node.parentNode?.removeChild(node);
    this.tail = nodes;
    this.element.append(...nodes);
  }

  private showPlain(tail: string): void {
    const [node] = this.tail;
    if (this.tail.length === 1 && node instanceof Text && tail.startsWith(node.data)) node.appendData(tail.slice(node.data.length));
    else this.replaceNodes([document.createTextNode(tail)]);
  }
}

import type { ToolUse } from '@qide/client';
import { h } from 'qide-vscode/dom.js';
import { toolSentence } from 'qide-vscode/chat/tool-sentence.js';
import { chatIcon } from './icons.js';

/** The calls of tools in an answer: a line each, which opens to what the model asked and what it got. */
export class ToolCalls {
  readonly element = h('div', { class: 'chat-tools', role: 'group', 'aria-label': 'Tools that the model used' });
  private readonly lines = new Map<string, ToolLine>();

  constructor() {
    this.element.hidden = true;
  }

  /** @param isRunning whether a call without a result may still get one */
  update(uses: readonly ToolUse[], isRunning: boolean): void {
    this.element.hidden = uses.length === 0;
    for (const use of uses) {
      let line = this.lines.get(use.id);
      if (!line) {
        line = new ToolLine();
        this.lines.set(use.id, line);
        this.element.append(line.element);
      }
      line.update(use, isRunning);
    }
  }
}

/** One call. Its element stays, so that it remains open and focused while the answer goes on. */
class ToolLine {
  private readonly summary = h('summary');
  private readonly figure = h('figure');
  readonly element = h('details', {}, this.summary, this.figure);
  private use: ToolUse | null = null;
  private state = '';

  update(use: ToolUse, isRunning: boolean): void {
    const { result, isError } = use;
    const state = result !== undefined ? (isError ? 'failed' : 'done') : isRunning ? 'running' : 'stopped';
    if (use === this.use && state === this.state) return;
    this.use = use;
    this.state = state;
    const icon = state === 'done' ? chatIcon('done') : state === 'running' ? h('span', { class: 'chat-tool-running', 'aria-hidden': 'true' }) : chatIcon('problems');
    this.element.className = `chat-tool is-${state}`;
    this.summary.replaceChildren(icon, h('span', {}, toolSentence(use)), h('span', { class: 'chat-note' }, state === 'done' ? '' : state));
    this.figure.replaceChildren(
      h('figcaption', {}, use.name),
      detail('What the model asked', formatted(use.arguments)),
      ...(result === undefined ? [] : [detail('What it got', result)]),
    );
  }
}

function detail(label: string, text: string): HTMLElement {
  return h('pre', { tabindex: '0', role: 'group', 'aria-label': label }, text);
}

function formatted(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

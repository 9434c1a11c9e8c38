import type { ToolUse } from '@qide/client';
import { h } from 'qide-vscode/dom.js';
import { toolSentence } from 'qide-vscode/chat/tool-sentence.js';
import { chatIcon } from './icons.js';

/** The calls of tools in an answer: a line each, which opens to what the model asked and what it got. */
export class ToolCalls {
  readonly element = h('div', { class: 'chat-tools', role: 'group', 'aria-label': 'Tools that the model used' });
  private readonly lines = new Map<string, { readonly use: ToolUse; readonly isRunning: boolean; readonly line: HTMLElement }>();

  constructor() {
    this.element.hidden = true;
  }

  /** @param isRunning whether a call without a result may still get one */
  update(uses: readonly ToolUse[], isRunning: boolean): void {
    this.element.hidden = uses.length === 0;
    for (const use of uses) {
      const known = this.lines.get(use.id);
      if (known?.use === use && known.isRunning === isRunning) continue;
      const line = toolLine(use, isRunning);
      if (known) known.line.replaceWith(line);
      else this.element.append(line);
      this.lines.set(use.id, { use, isRunning, line });
    }
  }
}

function toolLine(use: ToolUse, isRunning: boolean): HTMLElement {
  const { result, isError } = use;
  const state = result !== undefined ? (isError ? 'failed' : 'done') : isRunning ? 'running' : 'stopped';
  const icon = state === 'done' ? chatIcon('done') : state === 'running' ? h('span', { class: 'chat-tool-running', 'aria-hidden': 'true' }) : chatIcon('problems');
  return h(
    'details',
    { class: `chat-tool is-${state}` },
    h('summary', {}, icon, h('span', {}, toolSentence(use)), h('span', { class: 'chat-note' }, state === 'done' ? '' : state)),
    h('figure', {}, h('figcaption', {}, use.name), detail('What the model asked', formatted(use.arguments)), result === undefined ? null : detail('What it got', result)),
  );
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

import type { UsageList } from '@qide/client';
import { h } from 'qide-vscode/dom.js';
import type { Conversation } from 'qide-vscode/chat/conversation.js';
import { count, money } from './words.js';

/** The tokens of the conversation, and on request what the person used this month, by model. */
export class UsageLine {
  readonly element: HTMLDetailsElement;
  private readonly summary = h('summary', { title: 'Usage of models' });
  private readonly month = h('div', { class: 'chat-usage-month' });

  constructor(private readonly read: () => Promise<UsageList>) {
    this.element = h('details', { class: 'chat-usage', ontoggle: () => void this.toggled() }, this.summary, this.month);
  }

  update({ inputTokens, outputTokens }: Conversation): void {
    const isUnknown = inputTokens + outputTokens === 0;
    this.summary.textContent = isUnknown ? 'Usage' : `This conversation: ${count(inputTokens)} tokens in, ${count(outputTokens)} out`;
    if (this.element.open) void this.toggled();
  }

  private async toggled(): Promise<void> {
    if (!this.element.open) return;
    try {
      this.month.replaceChildren(monthTable(await this.read()));
    } catch (error) {
      this.month.replaceChildren(h('p', { class: 'chat-note' }, `Your usage cannot be read: ${error instanceof Error ? error.message : String(error)}`));
    }
  }
}

function monthTable({ entries }: UsageList): HTMLElement {
  const models = new Map<string, { input: number; output: number; cost: number }>();
  for (const { model, inputTokens, outputTokens, cost } of entries) {
    const sum = models.get(model) ?? { input: 0, output: 0, cost: 0 };
    models.set(model, { input: sum.input + inputTokens, output: sum.output + outputTokens, cost: sum.cost + cost });
  }
  if (models.size === 0) return h('p', { class: 'chat-note' }, 'You have not used any models this month.');
  const row = (name: string, { input, output, cost }: { input: number; output: number; cost: number }) =>
    h('tr', {}, h('th', { scope: 'row' }, name), ...[count(input), count(output), money(cost)].map((cell) => h('td', {}, cell)));
  const total = [...models.values()].reduce((sum, one) => ({ input: sum.input + one.input, output: sum.output + one.output, cost: sum.cost + one.cost }));
  return h(
    'table',
    {},
    h('caption', {}, 'Your usage this month, chat and completion'),
    h('thead', {}, h('tr', {}, ...['Model', 'Tokens in', 'Tokens out', 'Cost'].map((head) => h('th', { scope: 'col' }, head)))),
    h('tbody', {}, ...[...models].map(([name, sum]) => row(name, sum)), models.size > 1 ? row('All', total) : null),
  );
}

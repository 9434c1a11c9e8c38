import type { ConversationListEntry } from '@qide/client';
import { h } from 'qide-vscode/dom.js';
import { iconButton } from './buttons.js';
import { keyed, redraw } from './redraw.js';
import { ago } from './words.js';

export interface HistoryActions {
  open(id: string): void;
  delete(id: string): void;
  close(): void;
}

/** The person's conversations of this workspace: open one, delete one. */
export class HistoryList {
  readonly element = h('section', { class: 'chat-history', 'aria-label': 'Conversations', onkeydown: (event: KeyboardEvent) => this.pressed(event) });
  /** The conversation whose deletion waits for confirmation. */
  private asked: string | null = null;
  private entries: readonly ConversationListEntry[] = [];
  private shown: string | null = null;

  constructor(private readonly actions: HistoryActions) {
    this.element.hidden = true;
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  open(): void {
    this.asked = null;
    this.element.hidden = false;
    this.show();
    (this.element.querySelector<HTMLElement>('[aria-current=true]') ?? this.element.querySelector('button'))?.focus();
  }

  close(): void {
    this.element.hidden = true;
  }

  /** @param shown the conversation that the view shows */
  update(entries: readonly ConversationListEntry[], shown: string | null): void {
    this.entries = entries;
    this.shown = shown;
    if (this.isOpen) this.show();
  }

  private show(): void {
    const rows = this.entries.map((entry) => this.row(entry));
    redraw(this.element, rows.length === 0 ? h('p', { class: 'chat-note' }, 'No conversations in this workspace yet.') : h('ul', {}, ...rows));
  }

  private row({ conversation, title, updatedAt }: ConversationListEntry): HTMLElement {
    if (conversation === this.asked) return this.question(conversation, title);
    return h(
      'li',
      {},
      keyed(
        `open ${conversation}`,
        h(
          'button',
          { type: 'button', class: 'chat-history-row', title, 'aria-current': String(conversation === this.shown), onclick: () => this.actions.open(conversation) },
          h('span', { class: 'chat-history-title' }, title === '' ? 'Untitled' : title),
          h('span', { class: 'chat-note' }, ago(updatedAt)),
        ),
      ),
      keyed(`ask ${conversation}`, iconButton('delete', `Delete ${title}`, () => this.ask(conversation))),
    );
  }

  private question(conversation: string, title: string): HTMLElement {
    return h(
      'li',
      { class: 'chat-confirm', role: 'group', 'aria-label': `Delete ${title}?` },
      h('span', { class: 'chat-history-title' }, `Delete “${title}”?`),
      keyed(`delete ${conversation}`, h('button', { type: 'button', class: 'chat-button', onclick: () => this.actions.delete(conversation) }, 'Delete')),
      keyed(`keep ${conversation}`, h('button', { type: 'button', class: 'chat-button is-secondary', onclick: () => this.ask(null) }, 'Keep')),
    );
  }

  private ask(conversation: string | null): void {
    const former = this.asked;
    this.asked = conversation;
    this.show();
    const find = (selector: string) => this.element.querySelector<HTMLElement>(selector);
    // A single selector list would find the first row of the list before the question.
    (find('.chat-confirm button') ?? find(`[data-key=${CSS.escape(`ask ${former}`)}]`) ?? find('.chat-history-row'))?.focus();
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    if (this.asked === null) this.actions.close();
    else this.ask(null);
  }
}

import { h } from 'qide-vscode/dom.js';
import type { ChatHost, ContextOffer, ContextPart } from 'qide-vscode/chat/chat-host.js';
import { iconButton } from './buttons.js';
import { chatIcon } from './icons.js';
import { count } from './words.js';

/** What one question may carry; the server refuses more. */
const MOST_ATTACHMENTS = 64;

/** What is attached to the next question: a chip each, whose text can be looked at, and offers to attach more. */
export class ContextChips {
  readonly element: HTMLElement;
  private readonly list = h('ul', { class: 'chat-chips', 'aria-label': 'Attached to your question' });
  private readonly offers = h('div', { class: 'chat-offers' });
  private readonly preview = h('div', { class: 'chat-preview' });
  private attached: ContextOffer[] = [];
  private previewed: ContextOffer | null = null;

  constructor(
    private readonly host: ChatHost,
    private readonly failed: (sentence: string) => void,
  ) {
    this.preview.hidden = true;
    this.element = h('div', { class: 'chat-context' }, this.list, this.offers, this.preview);
    this.show();
  }

  /** Reads what is attached. */
  read(): Promise<ContextPart[]> {
    return Promise.all(this.attached.map((offer) => this.host.read(offer)));
  }

  /** The editor, its selection or its problems changed. */
  async refreshOffers(): Promise<void> {
    const offered = (await this.host.offers()).filter((offer) => !this.attached.some((one) => isSame(one, offer)));
    const add = (offer: ContextOffer) =>
      h('button', { type: 'button', class: 'chat-offer', title: `Attach ${offer.label}`, 'aria-label': `Attach ${offer.label}`, onclick: () => this.attach([offer]) }, chatIcon('add'), h('span', {}, offer.label));
    const choose = h('button', { type: 'button', class: 'chat-offer', title: 'Attach files', onclick: () => void this.choose() }, chatIcon('add'), h('span', {}, 'Files…'));
    this.offers.replaceChildren(choose, ...offered.map(add));
  }

  attach(offers: readonly ContextOffer[]): void {
    this.attached = [...this.attached, ...offers.filter((offer) => !this.attached.some((one) => isSame(one, offer)))];
    if (this.attached.length > MOST_ATTACHMENTS) {
      this.attached = this.attached.slice(0, MOST_ATTACHMENTS);
      this.failed(`A question can have at most ${MOST_ATTACHMENTS} attachments. Remove one to attach another.`);
    }
    this.show();
  }

  clear(): void {
    this.attached = [];
    this.show();
  }

  private async choose(): Promise<void> {
    this.attach(await this.host.chooseFiles());
  }

  private remove(offer: ContextOffer, index: number): void {
    this.attached = this.attached.filter((one) => one !== offer);
    this.show();
    const next = this.list.children[Math.min(index, this.attached.length - 1)] ?? this.offers;
    next.querySelector('button')?.focus();
  }

  private show(): void {
    if (this.previewed !== null && !this.attached.includes(this.previewed)) this.close();
    this.list.replaceChildren(
      ...this.attached.map((offer, index) =>
        h(
          'li',
          { class: 'chat-chip' },
          h(
            'button',
            { type: 'button', class: 'chat-chip-label', title: `Show what is sent of ${offer.path}`, 'aria-label': `${offer.label}: show what is sent`, 'aria-expanded': String(offer === this.previewed), onclick: () => void this.toggle(offer) },
            chatIcon(offer.kind),
            h('span', {}, offer.label),
          ),
          iconButton('remove', `Do not attach ${offer.label}`, () => this.remove(offer, index)),
        ),
      ),
    );
    this.list.hidden = this.attached.length === 0;
    void this.refreshOffers();
  }

  private async toggle(offer: ContextOffer): Promise<void> {
    const isShown = offer === this.previewed;
    this.close();
    if (!isShown) {
      this.previewed = offer;
      try {
        this.preview.replaceChildren(contextText(await this.host.read(offer)));
        this.preview.hidden = false;
      } catch (error) {
        this.previewed = null;
        this.failed(error instanceof Error ? error.message : String(error));
      }
    }
    [...this.list.children].forEach((chip, index) => chip.firstElementChild!.setAttribute('aria-expanded', String(this.attached[index] === this.previewed)));
  }

  private close(): void {
    this.previewed = null;
    this.preview.hidden = true;
    this.preview.replaceChildren();
  }
}

/** What was sent with a question, each as a line that opens. */
export function sentContext(context: readonly ContextPart[] | null): HTMLElement | null {
  if (context === null || context.length === 0) return null;
  return h('div', { class: 'chat-sent' }, ...context.map((part) => h('details', {}, h('summary', {}, part.label), contextText(part))));
}

function contextText({ path, label, text }: ContextPart): HTMLElement {
  return h(
    'figure',
    { class: 'chat-context-text' },
    h('figcaption', {}, `${path} · ${count(text.length)} characters`),
    h('pre', { tabindex: '0', role: 'group', 'aria-label': `What is sent: ${label}` }, text),
  );
}

function isSame(one: ContextOffer, other: ContextOffer): boolean {
  return one.kind === other.kind && one.path === other.path && one.text === other.text;
}

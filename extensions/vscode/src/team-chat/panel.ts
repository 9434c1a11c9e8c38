import type { TeamChatMessage } from '@qide/client';
import { h } from '../dom.js';
import type { ShownConversation, TeamChatView } from '../host.js';
import { initialsOf, type Member } from '../members/members.js';
import type { Draft } from './conversation.js';

/** Messages of one person within this time stand below one name. */
const GROUP_MILLISECONDS = 5 * 60_000;
/** The distance from the end, in pixels, within which new messages scroll the list. */
const AT_END_PIXELS = 40;

/** Who reads the team chat. */
export interface TeamChatReader {
  readonly personId: string;
  /** Whether the person may write now. */
  readonly isEditor: boolean;
  readonly members: { readonly members: readonly Pick<Member, 'key' | 'colour'>[] };
}

/**
 * The view of the team chat as elements of a page: the messages, what is not stored yet, and the field for a new one.
 * Needs no API of VS Code, so that it works in a webview too. Its colours are VS Code's, as custom properties.
 */
export class TeamChatPanel implements TeamChatView {
  private readonly earlier: HTMLButtonElement;
  private readonly problem = h('p', { class: 'team-chat-problem', role: 'status' });
  private readonly list = h('ol', { class: 'team-chat-messages', 'aria-label': 'Messages of the team chat' });
  private readonly scroller: HTMLDivElement;
  private readonly field: HTMLTextAreaElement;
  private readonly composer: HTMLFormElement;
  private readonly hint = h('p', { class: 'team-chat-hint' }, 'You may read the team chat. Only editors write to it.');
  private readonly root: HTMLDivElement;
  private readonly visibility: IntersectionObserver;
  private isAtEnd = true;

  constructor(
    container: HTMLElement,
    private readonly conversation: ShownConversation,
    private readonly host: TeamChatReader,
  ) {
    this.earlier = h('button', { type: 'button', class: 'team-chat-earlier', onclick: () => void this.readEarlier() }, 'Show earlier messages');
    this.scroller = h('div', { class: 'team-chat-scroller', role: 'log', 'aria-label': 'Team chat', tabindex: '0' }, this.earlier, this.problem, this.list);
    this.field = h('textarea', { rows: '2', placeholder: 'Message to everybody here', 'aria-label': 'Message to everybody in this workspace', onkeydown: (event) => this.pressed(event) });
    this.composer = this.createComposer();
    this.root = h('div', { class: 'team-chat' }, this.scroller, this.composer, this.hint);
    container.append(this.root);
    this.scroller.addEventListener('scroll', () => (this.isAtEnd = this.distanceFromEnd() <= AT_END_PIXELS));
    this.visibility = new IntersectionObserver(([entry]) => conversation.show(entry!.isIntersecting));
    this.visibility.observe(this.root);
    this.update();
  }

  /** Shows the conversation as it is now. */
  update(): void {
    const { messages, drafts, hasEarlier, problem } = this.conversation;
    this.composer.hidden = !this.host.isEditor;
    this.hint.hidden = this.host.isEditor;
    this.earlier.hidden = !hasEarlier;
    this.problem.textContent = problem ?? (messages.length + drafts.length === 0 ? 'No messages yet. Everybody in this workspace reads what is written here.' : '');
    this.problem.hidden = this.problem.textContent === '';
    this.list.replaceChildren(...messages.map((message, at) => this.row(message, messages[at - 1])), ...drafts.map((draft) => this.draftRow(draft)));
    if (this.isAtEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  focus(): void {
    this.field.focus();
  }

  dispose(): void {
    this.visibility.disconnect();
    this.conversation.show(false);
    this.root.remove();
  }

  private createComposer(): HTMLFormElement {
    const send = h('button', { type: 'submit', class: 'team-chat-send' }, 'Send');
    return h('form', { class: 'team-chat-composer', onsubmit: (event) => this.submit(event) }, this.field, send);
  }

  /** Enter sends; with Shift, and while an input method composes, it does not. */
  private pressed(event: KeyboardEvent): void {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.submit(event);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const text = this.field.value;
    this.field.value = '';
    this.isAtEnd = true;
    void this.conversation.send(text);
  }

  private row(message: TeamChatMessage, previous: TeamChatMessage | undefined): HTMLLIElement {
    const text = h('p', { class: 'team-chat-text' }, message.text);
    const isContinued = previous?.person === message.person && Date.parse(message.sentAt) - Date.parse(previous.sentAt) < GROUP_MILLISECONDS;
    if (isContinued) return h('li', { class: 'team-chat-continued' }, text);
    const time = h('time', { datetime: message.sentAt, title: new Date(message.sentAt).toLocaleString() }, timeOf(message.sentAt));
    const name = h('span', { class: 'team-chat-name' }, message.person === this.host.personId ? `${message.name} (you)` : message.name);
    return h('li', {}, this.avatar(message), h('div', { class: 'team-chat-head' }, name, time), text);
  }

  private draftRow(draft: Draft): HTMLLIElement {
    const text = h('p', { class: 'team-chat-text' }, draft.text);
    if (draft.problem === null) return h('li', { class: 'team-chat-draft' }, text, h('p', { class: 'team-chat-note' }, 'Sending…'));
    const again = h('button', { type: 'button', onclick: () => void this.conversation.sendAgain(draft) }, 'Send again');
    const discard = h('button', { type: 'button', onclick: () => this.conversation.discard(draft) }, 'Discard');
    const note = h('p', { class: 'team-chat-note team-chat-failed', role: 'alert' }, `Not sent. ${draft.problem} `, again, discard);
    return h('li', { class: 'team-chat-draft' }, text, note);
  }

  /** A disc in the colour of a member who is here, else in grey. */
  private avatar({ person, name }: TeamChatMessage): HTMLElement {
    const colour = this.host.members.members.find(({ key }) => key === `id:${person}`)?.colour;
    const class_ = colour === undefined ? 'team-chat-avatar' : `team-chat-avatar person-${colour}`;
    return h('span', { class: class_, 'aria-hidden': 'true' }, initialsOf(name));
  }

  /** Reads older messages; what is shown stays in place. */
  private async readEarlier(): Promise<void> {
    const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.isAtEnd = false;
    await this.conversation.readEarlier();
    this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
  }

  private distanceFromEnd(): number {
    return this.scroller.scrollHeight - this.scroller.clientHeight - this.scroller.scrollTop;
  }
}

/** Today's messages with the time, earlier ones with the day too. */
function timeOf(iso: string): string {
  const date = new Date(iso);
  const time = date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? time : `${date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })}, ${time}`;
}

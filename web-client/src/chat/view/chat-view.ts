import './chat.css';
import './markdown.css';
import type { ChatDeltaParams } from '@qide/client';
import { h } from 'qide-vscode/dom.js';
import type { ChatHost, ContextPart } from 'qide-vscode/chat/chat-host.js';
import type { Message } from 'qide-vscode/chat/conversation.js';
import { Conversations, type ChatChange } from 'qide-vscode/chat/conversations.js';
import { chatFailure, failureName } from 'qide-vscode/chat/failures.js';
import { iconButton } from './buttons.js';
import { ChangeList } from './change-list.js';
import { Composer } from './composer.js';
import { ContextChips } from './context-chips.js';
import { HistoryList } from './history-list.js';
import { chatIcon } from './icons.js';
import { messageView, type MessageView } from './message-view.js';
import { showModelHelp } from './model-help.js';
import { UsageLine } from './usage-line.js';

const CONVERSATION = 'conversation';
/** The distance from the end within which the view stays at the end while an answer grows. */
const END_PIXELS = 60;

/** Conversations with models: the view of the page and of editors that show it in a webview. */
export class ChatView {
  readonly element: HTMLElement;
  private readonly conversations: Conversations;
  private readonly title = h('h2', { class: 'chat-title' });
  private readonly messages = h('div', { class: 'chat-messages', role: 'log', 'aria-label': 'Conversation', 'aria-live': 'off', tabindex: '0', onscroll: () => this.scrolled() });
  private readonly announcement = h('div', { class: 'chat-announcement', role: 'status' });
  private readonly notice = h('div', { class: 'chat-notice', role: 'alert' });
  private readonly toEnd = iconButton('down', 'Go to the end', () => this.scrollToEnd());
  private readonly views = new Map<Message, MessageView>();
  private readonly chips: ContextChips;
  private readonly composer: Composer;
  private readonly history: HistoryList;
  private readonly usage: UsageLine;
  private readonly changes: ChangeList;
  private isAtEnd = true;
  private isFrameRequested = false;
  private wasRunning = false;
  /** Whether the conversation of before a reload was looked up: only then another one is remembered. */
  private isRestored = false;

  constructor(private readonly host: ChatHost) {
    this.conversations = new Conversations(host.transport, (change) => this.changed(change));
    this.chips = new ContextChips(host, (sentence) => this.say(sentence));
    this.composer = new Composer(host, this.chips, { send: (text) => void this.send(text), stop: () => this.conversations.stop() });
    this.usage = new UsageLine(() => host.usage());
    this.history = new HistoryList({ open: (id) => void this.open(id), delete: (id) => void this.delete(id), close: () => this.closeHistory() });
    this.changes = new ChangeList(host, (sentence) => this.say(sentence));
    this.toEnd.classList.add('chat-to-end');
    this.toEnd.hidden = true;
    const historyButton = iconButton('history', 'Conversations', () => (this.history.isOpen ? this.closeHistory() : this.openHistory()));
    this.element = h(
      'div',
      { class: 'qide-chat' },
      h('div', { class: 'chat-head' }, this.title, historyButton, iconButton('add', 'New conversation', () => this.startNew())),
      h('div', { class: 'chat-main' }, this.messages, this.toEnd, this.history.element),
      this.notice,
      h('div', { class: 'chat-bottom' }, this.changes.element, this.composer.element, this.usage.element),
      this.announcement,
    );
    this.show();
  }

  /** Call when the connection is initialized, for the first time or again. */
  async connected(): Promise<void> {
    const isFirst = this.conversations.models === null;
    await Promise.all([this.conversations.connected(), isFirst ? this.restore() : null]);
    this.changed('conversation');
  }

  /** Call when the person may edit more or less than before. */
  accessChanged(): void {
    this.composer.showTools();
  }

  /** Call when the connection is lost. */
  disconnected(): void {
    this.show();
  }

  /** Call for each notification `qide/chatDelta`; returns whether it belongs to a conversation of the view. */
  received(delta: ChatDeltaParams): boolean {
    return this.conversations.received(delta);
  }

  /** Call when the editor, its selection or its problems changed. */
  editorChanged(): void {
    void this.chips.refreshOffers();
  }

  /** Call when the view was shown, or its size changed. */
  layout(): void {
    this.composer.fitHeight();
    if (this.isAtEnd) this.scrollToEnd();
  }

  focus(): void {
    this.composer.focus();
  }

  /** Goes on with the conversation that this window showed before it was reloaded. */
  private async restore(): Promise<void> {
    const id = this.host.memory.get(CONVERSATION);
    this.isRestored = true;
    if (id === null) return;
    try {
      await this.conversations.open(id);
    } catch (error) {
      if (failureName(error) === 'conversation-unknown') this.host.memory.set(CONVERSATION, null);
    }
  }

  private async send(text: string): Promise<void> {
    this.notice.replaceChildren();
    let context: ContextPart[];
    try {
      context = await this.chips.read();
    } catch (error) {
      return this.say(error instanceof Error ? error.message : String(error));
    }
    if (!this.conversations.canAsk) return;
    this.composer.clear();
    this.isAtEnd = true;
    await this.conversations.ask(text, this.composer.options, context);
  }

  private async askAgain(): Promise<void> {
    const question = this.conversations.shown.messages.findLast((message) => message.role === 'user');
    if (question?.role === 'user' && this.conversations.canAsk) await this.conversations.ask(question.text, this.composer.options, question.context ?? []);
  }

  private startNew(): void {
    this.history.close();
    this.notice.replaceChildren();
    this.conversations.startNew();
    this.composer.focus();
  }

  private openHistory(): void {
    this.history.open();
    void this.conversations.refresh();
  }

  private closeHistory(): void {
    this.history.close();
    this.composer.focus();
  }

  private async open(id: string): Promise<void> {
    this.closeHistory();
    this.isAtEnd = true;
    try {
      await this.conversations.open(id);
    } catch (error) {
      this.say(chatFailure(error).sentence);
      await this.conversations.refresh();
    }
  }

  private async delete(id: string): Promise<void> {
    try {
      await this.conversations.delete(id);
      if (this.history.isOpen) this.history.open();
    } catch (error) {
      this.say(chatFailure(error).sentence);
      await this.conversations.refresh();
    }
  }

  private say(sentence: string): void {
    this.notice.replaceChildren(h('p', {}, sentence), iconButton('remove', 'Close the message', () => this.notice.replaceChildren()));
  }

  private changed(change: ChatChange): void {
    if (change === 'list') this.composer.setModels(this.conversations.models ?? []);
    if (change === 'answer') {
      // A page in the background draws no frames.
      if (this.isFrameRequested) return;
      this.isFrameRequested = true;
      requestAnimationFrame(() => {
        this.isFrameRequested = false;
        this.showMessages();
      });
      return;
    }
    this.show();
  }

  private show(): void {
    const { shown, list } = this.conversations;
    if (this.isRestored) this.host.memory.set(CONVERSATION, shown.messages.length === 0 ? null : shown.id);
    this.title.textContent = shown.title === '' ? 'New conversation' : shown.title;
    this.history.update(list, shown.id);
    this.usage.update(shown);
    this.composer.update(shown.isRunning, this.conversations.canAsk && (this.conversations.models ?? []).length > 0);
    this.announce(shown.isRunning);
    this.showMessages();
  }

  private announce(isRunning: boolean): void {
    if (isRunning !== this.wasRunning) this.announcement.textContent = isRunning ? 'The answer is being generated' : (this.conversations.shown.answer?.failure?.sentence ?? 'The answer has ended');
    this.wasRunning = isRunning;
  }

  private showMessages(): void {
    const { messages } = this.conversations.shown;
    const actions = { failed: (sentence: string) => this.say(sentence), askAgain: () => void this.askAgain(), showModelHelp: () => void showModelHelp(this.element), grown: () => this.grown() };
    for (const [message, view] of this.views) {
      if (messages.includes(message)) continue;
      view.dispose();
      view.element.remove();
      this.views.delete(message);
    }
    if (messages.length === 0) return this.messages.replaceChildren(this.welcome());
    this.messages.querySelector('.chat-welcome')?.remove();
    for (const message of messages) {
      let view = this.views.get(message);
      if (view === undefined) {
        view = messageView(message, this.host, actions);
        this.views.set(message, view);
        this.messages.append(view.element);
      }
      view.update(message === messages.at(-1));
    }
    this.grown();
  }

  private welcome(): HTMLElement {
    const { models, failure } = this.conversations;
    if (failure !== null) return h('div', { class: 'chat-welcome' }, chatIcon('chat'), h('p', {}, failure.sentence));
    if (models === null) return h('div', { class: 'chat-welcome' }, chatIcon('chat'), h('p', {}, 'Connecting…'));
    if (models.length > 0) return h('div', { class: 'chat-welcome' }, chatIcon('chat'), h('p', {}, 'Ask a model about your code. With tools it reads the files that it needs and proposes changes; without, it gets only what you attach.'));
    return h(
      'div',
      { class: 'chat-welcome' },
      chatIcon('chat'),
      h('p', {}, 'No model is configured for chat. The owner can add one to the server’s models file.'),
      h('button', { type: 'button', class: 'chat-button', onclick: () => void showModelHelp(this.element) }, 'How to Configure Models'),
    );
  }

  private grown(): void {
    if (this.isAtEnd) this.scrollToEnd();
  }

  private scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.messages;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < END_PIXELS;
    this.toEnd.hidden = this.isAtEnd;
  }

  private scrollToEnd(): void {
    this.messages.scrollTop = this.messages.scrollHeight;
    this.isAtEnd = true;
    this.toEnd.hidden = true;
  }
}

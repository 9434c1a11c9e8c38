import { FAILURES, type ChatDeltaParams, type ChatResult, type ConversationHistory, type ConversationList, type ConversationListEntry } from '@qide/client';
import type { ChatTransport, ContextPart } from './chat-host.js';
import { Conversation } from './conversation.js';
import { chatFailure, failureName, isBusy, type ChatFailure } from './failures.js';

/** What changed: the list of conversations and models, which conversation is shown, or the text of its answer. */
export type ChatChange = 'list' | 'conversation' | 'answer';

/** How a question is answered. */
export interface AskOptions {
  /** A name of the server's list; null for its default. */
  readonly model: string | null;
  /** Whether the model may read the workspace and propose changes. */
  readonly hasTools: boolean;
}

const ELSEWHERE: ChatFailure = { sentence: 'This conversation continues in another window.', mayRetry: false, isAboutModels: false };
const LOST: ChatFailure = { sentence: 'The answer was lost with the connection. Ask again.', mayRetry: true, isAboutModels: false };

/**
 * This window's conversations with models. The server keeps them; a turn goes on there for 10 s after its socket has
 * ended, and this class takes it over on the next connection, or after a reload of the page.
 */
export class Conversations {
  list: readonly ConversationListEntry[] = [];
  /** The names of the models for chat; null until the server has answered. */
  models: readonly string[] | null = null;
  /** Why the list could not be read. */
  failure: ChatFailure | null = null;
  shown = new Conversation();
  /** Conversations whose answer is being generated. */
  private readonly running = new Set<Conversation>();

  constructor(
    private readonly transport: ChatTransport,
    private readonly changed: (change: ChatChange) => void,
  ) {}

  /** The connection is initialized, for the first time or again. */
  async connected(): Promise<void> {
    await Promise.all([this.refresh(), ...[...this.running].filter(({ answer }) => answer?.state === 'waiting').map((one) => this.resume(one))]);
  }

  async refresh(): Promise<void> {
    try {
      const { conversations, models } = (await this.transport.request('qide/conversationList', {})) as ConversationList;
      this.list = conversations;
      this.models = models;
      this.failure = null;
    } catch (error) {
      if (isLost(error, this.transport)) return;
      this.failure = chatFailure(error);
    }
    this.changed('list');
  }

  /** A notification `qide/chatDelta` arrived; returns whether it belongs to a conversation here. */
  received(delta: ChatDeltaParams): boolean {
    const conversation = [...this.running].find(({ id }) => id === delta.conversation);
    if (conversation === undefined) return false;
    conversation.received(delta);
    if (conversation === this.shown) this.changed('answer');
    return true;
  }

  /** Whether a question can be sent now. */
  get canAsk(): boolean {
    return this.transport.isReady && !this.shown.isRunning;
  }

  async ask(text: string, { model, hasTools }: AskOptions, context: readonly ContextPart[]): Promise<void> {
    const conversation = this.shown;
    conversation.ask(text, context);
    const params = {
      text,
      conversation: conversation.id,
      ...(conversation.isOwn ? { create: true } : {}),
      ...(model === null ? {} : { model }),
      ...(hasTools ? { tools: true } : {}),
      ...(context.length === 0 ? {} : { context: context.map(({ path, text: content }) => ({ path, text: content })) }),
    };
    await this.follow(conversation, () => this.transport.request('qide/chat', params, conversation.stopping.signal));
  }

  /** Ends the answer of the conversation that is shown; what was generated is kept. */
  stop(): void {
    const conversation = this.shown;
    if (!conversation.isRunning) return;
    conversation.stopping.abort();
    if (conversation.answer?.state === 'waiting') void this.ended(conversation, 'stopped');
  }

  startNew(): void {
    this.shown = new Conversation();
    this.changed('conversation');
  }

  /** Shows a stored conversation, and goes on with its answer if that is still generated. Rejects if it is gone. */
  async open(id: string): Promise<void> {
    const known = [...this.running].find((one) => one.id === id);
    const conversation = known ?? new Conversation(id);
    if (!known) conversation.restore(await this.history(id));
    this.shown = conversation;
    this.changed('conversation');
    if (!known && conversation.isRunning) await this.resume(conversation);
  }

  async delete(id: string): Promise<void> {
    await this.transport.request('qide/conversationDelete', { conversation: id });
    if (this.shown.id === id) this.startNew();
    await this.refresh();
  }

  private async resume(conversation: Conversation): Promise<void> {
    const params = { conversation: conversation.id, after: conversation.sequence };
    await this.follow(conversation, () => this.transport.request('qide/conversationResume', params, conversation.stopping.signal));
  }

  /** Waits for the end of a turn, which is one of those that {@link AnswerState} names. */
  private async follow(conversation: Conversation, request: () => Promise<unknown>): Promise<void> {
    this.running.add(conversation);
    conversation.end('streaming');
    this.show(conversation);
    try {
      conversation.completed((await request()) as ChatResult);
      await this.ended(conversation, 'whole');
    } catch (error) {
      await this.interrupted(conversation, error);
    }
  }

  private async interrupted(conversation: Conversation, error: unknown): Promise<void> {
    if (conversation.stopping.signal.aborted) return this.ended(conversation, 'stopped');
    if (isLost(error, this.transport)) {
      conversation.end('waiting');
      this.show(conversation);
      return;
    }
    const name = failureName(error);
    if (name === 'server-cancelled' && !isBusy(error)) return this.ended(conversation, 'failed', ELSEWHERE);
    if (name === 'conversation-unknown' && conversation.messages.length > 1) return this.reload(conversation, error);
    return this.ended(conversation, 'failed', chatFailure(error));
  }

  /** Nothing is running: the server has stored what was generated. */
  private async reload(conversation: Conversation, error: unknown): Promise<void> {
    try {
      conversation.restore(await this.history(conversation.id));
      await this.ended(conversation, conversation.isRunning ? 'failed' : conversation.answer!.state, conversation.isRunning ? LOST : null);
    } catch {
      // A conversation of this window may have been lost before the server had it.
      await this.ended(conversation, 'failed', conversation.isOwn ? LOST : chatFailure(error));
    }
    if (conversation === this.shown) this.changed('conversation');
  }

  private async ended(conversation: Conversation, state: 'whole' | 'stopped' | 'failed' | 'streaming' | 'waiting', failure: ChatFailure | null = null): Promise<void> {
    conversation.end(state, failure);
    this.running.delete(conversation);
    this.show(conversation);
    await this.refresh();
  }

  private async history(id: string): Promise<ConversationHistory> {
    return (await this.transport.request('qide/conversationHistory', { conversation: id })) as ConversationHistory;
  }

  private show(conversation: Conversation): void {
    if (conversation === this.shown) this.changed('conversation');
  }
}

/** Whether a request ended because its connection did, not because the server ended it. */
function isLost(error: unknown, transport: ChatTransport): boolean {
  return !transport.isReady && (error as { code?: unknown }).code === FAILURES['server-cancelled'];
}

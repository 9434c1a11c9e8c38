// The messages that one person sees of the team chat. Independent of the page.

import type { TeamChatMessage, TeamChatPage } from '@qide/client';
import type { TeamChatServer } from '../host.js';

/** The messages that are kept here: as many as the server keeps of a workspace. */
export const KEPT_MESSAGES = 5_000;
/** The messages that one request reads. */
const PAGE_MESSAGES = 50;
/** The wait before the newest messages are read again after a failure. */
const RETRY_MILLISECONDS = 5_000;

/** A message of this person that the server has not stored yet. */
export interface Draft {
  /** Makes the server store the message once, however often it is sent. */
  readonly key: string;
  readonly text: string;
  /** Why it is not stored; null while it is being sent. */
  readonly problem: string | null;
}

/** The team chat as this person sees it: the newest messages in the order of their ids, and drafts. */
export class Conversation {
  private kept: readonly TeamChatMessage[] = [];
  private unsent: readonly Draft[] = [];
  private hasMore = false;
  private failure: string | null = null;
  private lastRead = -1;
  private isShown = false;
  private retry: ReturnType<typeof setTimeout> | undefined;

  /** @param changed called after each change */
  constructor(
    private readonly server: TeamChatServer,
    private readonly changed: () => void,
  ) {
    server.subscribe((message) => this.received([message]));
    server.subscribeReady(() => {
      void this.readNewest();
      for (const draft of this.unsent) if (draft.problem !== null) void this.sendAgain(draft);
    });
  }

  get messages(): readonly TeamChatMessage[] {
    return this.kept;
  }

  get drafts(): readonly Draft[] {
    return this.unsent;
  }

  /** Whether the server has messages before the first one. */
  get hasEarlier(): boolean {
    return this.hasMore;
  }

  /** Why the messages could not be read; null if they were. */
  get problem(): string | null {
    return this.failure;
  }

  /** The messages of others since the chat was last shown; messages of earlier visits count as read. */
  unread(personId: string): number {
    return this.isShown ? 0 : this.kept.filter(({ id, person }) => id > this.lastRead && person !== personId).length;
  }

  show(isShown: boolean): void {
    this.isShown = isShown;
    this.markRead();
    this.changed();
  }

  async send(text: string): Promise<void> {
    const words = text.trim();
    if (words === '') return;
    await this.store({ key: crypto.randomUUID(), text: words, problem: null });
  }

  /** Sends a draft again that failed. */
  async sendAgain({ key, text }: Draft): Promise<void> {
    await this.store({ key, text, problem: null });
  }

  discard({ key }: Draft): void {
    this.unsent = this.unsent.filter((one) => one.key !== key);
    this.changed();
  }

  async readEarlier(): Promise<void> {
    const first = this.kept[0];
    await this.read(first === undefined ? {} : { before: first.id }, ({ messages, more }) => {
      this.keep(messages);
      this.hasMore = more;
    });
  }

  /** Reads the newest messages; those that came while there was no connection are among them or before them. */
  private async readNewest(): Promise<void> {
    clearTimeout(this.retry);
    const isRead = await this.read({}, ({ messages, more }) => {
      const isFirst = this.lastRead < 0;
      const first = messages[0];
      if (first !== undefined && !this.kept.some(({ id }) => id === first.id)) {
        // A gap: what is older than the page is read again with `before`. A newer message came meanwhile.
        this.kept = this.kept.filter(({ id }) => id > first.id);
        this.hasMore = more;
      }
      this.keep(messages);
      if (isFirst) this.lastRead = messages.at(-1)?.id ?? 0;
    });
    if (!isRead) this.retry = setTimeout(() => void this.readNewest(), RETRY_MILLISECONDS);
  }

  /** Returns whether the server answered. */
  private async read(range: { readonly before?: number }, take: (page: TeamChatPage) => void): Promise<boolean> {
    try {
      take((await this.server.request('qide/teamChatHistory', { ...range, limit: PAGE_MESSAGES })) as TeamChatPage);
      this.failure = null;
    } catch (error) {
      this.failure = sentenceOf(error);
    }
    this.markRead();
    this.changed();
    return this.failure === null;
  }

  private async store(draft: Draft): Promise<void> {
    const others = this.unsent.filter(({ key }) => key !== draft.key);
    this.unsent = [...others, draft];
    this.changed();
    try {
      const message = (await this.server.request('qide/teamChatSend', { text: draft.text, key: draft.key })) as TeamChatMessage;
      this.unsent = this.unsent.filter(({ key }) => key !== draft.key);
      this.received([message]);
    } catch (error) {
      this.unsent = this.unsent.map((one) => (one.key === draft.key ? { ...one, problem: sentenceOf(error) } : one));
      this.changed();
    }
  }

  private received(messages: readonly TeamChatMessage[]): void {
    this.keep(messages);
    this.markRead();
    this.changed();
  }

  private keep(messages: readonly TeamChatMessage[]): void {
    this.kept = merged(this.kept, messages).slice(-KEPT_MESSAGES);
  }

  private markRead(): void {
    if (this.isShown) this.lastRead = this.kept.at(-1)?.id ?? this.lastRead;
  }
}

/** Two lists as one, each id once and in order; of two versions of a message the second counts. */
function merged(some: readonly TeamChatMessage[], others: readonly TeamChatMessage[]): TeamChatMessage[] {
  const byId = new Map([...some, ...others].map((message) => [message.id, message]));
  return [...byId.values()].sort((one, other) => one.id - other.id);
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

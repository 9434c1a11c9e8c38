import type { ChatDeltaParams, ChatResult, ConversationHistory, ConversationHistoryMessage, ToolUse } from '@qide/client';
import type { ContextPart } from './chat-host.js';
import type { ChatFailure } from './failures.js';

/** `waiting`: the connection is lost, and the server may still be generating. */
export type AnswerState = 'streaming' | 'waiting' | 'whole' | 'stopped' | 'failed';

/** One question of the person. */
export interface Question {
  readonly role: 'user';
  readonly text: string;
  /** What was sent with it; null if this window did not send it and does not know. */
  readonly context: readonly ContextPart[] | null;
}

/** One answer of a model, which grows while it is generated. */
export interface Answer {
  readonly role: 'assistant';
  text: string;
  thinking: string;
  /** The calls of tools, in their order; one without a result is running. */
  tools: readonly ToolUse[];
  state: AnswerState;
  failure: ChatFailure | null;
  /** Set when it is whole. */
  result: ChatResult | null;
}

export type Message = Question | Answer;

/** One conversation with a model, and the answer that is being generated. Not shared between windows. */
export class Conversation {
  readonly id: string;
  /** Whether this window chose the id: the first question creates the conversation. */
  readonly isOwn: boolean;
  title: string;
  readonly messages: Message[] = [];
  /** Cancels the request that waits for the answer. */
  stopping = new AbortController();
  /** The last delta of the running turn that was received; 0 before the first. */
  sequence = 0;
  /** Whether a tool was called since the last text of the answer. */
  private isAfterTool = false;

  /** @param id of a conversation that the server has; null for a new one */
  constructor(id: string | null = null) {
    this.isOwn = id === null;
    this.id = id ?? newId();
    this.title = '';
  }

  /** The latest answer; null before the first question. */
  get answer(): Answer | null {
    const last = this.messages.at(-1);
    return last?.role === 'assistant' ? last : null;
  }

  get isRunning(): boolean {
    return this.answer?.state === 'streaming' || this.answer?.state === 'waiting';
  }

  get inputTokens(): number {
    return this.sum((result) => result.inputTokens);
  }

  get outputTokens(): number {
    return this.sum((result) => result.outputTokens);
  }

  ask(text: string, context: readonly ContextPart[]): void {
    if (this.title === '') this.title = titleOf(text);
    this.messages.push({ role: 'user', text, context });
    this.begin();
  }

  /** A delta of the running turn. One that was received before is ignored. */
  received({ sequence, kind, text, tool }: ChatDeltaParams): void {
    const { answer } = this;
    if (answer === null || !this.isRunning || sequence <= this.sequence) return;
    this.sequence = sequence;
    answer.state = 'streaming';
    if (tool !== undefined) {
      answer.tools = withTool(answer.tools, tool);
      this.isAfterTool = true;
    } else if (kind === 'thinking') answer.thinking += text;
    else {
      // As in the stored answer.
      answer.text += this.isAfterTool && answer.text !== '' ? `\n\n${text}` : text;
      this.isAfterTool = false;
    }
  }

  completed(result: ChatResult): void {
    this.end('whole');
    if (this.answer) this.answer.result = result;
  }

  end(state: AnswerState, failure: ChatFailure | null = null): void {
    const { answer } = this;
    if (answer === null) return;
    answer.state = state;
    answer.failure = failure;
  }

  /** Takes the server's messages. Attachments that this window sent are kept. */
  restore({ title, messages }: ConversationHistory): void {
    const known = this.messages.filter((message) => message.role === 'user');
    let questions = 0;
    this.title = title;
    this.messages.splice(0, this.messages.length, ...messages.map((message) => stored(message, message.role === 'user' ? (known[questions++]?.context ?? null) : null)));
    // The answer to the last question is stored when it has ended.
    if (messages.at(-1)?.role === 'user') this.begin();
  }

  private begin(): void {
    this.sequence = 0;
    this.isAfterTool = false;
    this.stopping = new AbortController();
    this.messages.push({ role: 'assistant', text: '', thinking: '', tools: [], state: 'streaming', failure: null, result: null });
  }

  private sum(of: (result: ChatResult) => number): number {
    return this.messages.reduce((total, message) => total + (message.role === 'assistant' && message.result ? of(message.result) : 0), 0);
  }
}

function stored({ role, text, isWhole, tools = [] }: ConversationHistoryMessage, context: readonly ContextPart[] | null): Message {
  if (role === 'user') return { role, text, context };
  return { role, text, thinking: '', tools, state: isWhole ? 'whole' : 'stopped', failure: null, result: null };
}

/** A call that has its result replaces the call without. */
function withTool(tools: readonly ToolUse[], tool: ToolUse): readonly ToolUse[] {
  return tools.some(({ id }) => id === tool.id) ? tools.map((one) => (one.id === tool.id ? tool : one)) : [...tools, tool];
}

/** A random UUID; `crypto.randomUUID` is missing on pages without TLS. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const TITLE_CHARACTERS = 80;

/** The title that the server gives to a conversation which begins with this question. */
export function titleOf(question: string): string {
  return [...question.trim()].slice(0, TITLE_CHARACTERS).join('').replace(/\s+/g, ' ');
}

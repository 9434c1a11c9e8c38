import { h } from 'qide-vscode/dom.js';
import type { ChatHost } from 'qide-vscode/chat/chat-host.js';
import type { Answer, Message, Question } from 'qide-vscode/chat/conversation.js';
import { actionButton } from './buttons.js';
import { CodeBlock } from './code-block.js';
import { sentContext } from './context-chips.js';
import { StreamedMarkdown } from './streamed-markdown.js';
import { ToolCalls } from './tool-calls.js';
import { count } from './words.js';

/** The functions of the view that a message uses. */
export interface MessageActions {
  failed(sentence: string): void;
  askAgain(): void;
  showModelHelp(): void;
  /** A message has grown. */
  grown(): void;
}

/** One message on the page. */
export interface MessageView {
  readonly element: HTMLElement;
  update(isLast: boolean): void;
  dispose(): void;
}

export function messageView(message: Message, host: ChatHost, actions: MessageActions): MessageView {
  return message.role === 'user' ? questionView(message) : new AnswerView(message, host, actions);
}

function questionView({ text, context }: Question): MessageView {
  const element = h('article', { class: 'chat-question', 'aria-label': 'You' }, h('div', { class: 'chat-question-text' }, text), sentContext(context));
  return { element, update: () => {}, dispose: () => {} };
}

class AnswerView implements MessageView {
  readonly element: HTMLElement;
  private readonly thinking = document.createTextNode('');
  private readonly thoughts: HTMLDetailsElement;
  private readonly foot = h('div', { class: 'chat-foot' });
  private readonly markdown: StreamedMarkdown;
  private readonly tools = new ToolCalls();
  private readonly body = h('div', { class: 'chat-markdown' });
  private codes: CodeBlock[] = [];
  private known = '';

  constructor(
    private readonly answer: Answer,
    private readonly host: ChatHost,
    private readonly actions: MessageActions,
  ) {
    const code = (text: string, info: string) => {
      const block = new CodeBlock(text, info, host, actions.failed);
      this.codes.push(block);
      return block.element;
    };
    this.markdown = new StreamedMarkdown(this.body, { code, openFile: (path, line) => void host.openFile(path, line) }, actions.grown);
    this.thoughts = h('details', { class: 'chat-thinking' }, h('summary', {}, 'Thinking'), h('div', {}, this.thinking));
    this.thoughts.hidden = true;
    this.element = h('article', { class: 'chat-answer', 'aria-label': 'Answer' }, this.thoughts, this.tools.element, this.body, this.foot);
  }

  update(isLast: boolean): void {
    const { text, thinking, state } = this.answer;
    const isRunning = state === 'streaming' || state === 'waiting';
    this.element.setAttribute('aria-busy', String(isRunning));
    if (thinking.length > this.thinking.length) this.thinking.appendData(thinking.slice(this.thinking.length));
    this.thoughts.hidden = thinking === '';
    this.tools.update(this.answer.tools, isRunning);
    this.markdown.update(text.replace(/\r\n?/g, '\n'), !isRunning);
    if (!isRunning) this.colour();
    const shown = `${state} ${isLast} ${isRunning && text === ''}`;
    if (shown === this.known) return;
    this.known = shown;
    this.foot.replaceChildren(...this.footParts(isLast));
  }

  dispose(): void {
    this.markdown.dispose();
  }

  private colour(): void {
    for (const block of this.codes.splice(0)) if (this.element.contains(block.element)) void block.finish();
  }

  private footParts(isLast: boolean): Node[] {
    const { text, state, result, tools } = this.answer;
    switch (state) {
      case 'streaming':
        return text === '' ? [h('span', { class: 'chat-dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'))] : [];
      case 'waiting':
        return [h('p', { class: 'chat-note' }, 'The connection is lost. The answer continues when it is back.')];
      case 'failed':
        return [...(text === '' ? [] : [this.copyButton()]), this.failure(isLast)];
      case 'stopped':
        return [...(text === '' ? [] : [this.copyButton()]), h('span', { class: 'chat-note' }, text === '' ? 'Stopped before the answer began.' : 'Stopped.')];
      case 'whole':
        return [
          this.copyButton(),
          h('span', { class: 'chat-note' }, result === null ? '' : `${result.model} · ${count(result.inputTokens)} in, ${count(result.outputTokens)} out`),
          ...(result?.stop === 'length' ? [h('p', { class: 'chat-note' }, 'The answer reached the model’s maximum length. Ask it to continue.')] : []),
          ...(result?.stop === 'filter' ? [h('p', { class: 'chat-note' }, 'The provider’s filter stopped the answer. Rephrase the question.')] : []),
          ...(text === '' && result !== null && tools.length === 0 ? [h('p', { class: 'chat-note' }, 'The model returned an empty answer. Ask again.')] : []),
        ];
    }
  }

  private copyButton(): HTMLElement {
    return actionButton('copy', 'Copy the answer', () => this.host.copy(this.answer.text).then(() => null), this.actions.failed);
  }

  private failure(isLast: boolean): HTMLElement {
    const { failure } = this.answer;
    const button = (label: string, onclick: () => void) => h('button', { type: 'button', class: 'chat-button', onclick }, label);
    return h(
      'div',
      { class: 'chat-failure' },
      h('p', {}, failure?.sentence ?? 'The answer failed.'),
      failure?.mayRetry && isLast ? button('Ask Again', () => this.actions.askAgain()) : null,
      failure?.isAboutModels ? button('How to Configure Models', () => this.actions.showModelHelp()) : null,
    );
  }
}

import { h } from 'qide-vscode/dom.js';
import type { ChatHost } from 'qide-vscode/chat/chat-host.js';
import type { AskOptions } from 'qide-vscode/chat/conversations.js';
import type { ContextChips } from './context-chips.js';
import { chatIcon } from './icons.js';

/** The longest question, in UTF-16 units; the server refuses a longer one. */
const QUESTION_CHARACTERS = 200_000;
const HIGHEST_PIXELS = 240;
const MODEL = 'model';
const DRAFT = 'draft';
const TOOLS = 'tools';
const TOOLS_HELP = 'The model may read the files of the workspace and propose changes, which you accept or reject';

export interface ComposerActions {
  send(text: string): void;
  stop(): void;
}

/** The field for the question with its attachments, the choice of the model, and the button that sends or stops. */
export class Composer {
  readonly element: HTMLElement;
  private readonly field: HTMLTextAreaElement;
  private readonly models = h('select', { class: 'chat-models', 'aria-label': 'Model', title: 'Model', onchange: () => this.modelChosen() });
  private readonly tools = h('input', { type: 'checkbox', onchange: () => this.host.memory.set(TOOLS, String(this.tools.checked)) });
  private readonly button: HTMLButtonElement;
  private isRunning = false;
  private canSend = false;

  constructor(
    private readonly host: ChatHost,
    chips: ContextChips,
    private readonly actions: ComposerActions,
  ) {
    this.field = h('textarea', {
      class: 'chat-field',
      rows: '1',
      placeholder: 'Ask about your code',
      'aria-label': 'Your question',
      maxlength: String(QUESTION_CHARACTERS),
      oninput: () => this.changed(),
      onkeydown: (event: KeyboardEvent) => this.pressed(event),
    });
    this.field.value = host.memory.get(DRAFT) ?? '';
    this.button = h('button', { type: 'button', class: 'chat-send', onclick: () => this.act() });
    this.showTools();
    const tools = h('label', { class: 'chat-tools-switch', title: TOOLS_HELP }, this.tools, 'Tools');
    this.element = h('div', { class: 'chat-composer' }, chips.element, this.field, h('div', { class: 'chat-composer-foot' }, this.models, tools, this.button));
    this.update(false, false);
  }

  get options(): AskOptions {
    return { model: this.models.value === '' ? null : this.models.value, hasTools: this.tools.checked };
  }

  /** Without a choice of this window, those who may edit use tools. */
  showTools(): void {
    this.tools.checked = (this.host.memory.get(TOOLS) ?? String(this.host.mayEdit)) === 'true';
  }

  focus(): void {
    this.field.focus();
  }

  clear(): void {
    this.field.value = '';
    this.changed();
  }

  fitHeight(): void {
    this.field.style.height = 'auto';
    this.field.style.height = `${Math.min(HIGHEST_PIXELS, this.field.scrollHeight)}px`;
  }

  setModels(names: readonly string[]): void {
    const wanted = this.host.memory.get(MODEL);
    this.models.replaceChildren(...names.map((name) => h('option', { value: name, selected: name === wanted }, name)));
    this.models.hidden = names.length === 0;
  }

  /** @param canSend whether the server can take a question now */
  update(isRunning: boolean, canSend: boolean): void {
    this.canSend = canSend;
    if (isRunning !== this.isRunning || this.button.childElementCount === 0) {
      this.isRunning = isRunning;
      const label = isRunning ? 'Stop the answer' : 'Send';
      this.button.replaceChildren(chatIcon(isRunning ? 'stop' : 'send'));
      this.button.title = label;
      this.button.setAttribute('aria-label', label);
    }
    this.button.disabled = !isRunning && (!canSend || this.field.value.trim() === '');
  }

  private changed(): void {
    this.host.memory.set(DRAFT, this.field.value === '' ? null : this.field.value);
    this.fitHeight();
    this.update(this.isRunning, this.canSend);
  }

  private modelChosen(): void {
    this.host.memory.set(MODEL, this.models.value);
  }

  private pressed(event: KeyboardEvent): void {
    // On a touch keyboard Enter is the only way to a new line.
    const isNewLine = event.shiftKey || event.isComposing || matchMedia('(pointer: coarse)').matches;
    if (event.key !== 'Enter' || isNewLine) return;
    event.preventDefault();
    if (!this.isRunning) this.act();
  }

  private act(): void {
    if (this.isRunning) return this.actions.stop();
    const text = this.field.value.trim();
    if (this.canSend && text !== '') this.actions.send(text);
  }
}

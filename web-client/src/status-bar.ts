import type { ConnectionState } from '@qide/client';
import { ApiError } from './api.js';
import { h } from './dom.js';
import { OpenError } from './refusals.js';
import type { SaveReport } from './save-indicator.js';

/** How long a temporary sentence stays. */
const SENTENCE_MILLISECONDS = 8_000;

/** The status bar: connection, state of edits, the latest sentence, problems and position. */
export class StatusBar {
  private readonly connection = h('span', { class: 'connection', 'data-testid': 'connection' });
  // It changes with every keystroke, which a screen reader must not announce.
  private readonly edits = h('span', { class: 'edits', 'data-testid': 'edits', 'aria-live': 'off' });
  private readonly sentence = h('span', { class: 'sentence', 'data-testid': 'sentence' });
  private readonly problems = h('button', { type: 'button', class: 'problems', onclick: () => this.onProblems() });
  private readonly place = h('span', { class: 'place' });
  readonly element = h(
    'footer',
    { class: 'status', role: 'status', 'aria-live': 'polite' },
    h('div', { class: 'what' }, this.connection, this.edits, this.sentence),
    h('div', { class: 'where' }, this.problems, this.place),
  );
  /** The person wants to see the next problem. */
  onProblems: () => void = () => {};
  private savedSentence: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  showConnection(state: ConnectionState): void {
    const labels: Record<ConnectionState, string> = {
      connecting: 'Connecting …',
      open: 'Connected',
      waiting: 'Reconnecting …',
      refused: 'Signed out',
      gone: 'Deleted',
      stopped: 'Not connected',
    };
    this.connection.textContent = labels[state];
    this.connection.dataset['state'] = state;
  }

  showSaving({ state, text }: SaveReport): void {
    this.edits.textContent = text;
    this.edits.dataset['state'] = state;
    if (state !== 'saved' && this.savedSentence !== null && this.sentence.textContent === this.savedSentence) this.say('', false, true);
  }

  /** Shows that something is saved, until that is no longer true. */
  saySaved(sentence: string): void {
    this.say(sentence);
    this.savedSentence = sentence;
  }

  /** Shows a sentence; a lasting one stays until the next. */
  say(sentence: string, isProblem = false, isLasting = false): void {
    clearTimeout(this.timer);
    this.sentence.textContent = sentence;
    this.sentence.title = sentence;
    this.sentence.classList.toggle('problem', isProblem);
    if (!isLasting) this.timer = setTimeout(() => this.say('', false, true), SENTENCE_MILLISECONDS);
  }

  /** Does something, and shows the reason if the server refuses it. */
  async attempt(work: () => Promise<unknown>, sentenceOf = (error: ApiError) => error.message): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof ApiError) this.say(sentenceOf(error), true);
      else if (error instanceof OpenError) this.say(error.message, true);
      else throw error;
    }
  }

  showProblems(errors: number, warnings: number): void {
    const parts: string[] = [];
    if (errors > 0) parts.push(`${errors} ${errors === 1 ? 'error' : 'errors'}`);
    if (warnings > 0) parts.push(`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`);
    this.problems.textContent = parts.join(', ');
    this.problems.hidden = parts.length === 0;
    this.problems.classList.toggle('problem', errors > 0);
    this.problems.title = 'Go to the next problem';
  }

  showPlace(text: string): void {
    this.place.textContent = text;
  }
}

import type { ConnectionState } from '@qide/client';
import { h } from './dom.js';

/** How long a passing sentence stays. */
const SENTENCE_MILLISECONDS = 8_000;

/** The line at the bottom that says in words what is going on. */
export class StatusBar {
  private readonly connection = h('span', { class: 'connection', 'data-testid': 'connection' });
  private readonly edits = h('span', { class: 'edits', 'data-testid': 'edits' });
  private readonly sentence = h('span', { class: 'sentence', 'data-testid': 'sentence' });
  private readonly people = h('span', { class: 'people', 'data-testid': 'people' });
  private readonly problems = h('button', { type: 'button', class: 'problems', onclick: () => this.onProblems() });
  private readonly place = h('span', { class: 'place' });
  readonly element = h(
    'footer',
    { class: 'status', role: 'status', 'aria-live': 'polite' },
    h('div', { class: 'what' }, this.connection, this.edits, this.sentence),
    h('div', { class: 'where' }, this.people, this.problems, this.place),
  );
  /** The person asked for the next problem. */
  onProblems: () => void = () => {};
  private timer: ReturnType<typeof setTimeout> | undefined;

  showConnection(state: ConnectionState): void {
    const words: Record<ConnectionState, string> = {
      connecting: 'Connecting …',
      open: 'Connected',
      waiting: 'Reconnecting … go on typing, nothing is lost',
      refused: 'Signed out',
      stopped: 'Not connected',
    };
    this.connection.textContent = words[state];
    this.connection.dataset['state'] = state;
  }

  showEdits(unacknowledged: number): void {
    this.edits.textContent =
      unacknowledged === 0 ? '' : `${unacknowledged} ${unacknowledged === 1 ? 'edit' : 'edits'} not yet saved to the server`;
    this.edits.dataset['count'] = String(unacknowledged);
  }

  /** Says a sentence; a lasting one stays until the next. */
  say(sentence: string, isProblem = false, isLasting = false): void {
    clearTimeout(this.timer);
    this.sentence.textContent = sentence;
    this.sentence.title = sentence;
    this.sentence.classList.toggle('problem', isProblem);
    if (!isLasting) this.timer = setTimeout(() => this.say('', false, true), SENTENCE_MILLISECONDS);
  }

  showPeople(names: readonly string[]): void {
    this.people.textContent = names.length === 0 ? '' : `with ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
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

  showPlace(words: string): void {
    this.place.textContent = words;
  }
}

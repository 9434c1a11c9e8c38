import type { SearchResultMatch } from '@qide/client';
import { ApiError, type FilesApi, type SearchQuery } from './api.js';
import { h, iconButton } from './dom.js';
import { nameOf, parentOf } from './paths.js';

/** The pause in typing after which the search starts. */
const DEBOUNCE_MILLISECONDS = 250;
/** The characters shown before a match, so that the match is visible in a narrow list. */
const BEFORE_CHARACTERS = 14;
const MATCH_CHARACTERS = 200;

type Toggle = 'isCase' | 'isWord' | 'isRegex';
const TOGGLES: readonly [Toggle, sign: string, label: string][] = [
  ['isCase', 'Aa', 'Match case'],
  ['isWord', 'W', 'Match whole words'],
  ['isRegex', '.*', 'Use a regular expression'],
];

const INCOMPLETE: Readonly<Record<string, string>> = {
  matches: 'There are more; narrow the search.',
  time: 'The search took too long; there may be more. Narrow it.',
  files: 'The workspace has more files than are searched; name some with a pattern.',
};

/** Find in files: the server's matches in committed text, by file; a click opens a match. */
export class SearchPanel {
  private readonly field = this.makeField('Find in files', 'Find', 'query');
  private readonly glob = this.makeField('Files to search', 'In files: *.py, src/**', 'glob');
  private readonly toggles = TOGGLES.map(([name, sign, label]) => this.makeToggle(name, sign, label));
  private readonly says = h('p', { class: 'hint', role: 'status', 'data-testid': 'found' });
  private readonly results = h('div', { class: 'results', role: 'group', 'aria-label': 'Search results', onkeydown: (event) => this.key(event) });
  readonly element = h(
    'section',
    { class: 'search', role: 'search', 'aria-label': 'Find in files', hidden: true, onkeydown: (event) => this.leave(event) },
    h('div', { class: 'search-field' }, this.field, ...this.toggles),
    h('div', { class: 'search-field' }, this.glob, iconButton('close', 'Back to the files', () => this.onLeave())),
    this.says,
    this.results,
  );
  /** The person picked a match. */
  onPick: (match: SearchResultMatch) => void = () => {};
  /** The person closed the search. */
  onLeave: () => void = () => {};
  private readonly on: Record<Toggle, boolean> = { isCase: false, isWord: false, isRegex: false };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: AbortController | null = null;

  constructor(private readonly api: FilesApi) {}

  /** Focuses the field, and searches for the selected text if there is any. */
  focus(selected: string): void {
    if (selected !== '' && selected !== this.field.value) {
      this.field.value = selected;
      this.soon();
    }
    this.field.focus();
    this.field.select();
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.search(), DEBOUNCE_MILLISECONDS);
  }

  private async search(): Promise<void> {
    clearTimeout(this.timer);
    this.running?.abort();
    const query: SearchQuery = { ...this.on, text: this.field.value, glob: this.glob.value.trim() };
    if (query.text === '') return this.show('', []);
    const running = new AbortController();
    this.running = running;
    this.says.textContent = 'Searching …';
    try {
      const { matches, files, incomplete } = await this.api.search(query, running.signal);
      if (running.signal.aborted) return;
      const found = new Set(matches.map(({ path }) => path)).size;
      const more = incomplete === undefined ? '' : ` ${INCOMPLETE[incomplete] ?? ''}`;
      const places = `${matches.length} ${matches.length === 1 ? 'match' : 'matches'} in ${found} of ${files} files.`;
      this.show((matches.length === 0 ? `Nothing found in ${files} files.` : places) + more, matches);
    } catch (error) {
      if (running.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.show(refusal(error), []);
    }
  }

  private show(sentence: string, matches: readonly SearchResultMatch[]): void {
    this.says.textContent = sentence;
    const byFile = new Map<string, SearchResultMatch[]>();
    for (const match of matches) byFile.set(match.path, [...(byFile.get(match.path) ?? []), match]);
    this.results.replaceChildren(...[...byFile].map(([path, inFile]) => this.group(path, inFile)));
  }

  private group(path: string, matches: readonly SearchResultMatch[]): HTMLElement {
    const summary = h('summary', { title: path }, h('span', { class: 'label' }, nameOf(path)), h('span', { class: 'folder-name' }, parentOf(path)), h('span', { class: 'count' }, String(matches.length)));
    return h('details', { open: true, 'data-path': path }, summary, ...matches.map((match) => this.row(match)));
  }

  private row(match: SearchResultMatch): HTMLElement {
    const { text, textCharacter: at, length, line, path } = match;
    const from = Math.max(0, at - BEFORE_CHARACTERS);
    const before = (from > 0 ? '…' : '') + text.slice(from, at).trimStart();
    return h(
      'button',
      { type: 'button', class: 'match', title: `${path}, line ${line + 1}`, 'data-line': String(line + 1), onclick: () => this.onPick(match) },
      before,
      h('mark', {}, text.slice(at, at + Math.min(length, MATCH_CHARACTERS))),
      text.slice(at + length, at + length + MATCH_CHARACTERS),
    );
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const all = [...this.results.querySelectorAll<HTMLElement>('summary, details[open] .match')];
    const at = all.indexOf(document.activeElement as HTMLElement);
    event.preventDefault();
    all[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
  }

  private leave(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.onLeave();
    if (event.key === 'ArrowDown' && event.target === this.field) this.results.querySelector('summary')?.focus();
  }

  private makeField(label: string, placeholder: string, name: string): HTMLInputElement {
    return h('input', {
      name,
      'aria-label': label,
      placeholder,
      spellcheck: 'false',
      autocapitalize: 'off',
      autocomplete: 'off',
      maxlength: '1000',
      oninput: () => this.soon(),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key === 'Enter') void this.search();
      },
    });
  }

  private makeToggle(name: Toggle, sign: string, label: string): HTMLButtonElement {
    const button = h(
      'button',
      {
        type: 'button',
        class: 'toggle',
        'aria-label': label,
        title: label,
        'aria-pressed': 'false',
        'data-toggle': name,
        onclick: () => {
          this.on[name] = !this.on[name];
          button.setAttribute('aria-pressed', String(this.on[name]));
          void this.search();
        },
      },
      sign,
    );
    return button;
  }
}

/** The sentence for a search that the server refused. */
function refusal(error: ApiError): string {
  if (error.failure !== 'invalid-params') return error.message;
  const { parameter, reason } = error.tags;
  if (parameter === 'glob') return 'This is not a pattern for file names: try *.py or src/**.';
  return reason === 'no-expression' ? 'This is not a regular expression yet.' : 'The text is too long: shorten it.';
}

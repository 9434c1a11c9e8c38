import { h } from 'qide-vscode/dom.js';
import { attempt, problemText, sentenceOf } from './page.js';

/** A list that is read when the page opens, and again after each change. */
export function liveList<Row>(empty: string, read: () => Promise<readonly Row[]>, shown: (row: Row, again: () => Promise<void>, problem: HTMLElement) => HTMLElement) {
  const list = h('ul', { class: 'rows' });
  const problem = problemText();
  const again = async () => {
    try {
      const rows = await read();
      list.replaceChildren(...(rows.length === 0 ? [h('li', { class: 'hint' }, empty)] : rows.map((row) => shown(row, again, problem))));
    } catch (error) {
      problem.textContent = sentenceOf(error);
    }
  };
  void again();
  return { list, problem, again };
}

/** A button that cannot be pressed again while it works; a failure becomes a sentence in `problem`. */
export function button(text: string, label: string, problem: HTMLElement, run: () => Promise<void>): HTMLButtonElement {
  const element: HTMLButtonElement = h(
    'button',
    {
      type: 'button',
      'aria-label': label,
      onclick: () => {
        element.disabled = true;
        void attempt(problem, run).finally(() => (element.disabled = false));
      },
    },
    text,
  );
  return element;
}

import { ApiError } from './api.js';
import { h } from './dom.js';

/** Entries of a list that a dialog shows; of the others it shows the number. */
const LINES_SHOWN = 20;

export interface Question {
  readonly title: string;
  readonly body?: readonly (string | Node)[];
  readonly field?: {
    readonly label: string;
    readonly value?: string;
    /** The selected part of the value, which typing replaces. */
    readonly selected?: readonly [number, number];
    /** The text that the person must type to be able to confirm. */
    readonly exactly?: string;
  };
  /** Parts of a form below the field. */
  readonly below?: readonly Node[];
  readonly confirm: string;
  /** Whether confirming loses something. */
  readonly isDanger?: boolean;
}

let dialogs = 0;

/**
 * Shows a dialog that asks the person something, and on confirmation calls `work` with the field's value.
 * The dialog closes when the work is done. When it fails, the dialog stays open and shows the reason, so that
 * the person can change the value. Resolves when the dialog is closed in either way.
 *
 * @param sentenceOf the sentence for a failure
 */
export function ask(question: Question, work: (value: string) => Promise<unknown>, sentenceOf = (error: ApiError) => error.message): Promise<void> {
  const { title, body = [], field, below = [], confirm, isDanger = false } = question;
  const id = `dialog-${(dialogs += 1)}`;
  const input = field
    ? h('input', { id: `${id}-field`, value: field.value ?? '', required: true, spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', oninput: () => edited() })
    : null;
  const problem = h('p', { class: 'problem', role: 'alert' });
  const yes = h('button', { type: 'submit', class: isDanger ? 'primary danger' : 'primary' }, confirm);
  const no = h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel');
  const updateButton = () => {
    yes.disabled = field?.exactly !== undefined && input!.value !== field.exactly;
  };
  const edited = () => {
    problem.textContent = '';
    updateButton();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (yes.disabled) return;
    yes.disabled = true;
    problem.textContent = '';
    try {
      await work(input?.value.trim() ?? '');
      dialog.close();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.textContent = sentenceOf(error);
      input?.focus();
    } finally {
      updateButton();
    }
  };
  const form = h(
    'form',
    { onsubmit: submit },
    h('h2', { id: `${id}-title` }, title),
    ...body.map((part) => (typeof part === 'string' ? h('p', {}, part) : part)),
    input ? h('label', { for: input.id }, field!.label) : null,
    input,
    ...below,
    problem,
    h('div', { class: 'answers' }, no, yes),
  );
  const dialog = show(form, `${id}-title`);
  updateButton();
  if (input) {
    input.focus();
    const [from, to] = field!.selected ?? [0, input.value.length];
    input.setSelectionRange(from, to);
  } else if (isDanger) {
    no.focus();
  }
  return closed(dialog);
}

/** Shows a message with a list below it; resolves when the person has closed it. */
export function showMessage(title: string, lines: readonly string[]): Promise<void> {
  const id = `dialog-${(dialogs += 1)}`;
  const close = h('button', { type: 'submit', class: 'primary' }, 'Close');
  const form = h('form', { method: 'dialog' }, h('h2', { id: `${id}-title` }, title), listOf(lines), h('div', { class: 'answers' }, close));
  const dialog = show(form, `${id}-title`);
  close.focus();
  return closed(dialog);
}

/** A list of names or sentences; of a long one the first entries and the number of the others. */
export function listOf(lines: readonly string[]): HTMLElement {
  const more = lines.length - LINES_SHOWN;
  return h(
    'ul',
    {},
    ...lines.slice(0, LINES_SHOWN).map((line) => h('li', {}, line)),
    more > 0 ? h('li', {}, `and ${more} more`) : null,
  );
}

function closed(dialog: HTMLDialogElement): Promise<void> {
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(), { once: true }));
}

function show(form: HTMLFormElement, titleId: string): HTMLDialogElement {
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': titleId, onclose: () => dialog.remove() }, form);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

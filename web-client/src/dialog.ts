import { ApiError } from './api.js';
import { h } from './dom.js';

/** Lines of a list that a dialog shows; the rest is a number. */
const LINES_SHOWN = 20;

export interface Question {
  readonly title: string;
  /** What is asked. */
  readonly body?: readonly (string | Node)[];
  readonly field?: {
    readonly label: string;
    readonly value?: string;
    /** What of the value is selected, so that typing replaces it. */
    readonly selected?: readonly [number, number];
    /** What has to be typed exactly before the question can be answered. */
    readonly exactly?: string;
  };
  /** Parts of a form below the field. */
  readonly below?: readonly Node[];
  readonly confirm: string;
  /** Whether something is lost by a yes. */
  readonly isDanger?: boolean;
}

let dialogs = 0;

/**
 * Asks the person; `work` is done on a yes, with what is in the field. The dialog goes when the work
 * is done; when it fails, the dialog stays with the sentence, so that the answer can be changed.
 * Resolves when the dialog is gone, one way or the other.
 *
 * @param sentenceOf a failure as a sentence, by its name
 */
export function ask(question: Question, work: (value: string) => Promise<unknown>, sentenceOf = (error: ApiError) => error.message): Promise<void> {
  const { title, body = [], field, below = [], confirm, isDanger = false } = question;
  const id = `dialog-${(dialogs += 1)}`;
  const input = field
    ? h('input', { id: `${id}-field`, value: field.value ?? '', required: true, spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', oninput: () => edited() })
    : null;
  const says = h('p', { class: 'problem', role: 'alert' });
  const yes = h('button', { type: 'submit', class: isDanger ? 'primary danger' : 'primary' }, confirm);
  const no = h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel');
  const look = () => {
    yes.disabled = field?.exactly !== undefined && input!.value !== field.exactly;
  };
  const edited = () => {
    says.textContent = '';
    look();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (yes.disabled) return;
    yes.disabled = true;
    says.textContent = '';
    try {
      await work(input?.value.trim() ?? '');
      dialog.close();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      says.textContent = sentenceOf(error);
      input?.focus();
    } finally {
      look();
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
    says,
    h('div', { class: 'answers' }, no, yes),
  );
  const dialog = show(form, `${id}-title`);
  look();
  if (input) {
    input.focus();
    const [from, to] = field!.selected ?? [0, input.value.length];
    input.setSelectionRange(from, to);
  } else if (isDanger) {
    no.focus();
  }
  return gone(dialog);
}

/** Tells something that has to be read; `lines` are a list below it. Resolves when it was. */
export function tell(title: string, lines: readonly string[]): Promise<void> {
  const id = `dialog-${(dialogs += 1)}`;
  const close = h('button', { type: 'submit', class: 'primary' }, 'Close');
  const form = h('form', { method: 'dialog' }, h('h2', { id: `${id}-title` }, title), listOf(lines), h('div', { class: 'answers' }, close));
  const dialog = show(form, `${id}-title`);
  close.focus();
  return gone(dialog);
}

/** A list of names or sentences, of a long one the beginning and how many more there are. */
export function listOf(lines: readonly string[]): HTMLElement {
  const more = lines.length - LINES_SHOWN;
  return h(
    'ul',
    {},
    ...lines.slice(0, LINES_SHOWN).map((line) => h('li', {}, line)),
    more > 0 ? h('li', {}, `and ${more} more`) : null,
  );
}

function gone(dialog: HTMLDialogElement): Promise<void> {
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(), { once: true }));
}

function show(form: HTMLFormElement, titleId: string): HTMLDialogElement {
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': titleId, onclose: () => dialog.remove() }, form);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

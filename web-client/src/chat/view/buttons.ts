import { h } from 'qide-vscode/dom.js';
import { chatIcon, type ChatIcon } from './icons.js';

/** How long a button shows that it has done its work. */
const DONE_MILLISECONDS = 1_500;

/** A button that is an icon; `label` is its accessible name and its tooltip. */
export function iconButton(icon: ChatIcon, label: string, onclick: () => void): HTMLButtonElement {
  return h('button', { type: 'button', class: 'chat-icon-button', title: label, 'aria-label': label, onclick }, chatIcon(icon));
}

/**
 * A button of an action that may fail; it shows a tick when the action is done.
 *
 * @param run resolves to a sentence if the action cannot be done
 * @param failed gets that sentence
 */
export function actionButton(icon: ChatIcon, label: string, run: () => Promise<string | null>, failed: (sentence: string) => void): HTMLButtonElement {
  const button = iconButton(icon, label, () => {
    run().then(
      (sentence) => (sentence === null ? showDone() : failed(sentence)),
      (error: unknown) => failed(error instanceof Error ? error.message : String(error)),
    );
  });
  const showDone = () => {
    button.replaceChildren(chatIcon('done'));
    setTimeout(() => button.replaceChildren(chatIcon(icon)), DONE_MILLISECONDS);
  };
  return button;
}

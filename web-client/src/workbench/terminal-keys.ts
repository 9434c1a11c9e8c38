import './terminal-keys.css';
import { h } from 'qide-vscode/dom.js';
import { ControlKey } from './control-key.js';

/** The element with the keyboard focus of a terminal. */
const INPUT = '.xterm-helper-textarea';

/** Keys that keyboards of phones lack: name, icon of the workbench if it has one, `key` and `keyCode` of the event. */
const KEYS = [
  ['Esc', null, 'Escape', 27],
  ['Tab', null, 'Tab', 9],
  ['Left', 'arrow-left', 'ArrowLeft', 37],
  ['Down', 'arrow-down', 'ArrowDown', 40],
  ['Up', 'arrow-up', 'ArrowUp', 38],
  ['Right', 'arrow-right', 'ArrowRight', 39],
] as const;

/** A row of keys below a terminal that has the focus. */
export class TerminalKeys {
  private readonly control = new ControlKey((isHeld) => this.controlButton.setAttribute('aria-pressed', String(isHeld)));
  private readonly controlButton = keyButton('Ctrl', null, () => this.control.toggle());
  private readonly row = h(
    'div',
    { class: 'terminal-keys', role: 'toolbar', 'aria-label': 'Terminal keys', hidden: true },
    this.controlButton,
    ...KEYS.map(([name, icon, key, code]) => keyButton(name, icon, () => this.press(key, code))),
  );

  /** @param resized is called when the row appears or disappears */
  constructor(private readonly resized: () => void) {
    this.controlButton.setAttribute('aria-pressed', 'false');
    // A finger on the row must not take the focus: the keyboard of the phone would disappear.
    for (const event of ['pointerdown', 'mousedown']) this.row.addEventListener(event, (press) => press.preventDefault());
    document.body.append(this.row);
    addEventListener('focusin', () => this.update());
    addEventListener('focusout', ({ relatedTarget }) => relatedTarget === null && this.update());
  }

  /** Maps typed text to the terminal's input. */
  typed(text: string): string {
    return this.control.typed(text);
  }

  private update(): void {
    const isShown = document.activeElement?.matches(INPUT) === true;
    if (isShown !== this.row.hidden) return;
    this.row.hidden = !isShown;
    this.control.release();
    document.body.classList.toggle('has-terminal-keys', isShown);
    this.resized();
  }

  /** Sends the terminal the event of the key: it knows which sequence the program expects. */
  private press(key: string, keyCode: number): void {
    const ctrlKey = this.control.isHeld;
    this.control.release();
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, code: key, keyCode, ctrlKey, bubbles: true, cancelable: true }));
  }
}

function keyButton(name: string, icon: string | null, pressed: () => void): HTMLButtonElement {
  const label = icon === null ? h('span', {}, name) : h('span', { class: `codicon codicon-${icon}`, 'aria-hidden': 'true' });
  return h('button', { type: 'button', tabindex: '-1', 'aria-label': name, onclick: pressed }, label);
}

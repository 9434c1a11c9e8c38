import { h } from './dom.js';

export interface MenuItem {
  readonly label: string;
  /** The keyboard shortcut; empty for none. */
  readonly key?: string;
  readonly isDanger?: boolean;
  /** Whether the item is checked; undefined for an item that cannot be. */
  readonly isOn?: boolean;
  /** Whether a separator precedes it. */
  readonly hasSeparator?: boolean;
  run(): void;
}

/** How near the window's edge a menu may come. */
const EDGE_PIXELS = 8;

/** Opens a menu at a position in the window, or below an element. It closes after a choice or on Escape. */
export function openMenu(label: string, items: readonly MenuItem[], at: { x: number; y: number } | HTMLElement): void {
  const before = document.activeElement as HTMLElement | null;
  const menu: HTMLElement = h(
    'div',
    { class: 'commands at-place', popover: 'auto', role: 'menu', 'aria-label': label, onkeydown: (event) => move(menu, event) },
    ...items.map(({ label: name, key = '', isDanger = false, isOn, hasSeparator = false, run }) => {
      const pick = () => {
        menu.hidePopover();
        run();
      };
      const role: Record<string, string> = isOn === undefined ? { role: 'menuitem' } : { role: 'menuitemcheckbox', 'aria-checked': String(isOn) };
      return h('button', { type: 'button', ...role, class: `${isDanger ? 'problem' : ''}${hasSeparator ? ' separated' : ''}`, onclick: pick }, h('span', {}, name), key === '' ? null : h('kbd', {}, key));
    }),
  );
  menu.addEventListener('toggle', (event) => {
    if ((event as ToggleEvent).newState !== 'closed') return;
    // Returns the focus, unless a dialog that the item opened has it.
    if (menu.contains(document.activeElement) || document.activeElement === document.body) before?.focus();
    menu.remove();
  });
  document.body.append(menu);
  menu.showPopover();
  const box = at instanceof HTMLElement ? at.getBoundingClientRect() : null;
  const place = box ? { x: box.left, y: box.bottom } : (at as { x: number; y: number });
  menu.style.left = `${Math.max(EDGE_PIXELS, Math.min(place.x, innerWidth - menu.offsetWidth - EDGE_PIXELS))}px`;
  menu.style.top = `${Math.max(EDGE_PIXELS, Math.min(place.y, innerHeight - menu.offsetHeight - EDGE_PIXELS))}px`;
  menu.querySelector('button')?.focus();
}

function move(menu: HTMLElement, event: KeyboardEvent): void {
  const buttons = [...menu.querySelectorAll('button')];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const to: Record<string, number> = { ArrowDown: (at + 1) % buttons.length, ArrowUp: (at + buttons.length - 1) % buttons.length, Home: 0, End: buttons.length - 1 };
  const next = to[event.key];
  if (next === undefined) return;
  event.preventDefault();
  buttons[next]?.focus();
}

/**
 * Replaces an element's children, unless the new ones are equal: replacing a button loses the focus, and a click in progress. If the focused
 * control has a `data-key`, the new control with that key gets the focus.
 *
 * A child's listeners must depend only on its attributes and text.
 */
export function redraw(parent: HTMLElement, ...children: readonly HTMLElement[]): void {
  if (children.length === parent.children.length && children.every((child, index) => child.isEqualNode(parent.children[index]!))) return;
  const focused = document.activeElement;
  const key = focused instanceof HTMLElement && parent.contains(focused) ? focused.dataset.key : undefined;
  parent.replaceChildren(...children);
  if (key !== undefined) parent.querySelector<HTMLElement>(`[data-key=${CSS.escape(key)}]`)?.focus();
}

/** Marks a control, so that {@link redraw} knows it again. */
export function keyed<Control extends HTMLElement>(key: string, control: Control): Control {
  control.dataset.key = key;
  return control;
}

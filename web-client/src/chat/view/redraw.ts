/**
 * Gives an element new children, unless they equal the present ones: a button that is replaced loses the focus, and a click that has begun
 * on it. Otherwise the control that has the focus hands it on to the one with the same `data-key`.
 *
 * What the listeners of a child do must follow from its attributes and text.
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

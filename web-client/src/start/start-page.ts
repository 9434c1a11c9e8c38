import { ApiError, isOwner, type Me, type TemplateList, type WorkspaceList } from '@qide/client';
import { addressOf, createWorkspace, templates } from '../api.js';
import { h } from 'qide-vscode/dom.js';
import { workspaceRefusal } from '../refusals.js';

const LAST_WORKSPACE = 'qide.lastWorkspace';

/** The workspace to open: the one that the address names, the last one, or the one that the person picks. */
export async function choose(root: HTMLElement, person: Me, list: WorkspaceList, wanted: string | null): Promise<string> {
  const names = list.workspaces.map(({ name }) => name);
  const last = localStorage.getItem(LAST_WORKSPACE);
  const known = wanted ?? (names.length === 1 ? names[0]! : names.find((name) => name === last)) ?? null;
  const chosen = known !== null && names.includes(known) ? known : await pick(root, person, names, wanted);
  localStorage.setItem(LAST_WORKSPACE, chosen);
  return chosen;
}

/** Shows a page with a sentence about what went wrong. */
export function explain(root: HTMLElement, error: unknown): void {
  const sentence = error instanceof ApiError ? error.message : `This page failed (${String(error)}). Reload it.`;
  const again = h('button', { type: 'button', class: 'primary', onclick: () => location.reload() }, 'Try again');
  document.body.classList.remove('has-workbench');
  if (!root.isConnected) document.body.append(root);
  show(root, h('h1', {}, 'Q-IDE cannot be opened'), h('p', { role: 'alert' }, sentence), again);
}

function pick(root: HTMLElement, person: Me, names: readonly string[], missing: string | null): Promise<string> {
  return new Promise((resolve) => {
    const title = missing !== null ? `There is no workspace ${missing}` : names.length === 0 ? 'There is no workspace' : 'Open a workspace';
    const sentence = missing !== null ? 'It was deleted, or its name is misspelt.' : names.length === 0 ? 'This server has no workspace yet.' : null;
    const open = (name: string) => {
      const address = new URL(addressOf(''));
      address.searchParams.set('workspace', name);
      history.replaceState(null, '', address);
      resolve(name);
    };
    show(
      root,
      h('h1', {}, title),
      sentence === null ? null : h('p', { class: 'hint' }, sentence),
      ...names.map((name) => h('button', { type: 'button', class: 'workspace', onclick: () => open(name) }, name)),
      isOwner(person) ? creation() : null,
      h('a', { class: 'hint', href: addressOf('?page=account') }, 'Account'),
    );
  });
}

/** The form that creates a workspace. */
function creation(): HTMLElement {
  const name = h('input', { id: 'name', name: 'name', required: true, spellcheck: 'false', autocomplete: 'off' });
  const template = h('select', { id: 'template', name: 'template' }, h('option', { value: '' }, 'Nothing'));
  const problem = h('p', { class: 'problem', role: 'alert' });
  void templates().then(({ templates: all }: TemplateList) => template.append(...all.map((one) => h('option', { value: one.name }, `${one.name}: ${one.about}`))));
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await createWorkspace(name.value.trim(), template.value === '' ? null : template.value);
      location.assign(addressOf(`?workspace=${encodeURIComponent(name.value.trim())}`));
    } catch (error) {
      problem.textContent = error instanceof ApiError ? workspaceRefusal(error, name.value) : String(error);
    }
  };
  return h(
    'form',
    { class: 'creation', onsubmit: submit },
    h('label', { for: 'name' }, 'New workspace'),
    name,
    h('label', { for: 'template' }, 'Start with'),
    template,
    problem,
    h('button', { type: 'submit', class: 'primary' }, 'Create workspace'),
  );
}

function show(root: HTMLElement, ...children: (HTMLElement | null)[]): void {
  root.className = 'start-page';
  root.replaceChildren(h('main', { class: 'card' }, h('img', { src: 'icon.svg', alt: '', width: '44', height: '44' }), ...children));
}

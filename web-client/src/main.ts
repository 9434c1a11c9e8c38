import './style/base.css';
import './style/frame.css';
import './style/menu.css';
import './style/parts.css';
import './style/work.css';
import './style/phone.css';
import { addressOf, ApiError, me, workspaces } from './api.js';
import { h } from './dom.js';
import { askForToken, loginFromLink } from './login.js';
import { Workbench } from './workbench.js';
import { Workspaces } from './workspaces.js';

/** Signs in and opens the workspace that the address names, else the first. */
async function main(root: HTMLElement): Promise<void> {
  let problem = await loginFromLink();
  let person = await me();
  while (person === null) {
    await askForToken(root, problem);
    problem = null;
    person = await me();
  }
  const list = new Workspaces(person, await workspaces());
  const wanted = new URLSearchParams(location.search).get('workspace');
  const chosen = list.chosen(wanted);
  if (chosen === null) {
    const create = list.mayCreate ? h('button', { type: 'button', class: 'primary', onclick: () => void list.create() }, 'Create one') : null;
    root.replaceChildren(page('There is no workspace', 'This server has no workspace yet.', create));
    return;
  }
  if (wanted !== null && chosen.name !== wanted) {
    const open = h('button', { type: 'button', class: 'primary', onclick: () => location.assign(addressOf('')) }, `Open ${chosen.name}`);
    root.replaceChildren(page(`There is no workspace ${wanted}`, 'It was deleted, or its name is misspelt.', open));
    return;
  }
  await new Workbench(root, person, list, chosen.name).start();
}

function page(title: string, sentence: string, first: HTMLElement | null = null): HTMLElement {
  const again = h('button', { type: 'button', class: first ? '' : 'primary', onclick: () => location.reload() }, 'Try again');
  return h('main', { class: 'login-page' }, h('div', { class: 'login' }, h('h1', {}, title), h('p', {}, sentence), first, again));
}

const root = document.getElementById('app')!;
main(root).catch((error: unknown) => {
  const sentence = error instanceof ApiError ? error.message : `This page failed (${String(error)}). Reload it.`;
  root.replaceChildren(page('Q-IDE cannot be opened', sentence));
});

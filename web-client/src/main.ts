import './style/base.css';
import './style/frame.css';
import './style/parts.css';
import './style/work.css';
import './style/phone.css';
import { ApiError, me, workspaces } from './api.js';
import { h } from './dom.js';
import { askForToken, loginFromLink } from './login.js';
import { Workbench } from './workbench.js';

/** Signs in, picks a workspace and opens it. */
async function main(root: HTMLElement): Promise<void> {
  let problem = await loginFromLink();
  let person = await me();
  while (person === null) {
    await askForToken(root, problem);
    problem = null;
    person = await me();
  }
  const names = (await workspaces()).workspaces.map(({ name }) => name);
  const asked = new URLSearchParams(location.search).get('workspace');
  const chosen = names.find((name) => name === asked) ?? names[0];
  if (chosen === undefined) {
    root.replaceChildren(page('There is no workspace', 'Start the server with --workspace NAME=DIR to serve a folder.'));
    return;
  }
  await new Workbench(root, person, names, chosen).start();
}

function page(title: string, sentence: string): HTMLElement {
  const again = h('button', { type: 'button', class: 'primary', onclick: () => location.reload() }, 'Try again');
  return h('main', { class: 'login-page' }, h('div', { class: 'login' }, h('h1', {}, title), h('p', {}, sentence), again));
}

const root = document.getElementById('app')!;
main(root).catch((error: unknown) => {
  const sentence = error instanceof ApiError ? error.message : `This page failed: ${String(error)}`;
  root.replaceChildren(page('Q-IDE cannot be opened', sentence));
});

import './account.css';
import { ApiError, type Me } from '@qide/client';
import { addressOf } from '../api.js';
import { h } from 'qide-vscode/dom.js';
import { logout } from './account-api.js';

type Child = Node | string | null;

/** Shows a page of the account: a heading, links to the others, and its sections. */
export function showPage(root: HTMLElement, person: Me, title: string, ...sections: Child[]): void {
  document.title = `${title} – Q-IDE`;
  const entry = (name: string, page: string) =>
    h('a', { href: addressOf(page === '' ? '' : `?page=${page}`), ...(title === name ? { 'aria-current': 'page' } : {}) }, name);
  const leave = async () => {
    await logout();
    location.assign(addressOf(''));
  };
  root.className = 'account-page';
  root.replaceChildren(
    h(
      'header',
      {},
      h('img', { src: 'icon.svg', alt: '', width: '28', height: '28' }),
      h(
        'nav',
        { 'aria-label': 'Pages' },
        entry('Workspaces', ''),
        entry('Account', 'account'),
        entry('Organisations', 'organisations'),
        person.scopes.includes('ai') ? entry('Usage', 'usage') : null,
        person.scopes.includes('admin') && person.role === 'owner' ? entry('Audit', 'audit') : null,
        person.scopes.includes('admin') && person.role === 'owner' ? entry('Nodes', 'nodes') : null,
      ),
      h('button', { type: 'button', id: 'log-out', onclick: () => void leave() }, 'Log out'),
    ),
    h('main', {}, h('h1', {}, title), ...sections),
  );
}

/** A section with a heading. */
export function section(title: string, ...children: Child[]): HTMLElement {
  return h('section', {}, h('h2', {}, title), ...children);
}

/** A paragraph for a problem, announced when it changes. */
export function problemText(): HTMLParagraphElement {
  return h('p', { class: 'problem', role: 'alert' });
}

/** Runs what a person asked for; a failure becomes a sentence in `problem`. */
export async function attempt(problem: HTMLElement, run: () => Promise<void>): Promise<void> {
  problem.textContent = '';
  try {
    await run();
  } catch (error) {
    problem.textContent = sentenceOf(error);
  }
}

export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.tags.reason === 'personal-token') return 'You logged in with a personal token, which cannot manage an account. Log in another way.';
    if (error.tags.reason === 'guest') return 'You are a guest of one workspace and have no account here.';
    return error.message;
  }
  return 'This did not work. Reload the page and try again.';
}

/** A point in time for people, in their own time zone. */
export function time(iso: string): HTMLTimeElement {
  const shown = new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return h('time', { datetime: iso }, shown);
}

import { ApiError } from '@qide/client';
import { addressOf, login, loginOptions } from '../api.js';
import { h } from 'qide-vscode/dom.js';

/** Signs in with the token in the address, if there is one, and removes it from there. Returns a sentence if that fails. */
export async function loginFromLink(): Promise<string | null> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return null;
  try {
    await login(token);
    return null;
  } catch (error) {
    return sentenceOf(error);
  } finally {
    // Not earlier: a reload in the meantime would lose the token.
    history.replaceState(null, '', location.pathname + location.search);
  }
}

/** Links to the login providers of the server, none if it has none. */
async function providerLinks(): Promise<HTMLElement[]> {
  try {
    const { providers } = await loginOptions();
    return providers.map(({ name, path }) => h('a', { class: 'provider', href: addressOf(path) }, `Log in with ${name}`));
  } catch {
    return [];
  }
}

/** Shows the form that asks for the token; resolves when the person is signed in. */
export function askForToken(root: HTMLElement, problem: string | null): Promise<void> {
  return new Promise((resolve) => {
    const field = h('input', { id: 'token', name: 'token', type: 'password', autocomplete: 'current-password', required: true, spellcheck: 'false' });
    const problemText = h('p', { class: 'problem', role: 'alert', id: 'login-problem' }, problem ?? '');
    const button = h('button', { type: 'submit', class: 'primary' }, 'Sign in');
    const submit = async (event: Event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        await login(field.value.trim());
        resolve();
      } catch (error) {
        problemText.textContent = sentenceOf(error);
        field.select();
      } finally {
        button.disabled = false;
      }
    };
    const providers = h('nav', { class: 'providers', 'aria-label': 'Login providers' });
    const byToken = h(
      'details',
      { open: true },
      h('summary', {}, 'Log in with a token'),
      h('p', { class: 'hint' }, 'Open the link that the server printed when it started. Or paste the token: it is at the end of that link, and in the file "token" of the server’s data directory.'),
      h('label', { for: 'token' }, 'Token'),
      field,
      button,
    );
    void providerLinks().then((links) => {
      providers.replaceChildren(...links);
      // With a provider, the token is for emergencies.
      if (links.length > 0 && problem === null && field.value === '') byToken.open = false;
    });
    const form = h(
      'form',
      { onsubmit: submit },
      h('img', { src: 'icon.svg', alt: '', width: '44', height: '44' }),
      h('h1', {}, 'Q-IDE'),
      providers,
      problemText,
      byToken,
    );
    root.className = 'start-page';
    root.replaceChildren(h('main', { class: 'card' }, form));
    field.focus();
  });
}

function sentenceOf(error: unknown): string {
  if (error instanceof ApiError && error.status === 401) return 'The server does not know this token. Check it, or ask the owner for a new one.';
  return error instanceof Error ? error.message : String(error);
}

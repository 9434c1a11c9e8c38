import type { AccountListAccount, Me, SessionListSession, TokenListScope, TokenListToken } from '@qide/client';
import { addressOf, loginOptions } from '../api.js';
import { h } from 'qide-vscode/dom.js';
import { accounts, createToken, deleteAccount, endSession, exportData, linkAccount, revokeToken, sessions, tokens } from './account-api.js';
import { browserName } from './browser-name.js';
import { button, liveList } from './live-list.js';
import { modelKeySection } from './model-keys.js';
import { attempt, problemText, section, showPage, time } from './page.js';

const DEFAULT_DAYS = '30';
const SCOPES: Readonly<Record<TokenListScope, string>> = {
  read: 'read files and documents',
  edit: 'read and change them',
  ai: 'call models',
  observe: 'read metrics',
  admin: 'administer the server',
};

/** The person's sessions, tokens, linked accounts and data. */
export function showAccount(root: HTMLElement, person: Me): void {
  showPage(
    root,
    person,
    'Account',
    h('p', { class: 'hint' }, `You are ${person.name}, ${person.role}.`),
    sessionSection(),
    tokenSection(person),
    ...(person.scopes.includes('ai') ? [modelKeySection()] : []),
    accountSection(),
    dataSection(person),
  );
}

function sessionSection(): HTMLElement {
  const { list, problem } = liveList<SessionListSession>(
    'No browser is logged in.',
    async () => (await sessions()).sessions,
    (one, again, at) =>
      h(
        'li',
        {},
        h(
          'div',
          {},
          h('strong', {}, browserName(one.agent)),
          one.current ? h('span', { class: 'badge' }, 'this browser') : null,
          h('p', { class: 'hint' }, one.provider === undefined ? 'with a token, ' : `with ${one.provider}, `, 'since ', time(one.createdAt), ', last used ', time(one.lastUsedAt)),
        ),
        button(one.current ? 'Log out' : 'End session', `End the session of ${browserName(one.agent)}`, at, async () => {
          await endSession(one.id);
          if (one.current) location.assign(addressOf(''));
          else await again();
        }),
      ),
  );
  return section('Sessions', h('p', { class: 'hint' }, 'The browsers in which you are logged in. End the sessions that you do not recognize.'), list, problem);
}

function tokenSection(person: Me): HTMLElement {
  const { list, problem, again } = liveList<TokenListToken>(
    'You have no tokens.',
    async () => (await tokens()).tokens,
    (one, reload, at) =>
      h(
        'li',
        {},
        h('div', {}, h('strong', {}, one.name), h('p', { class: 'hint' }, `${one.scopes.join(', ')}; until `, time(one.expiresAt))),
        button('Revoke', `Revoke the token ${one.name}`, at, async () => {
          await revokeToken(one.id);
          await reload();
        }),
      ),
  );
  return section('Personal tokens', h('p', { class: 'hint' }, 'For editors, scripts and clients of the model APIs. A token never allows more than you may do.'), list, problem, tokenForm(person, again));
}

function tokenForm(person: Me, again: () => Promise<void>): HTMLElement {
  const name = h('input', { id: 'token-name', required: true, maxlength: '60', autocomplete: 'off' });
  const days = h('input', { id: 'token-days', type: 'number', min: '1', max: '366', required: true, value: DEFAULT_DAYS });
  const boxes = (Object.keys(SCOPES) as TokenListScope[])
    .filter((scope) => person.scopes.includes(scope))
    .map((scope) => h('input', { type: 'checkbox', value: scope, id: `scope-${scope}`, ...(scope === 'read' || person.scopes.length === 1 ? { checked: true } : {}) }));
  const created = h('div', { class: 'created', role: 'status' });
  const problem = problemText();
  const submit = (event: Event) => {
    event.preventDefault();
    const scopes = boxes.filter((box) => box.checked).map((box) => box.value as TokenListScope);
    if (scopes.length === 0) {
      problem.textContent = 'Choose what the token allows.';
      return;
    }
    void attempt(problem, async () => {
      const { token } = await createToken({ name: name.value, scopes, expiresInDays: Number(days.value) });
      created.replaceChildren(h('p', {}, 'Copy the token now: it is not shown again.'), h('code', { tabindex: '0' }, token));
      name.value = '';
      await again();
    });
  };
  return h(
    'form',
    { onsubmit: submit, id: 'new-token' },
    h('h3', {}, 'New token'),
    h('label', { for: 'token-name' }, 'Name'),
    name,
    h('fieldset', {}, h('legend', {}, 'It allows to'), ...boxes.map((box) => h('label', { class: 'choice', for: box.id }, box, SCOPES[box.value as TokenListScope]))),
    h('label', { for: 'token-days' }, 'Days until it ends'),
    days,
    problem,
    h('button', { type: 'submit', class: 'primary' }, 'Create token'),
    created,
  );
}

function accountSection(): HTMLElement {
  const { list, problem } = liveList<AccountListAccount>(
    'You log in with a token; no account is linked.',
    async () => (await accounts()).accounts,
    (one) => h('li', {}, h('div', {}, h('strong', {}, one.provider), h('p', { class: 'hint' }, one.email === undefined ? '' : `${one.email}, `, 'since ', time(one.linkedAt)))),
  );
  const links = h('div', { class: 'actions' });
  void loginOptions().then(({ providers }) =>
    links.replaceChildren(
      ...providers.map(({ id, name }) => button(`Link an account of ${name}`, `Link an account of ${name}`, problem, async () => location.assign(await linkAccount(id)))),
    ),
  );
  return section('Linked accounts', list, links, problem);
}

function dataSection(person: Me): HTMLElement {
  const problem = problemText();
  const name = h('input', { id: 'delete-name', autocomplete: 'off', required: true, spellcheck: 'false' });
  const remove = (event: Event) => {
    event.preventDefault();
    void attempt(problem, async () => {
      if (name.value !== person.name) {
        problem.textContent = `Type your name, ${person.name}, to delete your account.`;
        return;
      }
      await deleteAccount(name.value);
      location.assign(addressOf(''));
    });
  };
  return section(
    'Your data',
    h('div', { class: 'actions' }, button('Download my data', 'Download my data', problem, save)),
    problem,
    h(
      'details',
      {},
      h('summary', {}, 'Delete my account'),
      h(
        'form',
        { onsubmit: remove, id: 'delete-account' },
        h('p', {}, 'Your sessions, tokens, settings and conversations are deleted. Documents and chat messages stay, attributed to a “former member”. This cannot be undone.'),
        h('label', { for: 'delete-name' }, `Your name, ${person.name}, to confirm`),
        name,
        h('button', { type: 'submit', class: 'danger' }, 'Delete my account'),
      ),
    ),
  );
}

async function save(): Promise<void> {
  const address = URL.createObjectURL(await exportData());
  h('a', { href: address, download: 'qide-export.json' }).click();
  URL.revokeObjectURL(address);
}

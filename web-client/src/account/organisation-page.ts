import type { InvitationListInvitation, Me, MemberListMember, MemberRoleRole, OrganisationListOrganisation } from '@qide/client';
import { addressOf, loginOptions } from '../api.js';
import { h } from 'qide-vscode/dom.js';
import { button, liveList } from './live-list.js';
import { createOrganisation, invitations, invite, leave, members, organisations, removeMember, setRole, withdraw } from './organisation-api.js';
import { attempt, problemText, section, sentenceOf, showPage, time } from './page.js';

const DEFAULT_DAYS = '7';
const ROLES: Readonly<Record<MemberRoleRole, string>> = {
  owner: 'Owner: manages members and workspaces',
  editor: 'Editor: changes files',
  viewer: 'Viewer: reads files',
};

/** The organisations that the person may see: their members, roles and invitations. */
export function showOrganisations(root: HTMLElement, person: Me): void {
  const content = h('div', { class: 'content' });
  const problem = problemText();
  showPage(root, person, 'Organisations', h('p', { class: 'hint' }, 'A role in an organisation applies to all of its workspaces.'), problem, content);
  void attempt(problem, async () => {
    const all = (await organisations()).organisations;
    const wanted = new URLSearchParams(location.search).get('organisation');
    const shown = all.find(({ name }) => name === wanted) ?? all[0];
    content.replaceChildren(
      ...(all.length > 1 ? [choice(all, shown)] : []),
      ...(shown === undefined ? [h('p', {}, 'You are not a member of any organisation.')] : organisation(shown, person)),
      ...(person.role === 'owner' && person.scopes.includes('admin') ? [creation()] : []),
    );
  });
}

/** Links to the organisations. */
function choice(all: readonly OrganisationListOrganisation[], shown: OrganisationListOrganisation | undefined): HTMLElement {
  const links = all.map(({ name }) => h('a', { href: addressOf(`?page=organisations&organisation=${encodeURIComponent(name)}`), ...(name === shown?.name ? { 'aria-current': 'true' } : {}) }, name));
  return h('nav', { class: 'choice', 'aria-label': 'Organisations' }, ...links);
}

function organisation({ name, owner }: OrganisationListOrganisation, person: Me): HTMLElement[] {
  return [memberSection(name, owner, person), ...(owner ? [invitationSection(name)] : [])];
}

function memberSection(organisation: string, isOwner: boolean, person: Me): HTMLElement {
  const { list, problem } = liveList<MemberListMember>(
    'Nobody has logged in through a login provider yet. People with command-line tokens are not listed.',
    async () => (await members(organisation)).members,
    (one, again, at) => {
      const isSelf = one.person === person.id;
      const remove = async () => {
        await removeMember(organisation, one.person);
        await again();
      };
      const leaveIt = async () => {
        await leave(organisation);
        location.assign(addressOf(''));
      };
      return h(
        'li',
        {},
        h('div', {}, h('strong', {}, one.name), isSelf ? h('span', { class: 'badge' }, 'you') : null, h('p', { class: 'hint' }, `id ${one.person.slice(0, 8)}`)),
        h(
          'div',
          { class: 'actions' },
          isOwner ? roleChoice(organisation, one, at, again) : h('span', { class: 'badge' }, one.role),
          isSelf ? confirmed('Leave', `Leave ${organisation}`, at, leaveIt) : isOwner ? confirmed('Remove', `Remove ${one.name}`, at, remove) : null,
        ),
      );
    },
  );
  return section(`Members of ${organisation}`, list, problem);
}

/** A choice that takes effect at once; a refused one shows the present role again. */
function roleChoice(organisation: string, member: MemberListMember, problem: HTMLElement, again: () => Promise<void>): HTMLSelectElement {
  const element = roles(`Role of ${member.name}`, member.role);
  element.addEventListener('change', () => {
    element.disabled = true;
    void attempt(problem, async () => {
      try {
        await setRole(organisation, member.person, element.value as MemberRoleRole);
      } catch (error) {
        element.value = member.role;
        element.disabled = false;
        throw error;
      }
      await again();
    });
  });
  return element;
}

function roles(label: string, chosen: MemberRoleRole): HTMLSelectElement {
  const options = (Object.keys(ROLES) as MemberRoleRole[]).map((role) => h('option', { value: role, ...(role === chosen ? { selected: true } : {}) }, role));
  return h('select', { 'aria-label': label, title: ROLES[chosen] }, ...options);
}

/** A button that acts when it is pressed a second time. */
function confirmed(text: string, label: string, problem: HTMLElement, run: () => Promise<void>): HTMLButtonElement {
  let isAsked = false;
  const element = button(text, label, problem, async () => {
    if (isAsked) return run();
    isAsked = true;
    element.className = 'danger';
    element.textContent = `${text}?`;
    element.setAttribute('aria-label', `${label}: press again to confirm`);
  });
  element.addEventListener('blur', () => {
    if (element.disabled) return;
    isAsked = false;
    element.className = '';
    element.textContent = text;
    element.setAttribute('aria-label', label);
  });
  return element;
}

function invitationSection(organisation: string): HTMLElement {
  const { list, problem, again } = liveList<InvitationListInvitation>(
    'There is no open invitation.',
    async () => (await invitations(organisation)).invitations,
    (one, reload, at) =>
      h(
        'li',
        {},
        h('div', {}, h('strong', {}, one.role), h('p', { class: 'hint' }, 'made ', time(one.createdAt), ', until ', time(one.expiresAt))),
        button('Withdraw', `Withdraw the invitation of a new ${one.role}`, at, async () => {
          await withdraw(organisation, one.id);
          await reload();
        }),
      ),
  );
  const form = h('div');
  void loginOptions().then(
    ({ providers }) =>
      form.replaceChildren(
        providers.length === 0 ? h('p', { class: 'hint' }, 'People accept an invitation by logging in through a login provider; the operator has configured none.') : invitationForm(organisation, again),
      ),
    (error: unknown) => (problem.textContent = sentenceOf(error)),
  );
  return section('Invitations', h('p', { class: 'hint' }, 'Each link makes one person a member, when they log in with it.'), list, problem, form);
}

function invitationForm(organisation: string, again: () => Promise<void>): HTMLElement {
  const role = roles('Role of the new member', 'editor');
  role.id = 'invitation-role';
  const days = h('input', { id: 'invitation-days', type: 'number', min: '1', max: '30', required: true, value: DEFAULT_DAYS });
  const created = h('div', { class: 'created', role: 'status' });
  const problem = problemText();
  const submit = (event: Event) => {
    event.preventDefault();
    void attempt(problem, async () => {
      const { link } = await invite(organisation, role.value as MemberRoleRole, Number(days.value));
      created.replaceChildren(h('p', {}, 'Send this link to one person: it is not shown again.'), h('code', { tabindex: '0' }, addressOf(link)));
      await again();
    });
  };
  return h(
    'form',
    { onsubmit: submit, id: 'new-invitation' },
    h('h3', {}, 'Invite by a link'),
    h('label', { for: 'invitation-role' }, 'Role'),
    role,
    h('label', { for: 'invitation-days' }, 'Days until it ends'),
    days,
    problem,
    h('button', { type: 'submit', class: 'primary' }, 'Create link'),
    created,
  );
}

function creation(): HTMLElement {
  const name = h('input', { id: 'organisation-name', required: true, maxlength: '64', autocomplete: 'off', spellcheck: 'false', pattern: '[A-Za-z0-9][A-Za-z0-9._\\-]*', title: 'Letters, digits, dots, dashes and underscores' });
  const problem = problemText();
  const submit = (event: Event) => {
    event.preventDefault();
    void attempt(problem, async () => {
      await createOrganisation(name.value);
      location.assign(addressOf(`?page=organisations&organisation=${encodeURIComponent(name.value)}`));
    });
  };
  return section(
    'New organisation',
    h('p', { class: 'hint' }, 'Its members see only its workspaces, and only its members see them.'),
    h('form', { onsubmit: submit, id: 'new-organisation' }, h('label', { for: 'organisation-name' }, 'Name'), name, problem, h('button', { type: 'submit', class: 'primary' }, 'Create organisation')),
  );
}

import type { Me, PresenceParams } from '@qide/client';
import type { Documents } from './documents.js';
import { h } from './dom.js';
import { initialsOf, membersOf, type Member, type Place, type PresenceState } from './members.js';

/** Pictures shown beside each other; the rest is a number. */
const AVATARS = 3;
/** Documents of which the server's word about who is there is kept. */
const DOCUMENTS_TOLD = 500;

/** The members of the workspace: their pictures in the header, and the list that these open. */
export class People {
  readonly button = h('button', { type: 'button', class: 'people', id: 'people', 'data-testid': 'people', popovertarget: 'members' });
  readonly list = h('div', { class: 'commands members', id: 'members', popover: 'auto', 'aria-label': 'Who is here' });
  /** The person wants to go where somebody is. */
  onJump: (member: Member, place: Place) => void = () => {};
  /** Who is here has changed. */
  onChange: () => void = () => {};
  private readonly told = new Map<string, PresenceParams['members']>();
  private readonly ownClients = new Set<number>();
  private members: Member[] = [];
  private isAsked = false;
  private drawn = '';

  constructor(
    private readonly self: Me,
    private readonly documents: Documents,
  ) {
    this.look();
  }

  /** The server told who has a document open. */
  tell({ path, members }: PresenceParams): void {
    this.told.delete(path);
    if (members.length > 0) this.told.set(path, members);
    for (const oldest of this.told.keys()) {
      if (this.told.size <= DOCUMENTS_TOLD) break;
      this.told.delete(oldest);
    }
    this.changed();
  }

  /** The line is lost: what the server told is old, and it tells again on the next one. */
  forgetTold(): void {
    this.told.clear();
    this.changed();
  }

  /** Presence has changed somewhere; looked at once before the next picture. */
  changed(): void {
    if (this.isAsked) return;
    this.isAsked = true;
    // A page in the background draws nothing, and has nobody to show it to.
    requestAnimationFrame(() => {
      this.isAsked = false;
      this.look();
    });
  }

  colourOf(key: string): number {
    return this.members.find((member) => member.key === key)?.colour ?? this.members.find((member) => member.isSelf)?.colour ?? 0;
  }

  private look(): void {
    const open = this.documents.all().flatMap(({ path, shared }) =>
      shared === null ? [] : [{ path, ownClient: shared.doc.clientID, states: shared.awareness.getStates() as Map<number, PresenceState> }],
    );
    for (const { ownClient } of open) this.ownClients.add(ownClient);
    this.members = membersOf(this.self, open, this.told, this.ownClients);
    const drawn = JSON.stringify(this.members);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.drawButton();
    this.drawList();
    this.onChange();
  }

  private drawButton(): void {
    const others = this.members.filter(({ isSelf }) => !isSelf);
    const own = this.members.find(({ isSelf }) => isSelf)!;
    const pictured = [...others, own].slice(0, AVATARS);
    const rest = this.members.length - pictured.length;
    this.button.replaceChildren(
      ...pictured.map(avatar),
      ...(rest > 0 ? [h('span', { class: 'avatar more', 'aria-hidden': 'true' }, `+${rest}`)] : []),
    );
    const words = others.length === 0 ? 'Only you are here' : `Here: you, ${others.map(({ name }) => name).join(', ')}`;
    this.button.setAttribute('aria-label', words);
    this.button.title = words;
  }

  private drawList(): void {
    const rows = this.members.flatMap((member) => {
      if (member.places.length === 0) return [row(member, null, null)];
      const places = member.places.map((place) => row(member, place, () => this.jump(member, place)));
      return member.isSelf ? [row(member, null, null), ...places] : places;
    });
    const alone = this.members.length === 1 && this.members[0]!.places.length === 0;
    this.list.replaceChildren(
      h('h2', {}, 'Who is here'),
      ...rows,
      ...(alone ? [h('p', { class: 'hint' }, 'Nobody else is here just now.')] : []),
    );
  }

  private jump(member: Member, place: Place): void {
    this.list.hidePopover();
    this.onJump(member, place);
  }
}

function avatar({ name, colour }: Member): HTMLElement {
  return h('span', { class: `avatar person-${colour}`, 'aria-hidden': 'true' }, initialsOf(name));
}

function row(member: Member, place: Place | null, onclick: (() => void) | null): HTMLElement {
  const note = member.isSelf ? (place === null ? 'you' : 'you, in another window') : null;
  const words = h(
    'span',
    { class: 'member-words' },
    h('span', { class: 'member-name' }, h('bdi', {}, member.name), note === null ? null : h('span', { class: 'member-note' }, ` ${note}`)),
    place === null ? null : h('span', { class: 'member-place', title: place.path }, place.path),
  );
  if (onclick === null) return h('div', { class: 'member', 'data-person': member.name }, avatar(member), words);
  return h(
    'button',
    { type: 'button', class: 'member', 'data-person': member.name, 'data-path': place!.path, onclick },
    avatar(member),
    words,
  );
}

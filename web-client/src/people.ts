import type { Me, PresenceParams } from '@qide/client';
import type { Documents } from './documents.js';
import { h } from './dom.js';
import { initialsOf, membersOf, type Member, type Place, type PresenceState } from './members.js';

/** Avatars shown side by side; of the others the number is shown. */
const AVATARS = 3;
/** Documents whose reported members are stored. */
const DOCUMENTS_REPORTED = 500;

/** The members of the workspace: their avatars in the header, and the list that these open. */
export class People {
  readonly button = h('button', { type: 'button', class: 'people', id: 'people', 'data-testid': 'people', popovertarget: 'members' });
  readonly list = h('div', { class: 'commands members', id: 'members', popover: 'auto', 'aria-label': 'Who is here' });
  /** The person wants to jump to a member's position. */
  onJump: (member: Member, place: Place) => void = () => {};
  /** The members have changed. */
  onChange: () => void = () => {};
  private readonly reported = new Map<string, PresenceParams['members']>();
  private readonly ownClients = new Set<number>();
  private members: Member[] = [];
  private isUpdateRequested = false;
  private drawn = '';

  constructor(
    private readonly self: Me,
    private readonly documents: Documents,
  ) {
    this.update();
  }

  /** The server reported the members of a document. */
  presenceReported({ path, members }: PresenceParams): void {
    this.reported.delete(path);
    if (members.length > 0) this.reported.set(path, members);
    for (const oldest of this.reported.keys()) {
      if (this.reported.size <= DOCUMENTS_REPORTED) break;
      this.reported.delete(oldest);
    }
    this.changed();
  }

  /** The connection is lost: its reports are outdated, and the server sends them again on the next one. */
  forgetReported(): void {
    this.reported.clear();
    this.changed();
  }

  /** Presence has changed; updates the members once before the next frame. */
  changed(): void {
    if (this.isUpdateRequested) return;
    this.isUpdateRequested = true;
    // A page in the background does not draw.
    requestAnimationFrame(() => {
      this.isUpdateRequested = false;
      this.update();
    });
  }

  colourOf(key: string): number {
    return this.members.find((member) => member.key === key)?.colour ?? this.members.find((member) => member.isSelf)?.colour ?? 0;
  }

  private update(): void {
    const open = this.documents.all().flatMap(({ path, shared }) =>
      shared === null ? [] : [{ path, ownClient: shared.doc.clientID, states: shared.awareness.getStates() as Map<number, PresenceState> }],
    );
    for (const { ownClient } of open) this.ownClients.add(ownClient);
    this.members = membersOf(this.self, open, this.reported, this.ownClients);
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
    const shown = [...others, own].slice(0, AVATARS);
    const rest = this.members.length - shown.length;
    this.button.replaceChildren(
      ...shown.map(avatar),
      ...(rest > 0 ? [h('span', { class: 'avatar more', 'aria-hidden': 'true' }, `+${rest}`)] : []),
    );
    const label = others.length === 0 ? 'Only you are here' : `Here: you, ${others.map(({ name }) => name).join(', ')}`;
    this.button.setAttribute('aria-label', label);
    this.button.title = label;
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
      ...(alone ? [h('p', { class: 'hint' }, 'Nobody else is here now.')] : []),
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
  const text = h(
    'span',
    { class: 'member-words' },
    h('span', { class: 'member-name' }, h('bdi', {}, member.name), note === null ? null : h('span', { class: 'member-note' }, ` ${note}`)),
    place === null ? null : h('span', { class: 'member-place', title: place.path }, place.path),
  );
  if (onclick === null) return h('div', { class: 'member', 'data-person': member.name }, avatar(member), text);
  return h(
    'button',
    { type: 'button', class: 'member', 'data-person': member.name, 'data-path': place!.path, onclick },
    avatar(member),
    text,
  );
}

// Who is in the workspace and where: from the awareness of open documents, and, for those that are
// not open here, from what the server tells. Knows nothing of the page.

import type { PresenceParams } from '@qide/client';

/** Colours that the style sheet has for people. */
export const PERSON_COLOURS = 8;
const NAME_CHARACTERS = 40;

/** One client's awareness state. All of it but `qide`, which the server sets, is what that client claims. */
export interface PresenceState {
  /** The login behind the connection. */
  readonly qide?: { readonly id?: unknown; readonly name?: unknown };
  readonly user?: { readonly name?: unknown };
  /** Relative positions in the shared text; none while another file is shown. */
  readonly selection?: { readonly anchor: unknown; readonly head: unknown } | null;
}

export interface Identity {
  /** The same for all clients of one person. */
  readonly key: string;
  readonly name: string;
}

export type Certainty = 'looks' | 'told' | 'open';
const BEST_FIRST: readonly Certainty[] = ['looks', 'told', 'open'];

/** One client of a person in one file. */
export interface Place {
  readonly path: string;
  /** The id in the awareness of that file. */
  readonly client: number;
  /**
   * How sure it is that the person looks at this file: they have a caret in it; the server says that
   * they have it open; they have it open here and no caret in it.
   */
  readonly certainty: Certainty;
}

export interface Member extends Identity {
  readonly isSelf: boolean;
  readonly colour: number;
  readonly places: readonly Place[];
}

/** A document that is open here, as far as presence goes. */
export interface OpenPresence {
  readonly path: string;
  readonly ownClient: number;
  readonly states: ReadonlyMap<number, PresenceState>;
}

/** Who a client is: the login that the server names, else what the client says; null for neither. */
export function identityOf(state: PresenceState): Identity | null {
  const pinned = typeof state.qide?.id === 'string' ? state.qide.id : null;
  const name = shownName(pinned === null ? state.user?.name : (state.qide?.name ?? state.user?.name));
  if (pinned !== null) return { key: `id:${pinned}`, name: name ?? 'Somebody' };
  return name === null ? null : { key: `name:${name}`, name };
}

/** A name without what could disturb a page: control and direction characters, and great length. */
function shownName(claimed: unknown): string | null {
  if (typeof claimed !== 'string') return null;
  const name = claimed
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  if (name === '') return null;
  const characters = [...name];
  return characters.length > NAME_CHARACTERS ? `${characters.slice(0, NAME_CHARACTERS - 1).join('')}…` : name;
}

/**
 * Everybody in the workspace, this person first.
 *
 * @param told what the server said of each document, by path; only used for those not open here
 * @param left clients of this page in documents that it has closed: the server may not know yet
 */
export function membersOf(
  self: { readonly id: string; readonly name: string },
  open: readonly OpenPresence[],
  told: ReadonlyMap<string, PresenceParams['members']>,
  left: ReadonlySet<number> = new Set(),
): Member[] {
  const people = new Map<string, { name: string; places: Place[] }>();
  const own = `id:${self.id}`;
  people.set(own, { name: self.name, places: [] });
  const add = ({ key, name }: Identity, place: Place) => {
    // Before the server pins identities, a client that claims this person's name is taken for this person's.
    const at = key === `name:${self.name}` ? own : key;
    const there = people.get(at);
    if (there) there.places.push(place);
    else people.set(at, { name, places: [place] });
  };
  for (const { path, ownClient, states } of open) {
    for (const [client, state] of states) {
      const identity = client === ownClient ? null : identityOf(state);
      if (identity) add(identity, { path, client, certainty: state.selection ? 'looks' : 'open' });
    }
  }
  const isOpen = new Set(open.map(({ path }) => path));
  for (const [path, members] of told) {
    if (isOpen.has(path)) continue;
    for (const { client, id, name } of members) {
      if (!left.has(client)) add({ key: `id:${id}`, name: shownName(name) ?? 'Somebody' }, { path, client, certainty: 'told' });
    }
  }
  const colours = coloursOf([...people.keys()]);
  return [...people].map(([key, { name, places }]) => ({
    key,
    name,
    isSelf: key === own,
    colour: colours.get(key)!,
    places: telling(places),
  }));
}

/** The files a person looks at, as far as can be told. */
function telling(places: readonly Place[]): Place[] {
  const best = BEST_FIRST.find((certainty) => places.some((place) => place.certainty === certainty));
  return places.filter(({ certainty }) => certainty === best).sort((one, other) => one.path.localeCompare(other.path));
}

/** A colour for each person: their own by hash, and the next free one when two would share it. */
export function coloursOf(keys: readonly string[]): Map<string, number> {
  const colours = new Map<string, number>();
  const taken = new Set<number>();
  for (const key of [...keys].sort()) {
    let colour = hashOf(key) % PERSON_COLOURS;
    for (let step = 0; step < PERSON_COLOURS && taken.has(colour); step += 1) colour = (colour + 1) % PERSON_COLOURS;
    taken.add(colour);
    colours.set(key, colour);
  }
  return colours;
}

/** FNV-1a. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** `Ann Lee` → `AL`, `ann` → `A` */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return letters.map((word) => [...word][0]!.toLocaleUpperCase()).join('') || '?';
}

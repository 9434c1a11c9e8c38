// The people in the workspace and their files: from the awareness of open documents and, for documents that
// are not open here, from the server's `qide/presence`. Independent of the page.

import type { PresenceParams } from '@qide/client';

/** The number of colours for people in the style sheet. */
export const PERSON_COLOURS = 8;
const NAME_CHARACTERS = 40;

/** One client's awareness state. The server sets `qide`; the client writes the rest and may write anything. */
export interface PresenceState {
  /** The login behind the connection. */
  readonly qide?: { readonly id?: unknown; readonly name?: unknown };
  readonly user?: { readonly name?: unknown };
  /** Relative positions in the shared text; null while the client shows another file. */
  readonly selection?: { readonly anchor: unknown; readonly head: unknown } | null;
}

export interface Identity {
  /** The same for all clients of one person. */
  readonly key: string;
  readonly name: string;
}

export type Certainty = 'caret' | 'reported' | 'open';
const BEST_FIRST: readonly Certainty[] = ['caret', 'reported', 'open'];

/** One client of a person in one file. */
export interface Place {
  readonly path: string;
  /** The id in the awareness of that file. */
  readonly client: number;
  /**
   * How certain it is that the person is viewing this file. `caret`: they have a caret in it. `reported`: the
   * server reports that they have it open. `open`: they have it open, without a caret.
   */
  readonly certainty: Certainty;
}

export interface Member extends Identity {
  readonly isSelf: boolean;
  readonly colour: number;
  readonly places: readonly Place[];
}

/** The awareness of a document that is open here. */
export interface OpenPresence {
  readonly path: string;
  readonly ownClient: number;
  readonly states: ReadonlyMap<number, PresenceState>;
}

/** The identity of a client: the login that the server names, else the name that the client claims; null without both. */
export function identityOf(state: PresenceState): Identity | null {
  const login = typeof state.qide?.id === 'string' ? state.qide.id : null;
  const name = shownName(login === null ? state.user?.name : (state.qide?.name ?? state.user?.name));
  if (login !== null) return { key: `id:${login}`, name: name ?? 'Somebody' };
  return name === null ? null : { key: `name:${name}`, name };
}

/** A name that is safe to display: without control and direction characters, and not too long. */
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
 * @param reported the server's `qide/presence` by path; used only for documents that are not open here
 * @param left clients of this page in documents that it has closed: the server may still report them
 */
export function membersOf(
  self: { readonly id: string; readonly name: string },
  open: readonly OpenPresence[],
  reported: ReadonlyMap<string, PresenceParams['members']>,
  left: ReadonlySet<number> = new Set(),
): Member[] {
  const people = new Map<string, { name: string; places: Place[] }>();
  const own = `id:${self.id}`;
  people.set(own, { name: self.name, places: [] });
  const add = ({ key, name }: Identity, place: Place) => {
    // Without an identity from the server, a client that claims this person's name counts as theirs.
    const at = key === `name:${self.name}` ? own : key;
    const known = people.get(at);
    if (known) known.places.push(place);
    else people.set(at, { name, places: [place] });
  };
  for (const { path, ownClient, states } of open) {
    for (const [client, state] of states) {
      const identity = client === ownClient ? null : identityOf(state);
      if (identity) add(identity, { path, client, certainty: state.selection ? 'caret' : 'open' });
    }
  }
  const isOpen = new Set(open.map(({ path }) => path));
  for (const [path, members] of reported) {
    if (isOpen.has(path)) continue;
    for (const { client, id, name } of members) {
      if (!left.has(client)) add({ key: `id:${id}`, name: shownName(name) ?? 'Somebody' }, { path, client, certainty: 'reported' });
    }
  }
  const colours = coloursOf([...people.keys()]);
  return [...people].map(([key, { name, places }]) => ({
    key,
    name,
    isSelf: key === own,
    colour: colours.get(key)!,
    places: mostCertain(places),
  }));
}

/** The files with the highest certainty. */
function mostCertain(places: readonly Place[]): Place[] {
  const best = BEST_FIRST.find((certainty) => places.some((place) => place.certainty === certainty));
  return places.filter(({ certainty }) => certainty === best).sort((one, other) => one.path.localeCompare(other.path));
}

/** A colour for each person: by hash of the key, or the next free colour if that one is taken. */
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

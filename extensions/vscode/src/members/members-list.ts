import type { Me, PresenceParams } from '@qide/client';
import type { MemberSource } from '../host.js';
import { membersOf, type Member, type OpenPresence } from './members.js';

/** Documents whose reported members are stored. */
const DOCUMENTS_REPORTED = 500;

/** The people in the workspace now, from the open documents and from the server's reports. */
export class MembersList implements MemberSource {
  members: readonly Member[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly caretListeners = new Set<() => void>();
  private readonly reported = new Map<string, PresenceParams['members']>();
  private readonly ownClients = new Set<number>();
  private isUpdateRequested = false;
  private known = '';

  /**
   * @param open the presence in the documents that are open here
   * @param soon calls back once, before what changed is drawn
   */
  constructor(
    private self: Me,
    private readonly open: () => readonly OpenPresence[],
    private readonly soon: (update: () => void) => void,
  ) {
    this.update();
  }

  /** Calls back when the members or their files have changed. */
  subscribe(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Calls back when anybody's caret may have moved. */
  subscribeCarets(listener: () => void): void {
    this.caretListeners.add(listener);
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

  /** This person changed their name. */
  setSelf(person: Me): void {
    this.self = person;
    this.changed();
  }

  /** The connection is lost: its reports are outdated, and the server sends them again on the next one. */
  forgetReported(): void {
    this.reported.clear();
    this.changed();
  }

  /** Presence has changed; updates the members once, however often it is called meanwhile. */
  changed(): void {
    if (this.isUpdateRequested) return;
    this.isUpdateRequested = true;
    this.soon(() => {
      this.isUpdateRequested = false;
      this.update();
      for (const listener of this.caretListeners) listener();
    });
  }

  /** Lets the views show again what else they show: whether this person may write to the team chat. */
  refresh(): void {
    for (const listener of this.listeners) listener();
  }

  colourOf(key: string): number {
    return this.members.find((member) => member.key === key)?.colour ?? this.members.find((member) => member.isSelf)?.colour ?? 0;
  }

  private update(): void {
    const open = this.open();
    for (const { ownClient } of open) this.ownClients.add(ownClient);
    this.members = membersOf(this.self, open, this.reported, this.ownClients);
    const known = JSON.stringify(this.members);
    if (known === this.known) return;
    this.known = known;
    for (const listener of this.listeners) listener();
  }
}

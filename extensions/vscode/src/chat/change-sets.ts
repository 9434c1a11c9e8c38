import type { ChangeSetDecisionAction, ChangeSetInfo, ChangeSetInfoState, ChangeSetList } from '@qide/client';
import type { ChatTransport } from './chat-host.js';
import { changeFailure, failureName } from './failures.js';

/** A change of one file as an editor makes it of a model's answer. */
export interface ProposedTexts {
  readonly path: string;
  /** The text that the editor shows. */
  readonly before: string;
  readonly after: string;
  /** The name of the model; null if it is unknown. */
  readonly agent: string | null;
}

/**
 * The changes that models propose to this person: the server keeps them and makes the edits, this class has what it
 * reported last. A change is decided part by part; others go on typing meanwhile.
 */
export class ChangeSets {
  private readonly known = new Map<string, ChangeSetInfo>();
  private readonly listeners = new Set<(changed: ChangeSetInfo | null) => void>();
  private proposing = 0;

  constructor(private readonly transport: ChatTransport) {}

  /** Oldest first. */
  get all(): readonly ChangeSetInfo[] {
    return [...this.known.values()];
  }

  /** Whether this window proposes a change at the moment. */
  get isProposing(): boolean {
    return this.proposing > 0;
  }

  /** @param listener gets the change that was proposed or decided, or null when the list was read */
  onChange(listener: (changed: ChangeSetInfo | null) => void): void {
    this.listeners.add(listener);
  }

  /** The connection is initialized: the server may have forgotten changes, and have new ones. */
  async connected(): Promise<void> {
    try {
      const { changeSets } = (await this.transport.request('qide/changeSetList', {})) as ChangeSetList;
      this.known.clear();
      for (const info of changeSets) this.known.set(info.changeSet, info);
      this.notify(null);
    } catch {
      // The next connection lists them.
    }
  }

  /** A notification `qide/changeSet` arrived. */
  received(info: ChangeSetInfo): void {
    this.known.set(info.changeSet, info);
    this.notify(info);
  }

  /** Hides a decided change from this window. */
  forget(changeSet: string): void {
    this.known.delete(changeSet);
    this.notify(null);
  }

  /** Proposes a change; resolves to it, or to a sentence if the server refuses it. */
  async propose({ path, before, after, agent }: ProposedTexts): Promise<ChangeSetInfo | string> {
    this.proposing++;
    try {
      const info = (await this.transport.request('qide/changeSetPropose', { path, before, after, ...(agent === null ? {} : { agent }) })) as ChangeSetInfo;
      this.received(info);
      return info;
    } catch (error) {
      return changeFailure(error);
    } finally {
      this.proposing--;
    }
  }

  /**
   * Accepts, rejects or undoes parts.
   *
   * @param hunks numbers of parts; empty for all that the action fits
   * @returns null, or a sentence if the server refuses it
   */
  async decide(changeSet: string, hunks: readonly number[], action: ChangeSetDecisionAction): Promise<string | null> {
    try {
      this.received((await this.transport.request('qide/changeSetDecide', { changeSet, hunks, action })) as ChangeSetInfo);
      return null;
    } catch (error) {
      if (failureName(error) === 'change-set-unknown') this.forget(changeSet);
      return changeFailure(error);
    }
  }

  private notify(changed: ChangeSetInfo | null): void {
    for (const listener of this.listeners) listener(changed);
  }
}

/** The numbers of the parts in a state. */
export function partsIn({ hunks }: ChangeSetInfo, state: ChangeSetInfoState): readonly number[] {
  return hunks.filter((hunk) => hunk.state === state).map(({ number }) => number);
}

const STATES: readonly (readonly [ChangeSetInfoState, string])[] = [
  ['proposed', 'to decide'],
  ['accepted', 'accepted'],
  ['rejected', 'rejected'],
  ['undone', 'undone'],
];

/** The state of a change for people: `2 accepted, 1 rejected`. */
export function stateSentence(info: ChangeSetInfo): string {
  const counts = STATES.map(([state, word]) => [partsIn(info, state).length, word] as const).filter(([count]) => count > 0);
  return counts.map(([count, word]) => `${count} ${word}`).join(', ');
}

// The state of unacknowledged edits in words, derived only from acknowledgements.

/** How long edits may be unacknowledged before the page reports that saving is slow. */
export const SLOW_MILLISECONDS = 5_000;

/** The state of all open files together. */
export interface SaveSituation {
  readonly isOnline: boolean;
  /** Whether the server has reported that its database does not answer. */
  readonly isDatabaseDown: boolean;
  /** Edits made here that are not acknowledged, that is, not known to be in the database. */
  readonly unacknowledged: number;
  readonly hasFile: boolean;
  readonly isReadOnly: boolean;
  /** Whether there are edits in a file that this person may not change any more. */
  readonly isForbidden: boolean;
  /** Whether the text is not shared: its file is gone, or the server has closed it for good. */
  readonly isUnshared: boolean;
}

export type SaveState = 'none' | 'unshared' | 'read-only' | 'saved' | 'saving' | 'slow' | 'suspended' | 'offline';

export interface SaveReport {
  readonly state: SaveState;
  readonly text: string;
}

export function edits(count: number): string {
  return count === 1 ? '1 edit' : `${count} edits`;
}

/** The state of one file, or of all, in text. */
export function reportOf(situation: SaveSituation, isSlow = false): SaveReport {
  const { isOnline, isDatabaseDown, unacknowledged, hasFile, isReadOnly, isForbidden, isUnshared } = situation;
  if (unacknowledged > 0) {
    if (!isOnline) return { state: 'offline', text: `Offline: ${edits(unacknowledged)} kept here` };
    if (isDatabaseDown) return { state: 'suspended', text: `${edits(unacknowledged)} kept here` };
    if (isForbidden) return { state: 'read-only', text: `Read only: ${edits(unacknowledged)} kept here` };
    if (isSlow) return { state: 'slow', text: `Saving… ${edits(unacknowledged)} kept here until then` };
    return { state: 'saving', text: 'Saving…' };
  }
  if (!hasFile) return { state: 'none', text: '' };
  if (isUnshared) return { state: 'unshared', text: 'Not shared' };
  if (isReadOnly) return { state: 'read-only', text: 'Read only' };
  return isOnline ? { state: 'saved', text: 'Saved' } : { state: 'offline', text: 'Offline' };
}

/** Derives the report from the situation, and reports slow saving when no acknowledgement arrives for too long. */
export class SaveIndicator {
  private situation: SaveSituation | null = null;
  private isSlow = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly show: (report: SaveReport) => void,
    private readonly slowMilliseconds = SLOW_MILLISECONDS,
  ) {}

  update(situation: SaveSituation): void {
    const isProgress = situation.unacknowledged < (this.situation?.unacknowledged ?? 0);
    this.situation = situation;
    if (situation.unacknowledged === 0 || !situation.isOnline || isProgress) this.clearTimer();
    if (situation.unacknowledged > 0 && situation.isOnline && this.timer === undefined) {
      this.timer = setTimeout(() => {
        this.isSlow = true;
        this.showReport();
      }, this.slowMilliseconds);
    }
    this.showReport();
  }

  private clearTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isSlow = false;
  }

  private showReport(): void {
    if (this.situation) this.show(reportOf(this.situation, this.isSlow));
  }
}

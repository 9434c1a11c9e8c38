// What the page says about the edits that are under way: nothing but what acknowledgements tell.

/** How long edits may be under way before the page says that it takes long. */
export const SLOW_MILLISECONDS = 5_000;

/** What is known of all open files together. */
export interface SaveSituation {
  readonly isOnline: boolean;
  /** Whether the server has said that its database does not answer. */
  readonly isDatabaseDown: boolean;
  /** Edits made here that are not acknowledged, which is to say not known to be in the database. */
  readonly unacknowledged: number;
  readonly hasFile: boolean;
  readonly isReadOnly: boolean;
  /** Whether the text is here alone: its file is gone, or the server has closed it for good. */
  readonly isApart: boolean;
}

export type SaveState = 'none' | 'apart' | 'read-only' | 'saved' | 'saving' | 'slow' | 'held' | 'offline';

export interface SaveReport {
  readonly state: SaveState;
  readonly words: string;
}

export function edits(count: number): string {
  return count === 1 ? '1 edit' : `${count} edits`;
}

/** The state of one file, or of all, in words. */
export function reportOf(situation: SaveSituation, isSlow = false): SaveReport {
  const { isOnline, isDatabaseDown, unacknowledged, hasFile, isReadOnly, isApart } = situation;
  if (unacknowledged > 0) {
    if (!isOnline) return { state: 'offline', words: `Offline: ${edits(unacknowledged)} kept here` };
    if (isDatabaseDown) return { state: 'held', words: `${edits(unacknowledged)} kept here` };
    if (isSlow) return { state: 'slow', words: `Saving… ${edits(unacknowledged)} kept here until then` };
    return { state: 'saving', words: 'Saving…' };
  }
  if (!hasFile) return { state: 'none', words: '' };
  if (isApart) return { state: 'apart', words: 'Not shared' };
  if (isReadOnly) return { state: 'read-only', words: 'Read only' };
  return isOnline ? { state: 'saved', words: 'Saved' } : { state: 'offline', words: 'Offline' };
}

/** Follows the situation and tells what to show, also when nothing comes for too long. */
export class SaveMeter {
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
    if (situation.unacknowledged === 0 || !situation.isOnline || isProgress) this.forgetTimer();
    if (situation.unacknowledged > 0 && situation.isOnline && this.timer === undefined) {
      this.timer = setTimeout(() => {
        this.isSlow = true;
        this.tell();
      }, this.slowMilliseconds);
    }
    this.tell();
  }

  private forgetTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isSlow = false;
  }

  private tell(): void {
    if (this.situation) this.show(reportOf(this.situation, this.isSlow));
  }
}

import type { Connection } from '@qide/client';
import type { Documents } from './documents.js';
import type { Layout } from './layout.js';
import type { OpenFile } from './open-file.js';
import { edits, reportOf, SaveIndicator } from './save-indicator.js';
import type { StatusBar } from './status-bar.js';

/** How long an explicit save waits for acknowledgements before it reports that they are missing. */
const SAVE_MILLISECONDS = 10_000;

/** Shows the state of edits on tabs, in the status bar and above the text; handles an explicit save. */
export class Saving {
  /** Whether the server has reported that its database does not answer. */
  private isDatabaseDown = false;
  private readonly meter: SaveIndicator;

  constructor(
    private readonly connection: Connection,
    private readonly documents: Documents,
    private readonly layout: Layout,
    private readonly status: StatusBar,
  ) {
    this.meter = new SaveIndicator((report) => status.showSaving(report));
  }

  /** The server reported whether its database answers. */
  databaseStatus(isDown: boolean, sentence = ''): void {
    this.isDatabaseDown = isDown;
    this.layout.showNotice(isDown ? sentence : null);
    if (!isDown && sentence !== '') this.status.say(sentence);
  }

  /** Draws the state of each tab, and of all files together. */
  draw(tabs: readonly OpenFile[], shown: OpenFile | null): void {
    const isOnline = this.connection.isOpen;
    this.layout.showTabs(tabs, shown, ({ state, isSuspended, isUnshared }) =>
      reportOf({
        isOnline,
        isDatabaseDown: this.isDatabaseDown || isSuspended,
        unacknowledged: state.unacknowledged,
        hasFile: true,
        isReadOnly: state.isReadOnly,
        isUnshared,
      }),
    );
    this.meter.update({
      isOnline,
      isDatabaseDown: this.isDatabaseDown || this.documents.all().some(({ isSuspended }) => isSuspended),
      unacknowledged: this.documents.unacknowledged,
      hasFile: shown !== null,
      isReadOnly: shown?.state.isReadOnly ?? false,
      isUnshared: shown?.isUnshared ?? false,
    });
  }

  /**
   * Waits for the acknowledgements and reports the result; the server stores edits without any request.
   * Returns whether all edits made so far are stored.
   */
  async save(file: OpenFile): Promise<boolean> {
    const isAwaited = this.connection.isOpen && !this.isDatabaseDown && !file.isSuspended;
    if (file.shared === null) return true;
    if (await file.shared.stored(isAwaited ? SAVE_MILLISECONDS : 0)) {
      this.status.saySaved(`${file.name} is saved`);
      return true;
    }
    const count = file.state.unacknowledged;
    const kept = `${edits(count)} of ${file.name} ${count === 1 ? 'is' : 'are'} kept here`;
    this.status.say(isAwaited ? `${kept}: the server has not acknowledged yet` : `${kept} and will be saved automatically as soon as possible`, true);
    return false;
  }
}

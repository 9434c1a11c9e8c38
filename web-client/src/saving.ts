import type { Connection } from '@qide/client';
import type { Documents } from './documents.js';
import type { Layout } from './layout.js';
import type { OpenFile } from './open-file.js';
import { edits, reportOf, SaveMeter } from './save-meter.js';
import type { StatusBar } from './status-bar.js';

/** How long an explicit save waits for acknowledgements before it says that they are still awaited. */
const SAVE_MILLISECONDS = 10_000;

/** Shows on tabs, in the status bar and above the text what becomes of edits, and saves when asked. */
export class Saving {
  /** Whether the server has said that its database does not answer. */
  private isDatabaseDown = false;
  private readonly meter: SaveMeter;

  constructor(
    private readonly connection: Connection,
    private readonly documents: Documents,
    private readonly layout: Layout,
    private readonly status: StatusBar,
  ) {
    this.meter = new SaveMeter((report) => status.showSaving(report));
  }

  /** The server told whether its database answers. */
  databaseTold(isDown: boolean, sentence = ''): void {
    this.isDatabaseDown = isDown;
    this.layout.showNotice(isDown ? sentence : null);
    if (!isDown && sentence !== '') this.status.say(sentence);
  }

  /** Draws what acknowledgements tell of each tab and of all files together. */
  draw(tabs: readonly OpenFile[], shown: OpenFile | null): void {
    const isOnline = this.connection.isOpen;
    this.layout.showTabs(tabs, shown, ({ state, isHeld, isApart }) =>
      reportOf({
        isOnline,
        isDatabaseDown: this.isDatabaseDown || isHeld,
        unacknowledged: state.unacknowledged,
        hasFile: true,
        isReadOnly: state.isReadOnly,
        isApart,
      }),
    );
    this.meter.update({
      isOnline,
      isDatabaseDown: this.isDatabaseDown || this.documents.all().some(({ isHeld }) => isHeld),
      unacknowledged: this.documents.unacknowledged,
      hasFile: shown !== null,
      isReadOnly: shown?.state.isReadOnly ?? false,
      isApart: shown?.isApart ?? false,
    });
  }

  /**
   * Edits are stored without being asked; who asks is told when they are. Returns whether all edits
   * made up to now are.
   */
  async save(file: OpenFile): Promise<boolean> {
    const isAwaited = this.connection.isOpen && !this.isDatabaseDown && !file.isHeld;
    if (file.shared === null) return true;
    if (await file.shared.stored(isAwaited ? SAVE_MILLISECONDS : 0)) {
      this.status.saySaved(`${file.name} is saved`);
      return true;
    }
    const count = file.state.unacknowledged;
    const kept = `${edits(count)} of ${file.name} ${count === 1 ? 'is' : 'are'} kept here`;
    this.status.say(isAwaited ? `${kept}: the server has not confirmed yet` : `${kept} and saved by itself when that is possible again`, true);
    return false;
  }
}

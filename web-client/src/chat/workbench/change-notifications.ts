import type { ChangeSetInfo } from '@qide/client';

/** The part of `ChangeSets` that is used here. */
interface ReportedChanges {
  readonly all: readonly ChangeSetInfo[];
  onChange(listener: () => void): void;
}

/** The part of the workbench's `INotificationHandle` that is used here. */
export interface OpenNotification {
  onDidClose(listener: () => void): unknown;
  close(): void;
}

/** Notifications of proposed changes. Each closes when its change is decided, in whichever window. */
export class ChangeNotifications {
  /** By change set. */
  private readonly open = new Map<string, OpenNotification>();

  constructor(private readonly changeSets: ReportedChanges) {
    changeSets.onChange(() => this.closeDecided());
  }

  /** Shows a notification, unless its change is decided already. */
  show(changeSet: string, notify: () => OpenNotification): void {
    if (!this.isProposed(changeSet)) return;
    const notification = notify();
    this.open.set(changeSet, notification);
    notification.onDidClose(() => {
      if (this.open.get(changeSet) === notification) this.open.delete(changeSet);
    });
  }

  private closeDecided(): void {
    for (const [changeSet, notification] of this.open) if (!this.isProposed(changeSet)) notification.close();
  }

  private isProposed(changeSet: string): boolean {
    const info = this.changeSets.all.find((one) => one.changeSet === changeSet);
    return info?.hunks.some(({ state }) => state === 'proposed') ?? false;
  }
}

import type { Connection, ConnectionState } from '@qide/client';
import { me, workspaces } from '../api.js';

/** Failed attempts after which the page checks whether the login is still valid and the workspace still exists. */
const ATTEMPTS_BEFORE_CHECK = 3;
/** How often a refused page checks whether the person is signed in again. */
const CHECK_AGAIN_MILLISECONDS = 5_000;

/**
 * Finds out whether a connection is lost because the person is signed out or the workspace was deleted. A
 * refused handshake and a dead server look the same to a browser, so the page checks over HTTP.
 */
export class SessionCheck {
  private attempts = 0;

  constructor(
    private readonly connection: Connection,
    private readonly workspace: string,
    private readonly saySignedOut: () => void,
    private readonly sayGone: () => void,
  ) {}

  changed(state: ConnectionState): void {
    if (state === 'open') this.attempts = 0;
    if (state === 'refused') void this.refused();
    if (state === 'waiting') void this.connectionLost();
  }

  private async connectionLost(): Promise<void> {
    this.attempts += 1;
    if (this.attempts !== ATTEMPTS_BEFORE_CHECK) return;
    this.attempts = 0;
    try {
      if ((await me()) === null) return this.saySignedOut();
      const exists = (await workspaces()).workspaces.some(({ name }) => name === this.workspace);
      if (exists || this.connection.isOpen) return;
      this.connection.stop('gone');
      this.sayGone();
    } catch {
      // The server cannot be reached; the connection keeps trying.
    }
  }

  /** The server refused this person, so the connection waits until they are signed in again. */
  private async refused(): Promise<void> {
    this.saySignedOut();
    while (this.connection.state === 'refused') {
      await new Promise((resolve) => setTimeout(resolve, CHECK_AGAIN_MILLISECONDS));
      const person = await me().catch(() => null);
      if (person !== null) this.connection.start();
    }
  }
}

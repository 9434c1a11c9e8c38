import type { Connection, ConnectionState } from '@qide/client';
import { me, workspaces } from './api.js';

/** Failed attempts after which the page asks whether the person is still signed in, and the workspace still there. */
const ATTEMPTS_BEFORE_ASKING = 3;
/** How often a page that was turned away asks whether the person is signed in again. */
const ASK_AGAIN_MILLISECONDS = 5_000;

/**
 * Finds out whether a lost line means that the person is signed out, or that the workspace is gone: a
 * refused handshake and a dead server look the same to a browser, so the page asks by REST.
 */
export class SignInWatch {
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
    if (state === 'waiting') void this.lineLost();
  }

  private async lineLost(): Promise<void> {
    this.attempts += 1;
    if (this.attempts !== ATTEMPTS_BEFORE_ASKING) return;
    this.attempts = 0;
    try {
      if ((await me()) === null) return this.saySignedOut();
      const isThere = (await workspaces()).workspaces.some(({ name }) => name === this.workspace);
      if (isThere || this.connection.isOpen) return;
      this.connection.stop();
      this.sayGone();
    } catch {
      // The server cannot be reached; the connection goes on trying.
    }
  }

  /** The server turned this person away for good, so the connection waits until they are signed in again. */
  private async refused(): Promise<void> {
    this.saySignedOut();
    while (this.connection.state === 'refused') {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MILLISECONDS));
      const person = await me().catch(() => null);
      if (person !== null) this.connection.start();
    }
  }
}

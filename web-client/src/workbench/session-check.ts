import { ApiError, type Connection, type ConnectionState } from '@qide/client';
import { me, workspaces } from '../api.js';

/** Failed attempts after which the page checks whether the login is still valid and the workspace still exists. */
const ATTEMPTS_BEFORE_CHECK = 3;
/** How often a refused page checks whether the person is signed in again. */
const CHECK_AGAIN_MILLISECONDS = 5_000;

/**
 * Finds out whether a connection is lost because the person is signed out, because another tab is signed in as somebody
 * else, or because the workspace was deleted. A refused handshake and a dead server look the same to a browser, so the
 * page checks over HTTP.
 */
export class SessionCheck {
  private attempts = 0;

  constructor(
    private readonly connection: Connection,
    private readonly workspace: string,
    private readonly saySignedOut: () => void,
    private readonly sayGone: () => void,
    private readonly sayPersonChanged: (sentence: string) => void,
  ) {}

  changed(state: ConnectionState): void {
    if (state === 'open') this.attempts = 0;
    if (isRefusal(state)) void this.refused();
    if (state === 'waiting') void this.connectionLost();
  }

  private async connectionLost(): Promise<void> {
    this.attempts += 1;
    if (this.attempts !== ATTEMPTS_BEFORE_CHECK) return;
    this.attempts = 0;
    try {
      if ((await me()) === null) return;
      const exists = (await workspaces()).workspaces.some(({ name }) => name === this.workspace);
      if (exists || this.connection.isOpen) return;
      this.connection.stop('gone');
      this.sayGone();
    } catch {
      // The server cannot be reached, or the browser is signed in as somebody else, which the next attempt finds out.
    }
  }

  /** The server refused this person, so the connection waits until they are signed in again. */
  private async refused(): Promise<void> {
    let last: LoginState['name'] | null = null;
    while (isRefusal(this.connection.state)) {
      const login = await loginState();
      // Not at once: the server has just refused a login that seems valid.
      if (login.name === 'valid' && last !== null) return this.connection.start();
      if (login.name !== last && login.name === 'signed-out') this.saySignedOut();
      if (login.name !== last && login.name === 'person-changed') this.sayPersonChanged(login.sentence);
      last = login.name;
      await new Promise((resolve) => setTimeout(resolve, CHECK_AGAIN_MILLISECONDS));
    }
  }
}

/** Whether a later login, or an owner, may let the person in again. */
function isRefusal(state: ConnectionState): boolean {
  return state === 'refused' || state === 'forbidden';
}

type LoginState = { readonly name: 'valid' | 'signed-out' | 'unknown' } | { readonly name: 'person-changed'; readonly sentence: string };

async function loginState(): Promise<LoginState> {
  try {
    return { name: (await me()) === null ? 'signed-out' : 'valid' };
  } catch (error) {
    const isChanged = error instanceof ApiError && error.failure === 'person-changed';
    return isChanged ? { name: 'person-changed', sentence: error.message } : { name: 'unknown' };
  }
}

import { ApiError, failureOf } from './api-error.js';
import type { Me, NewShare, ShareCreated, ShareList, Ticket, WorkspaceList } from './wire.js';
import { Workspace, type WorkspaceOptions } from './workspace.js';
import { WorkspaceFiles } from './workspace-files.js';

const REQUEST_MILLISECONDS = 30_000;

/** Every request that changes something with the login cookie carries the login's token in this header; `GET api/me` returns it. */
const CSRF_HEADER = 'X-Qide-Csrf';
const STATUS_FORBIDDEN = 403;

/** The links for guests of a workspace. */
export interface WorkspaceShares {
  /** The valid links, without their secrets. */
  list(): Promise<ShareList>;
  /** Creates a link. The answer is the only one that contains its secret. */
  create(share: NewShare): Promise<ShareCreated>;
  /** Ends a link; sockets that were opened with it are closed within a second. */
  revoke(id: string): Promise<void>;
  /** The whole address of a link that is relative to the server's page. */
  addressOf(link: string): string;
}

/**
 * A Q-IDE server: its HTTP API with the credential of one person, and connections to its workspaces. Failures are an
 * {@link ApiError} with the name of the failure and a sentence for people.
 *
 * The tabs of a browser share the login cookie. After a login as somebody else in another tab, `me` and every request that
 * changes something fail with `person-changed` (status 403), until the first person has logged in again.
 */
export class ServerApi<T extends string | null = string | null> {
  /** The server's own address, with a slash at its end. */
  readonly address: string;
  private csrfToken: string | null = null;
  /** The first person that the server named. */
  private personId: string | null = null;

  /**
   * @param address the address of the server's page
   * @param token a token of the person; null in a page that has the login cookie
   */
  constructor(
    address: string,
    readonly token: T = null as T,
  ) {
    this.address = new URL('.', address).href;
  }

  /** The person; fails with status 401 when the credential is not valid. */
  async me(): Promise<Me> {
    return this.identify(REQUEST_MILLISECONDS);
  }

  /** The workspaces that the person may see. */
  async workspaces(): Promise<WorkspaceList> {
    return (await (await this.request('api/workspaces')).json()) as WorkspaceList;
  }

  /**
   * Whether the credential still opens a workspace, after a handshake that failed: WebSockets hide its status. Fails with
   * status 401 when it is not valid, and with `workspace-unknown` when the person does not see the workspace.
   */
  async checkWorkspace(workspace: string): Promise<void> {
    const { workspaces } = await this.workspaces();
    if (workspaces.some(({ name }) => name === workspace)) return;
    throw new ApiError('workspace-unknown', 404, `There is no workspace ${workspace}, or you have no access to it. Choose another workspace.`);
  }

  /** The files of a workspace; sends no request. */
  files(workspace: string): WorkspaceFiles {
    return new WorkspaceFiles(this, pathOf(workspace));
  }

  /** The guest links of a workspace, for its owners; sends no request. */
  shares(workspace: string): WorkspaceShares {
    const path = `${pathOf(workspace)}/shares`;
    return {
      list: async () => (await (await this.request(path)).json()) as ShareList,
      create: async (share) => {
        const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(share) };
        return (await (await this.request(path, init)).json()) as ShareCreated;
      },
      revoke: async (id) => void (await this.request(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' })),
      addressOf: (link) => new URL(link, this.address).href,
    };
  }

  /** Connects to a workspace at once; the connection ends with `close`. */
  open(workspace: string, options: WorkspaceOptions = {}): Workspace {
    return new Workspace(this, workspace, options);
  }

  /** The address of a WebSocket endpoint. */
  socketAddress(path: string): string {
    return new URL(path, this.address).href.replace(/^http/, 'ws');
  }

  /** A secret that opens one WebSocket within 30 seconds, as the query parameter `ticket`. */
  async ticket(): Promise<string> {
    return ((await (await this.request('api/ticket', { method: 'POST' })).json()) as Ticket).ticket;
  }

  /**
   * Sends a request of the HTTP API; resolves when the status is a success.
   *
   * @param path relative to the server's address, without a slash at its beginning
   */
  async request(path: string, init: RequestInit = {}, milliseconds = REQUEST_MILLISECONDS): Promise<Response> {
    try {
      return await this.send(path, init, milliseconds);
    } catch (error) {
      if (!(error instanceof ApiError) || error.failure !== 'csrf-token-wrong') throw error;
      // Somebody logged in again in another window: the cookie is that login's now.
      await this.identify(milliseconds);
      return this.send(path, init, milliseconds);
    }
  }

  /** Asks whose the credential is, and takes the token of that person's login. */
  private async identify(milliseconds: number): Promise<Me> {
    const response = await this.send('api/me', {}, milliseconds);
    const person = (await response.json()) as Me;
    this.personId ??= person.id;
    if (person.id !== this.personId) {
      throw new ApiError('person-changed', STATUS_FORBIDDEN, `Another tab of this browser has signed in as ${person.name}. Log out there and sign in as yourself: this page then continues. Or reload it to go on as ${person.name}.`);
    }
    this.csrfToken = response.headers.get(CSRF_HEADER);
    return person;
  }

  private async send(path: string, init: RequestInit, milliseconds: number): Promise<Response> {
    const timeout = AbortSignal.timeout(milliseconds);
    let response: Response;
    try {
      response = await fetch(new URL(path, this.address), {
        ...init,
        headers: this.headersOf(init),
        signal: init.signal ? AbortSignal.any([init.signal, timeout]) : timeout,
        // A token is not for the address that a redirect names.
        ...(this.token !== null && { redirect: 'error' }),
      });
    } catch {
      throw new ApiError('unreachable', 0, `${new URL(this.address).host} cannot be reached. Try again when the connection is back.`);
    }
    if (response.ok) return response;
    throw await failureOf(response);
  }

  private headersOf(init: RequestInit): Headers {
    const headers = new Headers(init.headers);
    if (this.token !== null) {
      headers.set('Authorization', `Bearer ${this.token}`);
    } else if (init.method !== undefined && init.method !== 'GET') {
      // A page of another origin cannot set this header without a CORS preflight: it protects against CSRF.
      headers.set('X-Qide', '1');
      if (this.csrfToken !== null) headers.set(CSRF_HEADER, this.csrfToken);
    }
    return headers;
  }
}

function pathOf(workspace: string): string {
  return `api/workspaces/${encodeURIComponent(workspace)}`;
}

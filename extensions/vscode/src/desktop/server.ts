import { createHash } from 'node:crypto';
import { ApiError, failureOf, type FileList, type Me, type NewShare, type PathMatches, type SearchResult, type ShareCreated, type ShareList, type WorkspaceList } from '@qide/client';
import type { Shares } from '../host.js';

const REQUEST_MILLISECONDS = 20_000;
/** How long reading or writing a file may take. */
const TRANSFER_MILLISECONDS = 600_000;

/** The HTTP API of a server, with the token of one person. */
export class Server {
  /** @param address the server's own address, with a slash at its end */
  constructor(
    readonly address: string,
    readonly token: string,
  ) {}

  async me(): Promise<Me> {
    return (await (await this.request('api/me')).json()) as Me;
  }

  async workspaces(): Promise<WorkspaceList> {
    return (await (await this.request('api/workspaces')).json()) as WorkspaceList;
  }

  files(workspace: string): Files {
    return new Files(this, `api/workspaces/${encodeURIComponent(workspace)}`);
  }

  shares(workspace: string): Shares {
    const path = `api/workspaces/${encodeURIComponent(workspace)}/shares`;
    return {
      list: async () => (await (await this.request(path)).json()) as ShareList,
      create: async (share: NewShare) => {
        const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(share) };
        return (await (await this.request(path, init)).json()) as ShareCreated;
      },
      revoke: async (id: string) => void (await this.request(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' })),
      addressOf: (link: string) => new URL(link, this.address).href,
    };
  }

  /** The address of a WebSocket endpoint. */
  socketAddress(path: string): string {
    return new URL(path, this.address).href.replace(/^http/, 'ws');
  }

  /** @param path relative to the server's address */
  async request(path: string, init: RequestInit = {}, milliseconds = REQUEST_MILLISECONDS): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${this.token}`);
    let response: Response;
    try {
      response = await fetch(new URL(path, this.address), { ...init, headers, redirect: 'error', signal: AbortSignal.timeout(milliseconds) });
    } catch {
      throw new ApiError('unreachable', 0, `${new URL(this.address).host} cannot be reached. Try again when the connection is back.`);
    }
    if (response.ok) return response;
    throw await failureOf(response);
  }
}

/** The files of one workspace. */
export class Files {
  constructor(
    private readonly server: Server,
    private readonly root: string,
  ) {}

  async list(): Promise<FileList> {
    return (await (await this.server.request(`${this.root}/files`)).json()) as FileList;
  }

  async read(path: string): Promise<{ readonly bytes: Uint8Array; readonly version: string | null }> {
    const response = await this.server.request(this.address(path), {}, TRANSFER_MILLISECONDS);
    return { bytes: new Uint8Array(await response.arrayBuffer()), version: response.headers.get('ETag') };
  }

  /** The strong ETag of a file; null when there is none. */
  async version(path: string): Promise<string | null> {
    try {
      const response = await this.server.request(this.address(path));
      await response.body?.cancel();
      return response.headers.get('ETag');
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  /**
   * @param version the ETag of the file that is replaced; null for a new file
   * @returns the ETag of what was written; null if the server merged it with a change of somebody else
   */
  async write(path: string, bytes: Uint8Array, version: string | null): Promise<string | null> {
    const condition: Record<string, string> = version === null ? { 'If-None-Match': '*' } : { 'If-Match': version };
    const headers = { 'Content-Type': 'application/octet-stream', ...condition };
    const response = await this.server.request(this.address(path), { method: 'PUT', headers, body: bytes as BodyInit }, TRANSFER_MILLISECONDS);
    // The ETag is the SHA-256 of the whole file.
    const tag = response.headers.get('ETag');
    return tag === `"${createHash('sha256').update(bytes).digest('hex')}"` ? tag : null;
  }

  async createFolder(path: string): Promise<void> {
    await this.server.request(`${this.address(path)}?folder`, { method: 'POST' });
  }

  async move(path: string, target: string): Promise<void> {
    await this.server.request(`${this.address(path)}?move=${encodeURIComponent(target)}`, { method: 'POST' });
  }

  /** @param version the ETag of the version to delete; null for a file that is too large to have one */
  async deleteFile(path: string, version: string | null): Promise<void> {
    await this.server.request(this.address(path), { method: 'DELETE', headers: version === null ? {} : { 'If-Match': version } });
  }

  async deleteFolder(path: string): Promise<void> {
    await this.server.request(`${this.address(path)}?recursive=true`, { method: 'DELETE' }, TRANSFER_MILLISECONDS);
  }

  /** The files with a part of their path, best first. */
  async paths(part: string): Promise<PathMatches> {
    return (await (await this.server.request(`${this.root}/paths?q=${encodeURIComponent(part)}`)).json()) as PathMatches;
  }

  /** The lines with a text. */
  async search(text: string): Promise<SearchResult> {
    return (await (await this.server.request(`${this.root}/search?q=${encodeURIComponent(text)}`)).json()) as SearchResult;
  }

  /** The text of an external document that a language server named. */
  async external(uri: string): Promise<string> {
    return (await this.server.request(`${this.root}/external?uri=${encodeURIComponent(uri)}`)).text();
  }

  private address(path: string): string {
    return `${this.root}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
  }
}

import { ApiError } from './api-error.js';
import type { ServerApi } from './server-api.js';
import type { FileList, PathMatches, SearchResult } from './wire.js';

/** How long reading or writing a file may take. */
export const TRANSFER_MILLISECONDS = 600_000;

/** A search in the files of a workspace. */
export interface SearchQuery {
  readonly text: string;
  readonly isRegex?: boolean;
  readonly isCase?: boolean;
  readonly isWord?: boolean;
  /** Patterns of the files to search; none for all. */
  readonly include?: readonly string[];
  /** Patterns of files to leave out. */
  readonly exclude?: readonly string[];
  /** The maximum number of matches, up to 10,000. */
  readonly limit?: number;
}

/** The files of one workspace, over the HTTP API. Paths are relative to the workspace, with `/`. Failures are an {@link ApiError}. */
export class WorkspaceFiles {
  /** @param root the path of the workspace in the HTTP API */
  constructor(
    protected readonly server: ServerApi,
    protected readonly root: string,
  ) {}

  /** All files and folders, folders before their content. */
  async list(): Promise<FileList> {
    return (await (await this.server.request(`${this.root}/files`)).json()) as FileList;
  }

  /** The whole file and its ETag. */
  async read(path: string): Promise<{ readonly bytes: Uint8Array; readonly version: string | null }> {
    const response = await this.server.request(this.address(path), {}, TRANSFER_MILLISECONDS);
    return { bytes: new Uint8Array(await response.arrayBuffer()), version: response.headers.get('ETag') };
  }

  /** The strong ETag of a file; null when there is none. */
  async version(path: string): Promise<string | null> {
    try {
      // Not HEAD: its error response has no body, hence no failure name.
      const response = await this.server.request(this.address(path));
      await response.body?.cancel();
      return response.headers.get('ETag');
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  /**
   * Writes a file. Fails with `precondition-failed` if it has another version by then.
   *
   * @param version the ETag of the file that is replaced; null for a new file
   * @returns the ETag of what was written; null if the server merged it with somebody else's change, or if that is
   *   unknown because the page has no SubtleCrypto (it was loaded over http from another machine): read the file again
   */
  async write(path: string, bytes: Uint8Array, version: string | null): Promise<string | null> {
    const condition: Record<string, string> = version === null ? { 'If-None-Match': '*' } : { 'If-Match': version };
    const headers = { 'Content-Type': 'application/octet-stream', ...condition };
    const response = await this.server.request(this.address(path), { method: 'PUT', headers, body: bytes as BodyInit }, TRANSFER_MILLISECONDS);
    const tag = response.headers.get('ETag');
    return tag !== null && tag === (await etagOf(bytes)) ? tag : null;
  }

  /** Creates a folder, and its missing parents. */
  async createFolder(path: string): Promise<void> {
    await this.server.request(`${this.address(path)}?folder`, { method: 'POST' });
  }

  /** Moves a file or folder, together with its open documents. Fails if the target exists. */
  async move(path: string, target: string): Promise<void> {
    await this.server.request(`${this.address(path)}?move=${encodeURIComponent(target)}`, { method: 'POST' });
  }

  /**
   * Deletes a file.
   *
   * @param version the ETag of the version to delete; null for a file that is too large to have one
   */
  async deleteFile(path: string, version: string | null): Promise<void> {
    await this.server.request(this.address(path), { method: 'DELETE', headers: version === null ? {} : { 'If-Match': version } });
  }

  /** Deletes a folder with everything in it. */
  async deleteFolder(path: string): Promise<void> {
    await this.server.request(`${this.address(path)}?recursive=true`, { method: 'DELETE' }, TRANSFER_MILLISECONDS);
  }

  /** Finds files by a part of their path, the best match first. */
  async paths(part: string): Promise<PathMatches> {
    return (await (await this.server.request(`${this.root}/paths?q=${encodeURIComponent(part)}`)).json()) as PathMatches;
  }

  /** Searches the text of all files, including text that was typed but is not on disk yet. */
  async search({ text, isRegex, isCase, isWord, include = [], exclude = [], limit }: SearchQuery, signal?: AbortSignal): Promise<SearchResult> {
    const parameters = new URLSearchParams({ q: text });
    for (const [name, isOn] of Object.entries({ regex: isRegex, case: isCase, word: isWord })) {
      if (isOn) parameters.set(name, 'true');
    }
    for (const pattern of include) parameters.append('include', pattern);
    for (const pattern of exclude) parameters.append('exclude', pattern);
    if (limit !== undefined) parameters.set('limit', String(limit));
    return (await (await this.server.request(`${this.root}/search?${parameters}`, { ...(signal && { signal }) })).json()) as SearchResult;
  }

  /** The text of an external document that a language server named. */
  async external(uri: string): Promise<string> {
    return (await this.server.request(`${this.root}/external?uri=${encodeURIComponent(uri)}`)).text();
  }

  protected address(path: string): string {
    return `${this.root}/files/${encodedPath(path)}`;
  }
}

/**
 * A path of a workspace as a part of an address. Refuses `.` and `..`: `fetch` removes them from an address, which would then
 * name another endpoint.
 */
export function encodedPath(path: string): string {
  const names = path.split('/');
  const bad = names.find((name) => name === '' || name === '.' || name === '..');
  if (bad !== undefined) {
    throw new ApiError('path-illegal', 400, 'This is not a legal path inside a workspace. Use another path.', { reason: bad === '' ? 'empty-segment' : 'dot-segment' });
  }
  return names.map(encodeURIComponent).join('/');
}

/** The ETag of a file: the SHA-256 of its bytes. Null without SubtleCrypto. */
async function etagOf(bytes: Uint8Array): Promise<string | null> {
  if (globalThis.crypto?.subtle === undefined) return null;
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource));
  return `"${[...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')}"`;
}

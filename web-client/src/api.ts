import { ApiError, encodedPath, ServerApi, type FileList, type FormattingStyle, type LoginOptions, type Me, type NewShare, type SearchResult, type ShareCreated, type ShareList, type TemplateList, type WorkspaceList, type WorkspaceCreated, type ZipMerged } from '@qide/client';

/** How long an upload or a download may take. */
const TRANSFER_MILLISECONDS = 600_000;

/** A path of the server as an address below the page's own folder, which a proxy may have put below a prefix. */
export function addressOf(path: string): string {
  return new URL(path, folderOfPage()).href;
}

function folderOfPage(): string {
  return new URL('.', document.baseURI).href;
}

let server: ServerApi | undefined;

/** Sends a request of the HTTP API with the login cookie. `path` is relative to the page, without a slash at its beginning. */
export function request(path: string, init: RequestInit = {}, timeoutMilliseconds?: number): Promise<Response> {
  server ??= new ServerApi(folderOfPage());
  return server.request(path, init, timeoutMilliseconds);
}

/** The whole body of a response. */
async function blobOf(answer: Promise<Response>): Promise<Blob> {
  const response = await answer;
  try {
    return await response.blob();
  } catch {
    throw new ApiError('unreachable', 0, 'The connection was lost during the download. Try again.');
  }
}

export async function login(token: string): Promise<void> {
  await request('api/login', {
    method: 'POST',
    // The cookie belongs to this folder: two servers below one host name do not share it.
    headers: { 'Content-Type': 'application/json', 'X-Qide-Path': new URL(folderOfPage()).pathname },
    body: JSON.stringify({ token }),
  });
}

export async function loginOptions(): Promise<LoginOptions> {
  return (await (await request('api/login')).json()) as LoginOptions;
}

/** The person who is signed in, or null. */
export async function me(): Promise<Me | null> {
  try {
    return (await (await request('api/me')).json()) as Me;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Changes the name that others see. */
export async function changeName(name: string): Promise<Me> {
  const init = { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name }) };
  return (await (await request('api/me', init)).json()) as Me;
}

export async function workspaces(): Promise<WorkspaceList> {
  return (await (await request('api/workspaces')).json()) as WorkspaceList;
}

/** The templates for new workspaces. */
export async function templates(): Promise<TemplateList> {
  return (await (await request('api/templates')).json()) as TemplateList;
}

/** @param content a template's name, a zip file, or null for an empty workspace */
export async function createWorkspace(name: string, content: string | Blob | null): Promise<WorkspaceCreated> {
  const isZip = content instanceof Blob;
  const init = {
    method: 'POST',
    headers: { 'Content-Type': isZip ? 'application/zip' : 'application/json' },
    body: isZip ? content : JSON.stringify(content === null ? { name } : { name, template: content }),
  };
  const path = isZip ? `api/workspaces?name=${encodeURIComponent(name)}` : 'api/workspaces';
  return (await (await request(path, init, TRANSFER_MILLISECONDS)).json()) as WorkspaceCreated;
}

export async function deleteWorkspace(name: string): Promise<void> {
  await request(`api/workspaces/${encodeURIComponent(name)}`, { method: 'DELETE' }, TRANSFER_MILLISECONDS);
}

/** Sets whether language servers may run the code of a workspace where the sandbox does not work. */
export async function trust(name: string, isTrusted: boolean): Promise<void> {
  await request(`api/workspaces/${encodeURIComponent(name)}/trust`, { method: isTrusted ? 'PUT' : 'DELETE' });
}

/** The valid links for guests of a workspace. */
export async function shares(workspace: string): Promise<ShareList> {
  return (await (await request(sharesOf(workspace))).json()) as ShareList;
}

export async function createShare(workspace: string, share: NewShare): Promise<ShareCreated> {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(share) };
  return (await (await request(sharesOf(workspace), init)).json()) as ShareCreated;
}

export async function revokeShare(workspace: string, id: string): Promise<void> {
  await request(`${sharesOf(workspace)}/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

function sharesOf(workspace: string): string {
  return `api/workspaces/${encodeURIComponent(workspace)}/shares`;
}

/** A search in the files of a workspace. */
export interface SearchQuery {
  readonly text: string;
  readonly isRegex: boolean;
  readonly isCase: boolean;
  readonly isWord: boolean;
  /** Patterns of the files to search; none for all. */
  readonly include: readonly string[];
  /** Patterns of files to leave out. */
  readonly exclude: readonly string[];
  /** The most matches, up to 10,000. */
  readonly limit: number;
}

/** The files of one workspace. */
export class FilesApi {
  private readonly root: string;

  constructor(readonly workspace: string) {
    this.root = `api/workspaces/${encodeURIComponent(workspace)}`;
  }

  async list(): Promise<FileList> {
    return (await (await request(`${this.root}/files`)).json()) as FileList;
  }

  /** Whether this file exists now. */
  async exists(path: string): Promise<boolean> {
    return (await this.version(path)) !== null;
  }

  /** The strong ETag of a file; null when there is none. */
  async version(path: string): Promise<string | null> {
    try {
      // Not HEAD: its error response has no body, hence no failure name.
      const response = await request(this.address(path));
      await response.body?.cancel();
      return response.headers.get('ETag');
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  /** A file's text; null if the file is not text. */
  async read(path: string): Promise<string | null> {
    const bytes = await (await request(this.address(path))).arrayBuffer();
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      return text.includes('\0') ? null : text;
    } catch {
      return null;
    }
  }

  /** The formatting style that the project wants for a file, from `.editorconfig` and from what its language needs. */
  async style(path: string): Promise<FormattingStyle> {
    return (await (await request(`${this.root}/style?path=${encodeURIComponent(path)}`)).json()) as FormattingStyle;
  }

  /** The text of an external document that a language server named. */
  async external(uri: string): Promise<string> {
    return (await request(`${this.root}/external?uri=${encodeURIComponent(uri)}`)).text();
  }

  async download(path: string): Promise<Blob> {
    return blobOf(request(this.address(path), {}, TRANSFER_MILLISECONDS));
  }

  downloadAll(): Promise<Blob> {
    return blobOf(request(`${this.root}/zip`, {}, TRANSFER_MILLISECONDS));
  }

  /** Writes a file that must not exist yet, in UTF-8 and with `\n` line endings. */
  async create(path: string, text: string): Promise<void> {
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'If-None-Match': '*' };
    await request(this.address(path), { method: 'PUT', headers, body: text });
  }

  /**
   * Writes bytes unchanged.
   *
   * @param version the ETag of the file that they replace; null for a new file
   */
  async upload(path: string, bytes: Blob, version: string | null): Promise<void> {
    const condition: Record<string, string> = version === null ? { 'If-None-Match': '*' } : { 'If-Match': version };
    const headers = { 'Content-Type': 'application/octet-stream', ...condition };
    await request(this.address(path), { method: 'PUT', headers, body: bytes }, TRANSFER_MILLISECONDS);
  }

  async createFolder(path: string): Promise<void> {
    await request(`${this.address(path)}?folder`, { method: 'POST' });
  }

  async move(path: string, target: string): Promise<void> {
    await request(`${this.address(path)}?move=${encodeURIComponent(target)}`, { method: 'POST' });
  }

  /** @param version the ETag of the version to delete; null for a file that is too large to have one */
  async deleteFile(path: string, version: string | null): Promise<void> {
    await request(this.address(path), { method: 'DELETE', headers: version === null ? {} : { 'If-Match': version } });
  }

  async deleteFolder(path: string): Promise<void> {
    await request(`${this.address(path)}?recursive=true`, { method: 'DELETE' }, TRANSFER_MILLISECONDS);
  }

  async mergeZip(archive: Blob): Promise<ZipMerged> {
    const headers = { 'Content-Type': 'application/zip' };
    const init = { method: 'POST', headers, body: archive };
    return (await (await request(`${this.root}/zip`, init, TRANSFER_MILLISECONDS)).json()) as ZipMerged;
  }

  async search({ text, isRegex, isCase, isWord, include, exclude, limit }: SearchQuery, signal: AbortSignal): Promise<SearchResult> {
    const parameters = new URLSearchParams({ q: text, limit: String(limit) });
    for (const [name, isOn] of Object.entries({ regex: isRegex, case: isCase, word: isWord })) {
      if (isOn) parameters.set(name, 'true');
    }
    for (const pattern of include) parameters.append('include', pattern);
    for (const pattern of exclude) parameters.append('exclude', pattern);
    return (await (await request(`${this.root}/search?${parameters}`, { signal })).json()) as SearchResult;
  }

  private address(path: string): string {
    return `${this.root}/files/${encodedPath(path)}`;
  }
}

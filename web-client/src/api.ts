import { ApiError, ServerApi, TRANSFER_MILLISECONDS, WorkspaceFiles, type FormattingStyle, type LoginOptions, type Me, type TemplateList, type TextFormat, type WorkspaceList, type WorkspaceCreated, type ZipMerged } from '@qide/client';

/** A path of the server as an address below the page's own folder, which a proxy may have put below a prefix. */
export function addressOf(path: string): string {
  return new URL(path, folderOfPage()).href;
}

function folderOfPage(): string {
  return new URL('.', document.baseURI).href;
}

let ownServer: ServerApi | undefined;

/** The server of the page, with the login cookie. */
export function server(): ServerApi {
  return (ownServer ??= new ServerApi(folderOfPage()));
}

/** Sends a request of the HTTP API. `path` is relative to the page, without a slash at its beginning. */
export function request(path: string, init: RequestInit = {}, timeoutMilliseconds?: number): Promise<Response> {
  return server().request(path, init, timeoutMilliseconds);
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

/** The person who is signed in, or null; fails with `person-changed` when it is not the one who opened this page. */
export async function me(): Promise<Me | null> {
  try {
    return await server().me();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** The address of a workspace's socket; rejects when the browser is signed out, or signed in as somebody else by now. */
export async function socketAddress(workspace: string): Promise<string> {
  await server().me();
  return server().socketAddress(`ws/${encodeURIComponent(workspace)}`);
}

/** Changes the name that others see. */
export async function changeName(name: string): Promise<Me> {
  const init = { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name }) };
  return (await (await request('api/me', init)).json()) as Me;
}

export function workspaces(): Promise<WorkspaceList> {
  return server().workspaces();
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

/** The files of one workspace, also as the page transfers them. */
export class FilesApi extends WorkspaceFiles {
  constructor(readonly workspace: string) {
    super(server(), `api/workspaces/${encodeURIComponent(workspace)}`);
  }

  /** Whether this file exists now. */
  async exists(path: string): Promise<boolean> {
    return (await this.version(path)) !== null;
  }

  /** The formatting style that the project wants for a file, from `.editorconfig` and from what its language needs. */
  async style(path: string): Promise<FormattingStyle> {
    return (await (await request(`${this.root}/style?path=${encodeURIComponent(path)}`)).json()) as FormattingStyle;
  }

  /** How the text of a file is stored on disk. */
  async textFormat(path: string): Promise<TextFormat> {
    return (await (await request(`${this.root}/text-format?path=${encodeURIComponent(path)}`)).json()) as TextFormat;
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

  async mergeZip(archive: Blob): Promise<ZipMerged> {
    const headers = { 'Content-Type': 'application/zip' };
    const init = { method: 'POST', headers, body: archive };
    return (await (await request(`${this.root}/zip`, init, TRANSFER_MILLISECONDS)).json()) as ZipMerged;
  }
}

import type { FailureBody, FailureName, FileList, Me, WorkspaceList } from '@qide/client';

/** A REST request failed; `failure` is the stable name, the message is for the person. */
export class ApiError extends Error {
  constructor(
    readonly failure: FailureName | 'unreachable',
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

const REQUEST_MILLISECONDS = 20_000;

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  // A page of another origin cannot set this header without being asked first: it guards changes.
  if (init.method !== undefined && init.method !== 'GET') headers.set('X-Qide', '1');
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, signal: AbortSignal.timeout(REQUEST_MILLISECONDS) });
  } catch {
    throw new ApiError('unreachable', 0, 'The server cannot be reached just now.');
  }
  if (response.ok) return response;
  throw await failureOf(response);
}

async function failureOf(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as FailureBody;
    return new ApiError(error.name, response.status, error.message);
  } catch {
    return new ApiError('internal', response.status, `The server answered ${response.status}.`);
  }
}

export async function login(token: string): Promise<void> {
  await ask('/api/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token }),
  });
}

/** Who is signed in; null for nobody. */
export async function me(): Promise<Me | null> {
  try {
    return (await (await ask('/api/me')).json()) as Me;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export async function workspaces(): Promise<WorkspaceList> {
  return (await (await ask('/api/workspaces')).json()) as WorkspaceList;
}

/** A file's text as it is on disk, with `\n` line ends and without BOM, and its ETag. */
export interface DiskText {
  readonly text: string;
  readonly etag: string;
}

/** The text of a file's bytes, without a BOM; null bytes and broken UTF-8 are the server's to refuse. */
function decoded(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** The files of one workspace. */
export class FilesApi {
  private readonly root: string;

  constructor(readonly workspace: string) {
    this.root = `/api/workspaces/${encodeURIComponent(workspace)}/files`;
  }

  async list(): Promise<FileList> {
    return (await (await ask(this.root)).json()) as FileList;
  }

  async read(path: string): Promise<DiskText> {
    const response = await ask(this.address(path));
    const text = decoded(await response.arrayBuffer()).replace(/\r\n?/g, '\n');
    return { text, etag: response.headers.get('ETag') ?? '' };
  }

  /**
   * Writes over the version with this ETag; returns the new one. The text goes out with `\n` and as
   * UTF-8; the server keeps the line ends, BOM and encoding that the file has.
   */
  async write(path: string, text: string, etag: string): Promise<string> {
    return this.put(path, text, { 'If-Match': etag });
  }

  /** Writes a file that must not exist yet; returns its ETag. */
  async create(path: string, text: string): Promise<string> {
    return this.put(path, text, { 'If-None-Match': '*' });
  }

  private async put(path: string, text: string, condition: Record<string, string>): Promise<string> {
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', ...condition };
    const response = await ask(this.address(path), { method: 'PUT', headers, body: text });
    return response.headers.get('ETag') ?? '';
  }

  private address(path: string): string {
    return `${this.root}/${path.split('/').map(encodeURIComponent).join('/')}`;
  }
}

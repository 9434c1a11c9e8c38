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

/** The files of one workspace. */
export class FilesApi {
  private readonly root: string;

  constructor(readonly workspace: string) {
    this.root = `/api/workspaces/${encodeURIComponent(workspace)}/files`;
  }

  async list(): Promise<FileList> {
    return (await (await ask(this.root)).json()) as FileList;
  }

  /** Whether there is such a file just now. */
  async exists(path: string): Promise<boolean> {
    try {
      await (await ask(this.address(path))).body?.cancel();
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  }

  /** A file's text; null when it is none. */
  async read(path: string): Promise<string | null> {
    const bytes = await (await ask(this.address(path))).arrayBuffer();
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      return text.includes('\0') ? null : text;
    } catch {
      return null;
    }
  }

  /** Writes a file that must not exist yet, with `\n` line ends and as UTF-8. */
  async create(path: string, text: string): Promise<void> {
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'If-None-Match': '*' };
    await ask(this.address(path), { method: 'PUT', headers, body: text });
  }

  private address(path: string): string {
    return `${this.root}/${path.split('/').map(encodeURIComponent).join('/')}`;
  }
}

import type { FailureBody, FailureName } from './wire.js';

/** Bad gateway, service unavailable, gateway timeout: answers of a proxy whose server is being restarted. */
const GATEWAY_STATUSES = [502, 503, 504];

/**
 * An HTTP request failed; `failure` is its stable name, the message is for people. The client itself reports `unreachable`,
 * and `person-changed` when somebody else has logged in with the browser's cookie.
 */
export class ApiError extends Error {
  constructor(
    readonly failure: FailureName | 'unreachable' | 'person-changed',
    readonly status: number,
    message: string,
    readonly tags: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Whether the server cannot be reached now; the same request may succeed when the connection is back. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ApiError && (error.failure === 'unreachable' || GATEWAY_STATUSES.includes(error.status));
}

/** The failure in a response of the HTTP API whose status is an error. */
export async function failureOf(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as FailureBody;
    return new ApiError(error.name, response.status, error.message, error.tags);
  } catch {
    return new ApiError('internal', response.status, `The server answered with status ${response.status}. Try again; if it happens again, see the server’s log.`);
  }
}

import * as Y from 'yjs';
import { RequestError, type DurableTransport } from './durable-transport.js';
import { FAILURES, type DocumentPathParams } from './wire.js';

/** The smallest id of the client that begins a document; ordinary clients of Yjs have smaller ids. */
const FIRST_GENESIS_AUTHOR = 2 ** 32;
/** Ids that the server accepts in one request. */
const AUTHORS = 64;
/** The delay before the server is asked again, after there was no connection or no answer of its database. */
const RETRY_MILLISECONDS = 250;

/** Failures after which the same request may succeed. */
const TEMPORARY: ReadonlySet<number> = new Set([FAILURES['server-cancelled'], FAILURES['document-unavailable'], FAILURES['too-many-requests']]);

/** Why the server closes a document that has no path, or another one; a viewer gets the second after a reconnect. */
const PATH_LOST: ReadonlySet<string> = new Set(['document-replaced', 'file-unknown']);
/** Failures after which the server opens a closed document again on a later request. */
const UNAVAILABLE: ReadonlySet<string> = new Set([
  'document-unavailable',
  'server-stopping',
  'store-unavailable',
  'too-many-documents',
  'too-many-requests',
  'workspace-elsewhere',
  'workspace-files-unavailable',
  'workspace-moved',
]);

/** Whether the server closed a document for a temporary failure: `reopen` requests it again. */
export function isUnavailable(reason: string | null): boolean {
  return reason !== null && UNAVAILABLE.has(reason);
}

/** Whether the server closed a document because it has lost its path: `findDocument` says whether it has another one. */
export function hasLostPath(reason: string | null): boolean {
  return reason !== null && PATH_LOST.has(reason);
}

/** The generation of a document: another one has other edits, even at the same path. */
export function generationOf(doc: Y.Doc): string {
  return String(doc.getMap('qide').get('incarnation') ?? '');
}

/**
 * The path of a document now, for a client that missed the notification that its file was moved.
 *
 * @param isWanted asked before each attempt: false ends the search
 * @returns null when the document has ended, or nobody waits for the answer any more
 * @throws {RequestError} when the server refuses the request
 */
export async function findDocument(transport: DurableTransport, doc: Y.Doc, isWanted: () => boolean): Promise<string | null> {
  const params = authorsOf(doc);
  while (isWanted()) {
    try {
      const { path } = (await transport.request('qide/documentPath', params)) as { path?: string };
      return path ?? null;
    } catch (error) {
      if (!(error instanceof RequestError) || !TEMPORARY.has(error.code)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
  return null;
}

/** The client ids one of which began the document. */
function authorsOf(doc: Y.Doc): DocumentPathParams {
  const clients = [...Y.decodeStateVector(Y.encodeStateVector(doc)).keys()];
  return { clients: clients.filter((client) => client >= FIRST_GENESIS_AUTHOR).slice(0, AUTHORS) };
}

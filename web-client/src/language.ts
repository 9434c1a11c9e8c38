import {
  DurableTransport,
  FAILURES,
  type Connection,
  type RequestOrNotification,
  type Response,
} from '@qide/client';
import { MonacoLspClient } from 'monaco-lsp';
import type { Documents } from './documents.js';
import { monaco } from './monaco.js';
import { isExternal, nameOf, pathOfUri, uriOfPath } from './paths.js';

/** Requests whose answers name places in files, which must be open before Monaco may see them. */
const PLACES: ReadonlySet<string> = new Set([
  'textDocument/definition',
  'textDocument/declaration',
  'textDocument/typeDefinition',
  'textDocument/implementation',
  'textDocument/references',
]);
/** Requests that a newer one of the same kind makes pointless. */
const SUPERSEDED: ReadonlySet<string> = new Set([
  'textDocument/completion',
  'textDocument/hover',
  'textDocument/signatureHelp',
  'textDocument/documentHighlight',
  'textDocument/diagnostic',
]);
/** Failures that are answered as "nothing": Monaco would show them as errors of the page. */
const QUIET_CODES: ReadonlySet<number> = new Set([
  FAILURES['request-cancelled'],
  FAILURES['content-modified'],
  FAILURES['server-cancelled'],
  FAILURES['method-not-found'],
]);
/** Files that one answer may open; places in further ones are left out. */
const FILES_OPENED_BY_AN_ANSWER = 20;

interface Place {
  uri?: string;
  targetUri?: string;
}

export interface LanguageEvents {
  /** A notification of ours; true when it was understood. */
  notified(method: string, params: unknown): boolean;
  said(sentence: string, isProblem: boolean): void;
}

/**
 * Language features of the page: Monaco's own client on a transport that outlives sockets.
 *
 * What that client does wrong is mended on the way: it writes URIs in lower case, never cancels,
 * cannot follow a place into a file that is not open, and completes words twice when a server gives
 * no range.
 */
export class Language {
  readonly transport: DurableTransport;

  constructor(
    connection: Connection,
    private readonly documents: Documents,
    private readonly events: LanguageEvents,
  ) {
    this.transport = new DurableTransport(connection, {
      openDocuments: () => documents.openDocuments(),
      outgoing: (message) => this.outgoing(message),
      answered: (request, response) => this.answered(request, response),
      notified: (method, params) => this.notified(method, params),
    });
    new MonacoLspClient(this.transport as unknown as ConstructorParameters<typeof MonacoLspClient>[0]);
  }

  private outgoing(message: RequestOrNotification): RequestOrNotification | null {
    if (message.method === 'initialize') return withoutRegistration(message);
    const document = (message.params as { textDocument?: { uri?: string } } | undefined)?.textDocument;
    if (document?.uri === undefined) return message;
    const file = this.documents.byUri(monaco.Uri.parse(document.uri));
    if (file && !file.isShared) return null;
    // A model that is not of this workspace (a peek, a diff) is nobody else's business. When a file
    // is being closed its document has gone already, but the server must hear of it.
    if (!file && message.method !== 'textDocument/didOpen' && message.method !== 'textDocument/didClose') return null;
    const path = file?.path ?? this.trueCase(document.uri);
    if (path === null) return null;
    if (message.id !== undefined && SUPERSEDED.has(message.method)) {
      this.transport.cancel((open) => open.method === message.method);
    }
    const params = { ...(message.params as object), textDocument: { ...document, uri: uriOfPath(path) } };
    return { ...message, params };
  }

  /** The path of a model that is just being made or disposed, in its own upper and lower case. */
  private trueCase(uri: string): string | null {
    const wanted = monaco.Uri.parse(uri).toString().toLowerCase();
    const model = monaco.editor.getModels().find((one) => one.uri.toString().toLowerCase() === wanted);
    return model?.uri.scheme === 'file' ? model.uri.path.slice(1) : null;
  }

  private async answered(request: RequestOrNotification, response: Response): Promise<Response> {
    const asked = (request.params as { textDocument?: { uri?: string } } | undefined)?.textDocument?.uri;
    if (asked !== undefined && !this.documents.byUri(monaco.Uri.parse(asked))?.isShared) {
      // The file was closed or renamed meanwhile: Monaco's client would look for its model in vain. Of
      // what is only shown nothing was asked.
      return { jsonrpc: '2.0', id: response.id, result: null };
    }
    if (response.error) {
      if (QUIET_CODES.has(response.error.code) && request.method !== 'textDocument/diagnostic') {
        return { jsonrpc: '2.0', id: response.id, result: null };
      }
      this.events.said(response.error.message, true);
      return { jsonrpc: '2.0', id: response.id, result: null };
    }
    if (PLACES.has(request.method)) return { ...response, result: await this.openPlaces(response.result) };
    if (request.method === 'textDocument/completion') {
      return { ...response, result: withRanges(response.result, request, this.documents) };
    }
    return response;
  }

  /** Opens the files that an answer names and leaves out the places that cannot be shown. */
  private async openPlaces(result: unknown): Promise<unknown> {
    if (result === null || result === undefined) return null;
    const places = (Array.isArray(result) ? result : [result]) as Place[];
    const shown: Place[] = [];
    const opened = new Set<string>();
    let refused: string | null = null;
    for (const place of places) {
      const uri = place.targetUri ?? place.uri ?? '';
      opened.add(uri);
      if (opened.size > FILES_OPENED_BY_AN_ANSWER) break;
      const problem = await this.tryOpen(uri);
      if (problem === null) shown.push(withMonacoUri(place));
      else refused = problem;
    }
    if (shown.length === 0 && refused !== null) this.events.said(refused, false);
    return shown;
  }

  /** Opens what a URI names; why that cannot be, else null. */
  private async tryOpen(uri: string): Promise<string | null> {
    const path = pathOfUri(uri);
    const name = nameOf(uri);
    if (path === null && !isExternal(uri)) return `The definition is in ${name}, outside this workspace: it cannot be opened here.`;
    try {
      await (path === null ? this.documents.openExternal(uri) : this.documents.open(path));
      return null;
    } catch (error) {
      return `The definition is in ${name}, which cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  private notified(method: string, params: unknown): boolean {
    if (method === 'textDocument/publishDiagnostics') {
      const diagnostics = params as { uri: string };
      const path = pathOfUri(diagnostics.uri);
      // Monaco looks models up by the URI without percent signs.
      if (path !== null) diagnostics.uri = monacoUri(path);
      return false;
    }
    return this.events.notified(method, params);
  }
}

/**
 * The client outlives sockets, and each new socket's server would register everything once more:
 * so it announces no dynamic registration, and the answer to `initialize` says everything.
 */
function withoutRegistration(initialize: RequestOrNotification): RequestOrNotification {
  const params: unknown = JSON.parse(
    JSON.stringify(initialize.params, (name: string, value: unknown) => (name === 'dynamicRegistration' ? undefined : value)),
  );
  return { ...initialize, params: params as RequestOrNotification['params'] };
}

function monacoUri(path: string): string {
  return monaco.Uri.parse(uriOfPath(path)).toString(true);
}

function withMonacoUri(place: Place): Place {
  const changed = { ...place };
  for (const key of ['uri', 'targetUri'] as const) {
    const uri = changed[key];
    if (uri === undefined) continue;
    const path = pathOfUri(uri);
    if (path !== null) changed[key] = monacoUri(path);
    else if (isExternal(uri)) changed[key] = monaco.Uri.parse(uri).toString(true);
  }
  return changed;
}

interface CompletionItem {
  label: string;
  insertText?: string;
  textEdit?: unknown;
}

/**
 * Monaco's client inserts an item without a range at the caret, behind the letters already typed
 * (`os.jo` became `os.jojoin`); such an item gets the range of the word before the caret.
 */
function withRanges(result: unknown, request: RequestOrNotification, documents: Documents): unknown {
  const { textDocument, position } = request.params as {
    textDocument: { uri: string };
    position: { line: number; character: number };
  };
  const file = documents.byUri(monaco.Uri.parse(textDocument.uri));
  if (!file || result === null) return result;
  const at = new monaco.Position(position.line + 1, position.character + 1);
  const start = file.model.getWordUntilPosition(file.model.validatePosition(at)).startColumn - 1;
  const range = { start: { line: position.line, character: start }, end: position };
  const ranged = (item: CompletionItem): CompletionItem =>
    item.textEdit ? item : { ...item, textEdit: { range, newText: item.insertText ?? item.label } };
  if (Array.isArray(result)) return (result as CompletionItem[]).map(ranged);
  const list = result as { items: CompletionItem[] };
  return { ...list, items: list.items.map(ranged) };
}

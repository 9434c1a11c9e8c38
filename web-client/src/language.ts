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

/** Requests whose answers name positions in files, which must be open before Monaco gets the answer. */
const PLACES: ReadonlySet<string> = new Set([
  'textDocument/definition',
  'textDocument/declaration',
  'textDocument/typeDefinition',
  'textDocument/implementation',
  'textDocument/references',
]);
/** Requests that a newer one with the same method supersedes. */
const SUPERSEDED: ReadonlySet<string> = new Set([
  'textDocument/completion',
  'textDocument/hover',
  'textDocument/signatureHelp',
  'textDocument/documentHighlight',
  'textDocument/diagnostic',
]);
/** Failures that become a null result: Monaco would show them as errors of the page. */
const QUIET_CODES: ReadonlySet<number> = new Set([
  FAILURES['request-cancelled'],
  FAILURES['content-modified'],
  FAILURES['server-cancelled'],
  FAILURES['method-not-found'],
]);
/** Files that one answer may open; positions in further files are left out. */
const FILES_OPENED_BY_AN_ANSWER = 20;

interface Place {
  uri?: string;
  targetUri?: string;
}

export interface LanguageEvents {
  /** Handles a notification of Q-IDE's own; true if the method is known. */
  notified(method: string, params: unknown): boolean;
  report(sentence: string, isProblem: boolean): void;
}

/**
 * Language features of the page: Monaco's own LSP client on a transport that outlives sockets.
 *
 * This class corrects that client's mistakes in its messages: it lower-cases URIs, never cancels, cannot go to
 * a position in a file that is not open, and duplicates the typed word when a completion item has no range.
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
    if (message.method === 'initialize') return withExternalDocuments(withoutRegistration(message));
    const document = (message.params as { textDocument?: { uri?: string } } | undefined)?.textDocument;
    if (document?.uri === undefined) return message;
    const file = this.documents.byUri(monaco.Uri.parse(document.uri));
    if (file && !file.isShared) return null;
    // Language servers must not get models outside the workspace (a peek, a diff). While a file is being
    // closed its document is already removed, but the server must get the didClose.
    if (!file && message.method !== 'textDocument/didOpen' && message.method !== 'textDocument/didClose') return null;
    const path = file?.path ?? this.trueCase(document.uri);
    if (path === null) return null;
    if (message.id !== undefined && SUPERSEDED.has(message.method)) {
      this.transport.cancel((open) => open.method === message.method);
    }
    const params = { ...(message.params as object), textDocument: { ...document, uri: uriOfPath(path) } };
    return { ...message, params };
  }

  /** The path, in its true case, of a model that is being created or disposed. */
  private trueCase(uri: string): string | null {
    const wanted = monaco.Uri.parse(uri).toString().toLowerCase();
    const model = monaco.editor.getModels().find((one) => one.uri.toString().toLowerCase() === wanted);
    return model?.uri.scheme === 'file' ? model.uri.path.slice(1) : null;
  }

  private async answered(request: RequestOrNotification, response: Response): Promise<Response> {
    const uri = (request.params as { textDocument?: { uri?: string } } | undefined)?.textDocument?.uri;
    if (uri !== undefined && !this.documents.byUri(monaco.Uri.parse(uri))?.isShared) {
      // The file was closed or renamed meanwhile, so Monaco's client would not find its model. For files that
      // are only shown no request was sent.
      return { jsonrpc: '2.0', id: response.id, result: null };
    }
    if (response.error) {
      if (QUIET_CODES.has(response.error.code) && request.method !== 'textDocument/diagnostic') {
        return { jsonrpc: '2.0', id: response.id, result: null };
      }
      this.events.report(response.error.message, true);
      return { jsonrpc: '2.0', id: response.id, result: null };
    }
    if (PLACES.has(request.method)) return { ...response, result: await this.openPlaces(response.result) };
    if (request.method === 'textDocument/completion') {
      return { ...response, result: withRanges(response.result, request, this.documents) };
    }
    return response;
  }

  /** Opens the files that an answer names and leaves out the positions that cannot be shown. */
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
    if (shown.length === 0 && refused !== null) this.events.report(refused, false);
    return shown;
  }

  /** Opens the file of a URI. Returns null, or a sentence that says why that is not possible. */
  private async tryOpen(uri: string): Promise<string | null> {
    const path = pathOfUri(uri);
    const name = nameOf(uri);
    if (path === null && !isExternal(uri)) return `The definition is in ${name}, outside this workspace, and cannot be opened here.`;
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
      // Monaco looks up models by the URI without percent-encoding.
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

/** The page reads and shows documents outside the workspace, installed packages among them. */
function withExternalDocuments(initialize: RequestOrNotification): RequestOrNotification {
  const params = initialize.params as { capabilities?: { workspace?: object } };
  const workspace = { ...params.capabilities?.workspace, textDocumentContent: {} };
  return { ...initialize, params: { ...params, capabilities: { ...params.capabilities, workspace } } as RequestOrNotification['params'] };
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
 * Monaco's client inserts an item without a range at the caret, after the letters already typed (`os.jo`
 * becomes `os.jojoin`). Such an item gets the range of the word before the caret.
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

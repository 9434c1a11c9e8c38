// Cases of two steps: a request for an item, then a request about that item. On `/ws`, a request about a document of another language
// comes in between, as when a person looks at another file.
import { createHash } from 'node:crypto';
import { simple } from './simple.mjs';
import { positionAt } from './texts.mjs';

/** The value of a case whose first request gave no item. */
export const NOTHING = 'nothing to ask about';

/** Longer texts are compared by their hash. */
const READABLE_CHARACTERS = 200;

const RESOLVED_ITEMS = 2;
const RESOLVED_PLACES = 3;
const ACTIONS = 4;

export function chainedCases(document, found) {
  const some = found.slice(0, RESOLVED_PLACES);
  return [
    ...some.flatMap((place) => completionResolves(document, place)),
    ...resolves(document, 'documentLink', 'documentLinkProvider', (item) => JSON.stringify(item.range)),
    ...resolves(document, 'codeLens', 'codeLensProvider', (item) => JSON.stringify(item.range)),
    ...inlayHintResolves(document),
    ...found.flatMap((place) => hierarchies(document, place)),
    ...found.map((place) => outsideText(document, place)),
    colorPresentation(document),
    tokensDelta(document),
    ...actionCases(document, some),
    ...symbolCases(document, some),
    willRename(document),
  ];
}

/** A case whose request is about the nth item of an earlier answer. */
function chained({ row, method, document, label, provider, registration, needs, isOnce, first, pick, params, after }) {
  return {
    row,
    method,
    document,
    label,
    provider,
    registration,
    needs,
    isOnce,
    ask: async (endpoint) => {
      const { value, error } = await endpoint.request(first.method, typeof first.params === 'function' ? first.params(endpoint) : first.params);
      if (error) return { error };
      const item = pick(endpoint.own?.(value) ?? value);
      if (item === undefined) return { value: NOTHING };
      await endpoint.askOther?.();
      endpoint.takeDeeds();
      const answer = await endpoint.request(method, params(item));
      return after ? after(endpoint, answer) : answer;
    },
  };
}

const items = (value) => (Array.isArray(value) ? value : (value?.items ?? []));
const nth = (value, index, key) => [...items(value)].sort((a, b) => (key(a) < key(b) ? -1 : 1))[index];

function completionResolves(document, place) {
  const params = { textDocument: { uri: document.uri }, position: place.end, context: { triggerKind: 1 } };
  return Array.from({ length: RESOLVED_ITEMS }, (_, index) =>
    chained({
      row: 'completionItem/resolve',
      method: 'completionItem/resolve',
      document,
      label: `${document.path}:${place.end.line + 1}:${place.end.character + 1} item ${index}`,
      provider: 'completionProvider',
      registration: 'textDocument/completion',
      needs: 'resolveProvider',
      first: { method: 'textDocument/completion', params },
      pick: (value) => withDefaults(value, nth(value, index, (item) => `${item.sortText ?? item.label} ${item.label}`)),
      params: (item) => item,
    }),
  );
}

/** An item as its client sees it: what the list says of all items is part of it. */
function withDefaults(list, item) {
  const data = list?.itemDefaults?.data;
  return item && data !== undefined && item.data === undefined ? { ...item, data } : item;
}

function resolves(document, name, provider, key) {
  return [0, 1].map((index) =>
    chained({
      row: `${name}/resolve`,
      method: `${name}/resolve`,
      document,
      label: `${document.path} item ${index}`,
      provider,
      registration: `textDocument/${name}`,
      needs: 'resolveProvider',
      first: { method: `textDocument/${name}`, params: { textDocument: { uri: document.uri } } },
      pick: (value) => nth(value, index, key),
      params: (item) => item,
    }),
  );
}

function inlayHintResolves(document) {
  const range = { start: { line: 0, character: 0 }, end: positionAt(document.text, document.text.length) };
  return [
    chained({
      row: 'inlayHint/resolve',
      method: 'inlayHint/resolve',
      document,
      label: document.path,
      provider: 'inlayHintProvider',
      registration: 'textDocument/inlayHint',
      needs: 'resolveProvider',
      first: { method: 'textDocument/inlayHint', params: { textDocument: { uri: document.uri }, range } },
      pick: (value) => nth(value, 0, (item) => JSON.stringify(item.position)),
      params: (item) => item,
    }),
  ];
}

function hierarchies(document, place) {
  const label = `${document.path}:${place.middle.line + 1}:${place.middle.character + 1}`;
  const params = { textDocument: { uri: document.uri }, position: place.middle };
  const of = (prepare, provider, methods) => [
    simple(prepare, `textDocument/${prepare}`, document, params, { provider }),
    ...methods.map((method) =>
      chained({
        row: method,
        method,
        document,
        label,
        provider,
        registration: `textDocument/${prepare}`,
        first: { method: `textDocument/${prepare}`, params },
        pick: (value) => value?.[0],
        params: (item) => ({ item }),
      }),
    ),
  ];
  return [
    ...of('prepareCallHierarchy', 'callHierarchyProvider', ['callHierarchy/incomingCalls', 'callHierarchy/outgoingCalls']),
    ...of('prepareTypeHierarchy', 'typeHierarchyProvider', ['typeHierarchy/supertypes', 'typeHierarchy/subtypes']),
  ];
}

/** The text that a person sees who follows a definition out of the project. */
function outsideText(document, place) {
  const params = { textDocument: { uri: document.uri }, position: place.middle };
  return {
    row: 'text outside the project',
    method: 'textDocument/definition',
    document,
    label: `${document.path}:${place.middle.line + 1}:${place.middle.character + 1}`,
    provider: 'definitionProvider',
    registration: 'textDocument/definition',
    isOnce: true,
    ask: async (endpoint) => {
      const { value } = await endpoint.request('textDocument/definition', params);
      const uris = [value ?? []].flat().map((each) => each.targetUri ?? each.uri);
      const outside = uris.filter((uri) => !uri.startsWith(`${endpoint.folders[0].uri}/`) || uri.includes('/node_modules/'));
      if (outside.length === 0) return { value: NOTHING };
      const texts = await Promise.all(outside.map((uri) => endpoint.read(uri)));
      return { value: texts.map((text) => (text.length > READABLE_CHARACTERS ? createHash('sha256').update(text).digest('hex') : text)) };
    },
  };
}

function colorPresentation(document) {
  const textDocument = { uri: document.uri };
  return chained({
    row: 'colorPresentation',
    method: 'textDocument/colorPresentation',
    document,
    label: document.path,
    provider: 'colorProvider',
    registration: 'textDocument/documentColor',
    first: { method: 'textDocument/documentColor', params: { textDocument } },
    pick: (value) => nth(value, 0, (item) => JSON.stringify(item.range)),
    params: ({ color, range }) => ({ textDocument, color, range }),
  });
}

function tokensDelta(document) {
  const textDocument = { uri: document.uri };
  const one = chained({
    row: 'semanticTokens/full/delta',
    method: 'textDocument/semanticTokens/full/delta',
    document,
    label: document.path,
    provider: 'semanticTokensProvider',
    registration: 'textDocument/semanticTokens',
    first: { method: 'textDocument/semanticTokens/full', params: { textDocument } },
    pick: (value) => value?.resultId,
    params: (previousResultId) => ({ textDocument, previousResultId }),
  });
  return (stdio) => (stdio.options('semanticTokensProvider', 'textDocument/semanticTokens', document)?.full?.delta ? [one] : []);
}

/** Code actions of diagnostics, of selections and of the whole document; each is resolved and carried out. */
function actionCases(document, places) {
  const textDocument = { uri: document.uri };
  const whole = { start: { line: 0, character: 0 }, end: positionAt(document.text, document.text.length) };
  const fixes = [0, 1, 2].map((index) => ({
    label: `${document.path} diagnostic ${index}`,
    params: (endpoint) => {
      const diagnostic = nth(endpoint.diagnosticsOf(document.uri), index, (each) => JSON.stringify([each.range, each.message]));
      return { textDocument, range: diagnostic?.range ?? { start: whole.start, end: whole.start }, context: { diagnostics: diagnostic ? [diagnostic] : [], triggerKind: 1 } };
    },
  }));
  const kinds = ['source', 'source.organizeImports', 'source.fixAll', 'refactor'].map((only) => ({ label: `${document.path} ${only}`, params: { textDocument, range: whole, context: { diagnostics: [], only: [only], triggerKind: 1 } } }));
  const selections = places.map((place) => ({ label: `${document.path}:${place.start.line + 1} ${place.word}`, params: { textDocument, range: { start: place.start, end: place.end }, context: { diagnostics: [], triggerKind: 1 } } }));
  return [...fixes, ...kinds, ...selections].flatMap(({ label, params }) => actionsOf(document, label, params));
}

function actionsOf(document, label, params) {
  const announced = { document, provider: 'codeActionProvider', registration: 'textDocument/codeAction' };
  const first = { method: 'textDocument/codeAction', params };
  const action = (index, wanted) => (value) => nth((value ?? []).filter(wanted), index, (each) => `${each.kind} ${each.title}`);
  const of = (row, wanted, more) => Array.from({ length: ACTIONS }, (_, index) => chained({ ...announced, row, label: `${label}, action ${index}`, first, pick: action(index, wanted), isOnce: true, ...more }));
  return [
    { ...announced, row: 'codeAction', method: 'textDocument/codeAction', label, ask: (endpoint) => endpoint.request('textDocument/codeAction', typeof params === 'function' ? params(endpoint) : params) },
    ...of('codeAction/resolve', (each) => !each.edit && !each.command && !each.disabled, { method: 'codeAction/resolve', needs: 'resolveProvider', params: (item) => item }),
    ...of('executeCommand', (each) => each.command && !each.disabled, {
      method: 'workspace/executeCommand',
      params: commandOf,
      // What the client is asked to do is what the person wanted. Of a command that nobody announces it is enough that it fails.
      after: (endpoint, answer) => (answer.error ? { error: 'the command failed' } : { value: { result: answer.value, deeds: endpoint.takeDeeds() } }),
    }),
  ];
}

function commandOf(action) {
  const { command, arguments: args } = typeof action.command === 'string' ? action : action.command;
  return { command, arguments: args };
}

function symbolCases(document, places) {
  return places.map((place) =>
    simple('workspace/symbol', 'workspace/symbol', document, { query: place.word.slice(0, 4) }, { provider: 'workspaceSymbolProvider', label: `"${place.word.slice(0, 4)}"`, isOfLanguage: true }),
  );
}

function willRename(document) {
  const files = [{ oldUri: document.uri, newUri: document.uri.replace(/(\.\w+)$/, '_renamed$1') }];
  return {
    row: 'willRenameFiles',
    method: 'workspace/willRenameFiles',
    document,
    label: document.path,
    isAnnounced: (endpoint) => Boolean(endpoint.capabilities.workspace?.fileOperations?.willRename || endpoint.hasRegistered('workspace/willRenameFiles')),
    ask: (endpoint) => endpoint.request('workspace/willRenameFiles', { files }),
  };
}

// The cases. A case is one request at one position of one document, with its row in the report, the capability that announces it, and
// the requests that must come before it (a resolve needs an item).
import { chainedCases } from './chains.mjs';
import { simple } from './simple.mjs';
import { positionAt, places } from './texts.mjs';

const AT_A_POSITION = [
  ['hover', 'hoverProvider'],
  ['definition', 'definitionProvider'],
  ['declaration', 'declarationProvider'],
  ['typeDefinition', 'typeDefinitionProvider'],
  ['implementation', 'implementationProvider'],
  ['documentHighlight', 'documentHighlightProvider'],
  ['linkedEditingRange', 'linkedEditingRangeProvider'],
];

const OF_A_DOCUMENT = [
  ['documentSymbol', 'documentSymbolProvider'],
  ['documentLink', 'documentLinkProvider'],
  ['documentColor', 'colorProvider'],
  ['foldingRange', 'foldingRangeProvider'],
  ['codeLens', 'codeLensProvider'],
];

const FORMATTING = { tabSize: 2, insertSpaces: true };
const TRIGGER_CHARACTERS = 6;
const FOREIGN_TRIGGERS = [':', '-', '/', '#', '$', '<', '@', '(', '['];

/** @param count how many places of each document are asked */
export function casesOf({ project, documents, count }) {
  return documents.flatMap((document) => {
    const found = places(document.text, project.words, count);
    return [
      ...found.flatMap((place) => positionCases(document, place)),
      ...documentCases(document),
      ...(project.isAuxiliary ? [] : completionCases(document, found)),
      ...signatureCases(document, count),
      ...rangeCases(document),
      ...chainedCases(document, found),
    ];
  });
}

const at = (document, position) => ({ textDocument: { uri: document.uri }, position });

function positionCases(document, place) {
  const cases = AT_A_POSITION.map(([name, provider]) => simple(name, `textDocument/${name}`, document, at(document, place.middle), { provider }));
  for (const includeDeclaration of [true, false]) {
    cases.push(simple('references', 'textDocument/references', document, { ...at(document, place.middle), context: { includeDeclaration } }, { provider: 'referencesProvider' }));
  }
  cases.push(
    simple('prepareRename', 'textDocument/prepareRename', document, at(document, place.middle), { provider: 'renameProvider', registration: 'textDocument/rename', needs: 'prepareProvider' }),
    simple('rename', 'textDocument/rename', document, { ...at(document, place.middle), newName: 'renamed' }, { provider: 'renameProvider' }),
    simple('selectionRange', 'textDocument/selectionRange', document, { textDocument: { uri: document.uri }, positions: [place.middle, place.end] }, { provider: 'selectionRangeProvider', label: `${document.path}:${place.middle.line + 1}` }),
  );
  return cases;
}

function documentCases(document) {
  const textDocument = { uri: document.uri };
  const whole = { start: { line: 0, character: 0 }, end: positionAt(document.text, document.text.length) };
  const half = { start: { line: 0, character: 0 }, end: { line: Math.floor(whole.end.line / 2), character: 0 } };
  const tokens = { provider: 'semanticTokensProvider', registration: 'textDocument/semanticTokens' };
  return [
    ...OF_A_DOCUMENT.map(([name, provider]) => simple(name, `textDocument/${name}`, document, { textDocument }, { provider })),
    simple('semanticTokens/full', 'textDocument/semanticTokens/full', document, { textDocument }, { ...tokens, needs: 'full' }),
    simple('semanticTokens/range', 'textDocument/semanticTokens/range', document, { textDocument, range: half }, { ...tokens, needs: 'range' }),
    simple('inlayHint', 'textDocument/inlayHint', document, { textDocument, range: whole }, { provider: 'inlayHintProvider' }),
    simple('diagnostic', 'textDocument/diagnostic', document, { textDocument }, { provider: 'diagnosticProvider' }),
    {
      row: 'diagnostics shown',
      method: 'textDocument/publishDiagnostics',
      document,
      label: document.path,
      isOnce: true,
      ask: async (endpoint) => ({ value: endpoint.diagnosticsOf(document.uri) }),
    },
  ];
}

function completionCases(document, found) {
  const announced = { provider: 'completionProvider' };
  const invoked = found.map((place) => simple('completion', 'textDocument/completion', document, { ...at(document, place.end), context: { triggerKind: 1 } }, announced));
  return [...invoked, triggered(document)].flat();
}

/** Completion after each trigger character of the language server, and none after those of others. */
function triggered(document) {
  const occurrences = (character) => {
    const index = document.text.indexOf(character);
    return index < 0 ? [] : [positionAt(document.text, index + 1)];
  };
  const one = (row, character, more) =>
    occurrences(character).map((position) =>
      simple(row, 'textDocument/completion', document, { ...at(document, position), context: { triggerKind: 2, triggerCharacter: character } }, { provider: 'completionProvider', trigger: character, ...more }),
    );
  return (stdio) => {
    const own = stdio.options('completionProvider', 'textDocument/completion', document)?.triggerCharacters ?? [];
    const foreign = FOREIGN_TRIGGERS.filter((character) => !own.includes(character));
    return [
      ...own.slice(0, TRIGGER_CHARACTERS).flatMap((character) => one('completion (trigger)', character)),
      ...foreign.flatMap((character) => one("completion (others' trigger)", character, { isForeign: true })),
    ];
  };
}

function signatureCases(document, count) {
  const indexes = [...document.text.matchAll(/\w\(/g)].map((match) => match.index + 2);
  const chosen = indexes.filter((_, i) => i % Math.max(1, Math.floor(indexes.length / count)) === 0).slice(0, count);
  return chosen.map((index) =>
    simple('signatureHelp', 'textDocument/signatureHelp', document, { ...at(document, positionAt(document.text, index)), context: { triggerKind: 2, triggerCharacter: '(', isRetrigger: false } }, { provider: 'signatureHelpProvider' }),
  );
}

function rangeCases(document) {
  const lines = document.text.split('\n').length;
  const textDocument = { uri: document.uri };
  const range = { start: { line: Math.floor(lines / 4), character: 0 }, end: { line: Math.floor((lines * 3) / 4), character: 0 } };
  const firstBrace = Math.max(0, document.text.search(/[;}\n]/));
  return [
    simple('formatting', 'textDocument/formatting', document, { textDocument, options: FORMATTING }, { provider: 'documentFormattingProvider' }),
    simple('rangeFormatting', 'textDocument/rangeFormatting', document, { textDocument, range, options: FORMATTING }, { provider: 'documentRangeFormattingProvider' }),
    simple('onTypeFormatting', 'textDocument/onTypeFormatting', document, { ...at(document, positionAt(document.text, firstBrace + 1)), ch: document.text[firstBrace], options: FORMATTING }, { provider: 'documentOnTypeFormattingProvider' }),
  ];
}

/** The cases that a language server announces, some of which depend on its options. */
export function announcedCases(cases, stdio) {
  return cases.flatMap((one) => (typeof one === 'function' ? one(stdio) : [one])).filter((one) => isAnnounced(one, stdio) || one.isForeign);
}

/** Whether an endpoint announces what a case asks, so that a stock client would ask it. */
export function isAnnounced(one, endpoint) {
  if (!one.provider) return one.isAnnounced?.(endpoint) ?? true;
  const options = endpoint.options(one.provider, one.registration, one.document);
  if (!options || (one.needs && !options[one.needs])) return false;
  return !one.trigger || (options.triggerCharacters ?? []).includes(one.trigger);
}

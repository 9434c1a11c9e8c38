// What the language server itself answers, in the form of `shapes.mjs`: each request with those that an editor sends after it.
import { NOTHING } from '../chains.mjs';
import { calledBy, commandOf, documentationOf, editsOf, flattened, formatted, hoverOf, inOrder, list, locationOf, tokensOf, uriOf } from './shapes.mjs';

/** How many items of an answer are resolved. */
export const RESOLVED = 20;

/** A language server's endpoint that answers as `PageEndpoint` does. */
export class AnsweredEndpoint {
  #documents;

  /** @param documents { uri, languageId, text }: those that are asked about */
  constructor(endpoint, documents) {
    this.endpoint = endpoint;
    this.folders = endpoint.folders;
    this.#documents = new Map(documents.map((document) => [document.uri, document]));
  }

  async request(method, params) {
    const asked = ASKED[method];
    if (!asked) return { value: NOTHING };
    const document = this.#documents.get(params.textDocument?.uri);
    const options = (name, next = `textDocument/${name}`) => this.endpoint.options(`${name}Provider`, next, document);
    return { value: await asked((next, more) => this.#one(next, more), params, { options, endpoint: this.endpoint, text: document?.text }) };
  }

  /** Null for an error, as for no answer: an editor shows nothing. */
  async #one(method, params) {
    const { value } = await this.endpoint.request(method, params);
    return value ?? null;
  }

  diagnosticsOf(uri) {
    return this.endpoint.diagnosticsOf(uri);
  }

  options(...announced) {
    return this.endpoint.options(...announced);
  }

  hasRegistered(method) {
    return this.endpoint.hasRegistered(method);
  }

  get capabilities() {
    return this.endpoint.capabilities;
  }

  read(uri) {
    return this.endpoint.read(uri);
  }

  askOther() {}

  takeDeeds() {
    return this.endpoint.takeDeeds();
  }
}

const locations = (method) => async (one, params) => list(await one(method, params)).map(locationOf);

async function hover(one, params) {
  const found = await one('textDocument/hover', params);
  const contents = hoverOf(found?.contents);
  return contents.length === 0 ? null : { contents, range: found.range ?? null };
}

async function references(one, params) {
  // The page asks with the declaration only.
  return params.context.includeDeclaration ? locations('textDocument/references')(one, params) : NOTHING;
}

async function completion(one, params, { options }) {
  const found = await one('textDocument/completion', params);
  const { itemDefaults: defaults = {}, items = list(found) } = Array.isArray(found) ? {} : (found ?? {});
  const canResolve = options('completion')?.resolveProvider;
  const whole = inOrder(items).map((item) => ({ ...item, data: item.data ?? defaults.data, commitCharacters: item.commitCharacters ?? defaults.commitCharacters }));
  // One after the other: pyright answers the latest alone of several.
  for (let index = 0; canResolve && index < Math.min(RESOLVED, whole.length); index += 1) {
    whole[index] = { ...whole[index], ...(await one('completionItem/resolve', whole[index])) };
  }
  return { isIncomplete: found?.isIncomplete ?? false, items: whole.map((item) => completionItem(item, defaults)) };
}

function completionItem(item, defaults) {
  const edit = item.textEdit ?? (defaults.editRange ? { newText: item.textEditText ?? item.label, ...(defaults.editRange.insert ? defaults.editRange : { range: defaults.editRange }) } : null);
  return {
    label: item.label,
    labelDetail: item.labelDetails?.detail ?? null,
    labelDescription: item.labelDetails?.description ?? null,
    kind: item.kind ?? null,
    isDeprecated: Boolean(item.deprecated || item.tags?.includes(1)),
    detail: item.detail || null,
    documentation: documentationOf(item.documentation),
    sortText: item.sortText || item.label,
    filterText: item.filterText || item.label,
    preselect: item.preselect ?? false,
    text: edit?.newText ?? item.insertText ?? item.label,
    isSnippet: (item.insertTextFormat ?? defaults.insertTextFormat) === 2,
    range: edit ? { insert: edit.insert ?? edit.range, replace: edit.replace ?? edit.range } : null,
    additional: editsOf(item.additionalTextEdits),
    commit: [...(item.commitCharacters ?? [])].sort(),
    command: calledBy(item.command),
  };
}

async function signatureHelp(one, params) {
  // VS Code's command invokes it, with the character.
  const found = await one('textDocument/signatureHelp', { ...params, context: { ...params.context, triggerKind: 1 } });
  if (!found || found.signatures.length === 0) return null;
  const signatures = found.signatures.map((each) => ({
    label: each.label,
    documentation: documentationOf(each.documentation),
    parameters: list(each.parameters).map(({ label, documentation }) => ({ label, documentation: documentationOf(documentation) })),
    activeParameter: each.activeParameter ?? null,
  }));
  return { signatures, activeSignature: found.activeSignature ?? 0, activeParameter: found.activeParameter ?? 0 };
}

async function documentSymbol(one, params) {
  const found = list(await one('textDocument/documentSymbol', params));
  // A flat list has neither the range of the name nor what a symbol is in.
  if (found[0]?.location) return { flat: found.map(({ name, kind, location }) => ({ name, kind, range: location.range })) };
  return { tree: flattened(found).map(({ name, detail, kind, range, selectionRange, parent }) => ({ name, detail: detail ?? '', kind, range, selectionRange, parent })) };
}

async function documentLink(one, params, { options }) {
  const canResolve = options('documentLink')?.resolveProvider;
  const found = list(await one('textDocument/documentLink', params)).slice(0, RESOLVED);
  const resolved = await Promise.all(found.map((link) => (canResolve && !link.target ? one('documentLink/resolve', link).then((more) => ({ ...link, ...more })) : link)));
  return resolved.map(({ range, target, tooltip }) => ({ range, target: target ? uriOf(target) : null, tooltip: tooltip ?? null }));
}

async function codeLens(one, params, { options }) {
  const canResolve = options('codeLens')?.resolveProvider;
  const found = [...list(await one('textDocument/codeLens', params))].sort((a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character);
  const resolved = await Promise.all(found.slice(0, RESOLVED).map((lens) => (canResolve && !lens.command ? one('codeLens/resolve', lens).then((more) => ({ ...lens, ...more })) : lens)));
  return resolved.filter(({ command }) => command).map(({ range, command }) => ({ range, command: commandOf(command) }));
}

function inlayHint(hint) {
  const label = typeof hint.label === 'string' ? hint.label : hint.label.map(({ value, tooltip, location, command }) => ({ value, tooltip: documentationOf(tooltip), location: location ? locationOf(location) : null, command: commandOf(command) }));
  return { position: hint.position, label, kind: hint.kind ?? null, left: hint.paddingLeft ?? false, right: hint.paddingRight ?? false, edits: editsOf(hint.textEdits), tooltip: documentationOf(hint.tooltip) };
}

async function tokens(kind, one, params, { options }) {
  const announced = options('semanticTokens');
  const found = announced?.[kind] ? await one(`textDocument/semanticTokens/${kind}`, params) : null;
  return found ? tokensOf(found, announced.legend) : [];
}

function workspaceEdit(edit) {
  if (!edit) return null;
  const changes = edit.documentChanges ?? Object.entries(edit.changes ?? {}).map(([uri, edits]) => ({ textDocument: { uri }, edits }));
  const texts = changes.filter(({ edits }) => edits?.length > 0).map(({ textDocument, edits }) => ({ uri: uriOf(textDocument.uri), edits: editsOf(edits) }));
  return { texts, operations: changes.filter(({ kind }) => kind).length };
}

async function prepareRename(one, params, { text }) {
  const found = await one('textDocument/prepareRename', params);
  if (!found) return null;
  const range = found.range ?? (found.start ? found : null);
  if (!range) return { isDefault: true };
  const line = text.split('\n')[range.start.line];
  return { range, placeholder: found.placeholder ?? line.slice(range.start.character, range.end.character) };
}

async function rename(one, params, { options, text }) {
  if (options('rename')?.prepareProvider && !(await prepareRename(one, params, { text }))) return null;
  return workspaceEdit(await one('textDocument/rename', params));
}

async function selectionRange(one, params) {
  return list(await one('textDocument/selectionRange', params)).map((each) => {
    const found = [];
    for (let at = each; at; at = at.parent) found.push(at.range);
    return found;
  });
}

const textAfter = (method) => async (one, params, { text }) => formatted(text, await one(method, params));

async function onTypeFormatting(one, params, { options, text }) {
  const announced = options('documentOnTypeFormatting', 'textDocument/onTypeFormatting');
  const characters = [announced?.firstTriggerCharacter, ...list(announced?.moreTriggerCharacter)];
  return characters.includes(params.ch) ? formatted(text, await one('textDocument/onTypeFormatting', params)) : NOTHING;
}

async function codeAction(one, params, { options, endpoint }) {
  const touches = (range) => isBefore(range.start, params.range.end) && isBefore(params.range.start, range.end);
  const diagnostics = endpoint.diagnosticsOf(params.textDocument.uri).filter(({ range }) => touches(range));
  const found = list(await one('textDocument/codeAction', { ...params, context: { ...params.context, diagnostics } })).filter((action) => !action.disabled && isWanted(action, params.context.only?.[0]));
  const canResolve = options('codeAction')?.resolveProvider;
  const isCommand = (action) => typeof action.command === 'string';
  const resolved = await Promise.all(found.map((action) => (canResolve && !isCommand(action) && !action.edit ? one('codeAction/resolve', action).then((more) => ({ ...action, ...more })) : action)));
  return resolved.map((action) =>
    isCommand(action)
      ? { title: action.title, command: commandOf(action) }
      : { title: action.title, kind: action.kind ?? null, isPreferred: action.isPreferred ?? false, edit: workspaceEdit(action.edit), command: commandOf(action.command) },
  );
}

/** An editor shows the kind alone that it asked for. */
function isWanted({ kind = '' }, only) {
  return only === undefined || kind === only || kind.startsWith(`${only}.`);
}

const isBefore = (one, other) => one.line < other.line || (one.line === other.line && one.character <= other.character);

async function symbols(one, params) {
  return list(await one('workspace/symbol', params)).map(({ name, kind, containerName, location }) => ({ name, kind, container: containerName ?? '', ...locationOf(location) }));
}

const hierarchyItem = ({ name, kind, detail, uri, range, selectionRange }) => ({ name, kind, detail: detail ?? '', uri: uriOf(uri), range, selectionRange });

async function callHierarchy(one, params) {
  const items = list(await one('textDocument/prepareCallHierarchy', params));
  if (items.length === 0) return { items };
  const [item] = items;
  const calls = async (method, end) => list(await one(method, { item })).map((call) => ({ [end]: hierarchyItem(call[end]), places: call.fromRanges }));
  return { items: items.map(hierarchyItem), incoming: await calls('callHierarchy/incomingCalls', 'from'), outgoing: await calls('callHierarchy/outgoingCalls', 'to') };
}

async function typeHierarchy(one, params) {
  const items = list(await one('textDocument/prepareTypeHierarchy', params));
  if (items.length === 0) return { items };
  const types = async (method) => list(await one(method, { item: items[0] })).map(hierarchyItem);
  return { items: items.map(hierarchyItem), supertypes: await types('typeHierarchy/supertypes'), subtypes: await types('typeHierarchy/subtypes') };
}

/** What is shown of a diagnostic. */
export const diagnosticOf = ({ range, message, severity, code, codeDescription, source, tags, relatedInformation }) => ({
  range,
  message,
  severity: severity ?? 1,
  code: code ?? null,
  page: codeDescription?.href ? uriOf(codeDescription.href) : null,
  source: source ?? null,
  tags: tags ?? [],
  related: list(relatedInformation).map((each) => ({ ...locationOf(each.location), message: each.message })),
});

const ASKED = {
  'textDocument/hover': hover,
  ...Object.fromEntries(['definition', 'declaration', 'typeDefinition', 'implementation'].map((name) => [`textDocument/${name}`, locations(`textDocument/${name}`)])),
  'textDocument/references': references,
  'textDocument/documentHighlight': async (one, params) => list(await one('textDocument/documentHighlight', params)).map(({ range, kind }) => ({ range, kind: kind ?? 1 })),
  'textDocument/linkedEditingRange': async (one, params) => (await one('textDocument/linkedEditingRange', params))?.ranges ?? [],
  'textDocument/prepareRename': prepareRename,
  'textDocument/rename': rename,
  'textDocument/selectionRange': selectionRange,
  'textDocument/completion': completion,
  'textDocument/signatureHelp': signatureHelp,
  'textDocument/documentSymbol': documentSymbol,
  'textDocument/documentLink': documentLink,
  'textDocument/documentColor': async (one, params) => list(await one('textDocument/documentColor', params)),
  'textDocument/colorPresentation': async (one, params) => list(await one('textDocument/colorPresentation', params)).map(({ label, textEdit, additionalTextEdits }) => ({ label, edits: editsOf(list(textEdit)), additional: editsOf(additionalTextEdits) })),
  'textDocument/foldingRange': async (one, params) => list(await one('textDocument/foldingRange', params)).map(({ startLine, endLine, kind }) => ({ start: startLine, end: endLine, kind: kind ?? null })),
  'textDocument/codeLens': codeLens,
  'textDocument/inlayHint': async (one, params) => list(await one('textDocument/inlayHint', params)).map(inlayHint),
  'textDocument/semanticTokens/full': (...asked) => tokens('full', ...asked),
  'textDocument/semanticTokens/range': (...asked) => tokens('range', ...asked),
  'textDocument/formatting': textAfter('textDocument/formatting'),
  'textDocument/rangeFormatting': textAfter('textDocument/rangeFormatting'),
  'textDocument/onTypeFormatting': onTypeFormatting,
  'textDocument/codeAction': codeAction,
  'workspace/symbol': symbols,
  'textDocument/prepareCallHierarchy': callHierarchy,
  'textDocument/prepareTypeHierarchy': typeHierarchy,
};

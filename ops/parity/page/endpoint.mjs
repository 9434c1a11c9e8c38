// The browser IDE as one way to a language server: what VS Code's API gives in the page, in the form of `shapes.mjs`.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { NOTHING } from '../chains.mjs';
import { RESOLVED } from './answers.mjs';
import { install } from './inside.mjs';
import { calledBy, commandOf, documentationOf, editsOf, flattened, formatted, hoverOf, inOrder, labelOf, list, locationOf, tokensOf, uriOf } from './shapes.mjs';

const READY_WITHIN_MS = 75_000;
const webClient = new URL('../../../web-client/', import.meta.url);

/** VS Code counts kinds of completions, symbols, highlights and severities from 0, the protocol from 1. */
const fromOne = (kind) => (typeof kind === 'number' ? kind + 1 : null);

export class PageEndpoint {
  #page;
  #documents;
  #workspace;
  #diagnostics = new Map();
  #commands = null;

  /** When the page last received a message of the server, in milliseconds of `performance.now()`. */
  lastMessage = performance.now();

  /** What the page told the server that it can. */
  capabilities = null;

  /**
   * @param link the server's, with a token
   * @param workspace its name
   * @param documents { uri, path, text }, with the URIs that stdio has
   */
  static async open(browser, link, workspace, documents) {
    const endpoint = new PageEndpoint();
    endpoint.#workspace = `qide:/${workspace}`;
    endpoint.folders = [{ uri: endpoint.#workspace }];
    endpoint.#documents = new Map(documents.map((document) => [document.uri, document]));
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    endpoint.#page = page;
    page.on('websocket', (socket) => endpoint.#follow(socket));
    await page.addInitScript(install);
    const address = new URL(link);
    address.searchParams.set('workspace', workspace);
    await page.goto(address.href);
    await page.waitForSelector('html[data-ready]', { timeout: READY_WITHIN_MS });
    await page.waitForFunction(() => globalThis.parity, null, { timeout: READY_WITHIN_MS });
    return endpoint;
  }

  #follow(socket) {
    socket.on('framereceived', () => {
      this.lastMessage = performance.now();
    });
    socket.on('framesent', ({ payload }) => {
      if (this.capabilities || typeof payload !== 'string' || !payload.includes('"initialize"')) return;
      const message = JSON.parse(payload);
      if (message.method === 'initialize') this.capabilities = message.params.capabilities;
    });
  }

  #uriOf({ path }) {
    return `${this.#workspace}/${path}`;
  }

  /** Opens an editor; gives the language id that the page has for it. */
  async openEditor(document) {
    const { languageId, text } = await this.#inside('open', this.#uriOf(document));
    if (text !== document.text) throw new Error(`The page has another text of ${document.path}.`);
    return languageId;
  }

  /** Types something at the end of a document, or takes it back. */
  async change(document, added, isTyped) {
    if (!(await this.#inside('change', this.#uriOf(document), added, isTyped))) throw new Error(`The page did not change ${document.path}.`);
  }

  /** Keeps the diagnostics that the page has now, for `diagnosticsOf`. */
  async readDiagnostics() {
    for (const [uri, document] of this.#documents) this.#diagnostics.set(uri, list(await this.#inside('diagnostics', this.#uriOf(document))).map(diagnostic));
  }

  diagnosticsOf(uri) {
    return this.#diagnostics.get(uri) ?? [];
  }

  read(uri) {
    return this.#inside('read', uri);
  }

  askOther() {}

  takeDeeds() {}

  async request(method, params) {
    const shape = SHAPES[method];
    if (!shape || params.context?.includeDeclaration === false) return { value: NOTHING };
    const document = this.#documents.get(params.textDocument?.uri);
    const here = document ? { ...params, textDocument: { uri: this.#uriOf(document) } } : params;
    const { value, error } = await this.#inside('request', method, { ...here, resolved: method === 'textDocument/codeAction' ? 100 : RESOLVED });
    if (error) return { error };
    await this.#readCommands();
    return { value: this.#known(shape(value, { text: document?.text })) };
  }

  /** Says of each of these commands whether the page has it: { name: isThere }. */
  async haveCommands(names) {
    await this.#readCommands();
    return Object.fromEntries(names.map((name) => [name, this.#commands.has(name)]));
  }

  async #readCommands() {
    this.#commands ??= new Set(await this.#inside('commands'));
  }

  /** Says of each command in an answer whether the page has it: else nothing happens when a person chooses it. */
  #known(value) {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((each) => this.#known(each));
    const members = Object.entries(value).map(([name, each]) => [name, this.#known(each)]);
    const result = Object.fromEntries(members);
    if (typeof value.command === 'string' && Array.isArray(value.arguments) && !this.#commands.has(value.command)) result.command = `${value.command}, which the page does not have`;
    return result;
  }

  #inside(name, ...args) {
    return this.#page.evaluate(([called, given]) => globalThis.parity[called](...given), [name, args]);
  }

  async close() {
    await this.#page.context().close();
  }
}

/** A Chromium, by the web client's `playwright-core`. */
export async function launched() {
  const { chromium } = createRequire(fileURLToPath(webClient))('playwright-core');
  return chromium.launch({ executablePath: process.env.QIDE_CHROMIUM || found(), args: ['--no-sandbox'] });
}

function found() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {
      // Try the next name.
    }
  }
  throw new Error('There is no Chromium: set QIDE_CHROMIUM or install one.');
}

function diagnostic({ severity, code, ...more }) {
  const isLinked = code !== null && typeof code === 'object';
  return { ...more, severity: fromOne(severity), code: isLinked ? code.value : code, codeDescription: isLinked ? { href: code.target } : undefined };
}

const locations = (value) => list(value).map(locationOf);

function hover(value) {
  const contents = list(value).flatMap((each) => hoverOf(each.contents));
  return contents.length === 0 ? null : { contents, range: value[0].range ?? null };
}

const completion = ({ isIncomplete, items }) => ({ isIncomplete: isIncomplete ?? false, items: inOrder(items.map(completionItem)) });

function completionItem(item) {
  const { label, insertText, range } = item;
  return {
    label: labelOf(item),
    labelDetail: label.detail ?? null,
    labelDescription: label.description ?? null,
    kind: fromOne(item.kind),
    isDeprecated: item.tags?.includes(1) ?? false,
    detail: item.detail || null,
    documentation: documentationOf(item.documentation),
    sortText: item.sortText || labelOf(item),
    filterText: item.filterText || labelOf(item),
    preselect: item.preselect ?? false,
    text: insertText?.snippet ?? insertText ?? labelOf(item),
    isSnippet: insertText?.snippet !== undefined,
    range: range ? { insert: range.inserting ?? range, replace: range.replacing ?? range } : null,
    additional: editsOf(item.additionalTextEdits),
    commit: [...(item.commitCharacters ?? [])].sort(),
    command: calledBy(item.command),
  };
}

function signatureHelp(value) {
  if (!value || value.signatures.length === 0) return null;
  const signatures = value.signatures.map((each) => ({
    label: each.label,
    documentation: documentationOf(each.documentation),
    parameters: list(each.parameters).map(({ label, documentation }) => ({ label, documentation: documentationOf(documentation) })),
    activeParameter: each.activeParameter ?? null,
  }));
  return { signatures, activeSignature: value.activeSignature, activeParameter: value.activeParameter };
}

const symbolTree = (value) => ({
  tree: flattened(list(value)).map(({ name, detail, kind, range, selectionRange, parent }) => ({ name, detail: detail ?? '', kind: fromOne(kind), range, selectionRange, parent })),
});

const FOLDING_KINDS = [null, 'comment', 'imports', 'region'];

function inlayHint(hint) {
  const label = typeof hint.label === 'string' ? hint.label : hint.label.map(({ value, tooltip, location, command }) => ({ value, tooltip: documentationOf(tooltip), location: location ? locationOf(location) : null, command: commandOf(command) }));
  return { position: hint.position, label, kind: hint.kind ?? null, left: hint.paddingLeft ?? false, right: hint.paddingRight ?? false, edits: editsOf(hint.textEdits), tooltip: documentationOf(hint.tooltip) };
}

function workspaceEdit(edit) {
  if (!edit) return null;
  const texts = edit.entries.filter(([, edits]) => edits.length > 0).map(([uri, edits]) => ({ uri: uriOf(uri), edits: editsOf(edits) }));
  return { texts, operations: edit.size - edit.entries.length };
}

const codeActions = (value) =>
  list(value).map((action) =>
    typeof action.command === 'string'
      ? { title: action.title, command: commandOf(action) }
      : { title: action.title, kind: action.kind?.value ?? null, isPreferred: action.isPreferred ?? false, edit: workspaceEdit(action.edit), command: commandOf(action.command) },
  );

function selectionRanges(value) {
  return list(value).map((each) => {
    const ranges = [];
    for (let at = each; at; at = at.parent) ranges.push(at.range);
    return ranges;
  });
}

const hierarchyItem = ({ name, kind, detail, uri, range, selectionRange }) => ({ name, kind: fromOne(kind), detail: detail ?? '', uri: uriOf(uri), range, selectionRange });

function callHierarchy({ items, provideIncomingCalls: incoming, provideOutgoingCalls: outgoing }) {
  if (items.length === 0) return { items };
  const calls = (all, end) => list(all).map((call) => ({ [end]: hierarchyItem(call[end]), places: call.fromRanges }));
  return { items: items.map(hierarchyItem), incoming: calls(incoming, 'from'), outgoing: calls(outgoing, 'to') };
}

function typeHierarchy({ items, provideSupertypes: supertypes, provideSubtypes: subtypes }) {
  if (items.length === 0) return { items };
  return { items: items.map(hierarchyItem), supertypes: list(supertypes).map(hierarchyItem), subtypes: list(subtypes).map(hierarchyItem) };
}

const tokens = (value) => (value ? tokensOf(value, value.legend) : []);
const text = (value, document) => formatted(document.text, value);

const SHAPES = {
  'textDocument/hover': hover,
  ...Object.fromEntries(['definition', 'declaration', 'typeDefinition', 'implementation', 'references'].map((name) => [`textDocument/${name}`, locations])),
  'textDocument/documentHighlight': (value) => list(value).map(({ range, kind }) => ({ range, kind: fromOne(kind) ?? 1 })),
  'textDocument/linkedEditingRange': (value) => value?.ranges ?? [],
  'textDocument/prepareRename': (value) => value,
  'textDocument/rename': workspaceEdit,
  'textDocument/selectionRange': selectionRanges,
  'textDocument/completion': completion,
  'textDocument/signatureHelp': signatureHelp,
  'textDocument/documentSymbol': symbolTree,
  'textDocument/documentLink': (value) => list(value).map(({ range, target, tooltip }) => ({ range, target: target ? uriOf(target) : null, tooltip: tooltip ?? null })),
  'textDocument/documentColor': (value) => list(value),
  'textDocument/colorPresentation': (value) => list(value).map(({ label, textEdit, additionalTextEdits }) => ({ label, edits: editsOf(textEdit), additional: editsOf(additionalTextEdits) })),
  'textDocument/foldingRange': (value) => list(value).map(({ start, end, kind }) => ({ start, end, kind: FOLDING_KINDS[kind] ?? null })),
  'textDocument/codeLens': (value) => list(value).map(({ range, command }) => ({ range, command: commandOf(command) })),
  'textDocument/inlayHint': (value) => list(value).map(inlayHint),
  'textDocument/semanticTokens/full': tokens,
  'textDocument/semanticTokens/range': tokens,
  'textDocument/formatting': text,
  'textDocument/rangeFormatting': text,
  'textDocument/onTypeFormatting': text,
  'textDocument/codeAction': codeActions,
  'workspace/symbol': (value) => list(value).map(({ name, kind, containerName, location }) => ({ name, kind: fromOne(kind), container: containerName ?? '', ...locationOf(location) })),
  'textDocument/prepareCallHierarchy': callHierarchy,
  'textDocument/prepareTypeHierarchy': typeHierarchy,
};

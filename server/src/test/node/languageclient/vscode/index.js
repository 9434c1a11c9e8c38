// Stands in for VS Code where there is none: the part of its API that vscode-languageclient uses in Node. `providers` has what
// the client registered, `{ selector, provider }` by the name of the method that registers it; `fire` tells the client of an event.
const { minimatch } = require('minimatch');
const { CancellationTokenSource } = require('vscode-jsonrpc/node');
const { URI } = require('vscode-uri');

const listeners = new Map();
const providers = new Map();
const documents = [];

/** The diagnostics of all collections, by URI. */
const collections = new Set();
const diagnostics = {
  get: (uri) => [...collections].flatMap((all) => all.get(uri) ?? []),
  *[Symbol.iterator]() {
    for (const all of collections) yield* all;
  },
};

class Disposable {
  constructor(dispose) {
    this.dispose = dispose;
  }
  static from(...all) {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }
}

class EventEmitter {
  constructor() {
    this.all = new Set();
    this.event = (listener, of, disposables) => {
      const bound = listener.bind(of);
      this.all.add(bound);
      const disposable = new Disposable(() => this.all.delete(bound));
      disposables?.push(disposable);
      return disposable;
    };
  }
  fire(event) {
    for (const listener of this.all) listener(event);
  }
  dispose() {
    this.all.clear();
  }
}

/** An object whose members `on…` are events. */
const withEvents = (members) =>
  new Proxy(members, {
    get(target, name) {
      if (name in target || typeof name !== 'string' || !name.startsWith('on')) return target[name];
      if (!listeners.has(name)) listeners.set(name, new EventEmitter());
      return listeners.get(name).event;
    },
  });

const fire = (name, event) => listeners.get(name)?.fire(event);

/** Fires an event whose listeners may wait for edits, such as `onWillRenameFiles`; resolves to the edits. */
async function fireAndWait(name, event) {
  const waited = [];
  fire(name, { ...event, token: new CancellationTokenSource().token, waitUntil: (edit) => waited.push(edit) });
  return (await Promise.all(waited)).filter(Boolean);
}

class Position {
  constructor(line, character) {
    this.line = line;
    this.character = character;
  }
  isBefore(other) {
    return this.line < other.line || (this.line === other.line && this.character < other.character);
  }
}

class Range {
  constructor(first, second, endLine, endCharacter) {
    const [start, end] = endLine === undefined ? [first, second] : [new Position(first, second), new Position(endLine, endCharacter)];
    [this.start, this.end] = end.isBefore(start) ? [end, start] : [start, end];
  }
  get isEmpty() {
    return !this.start.isBefore(this.end);
  }
}

class WorkspaceEdit {
  constructor() {
    this.files = new Map();
    this.operations = [];
  }
  set(uri, edits) {
    this.files.set(uri.toString(), [uri, edits.map((edit) => (Array.isArray(edit) ? edit[0] : edit))]);
  }
  entries() {
    return [...this.files.values()];
  }
  createFile(uri) {
    this.operations.push({ kind: 'create', uri });
  }
  renameFile(from, to) {
    this.operations.push({ kind: 'rename', from, to });
  }
  deleteFile(uri) {
    this.operations.push({ kind: 'delete', uri });
  }
}

class MarkdownString {
  constructor(value = '') {
    this.value = value;
  }
  appendMarkdown(words) {
    this.value += words;
    return this;
  }
  appendCodeblock(code) {
    return this.appendMarkdown(`\n\`\`\`\n${code}\n\`\`\`\n`);
  }
}

class CodeActionKind {
  constructor(value) {
    this.value = value;
  }
  append(part) {
    return new CodeActionKind(this.value ? `${this.value}.${part}` : part);
  }
}
for (const [name, value] of Object.entries({
  Empty: '',
  QuickFix: 'quickfix',
  Refactor: 'refactor',
  RefactorExtract: 'refactor.extract',
  RefactorInline: 'refactor.inline',
  RefactorRewrite: 'refactor.rewrite',
  Source: 'source',
  SourceOrganizeImports: 'source.organizeImports',
})) {
  CodeActionKind[name] = new CodeActionKind(value);
}

class TextEdit {
  constructor(range, newText) {
    this.range = range;
    this.newText = newText;
  }
}

/** A class whose constructor stores its arguments under these names. */
const values = (...names) =>
  class {
    constructor(...given) {
      names.forEach((name, index) => (this[name] = given[index]));
    }
  };

/** An enumeration whose members are numbered from a first number. */
const numbered = (first, ...names) => Object.fromEntries(names.map((name, index) => [name, first + index]));

const workspace = withEvents({
  textDocuments: documents,
  notebookDocuments: [],
  workspaceFolders: undefined,
  getWorkspaceFolder: (uri) => workspace.workspaceFolders?.find((folder) => uri.toString().startsWith(folder.uri.toString())),
  getConfiguration: () => ({ get: (_, otherwise) => otherwise }),
  createFileSystemWatcher: () => withEvents({ dispose() {} }),
  registerTextDocumentContentProvider: (scheme, provider) => registered(`content of ${scheme}`, null, provider),
  applyEdit: async () => false,
});

function registered(name, selector, provider) {
  const one = { selector, provider };
  const all = providers.get(name) ?? new Set();
  providers.set(name, all.add(one));
  return new Disposable(() => all.delete(one));
}

const isOf = ({ language, scheme, pattern }, { languageId, uri }) =>
  (!language || language === languageId) && (!scheme || scheme === uri.scheme) && (!pattern || minimatch(uri.fsPath, pattern.pattern ?? pattern));

const languages = new Proxy(
  {
    match: (selector, document) => Number([selector].flat().some((filter) => isOf(filter, document))),
    createDiagnosticCollection: () => {
      const own = new Map();
      collections.add(own);
      return {
        set: (uri, all) => own.set(uri.toString(), all ?? []),
        delete: (uri) => own.delete(uri.toString()),
        clear: () => own.clear(),
        has: (uri) => own.has(uri.toString()),
        get: (uri) => own.get(uri.toString()),
        dispose: () => void collections.delete(own),
      };
    },
  },
  { get: (target, name) => target[name] ?? ((selector, provider) => registered(name, selector, provider)) },
);

const shown = async (message) => void console.error(message);
const channel = new Proxy({}, { get: (_, name) => (name === 'logLevel' ? 3 : name.startsWith?.('on') ? new EventEmitter().event : () => {}) });

module.exports = {
  version: require('./package.json').version,
  providers,
  diagnostics,
  fire,
  fireAndWait,
  workspace,
  languages,
  window: withEvents({
    tabGroups: withEvents({ all: [] }),
    visibleTextEditors: [],
    createOutputChannel: () => channel,
    showErrorMessage: shown,
    showWarningMessage: shown,
    showInformationMessage: shown,
    withProgress: (_, task) => task({ report() {} }, new CancellationTokenSource().token),
  }),
  env: { appName: 'Node', language: 'en', openExternal: async () => false },
  commands: { registerCommand: (name, run) => registered(`command ${name}`, null, run) },
  Uri: URI,
  CancellationError: class extends Error {},
  CancellationTokenSource,
  Disposable,
  EventEmitter,
  Position,
  Range,
  WorkspaceEdit,
  MarkdownString,
  CodeActionKind,
  TextEdit,
  SnippetTextEdit: values('range', 'snippet'),
  SnippetString: values('value'),
  Location: values('uri', 'range'),
  Hover: values('contents', 'range'),
  Diagnostic: values('range', 'message', 'severity'),
  DiagnosticRelatedInformation: values('location', 'message'),
  CompletionItem: values('label', 'kind'),
  CompletionList: values('items', 'isIncomplete'),
  CodeAction: values('title', 'kind'),
  CodeLens: values('range', 'command'),
  DocumentLink: values('range', 'target'),
  DocumentHighlight: values('range', 'kind'),
  DocumentSymbol: values('name', 'detail', 'kind', 'range', 'selectionRange'),
  SymbolInformation: values('name', 'kind', 'containerName', 'location'),
  SignatureHelp: values(),
  SignatureInformation: values('label', 'documentation'),
  ParameterInformation: values('label', 'documentation'),
  InlayHint: values('position', 'label', 'kind'),
  InlayHintLabelPart: values('value'),
  InlineCompletionItem: values('insertText', 'range', 'command'),
  InlineCompletionList: values('items'),
  CallHierarchyItem: values('kind', 'name', 'detail', 'uri', 'range', 'selectionRange'),
  CallHierarchyIncomingCall: values('from', 'fromRanges'),
  CallHierarchyOutgoingCall: values('to', 'fromRanges'),
  TypeHierarchyItem: values('kind', 'name', 'detail', 'uri', 'range', 'selectionRange'),
  Color: values('red', 'green', 'blue', 'alpha'),
  ColorInformation: values('range', 'color'),
  ColorPresentation: values('label'),
  FoldingRange: values('start', 'end', 'kind'),
  SelectionRange: values('range', 'parent'),
  LinkedEditingRanges: values('ranges', 'wordPattern'),
  SemanticTokens: values('data', 'resultId'),
  SemanticTokensEdit: values('start', 'deleteCount', 'data'),
  SemanticTokensEdits: values('edits', 'resultId'),
  RelativePattern: values('baseUri', 'pattern'),
  TabInputText: values('uri'),
  TabInputTextDiff: values('original', 'modified'),
  TabInputCustom: values('uri'),
  TabInputNotebook: values('uri'),
  DiagnosticSeverity: numbered(0, 'Error', 'Warning', 'Information', 'Hint'),
  DiagnosticTag: numbered(1, 'Unnecessary', 'Deprecated'),
  CompletionItemTag: numbered(1, 'Deprecated'),
  CompletionTriggerKind: numbered(0, 'Invoke', 'TriggerCharacter', 'TriggerForIncompleteCompletions'),
  CompletionItemKind: numbered(0, 'Text'),
  CodeActionTriggerKind: numbered(1, 'Invoke', 'Automatic'),
  SignatureHelpTriggerKind: numbered(1, 'Invoke', 'TriggerCharacter', 'ContentChange'),
  InlineCompletionTriggerKind: numbered(0, 'Invoke', 'Automatic'),
  TextDocumentSaveReason: numbered(1, 'Manual', 'AfterDelay', 'FocusOut'),
  DocumentHighlightKind: numbered(0, 'Text', 'Read', 'Write'),
  FoldingRangeKind: { Comment: 1, Imports: 2, Region: 3 },
  SymbolKind: { Property: 6, TypeParameter: 25 },
  SymbolTag: numbered(1, 'Deprecated'),
  FileType: numbered(1, 'File', 'Directory'),
  NotebookCellKind: numbered(1, 'Markup', 'Code'),
  LogLevel: { Trace: 1, Info: 3 },
  ProgressLocation: { Window: 10 },
};

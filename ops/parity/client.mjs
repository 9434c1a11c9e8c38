// Client capabilities. `full` is what an editor of today announces; `plain` is what a small one does: no snippets, no Markdown, flat
// symbols, `changes` instead of `documentChanges`, no dynamic registration.
const markup = ['markdown', 'plaintext'];
const symbolKinds = { valueSet: Array.from({ length: 26 }, (_, i) => i + 1) };
const dynamic = { dynamicRegistration: true };
const tags = { valueSet: [1] };

const tokenTypes =
  'namespace type class enum interface struct typeParameter parameter variable property enumMember event function method macro keyword modifier comment string number regexp operator decorator'.split(
    ' ',
  );
const tokenModifiers = 'declaration definition readonly static deprecated abstract async modification documentation defaultLibrary'.split(' ');
const actionKinds = ['', 'quickfix', 'refactor', 'refactor.extract', 'refactor.inline', 'refactor.rewrite', 'source', 'source.organizeImports', 'source.fixAll'];

const full = {
  workspace: {
    applyEdit: true,
    workspaceEdit: { documentChanges: true, resourceOperations: ['create', 'rename', 'delete'], failureHandling: 'textOnlyTransactional', normalizesLineEndings: true },
    didChangeConfiguration: dynamic,
    didChangeWatchedFiles: { ...dynamic, relativePatternSupport: true },
    symbol: { ...dynamic, symbolKind: symbolKinds, tagSupport: tags, resolveSupport: { properties: ['location.range'] } },
    executeCommand: dynamic,
    workspaceFolders: true,
    semanticTokens: { refreshSupport: true },
    codeLens: { refreshSupport: true },
    inlayHint: { refreshSupport: true },
    diagnostics: { refreshSupport: true },
    foldingRange: { refreshSupport: true },
    fileOperations: { ...dynamic, didCreate: true, didRename: true, didDelete: true, willCreate: true, willRename: true, willDelete: true },
    textDocumentContent: dynamic,
  },
  textDocument: {
    synchronization: { ...dynamic, willSave: true, willSaveWaitUntil: true, didSave: true },
    completion: {
      ...dynamic,
      contextSupport: true,
      completionItem: {
        snippetSupport: true,
        commitCharactersSupport: true,
        documentationFormat: markup,
        deprecatedSupport: true,
        preselectSupport: true,
        tagSupport: tags,
        insertReplaceSupport: true,
        resolveSupport: { properties: ['documentation', 'detail', 'additionalTextEdits'] },
        insertTextModeSupport: { valueSet: [1, 2] },
        labelDetailsSupport: true,
      },
      insertTextMode: 2,
      completionItemKind: { valueSet: Array.from({ length: 25 }, (_, i) => i + 1) },
      completionList: { itemDefaults: ['commitCharacters', 'editRange', 'insertTextFormat', 'insertTextMode', 'data'] },
    },
    hover: { ...dynamic, contentFormat: markup },
    signatureHelp: {
      ...dynamic,
      contextSupport: true,
      signatureInformation: { documentationFormat: markup, parameterInformation: { labelOffsetSupport: true }, activeParameterSupport: true },
    },
    definition: { ...dynamic, linkSupport: true },
    declaration: { ...dynamic, linkSupport: true },
    typeDefinition: { ...dynamic, linkSupport: true },
    implementation: { ...dynamic, linkSupport: true },
    references: dynamic,
    documentHighlight: dynamic,
    documentSymbol: { ...dynamic, symbolKind: symbolKinds, hierarchicalDocumentSymbolSupport: true, tagSupport: tags, labelSupport: true },
    codeAction: {
      ...dynamic,
      isPreferredSupport: true,
      disabledSupport: true,
      dataSupport: true,
      resolveSupport: { properties: ['edit'] },
      codeActionLiteralSupport: { codeActionKind: { valueSet: actionKinds } },
      honorsChangeAnnotations: true,
    },
    codeLens: { ...dynamic, resolveSupport: { properties: ['command'] } },
    documentLink: { ...dynamic, tooltipSupport: true },
    colorProvider: dynamic,
    formatting: dynamic,
    rangeFormatting: { ...dynamic, rangesSupport: true },
    onTypeFormatting: dynamic,
    rename: { ...dynamic, prepareSupport: true, prepareSupportDefaultBehavior: 1, honorsChangeAnnotations: true },
    foldingRange: { ...dynamic, rangeLimit: 5_000, lineFoldingOnly: true, foldingRangeKind: { valueSet: ['comment', 'imports', 'region'] } },
    selectionRange: dynamic,
    linkedEditingRange: dynamic,
    callHierarchy: dynamic,
    typeHierarchy: dynamic,
    semanticTokens: { ...dynamic, tokenTypes, tokenModifiers, formats: ['relative'], requests: { range: true, full: { delta: true } }, multilineTokenSupport: false, overlappingTokenSupport: false },
    inlayHint: { ...dynamic, resolveSupport: { properties: ['tooltip', 'textEdits', 'label.tooltip', 'label.location', 'label.command'] } },
    publishDiagnostics: { relatedInformation: true, versionSupport: false, tagSupport: { valueSet: [1, 2] }, codeDescriptionSupport: true, dataSupport: true },
    diagnostic: { ...dynamic, relatedDocumentSupport: false },
  },
  window: { workDoneProgress: true, showMessage: { messageActionItem: { additionalPropertiesSupport: true } }, showDocument: { support: true } },
  general: { positionEncodings: ['utf-16'], markdown: { parser: 'marked', version: '1.1.0' }, staleRequestSupport: { cancel: true, retryOnContentModified: [] } },
};

const plain = {
  workspace: { applyEdit: true, workspaceEdit: {} },
  textDocument: {
    synchronization: { didSave: true },
    completion: { completionItem: { documentationFormat: ['plaintext'] } },
    hover: { contentFormat: ['plaintext'] },
    signatureHelp: { signatureInformation: { documentationFormat: ['plaintext'] } },
    documentSymbol: {},
    codeAction: {},
    rename: {},
    publishDiagnostics: {},
  },
  window: {},
};

export const CLIENTS = { full, plain };

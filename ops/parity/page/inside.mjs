// Runs in the page: answers requests by the commands of VS Code's extension API, as an extension would ask them.

/**
 * Must be added before the page loads; the page then calls `qideExtensionApi`. It needs everything inside itself.
 *
 * @returns nothing; `globalThis.parity` has `request`, `open`, `change`, `commands`, `diagnostics` and `read`
 */
export function install() {
  globalThis.qideExtensionApi = (api) => {
    const { commands, languages, window, workspace, Color, MarkdownString, Position, Range, SnippetString, TextEdit, Uri, WorkspaceEdit } = api;
    const run = (name, ...args) => commands.executeCommand(name, ...args);
    const uriOf = ({ textDocument }) => Uri.parse(textDocument.uri);
    const at = ({ line, character }) => new Position(line, character);
    const rangeOf = ({ start, end }) => new Range(at(start), at(end));

    /** Values of the API as JSON. */
    function plain(value) {
      if (value === null || typeof value !== 'object') return typeof value === 'function' ? undefined : value;
      if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value, plain);
      if (value instanceof Uri) return value.toString(true);
      if (value instanceof Position) return { line: value.line, character: value.character };
      if (value instanceof Range) return { start: plain(value.start), end: plain(value.end) };
      if (value instanceof MarkdownString) return { markdown: value.value };
      if (value instanceof SnippetString) return { snippet: value.value };
      if (value instanceof TextEdit) return { range: plain(value.range), newText: value.newText };
      if (value instanceof WorkspaceEdit) return { entries: value.entries().map(plain), size: value.size };
      if (typeof value.scheme === 'string' && typeof value.path === 'string') return Uri.from(value).toString(true);
      return Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith('_')).map(([name, each]) => [name, plain(each)]));
    }

    const atPosition = (name) => (params) => run(name, uriOf(params), at(params.position));
    const ofDocument = (name, ...more) => (params) => run(name, uriOf(params), ...more);

    async function tokens(params, kind, ...range) {
      const uri = uriOf(params);
      const legend = await run(`vscode.provideDocument${kind}SemanticTokensLegend`, uri, ...range);
      const found = await run(`vscode.provideDocument${kind}SemanticTokens`, uri, ...range);
      return legend && found && { legend: { tokenTypes: legend.tokenTypes, tokenModifiers: legend.tokenModifiers }, data: found.data };
    }

    async function hierarchy(params, prepare, [forward, back]) {
      const items = (await run(prepare, uriOf(params), at(params.position))) ?? [];
      if (items.length === 0) return { items: [] };
      return { items, [forward]: await run(`vscode.${forward}`, items[0]), [back]: await run(`vscode.${back}`, items[0]) };
    }

    /** The editor's own command gives ranges as the editor has them. */
    async function linkedEditing(params) {
      const { line, character } = params.position;
      const found = await run('_executeLinkedEditingProvider', uriOf(params), { lineNumber: line + 1, column: character + 1 });
      const ranges = found?.ranges.map((each) => new Range(each.startLineNumber - 1, each.startColumn - 1, each.endLineNumber - 1, each.endColumn - 1));
      return ranges && { ranges, wordPattern: found.wordPattern?.source };
    }

    const METHODS = {
      'textDocument/hover': atPosition('vscode.executeHoverProvider'),
      'textDocument/definition': atPosition('vscode.executeDefinitionProvider'),
      'textDocument/declaration': atPosition('vscode.executeDeclarationProvider'),
      'textDocument/typeDefinition': atPosition('vscode.executeTypeDefinitionProvider'),
      'textDocument/implementation': atPosition('vscode.executeImplementationProvider'),
      'textDocument/documentHighlight': atPosition('vscode.executeDocumentHighlights'),
      'textDocument/references': atPosition('vscode.executeReferenceProvider'),
      'textDocument/linkedEditingRange': linkedEditing,
      'textDocument/prepareRename': atPosition('vscode.prepareRename'),
      'textDocument/rename': (params) => run('vscode.executeDocumentRenameProvider', uriOf(params), at(params.position), params.newName),
      'textDocument/selectionRange': (params) => run('vscode.executeSelectionRangeProvider', uriOf(params), params.positions.map(at)),
      'textDocument/completion': (params) => run('vscode.executeCompletionItemProvider', uriOf(params), at(params.position), params.context.triggerCharacter, params.resolved),
      'textDocument/signatureHelp': (params) => run('vscode.executeSignatureHelpProvider', uriOf(params), at(params.position), params.context.triggerCharacter),
      'textDocument/documentSymbol': ofDocument('vscode.executeDocumentSymbolProvider'),
      'textDocument/documentLink': (params) => run('vscode.executeLinkProvider', uriOf(params), params.resolved),
      'textDocument/documentColor': ofDocument('vscode.executeDocumentColorProvider'),
      'textDocument/colorPresentation': (params) => {
        const { red, green, blue, alpha } = params.color;
        return run('vscode.executeColorPresentationProvider', new Color(red, green, blue, alpha), { uri: uriOf(params), range: rangeOf(params.range) });
      },
      'textDocument/foldingRange': ofDocument('vscode.executeFoldingRangeProvider'),
      'textDocument/codeLens': (params) => run('vscode.executeCodeLensProvider', uriOf(params), params.resolved),
      'textDocument/inlayHint': (params) => run('vscode.executeInlayHintProvider', uriOf(params), rangeOf(params.range)),
      'textDocument/semanticTokens/full': (params) => tokens(params, ''),
      'textDocument/semanticTokens/range': (params) => tokens(params, 'Range', rangeOf(params.range)),
      'textDocument/formatting': (params) => run('vscode.executeFormatDocumentProvider', uriOf(params), params.options),
      'textDocument/rangeFormatting': (params) => run('vscode.executeFormatRangeProvider', uriOf(params), rangeOf(params.range), params.options),
      'textDocument/onTypeFormatting': (params) => run('vscode.executeFormatOnTypeProvider', uriOf(params), at(params.position), params.ch, params.options),
      'textDocument/codeAction': (params) => run('vscode.executeCodeActionProvider', uriOf(params), rangeOf(params.range), params.context.only?.[0], params.resolved),
      'workspace/symbol': ({ query }) => run('vscode.executeWorkspaceSymbolProvider', query),
      'textDocument/prepareCallHierarchy': (params) => hierarchy(params, 'vscode.prepareCallHierarchy', ['provideIncomingCalls', 'provideOutgoingCalls']),
      'textDocument/prepareTypeHierarchy': (params) => hierarchy(params, 'vscode.prepareTypeHierarchy', ['provideSupertypes', 'provideSubtypes']),
    };

    globalThis.parity = {
      async request(method, params) {
        try {
          return { value: plain((await METHODS[method](params)) ?? null) };
        } catch (failure) {
          return { error: { code: 0, message: String(failure?.message ?? failure) } };
        }
      },
      async open(uri) {
        const document = await workspace.openTextDocument(Uri.parse(uri));
        await window.showTextDocument(document, { preview: false });
        return { languageId: document.languageId, text: document.getText() };
      },
      /** Types `added` at the end, or takes it back. */
      async change(uri, added, isTyped) {
        const document = await workspace.openTextDocument(Uri.parse(uri));
        const edit = new WorkspaceEdit();
        const length = document.getText().length;
        if (isTyped) edit.insert(document.uri, document.positionAt(length), added);
        else edit.delete(document.uri, new Range(document.positionAt(length - added.length), document.positionAt(length)));
        return workspace.applyEdit(edit);
      },
      commands: () => commands.getCommands(false),
      diagnostics: (uri) => plain(languages.getDiagnostics(Uri.parse(uri))),
      read: async (uri) => (await workspace.openTextDocument(Uri.parse(uri))).getText(),
    };
  };
}

package dev.qide.server.language;

import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One message of a client as the Language Server Protocol 3.18 knows it, and everything that Q-IDE
/// decides by its method name. [#named] is the one table of them.
///
/// @param name the method
/// @param family which requests are routed alike when they name no document: what resolves an item
///   goes to the server last asked for items of its kind; null for a request that names a document
/// @param capability the member of `ServerCapabilities` that announces the request, null for none
/// @param isAboutDocument whether its parameters name a document
/// @param isEdit whether it changes text or files, or asks for a change that is about to be made:
///   only a client that may edit may send it
/// @param isRepeatable whether nobody can tell if it was sent twice: it only reads, and everything
///   it means is in its parameters
/// @param isForEveryServer whether every language server of a session is sent it
public record LspMethod(
        String name,
        @Nullable String family,
        @Nullable String capability,
        boolean isAboutDocument,
        boolean isEdit,
        boolean isRepeatable,
        boolean isForEveryServer) {
    /// method | family | member of `ServerCapabilities` | properties
    private static final String TABLE =
            """
            textDocument/codeAction                | codeAction   | codeActionProvider               | repeatable
            textDocument/codeLens                  | codeLens     | codeLensProvider                 | repeatable
            textDocument/colorPresentation         | -            | -                                | document repeatable
            textDocument/completion                | completion   | completionProvider               | repeatable
            textDocument/declaration               | -            | declarationProvider              | document repeatable
            textDocument/definition                | -            | definitionProvider               | document repeatable
            textDocument/diagnostic                | -            | diagnosticProvider               | document
            textDocument/documentColor             | -            | colorProvider                    | document repeatable
            textDocument/documentHighlight         | -            | documentHighlightProvider        | document repeatable
            textDocument/documentLink              | documentLink | documentLinkProvider             | repeatable
            textDocument/documentSymbol            | -            | documentSymbolProvider           | document repeatable
            textDocument/foldingRange              | -            | foldingRangeProvider             | document repeatable
            textDocument/formatting                | -            | documentFormattingProvider       | document edit repeatable
            textDocument/hover                     | -            | hoverProvider                    | document repeatable
            textDocument/implementation            | -            | implementationProvider           | document repeatable
            textDocument/inlayHint                 | inlayHint    | inlayHintProvider                | repeatable
            textDocument/inlineValue               | -            | inlineValueProvider              | document repeatable
            textDocument/linkedEditingRange        | -            | linkedEditingRangeProvider       | document repeatable
            textDocument/moniker                   | -            | monikerProvider                  | document repeatable
            textDocument/onTypeFormatting          | -            | documentOnTypeFormattingProvider | document edit repeatable
            textDocument/prepareCallHierarchy      | -            | callHierarchyProvider            | document repeatable
            textDocument/prepareRename             | -            | renameProvider                   | document repeatable
            textDocument/prepareTypeHierarchy      | -            | typeHierarchyProvider            | document repeatable
            textDocument/rangeFormatting           | -            | documentRangeFormattingProvider  | document edit repeatable
            textDocument/rangesFormatting          | -            | -                                | document edit repeatable
            textDocument/references                | -            | referencesProvider               | document repeatable
            textDocument/rename                    | -            | renameProvider                   | document edit repeatable
            textDocument/selectionRange            | -            | selectionRangeProvider           | document repeatable
            textDocument/semanticTokens/full       | -            | semanticTokensProvider           | document repeatable
            textDocument/semanticTokens/full/delta | -            | semanticTokensProvider           | document
            textDocument/semanticTokens/range      | -            | semanticTokensProvider           | document repeatable
            textDocument/signatureHelp             | -            | signatureHelpProvider            | document repeatable
            textDocument/typeDefinition            | -            | typeDefinitionProvider           | document repeatable
            textDocument/willSaveWaitUntil         | -            | -                                | document edit
            callHierarchy/incomingCalls            | -            | -                                | document
            callHierarchy/outgoingCalls            | -            | -                                | document
            codeAction/resolve                     | codeAction   | -                                | -
            codeLens/resolve                       | codeLens     | -                                | -
            completionItem/resolve                 | completion   | -                                | -
            documentLink/resolve                   | documentLink | -                                | -
            inlayHint/resolve                      | inlayHint    | -                                | -
            typeHierarchy/subtypes                 | -            | -                                | document
            typeHierarchy/supertypes               | -            | -                                | document
            window/workDoneProgress/cancel         | -            | -                                | every-server
            workspace/diagnostic                   | diagnostic   | -                                | -
            workspace/didChangeWatchedFiles        | -            | -                                | every-server
            workspace/didCreateFiles               | -            | -                                | edit every-server
            workspace/didDeleteFiles               | -            | -                                | edit every-server
            workspace/didRenameFiles               | -            | -                                | edit every-server
            workspace/executeCommand               | codeAction   | executeCommandProvider           | edit
            workspace/symbol                       | symbol       | workspaceSymbolProvider          | repeatable
            workspace/willCreateFiles              | files        | -                                | edit
            workspace/willDeleteFiles              | files        | -                                | edit
            workspace/willRenameFiles              | files        | -                                | edit
            workspaceSymbol/resolve                | symbol       | -                                | -
            """;

    private static final Pattern STANDARD_NOTIFICATION =
            Pattern.compile("textDocument/|window/|telemetry/|\\$/progress$|\\$/logTrace$");

    private static final Map<String, LspMethod> ALL =
            TABLE.lines()
                    .map(LspMethod::row)
                    .collect(Collectors.toUnmodifiableMap(LspMethod::name, Function.identity()));

    /// The method of this name; one that the table does not list has none of its properties.
    public static LspMethod named(String name) {
        return ALL.getOrDefault(name, new LspMethod(name, null, null, false, false, false, false));
    }

    /// Whether the protocol has this request; a language server may know more.
    public boolean isProtocolRequest() {
        return family != null || isAboutDocument;
    }

    /// Whether every client knows a notification of a server; a server's own ones are for its own
    /// clients.
    public static boolean isStandardNotification(String method) {
        return STANDARD_NOTIFICATION.matcher(method).lookingAt();
    }

    private static LspMethod row(String line) {
        var cells = line.split("\\s*\\|\\s*", -1);
        var properties = Set.of(cells[3].split(" ", -1));
        return new LspMethod(
                cells[0],
                orNull(cells[1]),
                orNull(cells[2]),
                properties.contains("document"),
                properties.contains("edit"),
                properties.contains("repeatable"),
                properties.contains("every-server"));
    }

    private static @Nullable String orNull(String cell) {
        return cell.equals("-") ? null : cell;
    }
}

package dev.qide.server.language;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A method of a client in the Language Server Protocol 3.18, and everything that Q-IDE decides by
/// it. [#named] is the only table of methods.
///
/// @param name the method
/// @param capability the path in `ServerCapabilities` that announces the request
///   (`renameProvider.prepareProvider`); null for none
/// @param isAboutDocument whether its parameters name a document
/// @param isResolve whether its parameters are an item of an earlier answer, which returns to the
///   server of that answer
/// @param isMerged whether every running server that supports it gets it, and their answers are
///   merged
/// @param isEdit whether it changes text or files, or requests a change that is about to happen;
///   only clients with the right to edit may send it
/// @param isRepeatable whether sending it twice has no effect: it only reads, and its parameters
///   are self-contained
/// @param isForEveryServer whether every language server of a session gets it
/// @param isHeld whether the protocol lets a server keep it open until it has something to report
public record LspMethod(
        String name,
        @Nullable String capability,
        boolean isAboutDocument,
        boolean isResolve,
        boolean isMerged,
        boolean isEdit,
        boolean isRepeatable,
        boolean isForEveryServer,
        boolean isHeld) {
    /// method | path in `ServerCapabilities` | properties
    private static final String TABLE =
            """
            textDocument/codeAction                | codeActionProvider                     | document repeatable
            textDocument/codeLens                  | codeLensProvider                       | document repeatable
            textDocument/colorPresentation         | colorProvider                          | document repeatable
            textDocument/completion                | completionProvider                     | document repeatable
            textDocument/declaration               | declarationProvider                    | document repeatable
            textDocument/definition                | definitionProvider                     | document repeatable
            textDocument/diagnostic                | diagnosticProvider                     | document
            textDocument/documentColor             | colorProvider                          | document repeatable
            textDocument/documentHighlight         | documentHighlightProvider              | document repeatable
            textDocument/documentLink              | documentLinkProvider                   | document repeatable
            textDocument/documentSymbol            | documentSymbolProvider                 | document repeatable
            textDocument/foldingRange              | foldingRangeProvider                   | document repeatable
            textDocument/formatting                | documentFormattingProvider             | document edit repeatable
            textDocument/hover                     | hoverProvider                          | document repeatable
            textDocument/implementation            | implementationProvider                 | document repeatable
            textDocument/inlayHint                 | inlayHintProvider                      | document repeatable
            textDocument/inlineValue               | inlineValueProvider                    | document repeatable
            textDocument/linkedEditingRange        | linkedEditingRangeProvider             | document repeatable
            textDocument/moniker                   | monikerProvider                        | document repeatable
            textDocument/onTypeFormatting          | documentOnTypeFormattingProvider       | document edit repeatable
            textDocument/prepareCallHierarchy      | callHierarchyProvider                  | document repeatable
            textDocument/prepareRename             | renameProvider.prepareProvider         | document repeatable
            textDocument/prepareTypeHierarchy      | typeHierarchyProvider                  | document repeatable
            textDocument/rangeFormatting           | documentRangeFormattingProvider        | document edit repeatable
            textDocument/rangesFormatting          | documentRangeFormattingProvider.rangesSupport | document edit repeatable
            textDocument/references                | referencesProvider                     | document repeatable
            textDocument/rename                    | renameProvider                         | document edit repeatable
            textDocument/selectionRange            | selectionRangeProvider                 | document repeatable
            textDocument/semanticTokens/full       | semanticTokensProvider.full            | document repeatable
            textDocument/semanticTokens/full/delta | semanticTokensProvider.full.delta      | document
            textDocument/semanticTokens/range      | semanticTokensProvider.range           | document repeatable
            textDocument/signatureHelp             | signatureHelpProvider                  | document repeatable
            textDocument/typeDefinition            | typeDefinitionProvider                 | document repeatable
            textDocument/willSaveWaitUntil         | textDocumentSync.willSaveWaitUntil     | document edit
            callHierarchy/incomingCalls            | callHierarchyProvider                  | document
            callHierarchy/outgoingCalls            | callHierarchyProvider                  | document
            codeAction/resolve                     | codeActionProvider.resolveProvider     | resolve
            codeLens/resolve                       | codeLensProvider.resolveProvider       | resolve
            completionItem/resolve                 | completionProvider.resolveProvider     | resolve
            documentLink/resolve                   | documentLinkProvider.resolveProvider   | resolve
            inlayHint/resolve                      | inlayHintProvider.resolveProvider      | resolve
            typeHierarchy/subtypes                 | typeHierarchyProvider                  | document
            typeHierarchy/supertypes               | typeHierarchyProvider                  | document
            window/workDoneProgress/cancel         | -                                      | every-server
            workspace/diagnostic                   | diagnosticProvider.workspaceDiagnostics | joined held
            workspace/didChangeWatchedFiles        | -                                      | every-server
            workspace/didCreateFiles               | -                                      | edit every-server
            workspace/didDeleteFiles               | -                                      | edit every-server
            workspace/didRenameFiles               | -                                      | edit every-server
            workspace/executeCommand               | -                                      | edit
            workspace/symbol                       | workspaceSymbolProvider                | joined repeatable
            workspace/willCreateFiles              | workspace.fileOperations.willCreate    | joined edit
            workspace/willDeleteFiles              | workspace.fileOperations.willDelete    | joined edit
            workspace/willRenameFiles              | workspace.fileOperations.willRename    | joined edit
            workspaceSymbol/resolve                | workspaceSymbolProvider.resolveProvider | resolve
            """;

    private static final Pattern STANDARD_NOTIFICATION =
            Pattern.compile("textDocument/|window/|telemetry/|\\$/progress$|\\$/logTrace$");

    private static final Map<String, LspMethod> ALL =
            TABLE.lines()
                    .map(LspMethod::row)
                    .collect(Collectors.toUnmodifiableMap(LspMethod::name, Function.identity()));

    /// The requests with items that the client may resolve later.
    private static final Map<String, String> RESOLVED_BY =
            Map.of(
                    "textDocument/codeAction", "codeAction/resolve",
                    "textDocument/codeLens", "codeLens/resolve",
                    "textDocument/completion", "completionItem/resolve",
                    "textDocument/documentLink", "documentLink/resolve",
                    "textDocument/inlayHint", "inlayHint/resolve",
                    "workspace/symbol", "workspaceSymbol/resolve");

    /// The methods that the table lists.
    public static Collection<LspMethod> all() {
        return ALL.values();
    }

    /// The method with this name; an unlisted method has no properties.
    public static LspMethod named(String name) {
        return ALL.getOrDefault(
                name, new LspMethod(name, null, false, false, false, false, false, false, false));
    }

    /// Whether the protocol has this method; language servers may support others.
    public boolean isInProtocol() {
        return ALL.containsKey(name);
    }

    /// Whether a server with these `ServerCapabilities` supports the request. A request without a
    /// capability in the specification counts as supported.
    public boolean isAnsweredBy(JsonObject capabilities) {
        if (capability == null) {
            return true;
        }
        var announced = JsonPath.at(capabilities, capability);
        return !announced.isJsonNull() && !new JsonPrimitive(false).equals(announced);
    }

    /// Whether a server with these `ServerCapabilities` resolves items of its answers to this
    /// request.
    public boolean hasItemsResolvedBy(JsonObject capabilities) {
        var resolve = RESOLVED_BY.get(name);
        return resolve != null && named(resolve).isAnsweredBy(capabilities);
    }

    /// The answer when no server has a result, as JSON text.
    ///
    /// @param params the parameters of the request, as JSON text; null for none. An item that no
    ///   server resolves is complete
    public String emptyResult(@Nullable String params) {
        return switch (name) {
            case "textDocument/diagnostic" -> "{\"kind\":\"full\",\"items\":[]}";
            case "textDocument/prepareRename" -> "{\"defaultBehavior\":true}";
            case "workspace/diagnostic" -> "{\"items\":[]}";
            default -> isResolve && params != null ? params : "null";
        };
    }

    /// Whether the protocol defines a notification of a server; other ones are only for the
    /// server's own clients.
    public static boolean isStandardNotification(String method) {
        return STANDARD_NOTIFICATION.matcher(method).lookingAt();
    }

    private static LspMethod row(String line) {
        var cells = line.split("\\s*\\|\\s*", -1);
        var properties = Set.of(cells[2].split(" ", -1));
        return new LspMethod(
                cells[0],
                cells[1].equals("-") ? null : cells[1],
                properties.contains("document"),
                properties.contains("resolve"),
                properties.contains("joined"),
                properties.contains("edit"),
                properties.contains("repeatable"),
                properties.contains("every-server"),
                properties.contains("held"));
    }
}

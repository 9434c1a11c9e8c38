package dev.qide.server.session;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which requests of the Language Server Protocol there are, and how one finds its server when it
/// does not name a document.
final class LanguageMethods {
    /// What completes an item asks the server that the item came from: the one last asked for its
    /// kind.
    private static final Map<String, String> FAMILIES =
            Map.ofEntries(
                    Map.entry("textDocument/completion", "completion"),
                    Map.entry("completionItem/resolve", "completion"),
                    Map.entry("textDocument/codeAction", "codeAction"),
                    Map.entry("codeAction/resolve", "codeAction"),
                    Map.entry("workspace/executeCommand", "codeAction"),
                    Map.entry("textDocument/codeLens", "codeLens"),
                    Map.entry("codeLens/resolve", "codeLens"),
                    Map.entry("textDocument/documentLink", "documentLink"),
                    Map.entry("documentLink/resolve", "documentLink"),
                    Map.entry("textDocument/inlayHint", "inlayHint"),
                    Map.entry("inlayHint/resolve", "inlayHint"),
                    Map.entry("workspace/symbol", "symbol"),
                    Map.entry("workspaceSymbol/resolve", "symbol"),
                    Map.entry("workspace/diagnostic", "diagnostic"),
                    Map.entry("workspace/willCreateFiles", "files"),
                    Map.entry("workspace/willRenameFiles", "files"),
                    Map.entry("workspace/willDeleteFiles", "files"));

    /// The requests that name a document (LSP 3.18, "Language Features"), besides [#FAMILIES].
    private static final Set<String> ABOUT_A_DOCUMENT =
            Set.of(
                    "textDocument/hover",
                    "textDocument/signatureHelp",
                    "textDocument/declaration",
                    "textDocument/definition",
                    "textDocument/typeDefinition",
                    "textDocument/implementation",
                    "textDocument/references",
                    "textDocument/documentHighlight",
                    "textDocument/documentSymbol",
                    "textDocument/documentColor",
                    "textDocument/colorPresentation",
                    "textDocument/formatting",
                    "textDocument/rangeFormatting",
                    "textDocument/rangesFormatting",
                    "textDocument/onTypeFormatting",
                    "textDocument/rename",
                    "textDocument/prepareRename",
                    "textDocument/foldingRange",
                    "textDocument/selectionRange",
                    "textDocument/linkedEditingRange",
                    "textDocument/prepareCallHierarchy",
                    "callHierarchy/incomingCalls",
                    "callHierarchy/outgoingCalls",
                    "textDocument/prepareTypeHierarchy",
                    "typeHierarchy/supertypes",
                    "typeHierarchy/subtypes",
                    "textDocument/semanticTokens/full",
                    "textDocument/semanticTokens/full/delta",
                    "textDocument/semanticTokens/range",
                    "textDocument/moniker",
                    "textDocument/inlineValue",
                    "textDocument/diagnostic",
                    "textDocument/willSaveWaitUntil");

    /// What changes text or files, or asks for the changes that somebody is about to make. That a
    /// language server's own edits come back to the editor that asked is no reason to make them for
    /// one who may only read.
    private static final Set<String> EDITS =
            Set.of(
                    "workspace/executeCommand",
                    "workspace/willCreateFiles",
                    "workspace/willRenameFiles",
                    "workspace/willDeleteFiles",
                    "workspace/didCreateFiles",
                    "workspace/didRenameFiles",
                    "workspace/didDeleteFiles",
                    "textDocument/formatting",
                    "textDocument/rangeFormatting",
                    "textDocument/rangesFormatting",
                    "textDocument/onTypeFormatting",
                    "textDocument/rename",
                    "textDocument/willSaveWaitUntil");

    private static final Set<String> FOR_EVERY_SERVER =
            Set.of(
                    "workspace/didChangeWatchedFiles",
                    "workspace/didCreateFiles",
                    "workspace/didRenameFiles",
                    "workspace/didDeleteFiles",
                    "window/workDoneProgress/cancel");

    private LanguageMethods() {}

    /// Whether the parameters of an `initialize` say that the client applies edits that a server
    /// asks for (`workspace/applyEdit`).
    static boolean appliesEdits(@Nullable JsonObject initialize) {
        return initialize != null
                && initialize.get("capabilities") instanceof JsonObject capabilities
                && capabilities.get("workspace") instanceof JsonObject workspace
                && new JsonPrimitive(true).equals(workspace.get("applyEdit"));
    }

    static String familyOf(String method) {
        return FAMILIES.getOrDefault(method, method);
    }

    /// Whether the protocol has this request; a language server may know more.
    static boolean isOfTheProtocol(String method) {
        return FAMILIES.containsKey(method) || ABOUT_A_DOCUMENT.contains(method);
    }

    /// Whether only who may edit may send this.
    static boolean isEdit(RpcMessage message) {
        return switch (message) {
            case RpcMessage.Request(_, var method, _) -> EDITS.contains(method);
            case RpcMessage.Notification(var method, _) -> EDITS.contains(method);
            case RpcMessage.Response _, RpcMessage.TooLong _ -> false;
        };
    }

    static boolean isKnownWithoutDocument(String method) {
        return FAMILIES.containsKey(method);
    }

    static boolean isForEveryServer(String method) {
        return FOR_EVERY_SERVER.contains(method);
    }
}

package dev.qide.server.session;

import java.util.Map;
import java.util.Set;

/// How a method of the Language Server Protocol finds its server when it does not name a document.
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

    private static final Set<String> FOR_EVERY_SERVER =
            Set.of(
                    "workspace/didChangeWatchedFiles",
                    "workspace/didCreateFiles",
                    "workspace/didRenameFiles",
                    "workspace/didDeleteFiles",
                    "window/workDoneProgress/cancel");

    private LanguageMethods() {}

    static String familyOf(String method) {
        return FAMILIES.getOrDefault(method, method);
    }

    static boolean isKnownWithoutDocument(String method) {
        return FAMILIES.containsKey(method);
    }

    static boolean isForEveryServer(String method) {
        return FOR_EVERY_SERVER.contains(method);
    }
}

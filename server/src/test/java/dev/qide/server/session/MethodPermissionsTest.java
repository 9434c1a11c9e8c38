package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.wire.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may send each JSON-RPC method, by role and scope. A method that [#TABLE] lacks fails the
/// test.
class MethodPermissionsTest {
    /// what the sender needs | methods
    private static final String TABLE =
            """
            read | initialize initialized exit $/setTrace $/cancelRequest $/progress
            read | textDocument/didOpen textDocument/didChange textDocument/didClose textDocument/didSave
            read | textDocument/willSave notebookDocument/didOpen notebookDocument/didChange
            read | notebookDocument/didClose notebookDocument/didSave
            read | workspace/didChangeConfiguration workspace/didChangeWorkspaceFolders
            read | workspace/textDocumentContent qide/documentPath qide/teamChatHistory
            read | textDocument/codeAction textDocument/codeLens textDocument/colorPresentation
            read | textDocument/completion textDocument/declaration textDocument/definition
            read | textDocument/diagnostic textDocument/documentColor textDocument/documentHighlight
            read | textDocument/documentLink textDocument/documentSymbol textDocument/foldingRange
            read | textDocument/hover textDocument/implementation textDocument/inlayHint
            read | textDocument/inlineValue textDocument/linkedEditingRange textDocument/moniker
            read | textDocument/prepareCallHierarchy textDocument/prepareRename
            read | textDocument/prepareTypeHierarchy textDocument/references textDocument/selectionRange
            read | textDocument/semanticTokens/full textDocument/semanticTokens/full/delta
            read | textDocument/semanticTokens/range textDocument/signatureHelp
            read | textDocument/typeDefinition callHierarchy/incomingCalls callHierarchy/outgoingCalls
            read | codeAction/resolve codeLens/resolve completionItem/resolve documentLink/resolve
            read | inlayHint/resolve typeHierarchy/subtypes typeHierarchy/supertypes
            read | window/workDoneProgress/cancel workspace/diagnostic workspace/didChangeWatchedFiles
            read | workspace/symbol workspaceSymbol/resolve
            edit | textDocument/formatting textDocument/onTypeFormatting textDocument/rangeFormatting
            edit | textDocument/rangesFormatting textDocument/rename textDocument/willSaveWaitUntil
            edit | workspace/didCreateFiles workspace/didDeleteFiles workspace/didRenameFiles
            edit | workspace/executeCommand workspace/willCreateFiles workspace/willDeleteFiles
            edit | qide/terminalOpen qide/terminalAttach qide/terminalInput qide/terminalResize
            edit | qide/terminalClose qide/terminalList qide/terminalAck
            edit | workspace/willRenameFiles qide/teamChatSend
            ai   | textDocument/inlineCompletion qide/chat qide/conversationResume qide/conversationList
            ai   | qide/conversationHistory qide/conversationDelete
            read | shutdown
            """;

    @Test
    void every_method_is_refused_to_exactly_those_who_lack_what_it_needs(@TempDir Path folder)
            throws Exception {
        var table = table();
        assertThat(MethodPermissions.all().keySet())
                .containsExactlyInAnyOrderElementsOf(table.keySet());
        // What no table lists: an extension of a language server.
        table.put("rust-analyzer/expandMacro", "edit");
        table.put("qide/nonsense", "edit");
        // The last one, since a session that has shut down refuses everything.
        table.put("shutdown", Objects.requireNonNull(table.remove("shutdown")));
        var wrong = new ArrayList<String>();
        try (var server = TestServer.start(folder)) {
            for (var scopes :
                    List.of(
                            List.of(Scope.READ),
                            List.of(Scope.READ, Scope.AI),
                            List.of(Scope.EDIT),
                            List.of(Scope.EDIT, Scope.AI))) {
                var token = server.tokenOf("of " + scopes, scopes.toArray(new Scope[0]));
                wrong.addAll(wrong(server, token, scopes, table));
            }
        }
        assertThat(wrong).isEmpty();
    }

    /// The methods that are refused and should not be, or the other way round. On `/lsp`, what is
    /// allowed would start the language server, so only refusals are tried.
    private static List<String> wrong(
            TestServer server, String token, List<Scope> scopes, Map<String, String> table) {
        var wrong = new ArrayList<String>();
        try (var client = TestClient.connect(server.ws("/ws/demo"), token);
                var plain = TestClient.connect(server.ws("/lsp/demo/python"), token)) {
            client.initialize(null);
            table.forEach((method, need) -> {
                boolean isAllowed =
                        switch (need) {
                            case "read" -> true;
                            case "edit" -> scopes.contains(Scope.EDIT);
                            default -> scopes.contains(Scope.AI);
                        };
                if (isRefused(client, method) == isAllowed) {
                    wrong.add(method + " on /ws with " + scopes);
                }
                if (!isAllowed && !isRefused(plain, method)) {
                    wrong.add(method + " on /lsp with " + scopes);
                }
            });
        }
        return wrong;
    }

    private static boolean isRefused(TestClient client, String method) {
        var answer = client.answer(method, "{}");
        return answer.has("error") && TestClient.errorCode(answer) == Failure.FORBIDDEN.code();
    }

    private static Map<String, String> table() {
        var table = new LinkedHashMap<String, String>();
        var twice = new HashSet<String>();
        TABLE.lines()
                .map(line -> line.split("\\s*\\|\\s*", 2))
                .forEach(cells ->
                        Arrays.stream(cells[1].strip().split(" "))
                                .forEach(method -> {
                                    assertThat(twice.add(method)).as(method).isTrue();
                                    table.put(method, cells[0].strip());
                                }));
        return table;
    }
}

package dev.qide.server.session;

import dev.qide.server.identity.Action;
import dev.qide.server.language.LspMethod;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.wire.FailureException;
import dev.qide.wire.Methods;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The action that each JSON-RPC method of a client requires. [#OWN] lists the methods that the
/// server handles itself and the notifications of the base protocol, [LspMethod] the others of LSP.
/// A method that neither lists may change anything, so it needs the permission to edit.
final class MethodPermissions {
    private static final Map<Action, Set<String>> OWN =
            Map.of(
                    Action.READ_WORKSPACE,
                    Set.of(
                            "initialize",
                            "initialized",
                            "shutdown",
                            "exit",
                            "$/setTrace",
                            "$/cancelRequest",
                            "$/progress",
                            "textDocument/didOpen",
                            "textDocument/didChange",
                            "textDocument/didClose",
                            "textDocument/didSave",
                            "textDocument/willSave",
                            "notebookDocument/didOpen",
                            "notebookDocument/didChange",
                            "notebookDocument/didClose",
                            "notebookDocument/didSave",
                            "workspace/didChangeConfiguration",
                            "workspace/didChangeWorkspaceFolders",
                            ExternalText.METHOD,
                            Methods.DOCUMENT_PATH,
                            Methods.TEAM_CHAT_HISTORY),
                    Action.EDIT_WORKSPACE,
                    Set.of(Methods.TEAM_CHAT_SEND),
                    Action.USE_TERMINALS,
                    Stream.concat(
                                    Stream.of(Methods.TERMINAL_ACK),
                                    TerminalRequests.METHODS.stream())
                            .collect(Collectors.toSet()),
                    Action.ASK_MODELS,
                    Set.of(
                            "textDocument/inlineCompletion",
                            Methods.CHAT,
                            Methods.CONVERSATION_RESUME,
                            Methods.CONVERSATION_LIST,
                            Methods.CONVERSATION_HISTORY,
                            Methods.CONVERSATION_DELETE));

    private static final Map<String, Action> ALL =
            Stream.concat(
                            OWN.entrySet().stream()
                                    .flatMap(entry ->
                                            entry.getValue().stream()
                                                    .map(method ->
                                                            Map.entry(method, entry.getKey()))),
                            LspMethod.all().stream()
                                    .map(method ->
                                            Map.entry(
                                                    method.name(),
                                                    method.isEdit()
                                                            ? Action.EDIT_WORKSPACE
                                                            : Action.READ_WORKSPACE)))
                    .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private MethodPermissions() {}

    /// Every method that a table lists, with what it needs.
    static Map<String, Action> all() {
        return ALL;
    }

    static Action of(String method) {
        return ALL.getOrDefault(method, Action.EDIT_WORKSPACE);
    }

    /// Refuses a request on `/ws`. Its commands go to language servers, which may edit, except the
    /// one by which an editor reports an accepted completion.
    ///
    /// @throws FailureException `FORBIDDEN`
    static void requireOnWorkspace(RpcMessage.Request request, Grant grant) {
        if (ShownCompletions.isAcceptance(request)) {
            grant.require(Action.ASK_MODELS);
        } else {
            require(request, grant);
        }
    }

    /// Refuses a message whose method the socket may not use. Responses need no permission: they
    /// answer a request that a language server sent to this client.
    ///
    /// @throws FailureException `FORBIDDEN`
    static void require(RpcMessage message, Grant grant) {
        switch (message) {
            case RpcMessage.Request(_, var method, _) -> grant.require(of(method));
            case RpcMessage.Notification(var method, _) -> grant.require(of(method));
            case RpcMessage.Response _, RpcMessage.TooLong _ -> {
                // Nothing is done with them, or nothing new.
            }
        }
    }
}

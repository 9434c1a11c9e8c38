package dev.qide.server.session;

import com.google.gson.JsonObject;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.server.teamchat.TeamChat;
import dev.qide.wire.JsonRpcWriter;
import dev.qide.wire.Methods;
import dev.qide.wire.TeamChatRange;
import dev.qide.wire.TeamChatText;
import dev.qide.wire.WireJson;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The requests of editors about the team chat of their workspace. Viewers read it; whoever may
/// edit writes to it. Thread-safe.
public final class TeamChatRequests {
    /// The methods that [#answer] answers.
    static final List<String> METHODS = List.of(Methods.TEAM_CHAT_SEND, Methods.TEAM_CHAT_HISTORY);

    private final TeamChat chat;
    private final Sessions sessions;

    public TeamChatRequests(TeamChat chat, Sessions sessions) {
        this.chat = chat;
        this.sessions = sessions;
    }

    void answer(Editor editor, RpcMessage.Request request, String json, Consumer<String> send) {
        var params = RpcMessage.params(json);
        if (request.method().equals(Methods.TEAM_CHAT_SEND)) {
            send(editor, request, params, send);
        } else {
            history(editor, request, params, send);
        }
    }

    /// Stores a message, answers it, and shows it to every editor of the workspace.
    private void send(
            Editor editor,
            RpcMessage.Request request,
            @Nullable JsonObject params,
            Consumer<String> send) {
        var text = WireJson.read(json(params), TeamChatText.class);
        var sent = chat.send(editor.workspaceId(), editor.present(), text);
        send.accept(JsonRpcWriter.result(request.id(), WireJson.write(sent.message())));
        if (sent.isNew()) {
            sessions.notifyWorkspace(
                    editor.workspaceId(), Methods.TEAM_CHAT_MESSAGE, sent.message());
        }
    }

    private void history(
            Editor editor,
            RpcMessage.Request request,
            @Nullable JsonObject params,
            Consumer<String> send) {
        var range = WireJson.read(json(params), TeamChatRange.class);
        var page = chat.history(editor.workspaceId(), range.before(), range.limit());
        send.accept(JsonRpcWriter.result(request.id(), WireJson.write(page)));
    }

    private static String json(@Nullable JsonObject params) {
        return params == null ? "{}" : params.toString();
    }
}

package dev.qide.server.session;

import dev.qide.server.ai.ChatTurn;
import dev.qide.server.ai.Chats;
import dev.qide.server.identity.Action;
import dev.qide.server.limits.RateLimits;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.wire.ChatDeltaParams;
import dev.qide.wire.ChatParams;
import dev.qide.wire.ChatResult;
import dev.qide.wire.ConversationParams;
import dev.qide.wire.ConversationResumeParams;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import dev.qide.wire.Methods;
import dev.qide.wire.WireJson;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Answers the requests `qide/chat` and `qide/conversation…` of one editor.
///
/// The session's thread calls the methods; turns answer on their own threads. Invariant: each
/// request is answered once.
final class ConversationRequests {
    /// The methods that [#answer] answers.
    static final List<String> METHODS =
            List.of(
                    Methods.CHAT,
                    Methods.CONVERSATION_RESUME,
                    Methods.CONVERSATION_LIST,
                    Methods.CONVERSATION_HISTORY,
                    Methods.CONVERSATION_DELETE);

    private final Chats chats;
    private final Editor editor;
    private final Chats.Member member;
    private final Consumer<String> send;
    private final EditorRights rights;

    /// The running turns by the id of their request.
    private final Map<String, PendingChat> pending = new ConcurrentHashMap<>();

    ConversationRequests(Chats chats, Editor editor, RateLimits rates, Consumer<String> send) {
        this.chats = chats;
        this.editor = editor;
        this.send = send;
        rights = new EditorRights(editor, rates);
        member =
                new Chats.Member(
                        editor.principal().id().value(), editor.workspaceId(), editor.workspace());
    }

    void answer(RpcMessage.Request request, String json) {
        var id = request.id();
        switch (request.method()) {
            case Methods.CHAT -> {
                var params = read(json, ChatParams.class);
                begin(id, listener -> chats.start(member, rights, params, listener));
            }
            case Methods.CONVERSATION_RESUME -> {
                var params = read(json, ConversationResumeParams.class);
                begin(
                        id,
                        listener ->
                                chats.resume(
                                        member, params.conversation(), params.after(), listener));
            }
            case Methods.CONVERSATION_LIST ->
                    send.accept(JsonRpcWriter.result(id, WireJson.write(chats.list(member))));
            case Methods.CONVERSATION_HISTORY -> {
                var params = read(json, ConversationParams.class);
                var history = chats.history(member, params.conversation());
                send.accept(JsonRpcWriter.result(id, WireJson.write(history)));
            }
            case Methods.CONVERSATION_DELETE -> {
                chats.delete(member, read(json, ConversationParams.class).conversation());
                send.accept(JsonRpcWriter.result(id, "null"));
            }
            default -> throw new FailureException(Failure.METHOD_NOT_FOUND);
        }
    }

    /// Cancels a request.
    ///
    /// @return false when it is not running here
    boolean cancel(String id) {
        var chat = pending.get(id);
        if (chat == null) {
            return false;
        }
        chat.cancel();
        return true;
    }

    /// Refuses and cancels all running turns: the permission was withdrawn. Any thread may call it.
    void forbid() {
        pending.values().forEach(PendingChat::forbid);
    }

    /// Called when the socket has closed; another one may resume the turns.
    void end() {
        pending.values().forEach(PendingChat::detach);
    }

    private void begin(String id, Starting starting) {
        var chat = new PendingChat(id);
        if (pending.putIfAbsent(id, chat) != null) {
            throw new FailureException(
                    Failure.INVALID_REQUEST, Map.of("reason", "request-id-in-use"));
        }
        try {
            chat.begun(starting.start(chat));
        } catch (RuntimeException failure) {
            pending.remove(id, chat);
            throw failure;
        }
    }

    private static <T extends Record> T read(String json, Class<T> type) {
        return WireJson.read(String.valueOf(RpcMessage.params(json)), type);
    }

    @FunctionalInterface
    private interface Starting {
        ChatTurn start(ChatTurn.Listener listener);
    }

    /// A request that waits for the end of its turn.
    private final class PendingChat implements ChatTurn.Listener {
        private final String id;
        private final AtomicBoolean isAnswered = new AtomicBoolean();
        private volatile @Nullable ChatTurn turn;

        PendingChat(String id) {
            this.id = id;
        }

        void begun(ChatTurn started) {
            turn = started;
            if (isAnswered.get()) {
                started.cancel();
            }
        }

        void cancel() {
            var running = turn;
            if (running != null) {
                running.cancel();
            }
        }

        void detach() {
            var running = turn;
            if (running != null) {
                running.detach(this);
            }
        }

        @Override
        public void delta(ChatDeltaParams delta) {
            if (editor.can(Action.ASK_MODELS)) {
                send.accept(JsonRpcWriter.notification(Methods.CHAT_DELTA, delta));
            } else {
                forbid();
            }
        }

        /// Does not block.
        void forbid() {
            if (answerOnce()) {
                send.accept(JsonRpcWriter.error(id, new FailureException(Failure.FORBIDDEN)));
                Thread.ofVirtual().name("chat-revoked").start(this::cancel);
            }
        }

        @Override
        public void completed(ChatResult result) {
            if (answerOnce()) {
                send.accept(JsonRpcWriter.result(id, WireJson.write(result)));
            }
        }

        @Override
        public void failed(FailureException failure) {
            if (answerOnce()) {
                send.accept(JsonRpcWriter.error(id, failure));
            }
        }

        private boolean answerOnce() {
            pending.remove(id, this);
            return isAnswered.compareAndSet(false, true);
        }
    }
}

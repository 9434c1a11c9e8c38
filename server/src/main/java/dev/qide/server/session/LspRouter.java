package dev.qide.server.session;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.server.session.lsp.RpcWriter;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.Methods;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The text side of one editor: what becomes of each message is said by [#requests] and
/// [#notifications], and by [LspMethod] for everything that a language server answers.
///
/// Owned by the session's thread, except where a method says otherwise. Invariant: every request is
/// answered exactly once: here, by `language`, or by `ai`.
final class LspRouter {
    private static final Logger LOG = LoggerFactory.getLogger(LspRouter.class);
    private static final int NORMAL_CLOSURE = 1000;

    private final String session;
    private final Editor editor;
    private final SessionServices services;
    private final Consumer<String> send;
    private final InlineCompletions inlineCompletions;

    /// The routing table: requests that the server answers itself.
    private final Map<String, Answering> requests;

    /// The routing table: notifications that the server acts on, before a language server hears of
    /// them.
    private final Map<String, Hearing> notifications;

    private final LanguageDispatcher languages;
    private ClientRoot root = ClientRoot.NONE;
    private volatile State state = State.NEW;

    LspRouter(
            String session,
            Editor editor,
            SessionServices services,
            Consumer<String> send,
            Closing closing,
            Actor actor) {
        this.session = session;
        this.editor = editor;
        this.services = services;
        this.send = send;
        this.languages = new LanguageDispatcher(session, editor.workspace(), services, send);
        this.inlineCompletions =
                new InlineCompletions(services.completions(), editor.member().key(), send, actor);
        this.requests =
                Map.of(
                        "initialize",
                        this::initialize,
                        "shutdown",
                        this::shutdown,
                        ExternalText.METHOD,
                        this::externalText,
                        "textDocument/inlineCompletion",
                        this::inlineCompletion,
                        "workspace/executeCommand",
                        languages::execute);
        this.notifications =
                Map.of(
                        "initialized",
                        (_, _) -> greet(),
                        "exit",
                        (_, _) -> closing.close(NORMAL_CLOSURE, "exit"),
                        "$/setTrace",
                        (_, _) -> {},
                        "$/cancelRequest",
                        this::cancel,
                        "textDocument/didOpen",
                        this::opened,
                        "textDocument/didChange",
                        this::changed,
                        "textDocument/didClose",
                        this::documentClosed,
                        "textDocument/didSave",
                        this::saved,
                        "workspace/didChangeConfiguration",
                        (_, json) -> services.languages().configure(session, json),
                        "workspace/didChangeWorkspaceFolders",
                        (_, json) -> services.languages().changeFolders(session, json));
    }

    /// One message of the client.
    void receive(String json) {
        RpcMessage message;
        try {
            message = RpcMessage.read(json);
        } catch (FailureException failure) {
            send.accept(RpcWriter.error(null, failure));
            return;
        }
        switch (message) {
            case RpcMessage.Request request -> answer(request, json);
            case RpcMessage.Notification notification -> hear(notification, json);
            case RpcMessage.TooLong(var id, var isAsking, var failure) -> {
                if (isAsking) {
                    send.accept(RpcWriter.error(id, failure));
                }
            }
            case RpcMessage.Response(var id) -> languages.respond(id, json);
        }
    }

    /// A message of a language server; may be called by any thread.
    void fromServer(String language, String message) {
        languages.fromServer(language, message);
    }

    /// A language server has announced what it can do; may be called by any thread.
    void announced(String language, String capabilities) {
        languages.announced(language, capabilities);
    }

    /// The client is ready: it is sent the registrations of its languages, and the present state.
    private void greet() {
        languages.register();
        services.store().greet(send);
        services.presence()
                .now(editor.workspaceId())
                .forEach(params -> send.accept(RpcWriter.notification(Methods.PRESENCE, params)));
    }

    /// Whether the client has initialized; may be called by any thread.
    boolean isInitialized() {
        return state == State.READY;
    }

    /// The editor has gone; called once, after the session's thread has ended.
    void end() {
        inlineCompletions.end();
        services.languages().close(session);
    }

    private void answer(RpcMessage.Request request, String json) {
        try {
            requireAllowed(request);
            requireRight(request);
            var own = requests.get(request.method());
            if (own != null) {
                own.answer(request, json);
            } else {
                languages.ask(request, json);
            }
        } catch (FailureException failure) {
            send.accept(RpcWriter.error(request.id(), failure));
        } catch (RuntimeException bug) {
            send.accept(RpcWriter.error(request.id(), logged(bug)));
        }
    }

    private void hear(RpcMessage.Notification notification, String json) {
        try {
            if (state == State.NEW && !notification.method().equals("exit")) {
                return;
            }
            requireRight(notification);
            var own = notifications.get(notification.method());
            if (own != null) {
                own.hear(notification, json);
            } else {
                languages.tell(notification, json);
            }
        } catch (FailureException failure) {
            LOG.atInfo()
                    .addKeyValue("event.action", "session.notification_refused")
                    .addKeyValue("failure", failure.failure().wireName())
                    .log("a notification could not be used");
        } catch (RuntimeException bug) {
            var _ = logged(bug);
        }
    }

    private void requireAllowed(RpcMessage.Request request) {
        switch (state) {
            case NEW -> {
                if (!request.method().equals("initialize")) {
                    throw new FailureException(Failure.SERVER_NOT_INITIALIZED);
                }
            }
            case READY -> {
                if (request.method().equals("initialize")) {
                    throw new FailureException(
                            Failure.INVALID_REQUEST, Map.of("reason", "initialized-already"));
                }
            }
            case SHUT_DOWN ->
                    throw new FailureException(
                            Failure.INVALID_REQUEST, Map.of("reason", "shut-down"));
        }
    }

    private void initialize(RpcMessage.Request request, String json) {
        var params = params(json);
        var folders = services.languages().folders(editor.workspace(), params);
        root = new ClientRoot(folders.root());
        var client = Capabilities.ofClient(params);
        if (!editor.canEdit() && client.get("workspace") instanceof JsonObject workspace) {
            workspace.addProperty("applyEdit", false);
        }
        languages.begin(folders, client);
        state = State.READY;
        send.accept(
                RpcWriter.result(request.id(), services.capabilities().initializeResult(client)));
    }

    private void shutdown(RpcMessage.Request request, String json) {
        state = State.SHUT_DOWN;
        send.accept(RpcWriter.result(request.id(), "null"));
    }

    private void requireRight(RpcMessage message) {
        if (message.isEdit() && !editor.canEdit()) {
            throw new FailureException(Failure.FORBIDDEN);
        }
    }

    private void inlineCompletion(RpcMessage.Request request, String json) {
        if (!editor.canAskModels()) {
            throw new FailureException(Failure.FORBIDDEN, Map.of("scope", "ai"));
        }
        inlineCompletions.answer(request, json, root);
    }

    private void externalText(RpcMessage.Request request, String json) {
        send.accept(
                RpcWriter.result(
                        request.id(),
                        ExternalText.read(services.languages(), editor, params(json))));
    }

    private void cancel(RpcMessage.Notification notification, String json) {
        var id = notification.target().cancelId();
        if (id != null && !inlineCompletions.cancel(id)) {
            languages.tellEvery(json);
        }
    }

    private void opened(RpcMessage.Notification notification, String json) {
        var uri = notification.target().uri();
        if (uri != null) {
            languages.opened(uri, notification.target().languageId());
        }
        languages.tell(notification, json);
        if (services.completions().isConfigured()) {
            inlineCompletions.opened(params(json));
        }
    }

    private void changed(RpcMessage.Notification notification, String json) {
        languages.tell(notification, json);
        if (services.completions().isConfigured()) {
            inlineCompletions.changed(params(json));
        }
    }

    private void saved(RpcMessage.Notification notification, String json) {
        FlushBeforeNotify.await(services.sync(), editor, root, notification.target().uri());
        languages.tell(notification, json);
    }

    private void documentClosed(RpcMessage.Notification notification, String json) {
        FlushBeforeNotify.await(services.sync(), editor, root, notification.target().uri());
        languages.tell(notification, json);
        var uri = notification.target().uri();
        if (uri != null) {
            languages.closed(uri);
        }
        if (services.completions().isConfigured()) {
            inlineCompletions.closed(params(json));
        }
    }

    private static @Nullable JsonObject params(String json) {
        JsonElement params = JsonParser.parseString(json).getAsJsonObject().get("params");
        return params instanceof JsonObject object ? object : null;
    }

    private static FailureException logged(RuntimeException bug) {
        var errorId = java.util.UUID.randomUUID().toString();
        LOG.atError()
                .addKeyValue("event.action", "session.message_failed")
                .addKeyValue("error.id", errorId)
                .setCause(bug)
                .log("a message failed inside the server");
        return new FailureException(Failure.INTERNAL, Map.of("errorId", errorId));
    }

    private enum State {
        NEW,
        READY,
        SHUT_DOWN
    }

    @FunctionalInterface
    private interface Answering {
        void answer(RpcMessage.Request request, String json);
    }

    @FunctionalInterface
    private interface Hearing {
        void hear(RpcMessage.Notification notification, String json);
    }

    @FunctionalInterface
    interface Closing {
        void close(int code, String reason);
    }
}

package dev.qide.server.session;

import dev.qide.server.ai.Caller;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.identity.Action;
import dev.qide.server.language.LspMethod;
import dev.qide.server.limits.Limit;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import dev.qide.wire.Methods;
import dev.qide.wire.WireJson;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Routes the text messages of one editor: [#requests] and [#notifications] list the methods that
/// the server handles itself, [LspMethod] those of language servers; [MethodPermissions] says what
/// each needs.
///
/// Owned by the session's thread, except where a method says otherwise. Invariant: every request is
/// answered exactly once: here, by `language`, or by `ai`.
final class LspRouter {
    private static final int NORMAL_CLOSURE = 1000;
    private static final String INLINE_COMPLETION = "textDocument/inlineCompletion";
    private static final Set<String> CALLS_MODELS = Set.of(INLINE_COMPLETION, Methods.CHAT);

    private final String session;
    private final Editor editor;
    private final SessionServices services;
    private final Consumer<String> send;
    private final InlineCompletions inlineCompletions;
    private final ConversationRequests conversations;
    private final TerminalRequests terminals;

    /// The routing table: requests that the server answers itself.
    private final Map<String, RequestHandler> requests;

    /// The routing table: notifications that the server handles before it forwards them to language
    /// servers.
    private final Map<String, NotificationHandler> notifications;

    private final LanguageDispatcher languages;
    final OpenFileTexts openTexts;
    private final MessageLog log;

    /// The number of the client's messages so far.
    private long received;

    private ClientRoot root = ClientRoot.NONE;
    private volatile State state = State.NEW;

    LspRouter(
            String session,
            Editor editor,
            SessionServices services,
            Consumer<String> send,
            CloseHandler closeHandler,
            Actor actor) {
        this.session = session;
        this.editor = editor;
        this.services = services;
        this.send = send;
        this.log = new MessageLog(editor);
        this.openTexts = new OpenFileTexts(editor, services.saved(), send);
        this.languages =
                new LanguageDispatcher(session, editor, services, openTexts::editsFiles, send);
        this.inlineCompletions =
                new InlineCompletions(
                        services.completions(),
                        new Caller(editor.member().key(), editor.workspace()),
                        send,
                        actor);
        this.conversations =
                new ConversationRequests(services.conversations(), editor, services.rates(), send);
        this.terminals = new TerminalRequests(services.terminals(), editor, send);
        var forbidCompletion = actor.signal(inlineCompletions::forbid);
        editor.grant()
                .onLost(
                        Action.ASK_MODELS,
                        () -> {
                            forbidCompletion.raise();
                            conversations.forbid();
                        });
        this.requests =
                new HashMap<>(
                        Map.<String, RequestHandler>of(
                                "initialize",
                                this::initialize,
                                "shutdown",
                                this::shutdown,
                                ExternalText.METHOD,
                                this::externalText,
                                INLINE_COMPLETION,
                                this::inlineCompletion,
                                "workspace/executeCommand",
                                (request, json) ->
                                        inlineCompletions.handle(request, json, languages::execute),
                                Methods.DOCUMENT_PATH,
                                this::documentPath));
        for (var method : TeamChatRequests.METHODS) {
            requests.put(
                    method, (request, json) -> services.chat().answer(editor, request, json, send));
        }
        for (var method : ChangeSetRequests.METHODS) {
            requests.put(
                    method,
                    (request, json) -> services.changeSets().answer(editor, request, json, send));
        }
        ConversationRequests.METHODS.forEach(method -> requests.put(method, conversations::answer));
        TerminalRequests.METHODS.forEach(method -> requests.put(method, terminals::answer));
        this.notifications =
                new HashMap<>(
                        Map.<String, NotificationHandler>of(
                                "initialized",
                                (_, _) -> initialized(),
                                "exit",
                                (_, _) -> closeHandler.close(NORMAL_CLOSURE, "exit"),
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
                                (_, json) -> services.languages().changeFolders(session, json)));
        notifications.put(Methods.TERMINAL_ACK, (_, json) -> terminals.acknowledged(json));
    }

    /// Handles one message of the client.
    void receive(String json) {
        RpcMessage message;
        try {
            message = RpcMessage.read(json);
        } catch (FailureException failure) {
            send.accept(JsonRpcWriter.error(null, failure));
            return;
        }
        switch (message) {
            case RpcMessage.Request request -> handleRequest(request, json);
            case RpcMessage.Notification notification -> handleNotification(notification, json);
            case RpcMessage.TooLong(var id, var isAsking, var failure) -> {
                if (isAsking) {
                    send.accept(JsonRpcWriter.error(id, failure));
                }
            }
            case RpcMessage.Response(var id) -> languages.respond(id, json);
        }
    }

    /// Receives a message of a language server. Any thread may call it.
    void fromServer(String language, String message) {
        languages.fromServer(language, message);
    }

    /// Receives the capabilities that a language server announced. Any thread may call it.
    void announced(String language, String capabilities) {
        languages.announced(language, capabilities);
    }

    /// Sends the registrations of all languages, the right to edit and the status to a client.
    private void initialized() {
        languages.register();
        editor.grant().reportEditRight();
        services.databaseStatus().sendCurrent(send);
        services.presence()
                .current(editor.workspaceId())
                .forEach(params ->
                        send.accept(JsonRpcWriter.notification(Methods.PRESENCE, params)));
    }

    /// Whether the client has initialized; may be called by any thread.
    boolean isInitialized() {
        return state == State.READY;
    }

    /// Ends everything pending; called once, after the session's thread has ended.
    void end() {
        inlineCompletions.end();
        conversations.end();
        terminals.end();
        openTexts.end();
        services.languages().close(session);
    }

    private void handleRequest(RpcMessage.Request request, String json) {
        log.trace(++received)
                .run(() -> {
                    long begun = System.nanoTime();
                    var failure = answer(request, json);
                    log.handled(label(request.method()), failure, begun);
                });
    }

    /// @return the failure that answered the request; null for none
    private @Nullable Failure answer(RpcMessage.Request request, String json) {
        try {
            requireAllowed(request);
            MethodPermissions.requireOnWorkspace(request, editor.grant());
            requireRate(request.method());
            var own = requests.get(request.method());
            if (own != null) {
                own.handle(request, json);
            } else {
                languages.dispatchRequest(request, json);
            }
            return null;
        } catch (FailureException failure) {
            send.accept(JsonRpcWriter.error(request.id(), failure));
            return failure.failure();
        } catch (RuntimeException bug) {
            send.accept(JsonRpcWriter.error(request.id(), MessageLog.failed(bug)));
            return Failure.INTERNAL;
        }
    }

    /// The name of any other method is the client's own text.
    private String label(String method) {
        boolean isKnown =
                requests.containsKey(method)
                        || notifications.containsKey(method)
                        || LspMethod.named(method).isInProtocol();
        return isKnown ? method : "other";
    }

    private void handleNotification(RpcMessage.Notification notification, String json) {
        received++;
        long begun = log.logsEveryMessage() ? System.nanoTime() : 0;
        try {
            if (state == State.NEW && !notification.method().equals("exit")) {
                return;
            }
            MethodPermissions.require(notification, editor.grant());
            var own = notifications.get(notification.method());
            try {
                if (own == null) {
                    languages.dispatchNotification(notification, json);
                } else {
                    own.handle(notification, json);
                }
            } finally {
                openTexts.receive(notification, json); // Whatever failed, the editor has changed.
            }
            if (log.logsEveryMessage()) {
                var method = label(notification.method());
                log.trace(received).run(() -> log.handled(method, null, begun));
            }
        } catch (FailureException failure) {
            log.trace(received).run(() -> MessageLog.refused(failure.failure()));
        } catch (RuntimeException bug) {
            log.trace(received).run(() -> MessageLog.failedWithoutAnswer(bug));
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
        var params = RpcMessage.params(json);
        var folders = services.languages().folders(editor.workspace(), params);
        root = new ClientRoot(folders.root());
        openTexts.begin(root);
        var client = Capabilities.ofClient(params);
        languages.begin(folders, client);
        state = State.READY;
        send.accept(
                JsonRpcWriter.result(
                        request.id(), services.capabilities().initializeResult(client)));
    }

    private void shutdown(RpcMessage.Request request, String json) {
        state = State.SHUT_DOWN;
        send.accept(JsonRpcWriter.result(request.id(), "null"));
    }

    private void requireRate(String method) {
        if (CALLS_MODELS.contains(method)) {
            services.rates().require(Limit.MODEL_CALLS, editor.key());
        } else if (!requests.containsKey(method)) {
            services.rates().require(Limit.LANGUAGE_REQUESTS, editor.key());
        }
    }

    private void inlineCompletion(RpcMessage.Request request, String json) {
        inlineCompletions.request(request, json, root);
    }

    private void externalText(RpcMessage.Request request, String json) {
        send.accept(
                JsonRpcWriter.result(
                        request.id(),
                        ExternalText.read(services.languages(), editor, RpcMessage.params(json))));
    }

    private void documentPath(RpcMessage.Request request, String json) {
        var path = DocumentPaths.find(services.sync(), editor, RpcMessage.params(json));
        send.accept(JsonRpcWriter.result(request.id(), WireJson.write(path)));
    }

    private void cancel(RpcMessage.Notification notification, String json) {
        var id = notification.target().cancelId();
        if (id != null && !inlineCompletions.cancel(id) && !conversations.cancel(id)) {
            languages.cancel(id, json);
        }
    }

    private void opened(RpcMessage.Notification notification, String json) {
        var uri = notification.target().uri();
        if (uri != null) {
            languages.opened(uri, notification.target().languageId());
        }
        languages.dispatchNotification(notification, json);
        if (services.completions().isConfigured()) {
            inlineCompletions.opened(RpcMessage.params(json));
        }
    }

    private void changed(RpcMessage.Notification notification, String json) {
        languages.dispatchNotification(notification, json);
        if (services.completions().isConfigured()) {
            inlineCompletions.changed(RpcMessage.params(json));
        }
    }

    private void saved(RpcMessage.Notification notification, String json) {
        openTexts.saved(notification.target().uri());
        FlushBeforeNotify.await(services.sync(), editor, root, notification.target().uri());
        languages.dispatchNotification(notification, json);
    }

    private void documentClosed(RpcMessage.Notification notification, String json) {
        FlushBeforeNotify.await(services.sync(), editor, root, notification.target().uri());
        languages.dispatchNotification(notification, json);
        var uri = notification.target().uri();
        if (uri != null) {
            languages.closed(uri);
        }
        if (services.completions().isConfigured()) {
            inlineCompletions.closed(RpcMessage.params(json));
        }
    }

    private enum State {
        NEW,
        READY,
        SHUT_DOWN
    }

    @FunctionalInterface
    private interface RequestHandler {
        void handle(RpcMessage.Request request, String json);
    }

    @FunctionalInterface
    private interface NotificationHandler {
        void handle(RpcMessage.Notification notification, String json);
    }

    @FunctionalInterface
    interface CloseHandler {
        void close(int code, String reason);
    }
}

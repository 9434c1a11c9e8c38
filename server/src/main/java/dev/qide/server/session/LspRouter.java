package dev.qide.server.session;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.concurrent.Actor;
import dev.qide.server.language.LspMethod;
import dev.qide.server.language.SessionMode;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.Methods;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
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

    private final DocumentServers servers;
    private final Map<String, String> lastLanguageOfFamily = new HashMap<>();
    private final Set<String> languagesInUse = new LinkedHashSet<>();
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
        this.servers = new DocumentServers(services, editor.workspace(), send);
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
                        this::command,
                        "codeAction/resolve",
                        this::completeAction);
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
                        (_, json) -> services.languages().configure(session, json));
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
            case RpcMessage.Response _ ->
                    languagesInUse.forEach(language -> toServer(language, json));
        }
    }

    /// A message of a language server; may be called by any thread.
    void fromServer(String language, String message) {
        servers.fromServer(language, message);
    }

    /// Tells a newcomer how things stand.
    private void greet() {
        services.store().greet(send);
        PresenceNotifier.now(services.documents(), editor.workspaceId())
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
                askLanguage(request, json);
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
            } else if (LspMethod.named(notification.method()).isForEveryServer()) {
                languagesInUse.forEach(language -> toServer(language, json));
            } else {
                tellLanguage(notification, json);
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
        root = ClientRoot.of(params);
        var mode =
                editor.canEdit() && Capabilities.appliesEdits(params)
                        ? SessionMode.ROUTED_WITH_EDITS
                        : SessionMode.ROUTED;
        servers.begin(root, mode == SessionMode.ROUTED_WITH_EDITS);
        services.languages().open(session, editor.workspace(), root.uri(), mode);
        services.languages().configure(session, json);
        state = State.READY;
        send.accept(RpcWriter.result(request.id(), services.capabilities().initializeResult()));
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

    /// A command goes to the server that announced it.
    private void command(RpcMessage.Request request, String json) {
        var params = params(json);
        var command = params == null ? null : params.get("command");
        var language =
                command instanceof JsonPrimitive name
                        ? services.capabilities().languageOfCommand(name.getAsString())
                        : null;
        if (language != null && languagesInUse.contains(language)) {
            toServer(language, json);
        } else {
            askLanguage(request, json);
        }
    }

    private void completeAction(RpcMessage.Request request, String json) {
        var action = params(json);
        if (action != null && DocumentServers.isWhole(action)) {
            send.accept(RpcWriter.result(request.id(), action.toString()));
        } else {
            askLanguage(request, json);
        }
    }

    private void askLanguage(RpcMessage.Request request, String json) {
        var method = LspMethod.named(request.method());
        var uri = request.target().uri();
        if (uri != null) {
            var language = servers.primaryOf(uri, null);
            if (language == null) {
                if (!method.isProtocolRequest()) {
                    throw new FailureException(Failure.METHOD_NOT_FOUND);
                }
                // A plain text file is no mistake: there is just nothing to say about it.
                send.accept(RpcWriter.result(request.id(), "null"));
                return;
            }
            if (method.family() != null) {
                lastLanguageOfFamily.put(method.family(), language);
            }
            var besides = servers.besides(request, uri);
            toServer(language, json);
            besides.forEach(auxiliary -> toServer(auxiliary, json));
            return;
        }
        if (method.family() == null) {
            boolean isAboutDocument = request.method().startsWith("textDocument/");
            throw new FailureException(
                    isAboutDocument ? Failure.INVALID_PARAMS : Failure.METHOD_NOT_FOUND);
        }
        var language = lastLanguageOfFamily.getOrDefault(method.family(), lastInUse());
        if (language == null) {
            send.accept(RpcWriter.result(request.id(), "null"));
        } else {
            toServer(language, json);
        }
    }

    private void tellLanguage(RpcMessage.Notification notification, String json) {
        var uri = notification.target().uri();
        if (uri != null) {
            servers.hearing(notification, uri).forEach(language -> toServer(language, json));
        }
    }

    private void cancel(RpcMessage.Notification notification, String json) {
        var id = notification.target().cancelId();
        if (id != null && !inlineCompletions.cancel(id)) {
            languagesInUse.forEach(language -> toServer(language, json));
        }
    }

    private void opened(RpcMessage.Notification notification, String json) {
        var uri = notification.target().uri();
        if (uri != null) {
            servers.opened(uri, notification.target().languageId());
        }
        tellLanguage(notification, json);
        if (services.completions().isConfigured()) {
            inlineCompletions.opened(params(json));
        }
    }

    private void changed(RpcMessage.Notification notification, String json) {
        tellLanguage(notification, json);
        if (services.completions().isConfigured()) {
            inlineCompletions.changed(params(json));
        }
    }

    private void saved(RpcMessage.Notification notification, String json) {
        FlushBeforeNotify.await(services.sync(), editor, root, notification.target().uri());
        tellLanguage(notification, json);
    }

    private void documentClosed(RpcMessage.Notification notification, String json) {
        FlushBeforeNotify.await(services.sync(), editor, root, notification.target().uri());
        tellLanguage(notification, json);
        var uri = notification.target().uri();
        if (uri != null) {
            servers.closed(uri);
        }
        if (services.completions().isConfigured()) {
            inlineCompletions.closed(params(json));
        }
    }

    private void toServer(String language, String json) {
        languagesInUse.add(language);
        services.languages().send(session, language, json);
    }

    private @Nullable String lastInUse() {
        String last = null;
        for (var language : languagesInUse) {
            last = servers.isAuxiliary(language) ? last : language;
        }
        return last;
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

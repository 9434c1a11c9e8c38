package dev.qide.server.language.lsp;

import dev.qide.server.language.LspMethod;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The messages between one editor session and its server of one language, over all restarts:
/// pending requests, waiting messages, open documents.
///
/// Owned by the link's thread.
final class LspSession {
    private final ServerLink link;
    private final ServerContext context;
    private final ClientNotifier notifier;
    private final MessageTexts texts;
    private final OutstandingRequests requests;
    private final PendingMessages waiting = new PendingMessages();
    private final OpenDocuments documents = new OpenDocuments();
    private final ServerToClientRequests serverRequests;
    private final ServerDiagnostics diagnostics;
    private final ResponseAdapter responseAdapter;
    private final ClientHandshake handshake;
    private final ClientSettings settings;
    private final FormattingRequests formatting;
    private final RequestLog requestLog;
    private boolean isShutDown;

    LspSession(
            ServerLink link,
            ClientNotifier notifier,
            MessageTexts texts,
            SharedLinkServices shared) {
        this.link = link;
        this.notifier = notifier;
        this.texts = texts;
        this.context = notifier.context();
        this.handshake = new ClientHandshake(context);
        this.requestLog = new RequestLog(context, shared.serverMetrics());
        this.requests = new OutstandingRequests(shared.requests(), texts);
        this.settings = new ClientSettings(link, notifier, texts, handshake);
        this.formatting = new FormattingRequests(texts, documents);
        this.serverRequests =
                new ServerToClientRequests(link, notifier, texts, settings, documents);
        this.responseAdapter = new ResponseAdapter(notifier, texts);
        this.diagnostics =
                new ServerDiagnostics(link, notifier, texts, documents, requests::nextNumber);
    }

    /// Receives a message of the editor.
    void fromEditor(String message) {
        JsonRpcEnvelope envelope;
        try {
            envelope = texts.envelope(message);
        } catch (FailureException unreadable) {
            notifier.send(JsonRpcWriter.error(null, unreadable.failure(), unreadable.tags()));
            return;
        }
        if (envelope.isRequest()) {
            request(envelope, message);
        } else if (!envelope.isResponse()) {
            notification(envelope, message);
        } else if (link.state() instanceof ServerState.Ready(var running)) {
            serverRequests.answered(running, envelope, message);
        }
    }

    /// Receives a message of the server.
    void fromServer(RunningServer running, String message) {
        running.messageReceived();
        try {
            boolean isReady = link.state() instanceof ServerState.Ready;
            var envelope = isReady ? texts.envelopeOfServer(message) : texts.envelope(message);
            if (envelope.isResponse()) {
                response(running, envelope, message);
            } else if (envelope.isRequest()) {
                serverRequests.requestReceived(running, envelope, message);
                diagnostics.pendingPulls(running, envelope);
            } else {
                serverNotification(running, envelope, message);
            }
        } catch (FailureException refused) {
            unreadable(running, refused.failure());
        }
    }

    private void unreadable(RunningServer running, Failure failure) {
        // A message that exceeds a bound is not a defect of the server.
        int count = failure == Failure.MESSAGE_TOO_LARGE ? 0 : running.countUnreadable();
        if (count == 1) {
            notifier.status(
                    "The " + notifier.title() + " sent a message that cannot be parsed.", true);
        } else if (count > RunningServer.UNREADABLE_MESSAGES) {
            link.crashed(running, "it sent messages that cannot be parsed");
        }
    }

    ClientHandshake handshake() {
        return handshake;
    }

    ClientSettings settings() {
        return settings;
    }

    boolean isShutDown() {
        return isShutDown;
    }

    /// An id for a request of the server's own.
    long nextNumber() {
        return requests.nextNumber();
    }

    /// Handles the result of `initialize`; the editor gets it if it waits for it.
    void initializeAnswered(RunningServer running, JsonRpcEnvelope envelope, String message) {
        var id = handshake.id();
        var own = id == null ? null : requests.take(id);
        if (own != null) {
            notifier.forwardResponse(running, own.clientId(), null, texts, message);
        }
        running.initialized(message, context.server().capabilities());
        if (!envelope.isError()) {
            handshake.answered();
            notifier.capabilities(running);
        }
        handshake.forgetUnanswered(requests);
    }

    /// Sends everything that a ready server has missed, in order.
    void begin(RunningServer running) {
        serverRequests.unregister();
        if (isInitialized()) {
            settings.initialized(running);
        }
        for (var opening : documents.openings()) {
            link.offer(running, texts.rewritten(running.toServer(), opening, null));
        }
        diagnostics.begin(running);
        for (var late : waiting.takeAll()) {
            route(late.envelope(), late.message());
        }
    }

    /// Whether a server is needed before the next message of the editor.
    boolean isNeeded() {
        return isPassThrough()
                ? handshake.hasBegun()
                : !documents.isEmpty() || !waiting.isEmpty() || !requests.isEmpty();
    }

    /// Whether no request of the editor is pending.
    boolean isQuiet() {
        return requests.isEmpty();
    }

    /// Handles the end of a server that is restarted: pending requests are sent again or answered.
    void interrupted() {
        diagnostics.ended();
        requeue();
    }

    /// Handles the stop of an idle server.
    void serverIdle() {
        diagnostics.serverIdle();
        requeue();
    }

    private void requeue() {
        serverRequests.interrupted();
        waiting.requeue(
                RetryPolicy.repeated(requests.interrupted(), documents.revision(), this::failOpen));
    }

    /// Handles the end of a server that is not restarted: all pending requests are answered.
    void end(Failure failure) {
        diagnostics.ended();
        serverRequests.interrupted();
        serverRequests.unregister();
        dropWaiting();
        requests.takeAll().forEach(request -> notifier.fail(request.clientId(), failure));
        handshake.forgetUnanswered(requests);
    }

    /// Answers requests that have waited too long.
    void sweep() {
        long now = System.nanoTime();
        var running = link.state() instanceof ServerState.Ready(var ready) ? ready : null;
        long since = now - context.server().limits().answer().toNanos();
        for (var request : requests.overdue(since)) {
            boolean isHung = running != null && running.isSilentSince(since);
            if (running != null && isHung && !request.method().isHeld()) {
                link.crashed(running, "it has not answered its requests in time");
                return;
            }
            requestLog.expired(request, context.server().limits().answer());
            failOpen(request.clientId(), Failure.SERVER_CANCELLED);
            if (running != null) {
                link.offer(running, JsonRpcWriter.cancel(Long.toString(request.number())));
            }
        }
        if (running != null) {
            serverRequests.sweep(running, now);
            diagnostics.sweep(running, context.server().limits().answer());
        }
    }

    private void notification(JsonRpcEnvelope envelope, String message) {
        switch (String.valueOf(envelope.method())) {
            case "$/cancelRequest" -> cancel(envelope);
            case "workspace/didChangeConfiguration" -> settings.changed(envelope, isInitialized());
            case "workspace/didChangeWorkspaceFolders" ->
                    settings.foldersChanged(envelope, isInitialized());
            case "initialized" -> {
                boolean isFirst = handshake.complete();
                if (isFirst && link.state() instanceof ServerState.Ready(var running)) {
                    settings.initialized(running);
                }
            }
            case "exit" -> {
                isShutDown = true;
                link.stop(Failure.LANGUAGE_STOPPED, null, Duration.ZERO);
            }
            default -> {
                // The end of a progress starts no server.
                boolean isForRunning = "window/workDoneProgress/cancel".equals(envelope.method());
                if (isForRunning ? link.state() instanceof ServerState.Ready : isInitializing()) {
                    route(envelope, message);
                }
            }
        }
    }

    private void request(JsonRpcEnvelope envelope, String message) {
        var id = String.valueOf(envelope.id());
        boolean isInitialize = "initialize".equals(envelope.method());
        boolean isFirst = isInitialize && isPassThrough() && !handshake.hasBegun();
        var method = LspMethod.named(String.valueOf(envelope.method()));
        if (requests.has(id) || (isInitialize && !isFirst)) {
            notifier.fail(id, Failure.INVALID_REQUEST);
        } else if (!isFirst && !isInitializing()) {
            notifier.fail(id, Failure.SERVER_NOT_INITIALIZED);
        } else if (!isAnswered(method)) {
            notifier.send(JsonRpcWriter.result(id, method.emptyResult(envelope.params())));
        } else if (requests.add(id, method) == null) {
            notifier.fail(id, Failure.SERVER_CANCELLED);
        } else if (isFirst) {
            handshake.begin(id, envelope.tree());
            link.wake();
        } else {
            isShutDown |= "shutdown".equals(envelope.method());
            route(envelope, message);
        }
    }

    private void route(JsonRpcEnvelope envelope, String message) {
        link.wake();
        switch (link.state()) {
            case ServerState.Ready(var running) -> deliver(running, envelope, message);
            case ServerState.Stopped stopped -> {
                documents.apply(envelope);
                failOpen(envelope.id(), stopped.failure());
            }
            case ServerState.Idle _, ServerState.Starting _, ServerState.Initializing _ -> {
                if (!waiting.add(envelope, message)) {
                    dropWaiting();
                    documents.apply(envelope);
                    failOpen(envelope.id(), Failure.SERVER_CANCELLED);
                }
            }
        }
    }

    private void deliver(RunningServer running, JsonRpcEnvelope envelope, String message) {
        var request = envelope.id() == null ? null : requests.find(envelope.id());
        if (envelope.id() != null && request == null) {
            return; // It was answered while it waited.
        }
        if (request != null && !isAnswered(request.method())) {
            requests.take(request.number());
            var nothing = request.method().emptyResult(envelope.params());
            notifier.send(JsonRpcWriter.result(request.clientId(), nothing));
            return;
        }
        var number = request == null ? null : Long.toString(request.number());
        try {
            var own = texts.rewritten(running.toServer(), message, number);
            var text = formatting.styled(running, envelope, own);
            documents.apply(envelope);
            if (request != null) {
                requests.sent(request, envelope, message, documents.revision());
            }
            // `/ws` announces incremental synchronization, whichever server a document has.
            boolean isWhole = !isPassThrough() && running.needsFullTexts();
            var whole = isWhole ? documents.whole(envelope) : null;
            var sent = whole == null ? text : texts.rewritten(running.toServer(), whole, null);
            link.offer(running, sent);
            diagnostics.documentChanged(running, envelope);
        } catch (FailureException refused) {
            failOpen(envelope.id(), refused.failure());
        }
    }

    private void cancel(JsonRpcEnvelope envelope) {
        var id = envelope.tree().get("id");
        var request = id == null ? null : requests.find(id.toString());
        if (request == null) {
            return;
        }
        if (link.state() instanceof ServerState.Ready(var running)) {
            requests.cancelled(request);
            link.offer(running, JsonRpcWriter.cancel(Long.toString(request.number())));
        } else {
            failOpen(request.clientId(), Failure.REQUEST_CANCELLED);
        }
    }

    private void response(RunningServer running, JsonRpcEnvelope envelope, String message) {
        long number = envelope.number();
        if (link.state() instanceof ServerState.Initializing(_, var awaited, _)
                && awaited == number) {
            link.initialized(running, envelope, message);
            return;
        }
        boolean isOutdated = requests.isOutdated(number, documents.revision());
        var request = requests.take(number);
        if (request == null) {
            diagnostics.answered(running, number, message);
        } else {
            running.requestAnswered();
            requestLog.answered(request, envelope.isError() ? message : null);
            responseAdapter.forward(running, request, isOutdated, message);
        }
    }

    private void serverNotification(
            RunningServer running, JsonRpcEnvelope envelope, String message) {
        var method = String.valueOf(envelope.method());
        if (method.equals("$/cancelRequest")) {
            serverRequests.cancelled(envelope);
        } else if (isPassThrough() || LspMethod.isStandardNotification(method)) {
            if (method.equals("$/progress")) {
                serverRequests.progressed(envelope);
                requests.progressed(envelope);
            }
            var said = texts.rewritten(running.toClient(), message, null);
            if (method.equals("textDocument/publishDiagnostics")) {
                diagnostics.notificationReceived(said);
            }
            notifier.forward(running, said);
        }
    }

    private void dropWaiting() {
        var failure =
                link.state() instanceof ServerState.Stopped stopped
                        ? stopped.failure()
                        : Failure.SERVER_CANCELLED;
        for (var dropped : waiting.takeAll()) {
            documents.apply(dropped.envelope());
            failOpen(dropped.envelope().id(), failure);
        }
    }

    /// Whether the server supports a request on `/ws`: by its declaration until it has announced
    /// its capabilities. An editor on `/lsp` has the server's own announcement.
    private boolean isAnswered(LspMethod method) {
        return isPassThrough()
                || method.isAnsweredBy(
                        link.state() instanceof ServerState.Ready(var running)
                                ? running.capabilities()
                                : context.server().capabilities());
    }

    private boolean isPassThrough() {
        return context.isPassThrough();
    }

    boolean isInitialized() {
        return !isPassThrough() || handshake.isComplete();
    }

    private boolean isInitializing() {
        return !isPassThrough() || handshake.hasBegun();
    }

    /// Answers a request of the editor with a failure if it is still pending.
    private void failOpen(@Nullable String id, Failure failure) {
        if (id != null && requests.take(id) != null) {
            notifier.fail(id, failure);
        }
    }
}

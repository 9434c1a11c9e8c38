package dev.qide.server.language.lsp;

import dev.qide.server.language.LspMethod;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import dev.qide.server.telemetry.Trace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// An editor's unanswered requests to one server. Whoever takes a request out must answer it. Owned
/// by one thread, except the count of the session.
final class OutstandingRequests {
    /// The maximum number of unanswered requests of one session, over all its servers.
    static final int SESSION_REQUESTS = 256;

    /// The maximum length of a request that is kept for a retry, in characters.
    private static final int KEPT_CHARACTERS = 16 << 10;

    private final Map<String, Request> byClientId = new LinkedHashMap<>();
    private final Map<Long, String> clientIds = new LinkedHashMap<>();
    private final Map<Long, Sent> sent = new LinkedHashMap<>();
    private final AtomicInteger ofSession;
    private final ResponseTimeouts timeouts;
    private long last;

    /// @param ofSession the count of requests on all servers of the session
    OutstandingRequests(AtomicInteger ofSession, MessageTexts texts) {
        this.ofSession = ofSession;
        this.timeouts = new ResponseTimeouts(texts);
    }

    /// @param clientId the client's id, as its JSON literal
    /// @param number the id in messages to the server
    /// @param receivedNanos by `System.nanoTime`
    /// @param trace of the editor's message; null without one
    record Request(
            String clientId,
            LspMethod method,
            long number,
            long receivedNanos,
            @Nullable Trace trace) {}

    /// A request that was sent to a server.
    ///
    /// @param message as the client wrote it; null when it is too long to be kept
    /// @param revision of the documents when it was sent
    /// @param times how often it was sent to a server
    /// @param isUnderWay false while it waits for the next server
    record Sent(
            Request request,
            JsonRpcEnvelope envelope,
            @Nullable String message,
            long revision,
            int times,
            boolean isUnderWay) {}

    boolean has(String clientId) {
        return byClientId.containsKey(clientId);
    }

    boolean isEmpty() {
        return byClientId.isEmpty();
    }

    /// @return null when the session has 256 already
    @Nullable Request add(String clientId, LspMethod method) {
        if (ofSession.incrementAndGet() > SESSION_REQUESTS) {
            ofSession.decrementAndGet();
            return null;
        }
        var request =
                new Request(clientId, method, nextNumber(), System.nanoTime(), Trace.current());
        byClientId.put(clientId, request);
        clientIds.put(request.number(), clientId);
        return request;
    }

    /// Records that a request is sent to a server.
    void sent(Request request, JsonRpcEnvelope envelope, String message, long revision) {
        var before = sent.get(request.number());
        sent.put(
                request.number(),
                new Sent(
                        request,
                        envelope,
                        message.length() <= KEPT_CHARACTERS ? message : null,
                        revision,
                        before == null ? 1 : before.times() + 1,
                        true));
        timeouts.sent(request, envelope);
    }

    /// Records a `$/progress` of the server.
    void progressed(JsonRpcEnvelope progress) {
        timeouts.progressed(progress);
    }

    /// Records that the client has cancelled a request.
    void cancelled(Request request) {
        timeouts.cancelled(request);
    }

    /// The requests that the ended server had, in order. They stay in.
    List<Sent> interrupted() {
        var interrupted = sent.values().stream().filter(Sent::isUnderWay).toList();
        for (var one : interrupted) {
            sent.put(
                    one.request().number(),
                    new Sent(
                            one.request(),
                            one.envelope(),
                            one.message(),
                            one.revision(),
                            one.times(),
                            false));
        }
        return interrupted;
    }

    /// An unused id for messages to the server.
    long nextNumber() {
        return ++last;
    }

    /// Whether a document was opened, changed or closed since this request was sent.
    ///
    /// @param number the id in messages to the server
    /// @param revision the current revision of the documents
    boolean isOutdated(long number, long revision) {
        var request = sent.get(number);
        return request != null && request.revision() != revision;
    }

    @Nullable Request find(String clientId) {
        return byClientId.get(clientId);
    }

    @Nullable Request take(String clientId) {
        var request = byClientId.remove(clientId);
        if (request != null) {
            clientIds.remove(request.number());
            sent.remove(request.number());
            timeouts.ended(request);
            ofSession.decrementAndGet();
        }
        return request;
    }

    @Nullable Request take(long number) {
        var clientId = clientIds.get(number);
        return clientId == null ? null : take(clientId);
    }

    /// The requests that a server should have answered since a moment; they stay in.
    List<Request> overdue(long sinceNanos) {
        return timeouts.overdue(byClientId.values(), sinceNanos);
    }

    List<Request> takeAll() {
        var all = new ArrayList<>(byClientId.values());
        all.forEach(request -> take(request.clientId()));
        return all;
    }
}

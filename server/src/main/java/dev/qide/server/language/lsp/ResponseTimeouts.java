package dev.qide.server.language.lsp;

import dev.qide.server.language.lsp.OutstandingRequests.Request;
import dev.qide.server.language.rewrite.JsonRpcEnvelope;
import dev.qide.server.language.rewrite.MessageTexts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Decides which requests a server should have answered.
///
/// A request is overdue when its server has neither answered it nor reported progress of it
/// (`$/progress` with its `workDoneToken` or `partialResultToken`) for some time. The protocol lets
/// a server hold `workspace/diagnostic` until it has something to report (LSP 3.18, "Workspace
/// Diagnostics"): the latest [#HELD_REQUESTS] of these requests are never overdue, unless the
/// client has cancelled them.
///
/// Owned by the link's thread.
final class ResponseTimeouts {
    /// The requests that one server may hold.
    static final int HELD_REQUESTS = 16;

    /// The maximum length of a token, as JSON; a request with a longer one has no progress.
    private static final int TOKEN_CHARACTERS = 256;

    private static final Set<String> TOKENS = Set.of("workDoneToken", "partialResultToken");
    private static final Set<String> TOKEN = Set.of("token");

    private final MessageTexts texts;
    private final Map<String, Long> byToken = new HashMap<>();
    private final Map<Long, Long> progressNanos = new HashMap<>();
    private final Set<Long> cancelled = new HashSet<>();

    ResponseTimeouts(MessageTexts texts) {
        this.texts = texts;
    }

    /// Records that a request is sent to a server.
    void sent(Request request, JsonRpcEnvelope envelope) {
        if (String.valueOf(envelope.params()).contains("Token\"")) {
            texts.literals(envelope, TOKENS).stream()
                    .filter(token -> token.length() <= TOKEN_CHARACTERS)
                    .forEach(token -> byToken.put(token, request.number()));
        }
    }

    /// Records a `$/progress` of the server.
    void progressed(JsonRpcEnvelope progress) {
        if (byToken.isEmpty()) {
            return;
        }
        for (var token : texts.literals(progress, TOKEN)) {
            var number = byToken.get(token);
            if (number != null) {
                progressNanos.put(number, System.nanoTime());
            }
        }
    }

    /// Records that the client has cancelled a request, which the server answers soon.
    void cancelled(Request request) {
        if (cancelled.add(request.number())) {
            progressNanos.put(request.number(), System.nanoTime());
        }
    }

    /// Forgets a request.
    void ended(Request request) {
        byToken.values().removeIf(number -> number == request.number());
        progressNanos.remove(request.number());
        cancelled.remove(request.number());
    }

    /// The requests without an answer or progress since a moment.
    ///
    /// @param pending in order
    List<Request> overdue(Collection<Request> pending, long sinceNanos) {
        var overdue = new ArrayList<Request>();
        var held = new ArrayList<Request>();
        for (var request : pending) {
            long heard = progressNanos.getOrDefault(request.number(), request.receivedNanos());
            if (heard - sinceNanos <= 0) {
                boolean isHeld = request.method().isHeld() && !cancelled.contains(request.number());
                (isHeld ? held : overdue).add(request);
            }
        }
        overdue.addAll(held.subList(0, Math.max(0, held.size() - HELD_REQUESTS)));
        return overdue;
    }
}

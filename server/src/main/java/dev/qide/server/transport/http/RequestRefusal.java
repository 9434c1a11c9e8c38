package dev.qide.server.transport.http;

import dev.qide.server.transport.HttpHandler;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureBody;
import java.util.Map;

/// A request that is refused before any endpoint sees it: malformed, too large, or something that
/// this server does not implement. Carries no stack trace, and nothing that the client sent.
final class RequestRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String reason;

    /// @param status of the answer
    /// @param reason which rule is broken, in kebab case; the tag `reason` of the answer
    RequestRefusal(int status, String reason) {
        super(reason, null, false, false);
        this.status = status;
        this.reason = reason;
    }

    static RequestRefusal malformed(String reason) {
        return new RequestRefusal(400, reason);
    }

    int status() {
        return status;
    }

    HttpHandler.Answer answer() {
        var failure = new FailureBody(Failure.INVALID_REQUEST, Map.of("reason", reason));
        var answer = HttpHandler.Answer.json(status, failure.toJson());
        // RFC 9110, section 12.5.3: the header names the supported codings.
        return status == 415 ? answer.with("Accept-Encoding", "identity") : answer;
    }
}

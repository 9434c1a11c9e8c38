package dev.qide.server.transport;

import dev.qide.wire.FailureBody;

/// The headers that the status of a failure demands: how to authenticate, or when to ask again.
public final class FailureHeaders {
    /// The challenge that says how to authenticate (RFC 6750, section 3).
    public static final String CHALLENGE = "Bearer realm=\"qide\"";

    /// When to ask again if the failure does not say, in seconds.
    private static final String RETRY_AFTER = "1";

    private FailureHeaders() {}

    /// The answer to a failure, in any format, with these headers.
    public static HttpHandler.Answer added(HttpHandler.Answer answer, FailureBody body) {
        return switch (answer.status()) {
            case 401 -> answer.with("WWW-Authenticate", CHALLENGE);
            case 429, 503 -> answer.with("Retry-After", retryAfter(body));
            default -> answer;
        };
    }

    /// The wait that the failure names, in seconds, rounded up: the value of `Retry-After`.
    public static String retryAfter(FailureBody body) {
        var millis = body.tags().get(FailureBody.RETRY_AFTER_TAG);
        return millis == null
                ? RETRY_AFTER
                : Long.toString(Math.max(1, (Long.parseLong(millis) + 999) / 1_000));
    }
}

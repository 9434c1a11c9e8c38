package dev.qide.server.api;

import dev.qide.server.telemetry.Span;
import dev.qide.server.telemetry.Trace;
import dev.qide.wire.Failure;
import java.time.Duration;
import java.util.HashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// Logs answered HTTP requests: those that were slow, or failed on the server's side, at most one a
/// second; at the level TRACE all of them. The trace of the request names person and workspace.
/// Never the content. Thread-safe.
final class HttpRequestLog {
    private static final Logger LOG = LoggerFactory.getLogger(HttpRequestLog.class);

    /// The start of an answer after this time is slow.
    private static final Duration SLOW = Duration.ofSeconds(1);

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int FAILED = 400;
    private static final int SERVER_FAILED = 500;

    private final AtomicLong nextLineNanos = new AtomicLong(System.nanoTime());

    /// One answered request.
    ///
    /// @param failure null when it was not answered with one
    /// @param nanos until the answer began
    record Answered(Route route, int status, @Nullable Failure failure, long nanos) {
        String operation() {
            return route.method() + " " + route.pathTemplate().text();
        }
    }

    void answered(Answered request) {
        boolean isNotable = request.status() >= SERVER_FAILED || request.nanos() >= SLOW.toNanos();
        if (isNotable && isDue()) {
            log(LOG.atInfo(), request);
        } else if (LOG.isTraceEnabled()) {
            log(LOG.atTrace(), request);
        }
    }

    /// Records the span of the request.
    static void trace(Answered request, long begunNanos) {
        var trace = Trace.current();
        if (trace != null && trace.isRecorded()) {
            var attributes = new HashMap<String, Object>();
            attributes.put("http.request.method", request.route().method());
            attributes.put("http.route", request.route().pathTemplate().text());
            attributes.put("http.response.status_code", request.status());
            var failure = request.failure();
            if (failure != null) {
                attributes.put("error.type", failure.wireName());
            }
            trace.ended(
                    new Span(
                            request.operation(),
                            Span.Kind.SERVER,
                            begunNanos,
                            request.status() >= SERVER_FAILED,
                            attributes));
        }
    }

    private boolean isDue() {
        long now = System.nanoTime();
        long next = nextLineNanos.get();
        return now - next >= 0 && nextLineNanos.compareAndSet(next, now + PERIOD.toNanos());
    }

    private static void log(LoggingEventBuilder line, Answered request) {
        var failure = request.failure();
        var named = failure == null ? line : line.addKeyValue("failure", failure.wireName());
        named.addKeyValue("event.action", "api.answered")
                .addKeyValue("operation", request.operation())
                .addKeyValue("http.response.status_code", request.status())
                .addKeyValue("outcome", request.status() < FAILED ? "completed" : "failed")
                .addKeyValue("milliseconds", request.nanos() / 1_000_000)
                .log("a request was answered");
    }
}

package dev.qide.server.session;

import dev.qide.server.telemetry.Span;
import dev.qide.server.telemetry.Trace;
import dev.qide.server.telemetry.TraceSource;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs the text messages of one editor: those that failed, and at the level TRACE all of them.
/// Never the content. Thread-safe.
final class MessageLog {
    private static final Logger LOG = LoggerFactory.getLogger(MessageLog.class);

    private final TraceSource traces;

    MessageLog(Editor editor) {
        traces =
                new TraceSource(
                        editor.principal().id().toString(), editor.workspaceId().toString());
    }

    /// The trace of a message.
    ///
    /// @param number of the message in its session
    Trace trace(long number) {
        return traces.at(number);
    }

    /// Whether each message has a line or a span.
    boolean logsEveryMessage() {
        return LOG.isTraceEnabled() || traces.isRecorded();
    }

    /// Logs a message that was answered or passed on, at the level TRACE, and records its span.
    ///
    /// @param method of the protocol, or `other`
    /// @param begunNanos when it began, by `System.nanoTime`
    void handled(String method, @Nullable Failure failure, long begunNanos) {
        var trace = Trace.current();
        if (trace != null && trace.isRecorded()) {
            trace.ended(span(method, failure, begunNanos));
        }
        if (LOG.isTraceEnabled()) {
            var line = LOG.atTrace();
            var named = failure == null ? line : line.addKeyValue("failure", failure.wireName());
            named.addKeyValue("event.action", "session.handled")
                    .addKeyValue("method", method)
                    .addKeyValue("outcome", failure == null ? "completed" : "failed")
                    .addKeyValue("milliseconds", (System.nanoTime() - begunNanos) / 1_000_000)
                    .log("a message was handled");
        }
    }

    static Span span(String method, @Nullable Failure failure, long begunNanos) {
        Map<String, Object> attributes =
                failure == null
                        ? Map.of("rpc.system.name", "jsonrpc", "rpc.method", method)
                        : Map.of(
                                "rpc.system.name",
                                "jsonrpc",
                                "rpc.method",
                                method,
                                "error.type",
                                failure.wireName());
        return new Span(method, Span.Kind.SERVER, begunNanos, failure != null, attributes);
    }

    /// Logs a notification that was refused.
    static void refused(Failure why) {
        LOG.atInfo()
                .addKeyValue("event.action", "session.notification_refused")
                .addKeyValue("failure", why.wireName())
                .log("a notification was invalid and was ignored");
    }

    /// Logs a defect.
    ///
    /// @return the failure for the client, with the error id
    static FailureException failed(RuntimeException bug) {
        var errorId = UUID.randomUUID().toString();
        LOG.atError()
                .addKeyValue("event.action", "session.message_failed")
                .addKeyValue("error.id", errorId)
                .setCause(bug)
                .log("handling a message failed");
        return new FailureException(Failure.INTERNAL, Map.of("errorId", errorId));
    }

    /// Logs a defect in the handling of a message that is not answered.
    static void failedWithoutAnswer(RuntimeException bug) {
        var _ = failed(bug);
    }
}

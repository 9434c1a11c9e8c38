package dev.qide.server.language.lsp;

import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import dev.qide.server.language.LspMethod;
import dev.qide.server.telemetry.Span;
import dev.qide.server.telemetry.Trace;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// Counts, times and logs how a language server answers one session: each slow or failed answer and
/// every hundredth of the others, at most one line a second, with the number of answers since the
/// last line; at the level TRACE all of them. Never the content.
///
/// Owned by the link's thread.
final class RequestLog {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLog.class);

    /// An answer that took at least this long is slow.
    static final Duration SLOW = Duration.ofSeconds(1);

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int SAMPLE = 100;

    /// Errors that say that the client no longer wanted the answer: `ServerCancelled`,
    /// `ContentModified`, `RequestCancelled` (LSP 3.17, `LSPErrorCodes`).
    private static final Set<Integer> UNWANTED = Set.of(-32802, -32801, -32800);

    /// The maximum length of an error whose code is read, in characters; a longer one is a failure.
    private static final int ERROR_CHARACTERS = 64 << 10;

    private final ServerContext context;
    private final SharedLinkServices.LanguageServerMetrics metrics;
    private long requests;
    private int untilSample = SAMPLE;
    private long nextLineNanos = System.nanoTime();

    RequestLog(ServerContext context, SharedLinkServices.LanguageServerMetrics metrics) {
        this.context = context;
        this.metrics = metrics;
    }

    /// Counts an answer, and logs it when it is worth a line.
    ///
    /// @param error the whole answer if it carries an error, else null
    void answered(OutstandingRequests.Request request, @Nullable String error) {
        long now = System.nanoTime();
        long took = now - request.receivedNanos();
        boolean isSlow = took >= SLOW.toNanos() && !request.method().isHeld();
        requests++;
        untilSample--;
        boolean isCancelled = error != null && isUnwanted(error);
        boolean isFailed = error != null && !isCancelled;
        var outcome = isFailed ? "failed" : isCancelled ? "cancelled" : "completed";
        count(request, outcome, took);
        trace(request, outcome, request.receivedNanos());
        if ((isFailed || untilSample <= 0 || isSlow) && now - nextLineNanos >= 0) {
            log(LOG.atInfo(), request, isFailed ? "failed" : "completed", took);
            nextLineNanos = now + PERIOD.toNanos();
        } else if (LOG.isTraceEnabled()) {
            log(LOG.atTrace(), request, outcome, took);
        }
    }

    /// Logs a request that the server did not answer in time.
    void expired(OutstandingRequests.Request request, Duration wait) {
        requests++;
        count(request, "expired", wait.toNanos());
        trace(request, "expired", System.nanoTime() - wait.toNanos());
        log(LOG.atInfo(), request, "expired", wait.toNanos());
    }

    private void count(OutstandingRequests.Request request, String outcome, long nanos) {
        metrics.answers().increment(outcome);
        // A held request tells nothing about the speed of a server.
        if (!request.method().isHeld()) {
            metrics.answerSeconds().recordNanos(label(request.method()), nanos);
        }
    }

    private void trace(OutstandingRequests.Request request, String outcome, long begunNanos) {
        var trace = request.trace();
        if (trace != null && trace.isRecorded()) {
            var server = context.server().id();
            var method = label(request.method());
            trace.partEnded(
                    new Span(
                            server + " " + method,
                            Span.Kind.CLIENT,
                            begunNanos,
                            outcome.equals("failed") || outcome.equals("expired"),
                            Map.of(
                                    "rpc.system.name", "jsonrpc",
                                    "rpc.method", method,
                                    "qide.language_server", server,
                                    "qide.outcome", outcome)));
        }
    }

    /// The name of any method outside the protocol is the client's own text.
    private static String label(LspMethod method) {
        return method.isInProtocol() ? method.name() : "other";
    }

    private void log(
            LoggingEventBuilder line,
            OutstandingRequests.Request request,
            String outcome,
            long nanos) {
        var described =
                line.addKeyValue("event.action", "language.answered")
                        .addKeyValue("languageServer", context.server().id())
                        .addKeyValue("method", label(request.method()))
                        .addKeyValue("outcome", outcome)
                        .addKeyValue("milliseconds", nanos / 1_000_000)
                        .addKeyValue("requests", requests);
        Trace.runWith(request.trace(), () -> described.log("a language server answered"));
        requests = 0;
        untilSample = SAMPLE;
    }

    private static boolean isUnwanted(String answer) {
        return answer.length() <= ERROR_CHARACTERS
                && JsonPath.at(JsonParser.parseString(answer).getAsJsonObject(), "error.code")
                        instanceof JsonPrimitive code
                && code.isNumber()
                && UNWANTED.contains(code.getAsInt());
    }
}

package dev.qide.server.collab;

import dev.qide.server.store.StoredDocument;
import dev.qide.server.telemetry.Span;
import dev.qide.server.telemetry.Trace;
import dev.qide.server.telemetry.TraceSource;
import dev.qide.wire.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs who edited which document: one line for the first committed update of a subscription, then
/// at most one every ten seconds, with the number of updates since the last line and the trace of
/// the latest one; at the level TRACE, two lines for each update. Never the text.
///
/// Owned by the document's thread, apart from [#trace].
final class EditSummary {
    static final Duration PERIOD = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(EditSummary.class);

    private final String principal;
    private final TraceSource traces;
    private @Nullable StoredDocument document;
    private Instant nextLine = Instant.MIN;
    private long updates;
    private long bytes;
    private boolean isEnded;
    private long received;
    private long latest;

    /// @param principal the id of the person
    EditSummary(String principal) {
        this.principal = principal;
        traces = new TraceSource(principal, null);
    }

    /// Whether spans of updates are exported.
    boolean isRecorded() {
        return traces.isRecorded();
    }

    /// Records the span of an update that was committed or refused.
    ///
    /// @param number what [#received] returned
    /// @param begunNanos when it arrived, by `System.nanoTime`
    void ended(StoredDocument edited, long number, long begunNanos, @Nullable Failure why) {
        if (isRecorded()) {
            var attributes = new HashMap<String, Object>();
            attributes.put("qide.document", edited.id().toString());
            attributes.put("qide.workspace", edited.workspace().toString());
            if (why != null) {
                attributes.put("error.type", why.wireName());
            }
            trace(number)
                    .ended(new Span("edit", Span.Kind.SERVER, begunNanos, why != null, attributes));
        }
    }

    /// The trace of an update.
    Trace trace(long number) {
        return traces.at(number);
    }

    /// Counts an update that arrived.
    ///
    /// @return its number
    long received(StoredDocument target, int length) {
        long number = ++received;
        if (LOG.isTraceEnabled()) {
            trace(number).run(() -> logEach("collab.received", target, length));
        }
        return number;
    }

    /// Counts an update that was committed.
    ///
    /// @param number what [#received] returned
    void committed(StoredDocument edited, int length, Instant now, long number) {
        document = edited;
        updates++;
        bytes += length;
        latest = number;
        if (LOG.isTraceEnabled()) {
            trace(number).run(() -> logEach("collab.committed", edited, length));
        }
        logIfDue(now);
    }

    /// Logs what was counted once ten seconds have passed since the last line.
    void logIfDue(Instant now) {
        if (isEnded || !now.isBefore(nextLine)) {
            nextLine = now.plus(PERIOD);
            log();
        }
    }

    /// The subscription ends: logs the rest. An update that is committed later has its own line.
    void end() {
        isEnded = true;
        log();
    }

    private void log() {
        if (document == null || updates == 0) {
            return;
        }
        var line =
                LOG.atInfo()
                        .addKeyValue("event.action", "collab.edited")
                        .addKeyValue("principal", principal)
                        .addKeyValue("workspace", document.workspace())
                        .addKeyValue("document", document.id())
                        .addKeyValue("updates", updates)
                        .addKeyValue("bytes", bytes);
        trace(latest).run(() -> line.log("a document was edited"));
        updates = 0;
        bytes = 0;
    }

    private static void logEach(String event, StoredDocument document, int length) {
        LOG.atTrace()
                .addKeyValue("event.action", event)
                .addKeyValue("workspace", document.workspace())
                .addKeyValue("document", document.id())
                .addKeyValue("bytes", length)
                .log("an update of a document");
    }
}

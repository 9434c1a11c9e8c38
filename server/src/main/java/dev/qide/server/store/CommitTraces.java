package dev.qide.server.store;

import dev.qide.server.telemetry.Span;
import dev.qide.server.telemetry.Trace;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says for each row of a committed batch how long the batch took: at the level TRACE in the log,
/// and as a span if spans are exported. A row whose lease or base is another one was not written;
/// its sender's line says so. Thread-safe.
final class CommitTraces {
    private static final Logger LOG = LoggerFactory.getLogger(CommitTraces.class);

    private CommitTraces() {}

    /// @param begunNanos when the transaction began, by `System.nanoTime`
    static void record(List<UpdateLog.Row> rows, long begunNanos) {
        boolean isLogged = LOG.isTraceEnabled();
        for (var row : rows) {
            if (isLogged) {
                log(row, System.nanoTime() - begunNanos);
            }
            if (row.outcome().isRecorded()) {
                trace(row, rows.size(), begunNanos);
            }
        }
    }

    private static void log(UpdateLog.Row row, long nanos) {
        var line =
                LOG.atTrace()
                        .addKeyValue("event.action", "store.committed")
                        .addKeyValue("workspace", row.workspace())
                        .addKeyValue("document", row.document())
                        .addKeyValue("bytes", row.update().length)
                        .addKeyValue("milliseconds", nanos / 1_000_000);
        Trace.runWith(row.outcome().trace(), () -> line.log("a batch of updates was committed"));
    }

    private static void trace(UpdateLog.Row row, int batch, long begunNanos) {
        var trace = row.outcome().trace();
        if (trace != null) {
            Map<String, Object> attributes =
                    Map.of(
                            "db.system.name",
                            "postgresql",
                            "db.operation.batch.size",
                            batch,
                            "qide.workspace",
                            row.workspace().toString(),
                            "qide.document",
                            row.document().toString());
            trace.partEnded(new Span("commit", Span.Kind.CLIENT, begunNanos, false, attributes));
        }
    }
}

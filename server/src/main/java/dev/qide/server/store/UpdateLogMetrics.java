package dev.qide.server.store;

import dev.qide.server.telemetry.Metrics;
import java.util.List;

/// The metrics of the update log. Thread-safe.
final class UpdateLogMetrics {
    private final Metrics.Counter rows;
    private final Metrics.Counter batches;
    private final Metrics.Counter retries;
    private final Metrics.Counter refusals;
    private final Metrics.Histogram commits;

    UpdateLogMetrics(Metrics metrics) {
        rows = metrics.counter("qide_store_rows_total", "Updates that were appended.");
        batches = metrics.counter("qide_store_batches_total", "Batches that were committed.");
        retries = metrics.counter("qide_store_retries_total", "Batches that were retried.");
        refusals = metrics.counter("qide_store_refused_total", "Updates that were refused.");
        commits = metrics.histogram("qide_store_commit_seconds", "How long one commit took.");
    }

    /// Registers gauges, which are read at each scrape.
    void watch(Metrics metrics, List<RowQueue> queues) {
        metrics.gauge(
                "qide_store_queue_rows",
                "Updates waiting for their commit.",
                () -> queues.stream().mapToLong(RowQueue::rows).sum());
        metrics.gauge(
                "qide_store_queue_bytes",
                "Size of the updates waiting for their commit.",
                () -> queues.stream().mapToLong(RowQueue::bytes).sum());
    }

    void committed(long nanos, int count) {
        rows.add(count);
        batches.increment();
        commits.recordNanos(nanos);
    }

    void retried() {
        retries.increment();
    }

    void refused() {
        refusals.increment();
    }
}

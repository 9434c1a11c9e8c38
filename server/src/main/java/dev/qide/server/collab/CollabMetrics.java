package dev.qide.server.collab;

import dev.qide.server.telemetry.Metrics;
import java.util.function.DoubleSupplier;

/// The metrics of `collab`.
///
/// @param updates messages with content, by outcome
/// @param batches batches of committed updates, each sent as one frame
/// @param acknowledgements SyncStatus 1 messages sent
/// @param acknowledgementSeconds from the arrival of a message to its SyncStatus 1
/// @param refusals documents closed to a client, by failure
/// @param generations generations that began, were retired or were moved
record CollabMetrics(
        Metrics.LabelledCounter updates,
        Metrics.Counter batches,
        Metrics.Counter acknowledgements,
        Metrics.Histogram acknowledgementSeconds,
        Metrics.LabelledCounter refusals,
        Metrics.LabelledCounter generations) {
    static CollabMetrics in(Metrics metrics, DoubleSupplier openDocuments, DoubleSupplier bytes) {
        metrics.gauge("qide_collab_documents", "Documents in memory.", openDocuments);
        metrics.gauge(
                "qide_collab_memory_bytes", "Estimated heap of the documents in memory.", bytes);
        return new CollabMetrics(
                metrics.counter(
                        "qide_collab_updates_total",
                        "Messages with content, by outcome.",
                        "outcome"),
                metrics.counter(
                        "qide_collab_batches_total",
                        "Committed batches of updates that were sent to clients."),
                metrics.counter(
                        "qide_collab_acknowledgements_total",
                        "Messages acknowledged to their senders (SyncStatus 1)."),
                metrics.histogram(
                        "qide_collab_acknowledgement_seconds",
                        "From the arrival of a message with content to its acknowledgement, commit"
                                + " included."),
                metrics.counter(
                        "qide_collab_refusals_total",
                        "Documents closed to a client, by failure.",
                        "failure"),
                metrics.counter(
                        "qide_collab_generations_total",
                        "Generations that began, were retired or were moved.",
                        "change"));
    }
}

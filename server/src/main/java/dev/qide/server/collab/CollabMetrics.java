package dev.qide.server.collab;

import dev.qide.server.watch.Metrics;
import java.util.function.DoubleSupplier;

/// The room's metrics.
///
/// @param updates messages that brought content, by what became of them
/// @param batches what was committed together in one document and shown as one frame
/// @param acknowledgements SyncStatus 1 sent
/// @param refusals documents closed to a client, by failure
/// @param incarnations documents begun, retired and moved
record CollabMetrics(
        Metrics.LabelledCount updates,
        Metrics.Count batches,
        Metrics.Count acknowledgements,
        Metrics.LabelledCount refusals,
        Metrics.LabelledCount incarnations) {
    static CollabMetrics in(Metrics metrics, DoubleSupplier openDocuments, DoubleSupplier bytes) {
        metrics.level("qide_collab_documents", "Documents in memory", openDocuments);
        metrics.level("qide_collab_memory_bytes", "Estimated heap of documents", bytes);
        return new CollabMetrics(
                metrics.count("qide_collab_updates_total", "Messages with content", "outcome"),
                metrics.count("qide_collab_batches_total", "Committed batches shown"),
                metrics.count("qide_collab_acknowledgements_total", "SyncStatus 1 sent"),
                metrics.count("qide_collab_refusals_total", "Documents closed", "failure"),
                metrics.count("qide_collab_incarnations_total", "Documents", "change"));
    }
}

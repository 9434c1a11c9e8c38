package dev.qide.server.collab;

import dev.qide.server.store.UpdateLog;
import dev.qide.wire.Failure;

/// Stores the state of a document in memory again after the database has failed over.
///
/// A standby that received the log asynchronously may lack rows that were acknowledged, while this
/// document and its editors have them, and later rows depend on them. The state is one more row:
/// updates are idempotent, and a compaction merges it with the others. Owned by the document's
/// thread, except that the log's writer reports the outcome.
final class FailoverRecovery implements UpdateLog.Outcome {
    private final DocumentContext context;
    private final LiveDocument document;
    private final long epoch;
    private long handledFailovers;

    FailoverRecovery(DocumentContext context, LiveDocument document, long epoch) {
        this.context = context;
        this.document = document;
        this.epoch = epoch;
        handledFailovers = document.failovers();
    }

    /// Queues the state if the database has failed over since it was queued last. Tries again at
    /// the next call while the log is full.
    void storeIfFailedOver() {
        long failovers = context.log().failovers();
        if (failovers == handledFailovers) {
            return;
        }
        var state = context.runCpuWork(document.integratedBytes(), document::state);
        var of = document.stored();
        if (context.log().offer(new UpdateLog.Row(of.workspace(), epoch, of.id(), state, this))) {
            handledFailovers = failovers;
        }
    }

    @Override
    public void committed() {
        // The document had these ids already.
    }

    @Override
    public void refused(Failure why) {
        if (why == Failure.WORKSPACE_ELSEWHERE) {
            context.leases().lost(document.stored().workspace(), epoch);
        }
    }
}

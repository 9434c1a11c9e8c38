package dev.qide.server.collab;

import dev.qide.server.collab.AckTracker.Ack;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.telemetry.Trace;
import dev.qide.wire.Failure;
import org.jspecify.annotations.Nullable;

/// The sender of an update, with the acknowledgement that it waits for. The writer of the log may
/// read the trace; the rest is owned by the document's thread.
///
/// @param length of the update, in bytes
/// @param number of the update among those of its subscription
/// @param begunNanos when it arrived, by `System.nanoTime`; 0 when that is not recorded
record UpdateSender(
        UpdatePipeline pipeline,
        Subscription subscription,
        Ack ack,
        int length,
        long number,
        long begunNanos)
        implements PendingRow.Author {
    @Override
    public String principal() {
        return subscription.member.key();
    }

    @Override
    public boolean isRecorded() {
        return subscription.edits.isRecorded();
    }

    @Override
    public Trace trace() {
        return subscription.edits.trace(number);
    }

    @Override
    public void committed() {
        subscription.acks.committed(ack);
        var document = pipeline.document().stored();
        subscription.edits.committed(document, length, pipeline.now(), number);
        ended(document, null);
    }

    @Override
    public void refused(Failure why) {
        trace().run(() -> pipeline.refuseContent(subscription, why));
        ended(pipeline.document().stored(), why);
    }

    private void ended(StoredDocument document, @Nullable Failure why) {
        if (begunNanos != 0) {
            subscription.edits.ended(document, number, begunNanos, why);
        }
    }
}

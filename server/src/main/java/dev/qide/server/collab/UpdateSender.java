package dev.qide.server.collab;

import dev.qide.server.collab.AckTracker.Ack;
import dev.qide.server.telemetry.Trace;
import dev.qide.wire.Failure;

/// The sender of an update, with the acknowledgement that it waits for. The writer of the log may
/// read the trace; the rest is owned by the document's thread.
///
/// @param length of the update, in bytes
/// @param number of the update among those of its subscription
record UpdateSender(
        UpdatePipeline pipeline, Subscription subscription, Ack ack, int length, long number)
        implements PendingRow.Author {
    @Override
    public String principal() {
        return subscription.member.key();
    }

    @Override
    public Trace trace() {
        return subscription.edits.trace(number);
    }

    @Override
    public void committed() {
        subscription.acks.committed(ack);
        subscription.edits.committed(pipeline.document().stored(), length, pipeline.now(), number);
    }

    @Override
    public void refused(Failure why) {
        trace().run(() -> pipeline.refuseContent(subscription, why));
    }
}

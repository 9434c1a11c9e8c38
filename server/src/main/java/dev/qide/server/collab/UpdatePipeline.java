package dev.qide.server.collab;

import dev.qide.server.collab.AckTracker.Ack;
import dev.qide.server.collab.PendingRow.Covered;
import dev.qide.server.collab.Subscription.RelayedUpdate;
import dev.qide.server.collab.awareness.AwarenessRelay;
import dev.qide.server.collab.protocol.ClientMessage.Content;
import dev.qide.server.collab.protocol.ServerMessage;
import dev.qide.server.store.BaseChange;
import dev.qide.server.store.UpdateLog;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Receives the updates of one generation of a document and broadcasts what was committed.
///
/// **Commit first.** An update is read, checked and offered to the log. It is integrated, broadcast
/// and acknowledged only after the commit. Updates that were committed together leave in one frame.
/// Besides the rules of [AckTracker]:
///
/// - An update that adds nothing new is acknowledged and not stored again. If its ids are still
///   being committed, it waits for them and shares their failure.
/// - At the bound on uncommitted bytes, updates are dropped. The bound is checked before a message
///   is taken, so one message of any size passes.
/// - An update with missing dependencies is stored, and the server requests them from its sender.
///   No client receives the update before they arrive. [PendingUpdates] bounds such updates.
/// - A viewer's update waits to become covered, because its tab may relay an update that an editing
///   tab of the same browser is about to send.
///
/// Owned by the document's thread.
final class UpdatePipeline {
    private static final Logger LOG = LoggerFactory.getLogger(UpdatePipeline.class);
    private static final int ACKS_PER_SUBSCRIPTION = 65_536;
    private static final int UPDATES_PER_VIEWER = 256;

    private final DocumentContext context;
    private final LiveDocument document;
    private final GenesisGuard guard;
    private final long epoch;
    private final Collection<Subscription> subscriptions;
    private final Broadcaster broadcaster;
    private final AwarenessRelay presence;
    private final Runnable settled;
    private final FailoverRecovery failoverRecovery;

    /// @param settled raised by the log's writer when the outcome of a row is known
    UpdatePipeline(
            DocumentContext context,
            LiveDocument document,
            long epoch,
            Collection<Subscription> subscriptions,
            Broadcaster broadcaster,
            Runnable settled) {
        this.context = context;
        this.document = document;
        this.epoch = epoch;
        this.subscriptions = subscriptions;
        this.broadcaster = broadcaster;
        presence = broadcaster.presence();
        this.settled = settled;
        guard = new GenesisGuard(context.registry(), document);
        failoverRecovery = new FailoverRecovery(context, document, epoch);
    }

    LiveDocument document() {
        return document;
    }

    Instant now() {
        return context.clock().instant();
    }

    long epoch() {
        return epoch;
    }

    /// Handles a client's step 1: sends the server's step 1, then what the client lacks, then
    /// awareness.
    void step1(Subscription subscription, StateVector vector) {
        var refusal = guard.refusalOf(vector);
        if (refusal != null) {
            refuse(subscription, refusal);
            return;
        }
        subscription.isFirstPresence |= !subscription.isServed();
        if (subscription.acks.begin(vector)) {
            sendStep1(subscription);
        }
        subscription.replay(vector);
        pump(subscription);
    }

    /// Handles a step 2 or an update.
    void content(Subscription subscription, Content content) {
        var acks = subscription.acks;
        var ack =
                content.isStep2()
                        ? acks.step2(content.receivedNanos())
                        : acks.update(
                                content.header(), content.isPonged(), content.receivedNanos());
        if (acks.waiting() > ACKS_PER_SUBSCRIPTION) {
            refuseContent(subscription, Failure.TOO_MANY_REQUESTS);
        } else if (document.covers(content.header())) {
            acks.accepted(ack);
            acks.committed(ack);
            count("covered");
        } else if (!subscription.canEdit()) {
            addRelayed(subscription, content, ack);
        } else {
            take(subscription, content, ack);
        }
        acknowledge(subscription);
    }

    /// Handles content that was dropped without being read.
    void lostContent(Subscription subscription, boolean isStep2) {
        var _ = subscription.acks.unread(isStep2);
        subscription.acks.dropped();
        count("dropped");
    }

    /// Stores an edit of the server; completes it at once when it changes nothing.
    ///
    /// @throws RuntimeException whatever the edit throws, or the reason why it cannot be stored
    void edit(ServerEdit edit) {
        var plan = edit.plan(document.text());
        if (plan.isNoChange()) {
            edit.done(committedText());
            return;
        }
        var update =
                context.runCpuWork(
                        document.integratedBytes(),
                        () -> document.edit(plan.hunks(), context.random()));
        var author = edit.author(this::committedText);
        var row = new PendingRow(update, UpdateHeader.read(update), author, settled);
        if (!append(row, plan.base())) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
        }
        count("server");
    }

    /// The committed text.
    CommittedText committedText() {
        return CommittedText.of(document);
    }

    /// Sends what the subscription lacks while its socket accepts frames.
    void pump(Subscription subscription) {
        if (subscription.isServed()
                && subscription.pump(vector ->
                        context.runCpuWork(
                                document.integratedBytes(), () -> document.since(vector)))) {
            presence.sendAllTo(subscription);
        }
        presence.resend(subscription);
    }

    /// Handles rows that were committed or refused: broadcasts, then informs their authors.
    ///
    /// @throws RuntimeException when a committed row does not integrate, which is a defect
    void settled() {
        broadcaster.begin(document);
        var batch = document.takeSettled();
        if (batch.rows().isEmpty()) {
            return;
        }
        broadcaster.settled(batch.rows(), batch.integrated());
        broadcaster.together(() -> answer(batch));
        broadcaster.sendIfDue();
    }

    private void answer(LiveDocument.Batch batch) {
        // Authors among many do not wait until all others have been sent their text.
        if (!broadcaster.isThrottled()) {
            broadcaster.sendIfDue();
        }
        if (!batch.integrated().isEmpty()) {
            context.listener()
                    .documentChanged(document.stored().workspace(), document.stored().path());
        }
        for (var row : batch.rows()) {
            settle(row);
        }
        for (var subscription : subscriptions) {
            settleRelayed(subscription);
            acknowledge(subscription);
        }
        requestAllDropped();
    }

    /// Runs the periodic checks.
    void tick() {
        failoverRecovery.storeIfFailedOver();
        for (var subscription : subscriptions) {
            presence.release(subscription);
            presence.resend(subscription);
            subscription.edits.logIfDue(context.clock().instant());
            expireRelayed(subscription);
        }
        presence.expire();
        requestAllDropped();
    }

    private void take(Subscription subscription, Content content, Ack ack) {
        int length = content.update().length;
        long number = subscription.edits.received(document.stored(), length);
        long begun = subscription.edits.isRecorded() ? System.nanoTime() : 0;
        var sender = new UpdateSender(this, subscription, ack, length, number, begun);
        var refusal = refusalOf(content);
        if (refusal != null) {
            sender.refused(refusal);
            return;
        }
        if (document.coversWithPending(content.header())) {
            subscription.acks.accepted(ack);
            document.newestPending().covered.add(new Covered(sender, content.header()));
            count("covered");
            return;
        }
        store(subscription, content, sender);
    }

    private void store(Subscription subscription, Content content, UpdateSender sender) {
        var ack = sender.ack();
        var waiting = document.waiting();
        var gaps = document.gaps(content.header());
        boolean mustWait = waiting.mustWait(content.header(), gaps);
        boolean isOver = mustWait && waiting.refuses(subscription.member.key(), content.isStep2());
        if (isOver && !subscription.acks.isStep1Pending()) {
            refuseContent(subscription, Failure.TOO_MANY_REQUESTS);
            return;
        }
        boolean mayRequest = !gaps.isEmpty() && !content.isStep2();
        boolean hasNoStep1 = mayRequest && !subscription.acks.hasBegun();
        // The step 2 to come has what these updates depend on, and the updates themselves.
        boolean isFull = isOver || isFull() || (mustWait && waiting.isFull());
        var row = new PendingRow(content.update(), content.header(), sender, settled);
        if (hasNoStep1 || subscription.acks.mustDrop(ack, isFull) || !append(row, null)) {
            subscription.acks.dropped();
            count("dropped");
            return;
        }
        subscription.newestRow = row;
        subscription.acks.accepted(ack);
        count("stored");
        if (mayRequest && subscription.acks.requestMissing(gaps)) {
            sendStep1(subscription);
        }
    }

    /// Deletions are always accepted, since they lead back below the bound.
    private @Nullable Failure refusalOf(Content content) {
        boolean isFull =
                document.textLength() >= context.limits().textCharacters()
                        || document.integratedBytes() >= context.limits().documentBytes();
        return isFull && !content.header().structs().isEmpty()
                ? Failure.FILE_TOO_LARGE
                : guard.refusalOf(content.header());
    }

    private boolean append(PendingRow row, @Nullable BaseChange base) {
        var stored = document.stored();
        var entry =
                new UpdateLog.Row(stored.workspace(), epoch, stored.id(), row.update, base, row);
        if (!context.log().offer(entry)) {
            return false;
        }
        document.addPending(row);
        return true;
    }

    private void settle(PendingRow row) {
        var refusal = context.leases().refusalOf(row, document.stored().workspace(), epoch);
        if (refusal == null) {
            row.author.committed();
        } else {
            row.author.refused(refusal);
        }
        for (var covered : row.covered) {
            if (document.covers(covered.header())) {
                covered.author().committed();
            } else if (document.coversWithPending(covered.header())) {
                document.newestPending().covered.add(covered);
            } else {
                covered.author().refused(refusal == null ? Failure.DOCUMENT_UNAVAILABLE : refusal);
            }
        }
    }

    private void addRelayed(Subscription subscription, Content content, Ack ack) {
        if (subscription.relayed.size() >= UPDATES_PER_VIEWER) {
            answerViewer(subscription, ack);
            return;
        }
        var until = context.clock().instant().plus(context.limits().viewerWait());
        subscription.relayed.add(new RelayedUpdate(content, ack, until));
    }

    private void settleRelayed(Subscription subscription) {
        if (subscription.relayed.isEmpty()) {
            return;
        }
        subscription.relayed.removeIf(update -> {
            boolean isCovered = document.covers(update.content().header());
            if (isCovered) {
                subscription.acks.committed(update.ack());
            }
            return isCovered;
        });
    }

    private void expireRelayed(Subscription subscription) {
        var now = context.clock().instant();
        while (!subscription.relayed.isEmpty()
                && subscription.relayed.getFirst().until().isBefore(now)) {
            answerViewer(subscription, subscription.relayed.removeFirst().ack());
        }
        acknowledge(subscription);
    }

    private void answerViewer(Subscription subscription, Ack ack) {
        subscription.send(ServerMessage.status(false));
        subscription.acks.cancel(ack);
        subscription.acks.committed(ack);
        count("refused");
    }

    /// Requests dropped updates, one subscription after another, while there is capacity.
    private void requestAllDropped() {
        for (var subscription : subscriptions) {
            if (isFull()) {
                return;
            }
            if (subscription.isOpen() && subscription.acks.requestDropped()) {
                sendStep1(subscription);
            }
        }
    }

    private boolean isFull() {
        return document.isEnding()
                || document.pendingBytes() >= context.limits().uncommittedBytes();
    }

    private void sendStep1(Subscription subscription) {
        subscription.send(ServerMessage.step1(document.vector()));
    }

    private void acknowledge(Subscription subscription) {
        var metrics = context.metrics();
        metrics.acknowledgements()
                .add(subscription.acknowledge(metrics.acknowledgementSeconds()::recordNanos));
    }

    /// Refuses a message that cannot be read.
    void refuseMessage(Subscription subscription, Failure why) {
        if (why == Failure.UPDATE_MALFORMED) {
            refuseContent(subscription, why);
        } else {
            refuse(subscription, why);
        }
    }

    /// Refuses an update, and closes the document to its sender.
    void refuseContent(Subscription subscription, Failure why) {
        subscription.send(ServerMessage.status(false));
        refuse(subscription, why);
        count("refused");
    }

    /// Closes the document to a client; its messages are dropped until a new login.
    void refuse(Subscription subscription, Failure why) {
        if (!subscription.isOpen()) {
            return;
        }
        subscription.close(why);
        context.metrics().refusals().increment(why.wireName());
        LOG.atInfo()
                .addKeyValue("event.action", "collab.document_closed")
                .addKeyValue("document", document.stored().id())
                .addKeyValue("failure", why.wireName())
                .log("a document was closed to a client");
    }

    private void count(String outcome) {
        context.metrics().updates().increment(outcome);
    }
}

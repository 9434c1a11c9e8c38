package dev.qide.server.collab;

import dev.qide.server.collab.AckTracker.Ack;
import dev.qide.server.collab.PendingRow.Covered;
import dev.qide.server.collab.Subscription.PassedOn;
import dev.qide.server.collab.awareness.AwarenessRelay;
import dev.qide.server.collab.protocol.ClientMessage.Content;
import dev.qide.server.collab.protocol.ServerMessage;
import dev.qide.server.store.UpdateLog;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes the updates of one generation of a document in, and tells everybody what was committed.
///
/// **Commit first.** An update is read, checked, and offered to the log; only when it is committed
/// is it integrated, shown to anybody or acknowledged. What was committed together is one frame.
/// Around that stand the rules of [AckTracker], and these:
///
/// - An update that brings nothing new is acknowledged and not stored again; what is new only
///   because its rows are still on their way waits for them and shares their failure.
/// - At the bound on uncommitted bytes updates are dropped; the bound is looked at before a message
///   is taken, so that one message of any size passes.
/// - An update that needs ids nobody has sent is stored, and its sender is asked for them. Nobody
///   is sent it before they have come; how much may wait is bounded by [PendingUpdates].
/// - A viewer's update waits a while to become covered: its tab may be passing on what an editing
///   tab of the same browser is about to send.
///
/// Owned by the document's thread.
final class UpdatePipeline {
    private static final Logger LOG = LoggerFactory.getLogger(UpdatePipeline.class);
    private static final int ACKS_OF_A_SUBSCRIPTION = 65_536;
    private static final int UPDATES_OF_A_VIEWER = 256;

    private final DocumentContext around;
    private final LiveDocument document;
    private final GenesisGuard guard;
    private final long epoch;
    private final Collection<Subscription> subscriptions;
    private final Broadcaster broadcaster;
    private final AwarenessRelay presence;
    private final Runnable settled;

    /// Who sent an update from a socket, and the acknowledgement that it waits for.
    private final class Sender implements PendingRow.Author {
        private final Subscription subscription;
        private final Ack ack;

        private Sender(Subscription subscription, Ack ack) {
            this.subscription = subscription;
            this.ack = ack;
        }

        @Override
        public String principal() {
            return subscription.member.key();
        }

        @Override
        public void committed() {
            subscription.acks.settle(ack);
        }

        @Override
        public void refused(Failure why) {
            refuseContent(subscription, why);
        }
    }

    /// @param settled raised by the log's writer when the outcome of a row is known
    UpdatePipeline(
            DocumentContext around,
            LiveDocument document,
            long epoch,
            Collection<Subscription> subscriptions,
            Broadcaster broadcaster,
            Runnable settled) {
        this.around = around;
        this.document = document;
        this.epoch = epoch;
        this.subscriptions = subscriptions;
        this.broadcaster = broadcaster;
        presence = broadcaster.presence();
        this.settled = settled;
        guard = new GenesisGuard(around.registry(), document);
    }

    LiveDocument document() {
        return document;
    }

    long epoch() {
        return epoch;
    }

    /// The client's step 1: asked in turn at once, then sent what it lacks, and who is present.
    void step1(Subscription subscription, StateVector vector) {
        var refusal = guard.refusalOf(vector);
        if (refusal != null) {
            refuse(subscription, refusal);
            return;
        }
        subscription.isFirstPresence = true;
        if (subscription.acks.begin(vector)) {
            ask(subscription);
        }
        subscription.replay(vector);
        pump(subscription);
    }

    /// A step 2 or an update.
    void content(Subscription subscription, Content content) {
        var acks = subscription.acks;
        var ack =
                content.isStep2()
                        ? acks.step2()
                        : acks.update(content.header(), content.isPonged());
        if (acks.waiting() > ACKS_OF_A_SUBSCRIPTION) {
            refuseContent(subscription, Failure.TOO_MANY_REQUESTS);
        } else if (document.covers(content.header())) {
            acks.accepted(ack);
            acks.settle(ack);
            count("covered");
        } else if (!subscription.canEdit()) {
            passOn(subscription, content, ack);
        } else {
            take(subscription, content, ack);
        }
        acknowledge(subscription);
    }

    /// Content that was dropped before it could be read.
    void lostContent(Subscription subscription, boolean isStep2) {
        var _ = isStep2 ? subscription.acks.step2() : subscription.acks.unreadUpdate();
        subscription.acks.dropped();
        count("dropped");
    }

    /// A change by the server; it is done at once when it changes nothing.
    ///
    /// @throws RuntimeException what the change itself throws, or why it cannot be taken
    void edit(ServerEdit edit) {
        var hunks = edit.hunks(document.text());
        if (hunks.isEmpty()) {
            edit.done(committedText());
            return;
        }
        var update =
                around.heavy(
                        document.integratedBytes(), () -> document.edit(hunks, around.random()));
        var author =
                new PendingRow.Author() {
                    @Override
                    public void committed() {
                        edit.done(committedText());
                    }

                    @Override
                    public void refused(Failure why) {
                        edit.failed(new FailureException(why));
                    }
                };
        var row = new PendingRow(update, UpdateHeader.read(update), author, settled);
        if (!append(row)) {
            throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
        }
        count("server");
    }

    /// The committed text as others are told it.
    Collaboration.CommittedText committedText() {
        var stored = document.stored();
        return new Collaboration.CommittedText(
                stored.id(), stored.workspace(), stored.path(), document.text());
    }

    /// Sends what the subscription lacks while its socket has room.
    void pump(Subscription subscription) {
        if (subscription.isServed()
                && subscription.pump(vector ->
                        around.heavy(document.integratedBytes(), () -> document.since(vector)))) {
            presence.tell(subscription);
        }
        presence.roomAgain(subscription);
    }

    /// Rows were committed or refused: everyone is told, at once or soon, and their authors.
    ///
    /// @throws RuntimeException when a committed row does not integrate, which is a defect
    void settled() {
        broadcaster.begin(document);
        var batch = document.takeSettled();
        if (batch.rows().isEmpty()) {
            return;
        }
        broadcaster.settled(batch.rows(), batch.integrated());
        broadcaster.tellWhenDue();
        if (!batch.integrated().isEmpty()) {
            around.listener()
                    .documentChanged(document.stored().workspace(), document.stored().path());
        }
        for (var row : batch.rows()) {
            settle(row);
        }
        for (var subscription : subscriptions) {
            lookAgainAtPassedOn(subscription);
            acknowledge(subscription);
        }
        askForDropped();
    }

    /// Does what time brings.
    void tick() {
        for (var subscription : subscriptions) {
            presence.release(subscription);
            giveUpPassedOn(subscription);
        }
        presence.expire();
        askForDropped();
    }

    private void take(Subscription subscription, Content content, Ack ack) {
        var refusal = refusalOf(content);
        if (refusal != null) {
            refuseContent(subscription, refusal);
            return;
        }
        var sender = new Sender(subscription, ack);
        if (document.coversWithPending(content.header())) {
            subscription.acks.accepted(ack);
            document.newestPending().covered.add(new Covered(sender, content.header()));
            count("covered");
            return;
        }
        store(subscription, content, sender);
    }

    private void store(Subscription subscription, Content content, Sender sender) {
        var ack = sender.ack;
        var waiting = document.waiting();
        var gaps = document.gaps(content.header());
        boolean mustWait = waiting.mustWait(content.header(), gaps);
        if (mustWait && waiting.refuses(subscription.member.key(), content.isStep2())) {
            refuseContent(subscription, Failure.TOO_MANY_REQUESTS);
            return;
        }
        boolean mayAsk = !gaps.isEmpty() && !content.isStep2();
        boolean isStranger = mayAsk && !subscription.acks.hasBegun();
        boolean isFull = isFull() || (mustWait && waiting.isFull());
        var row = new PendingRow(content.update(), content.header(), sender, settled);
        if (isStranger || subscription.acks.mustDrop(ack, isFull) || !append(row)) {
            subscription.acks.dropped();
            count("dropped");
            return;
        }
        subscription.newestRow = row;
        subscription.acks.accepted(ack);
        count("stored");
        if (mayAsk && subscription.acks.asksForMissing(gaps)) {
            ask(subscription);
        }
    }

    /// What only deletes is always taken: it is the way back below the bound.
    private @Nullable Failure refusalOf(Content content) {
        boolean isFull =
                document.textLength() >= around.limits().textCharacters()
                        || document.integratedBytes() >= around.limits().documentBytes();
        return isFull && !content.header().structs().isEmpty()
                ? Failure.FILE_TOO_LARGE
                : guard.refusalOf(content.header());
    }

    private boolean append(PendingRow row) {
        var stored = document.stored();
        var entry = new UpdateLog.Row(stored.workspace(), epoch, stored.id(), row.update, row);
        if (!around.log().offer(entry)) {
            return false;
        }
        document.sent(row);
        return true;
    }

    private void settle(PendingRow row) {
        var refusal = row.refusal();
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

    private void passOn(Subscription subscription, Content content, Ack ack) {
        if (subscription.passedOn.size() >= UPDATES_OF_A_VIEWER) {
            answerViewer(subscription, ack);
            return;
        }
        var until = around.clock().instant().plus(around.limits().viewerWait());
        subscription.passedOn.add(new PassedOn(content, ack, until));
    }

    private void lookAgainAtPassedOn(Subscription subscription) {
        subscription.passedOn.removeIf(passed -> {
            boolean isCovered = document.covers(passed.content().header());
            if (isCovered) {
                subscription.acks.settle(passed.ack());
            }
            return isCovered;
        });
    }

    private void giveUpPassedOn(Subscription subscription) {
        var now = around.clock().instant();
        while (!subscription.passedOn.isEmpty()
                && subscription.passedOn.getFirst().until().isBefore(now)) {
            answerViewer(subscription, subscription.passedOn.removeFirst().ack());
        }
        acknowledge(subscription);
    }

    private void answerViewer(Subscription subscription, Ack ack) {
        subscription.send(ServerMessage.status(false));
        subscription.acks.cancel(ack);
        subscription.acks.settle(ack);
        count("refused");
    }

    /// Asks those whose updates were dropped, one after the other while there is room.
    private void askForDropped() {
        for (var subscription : subscriptions) {
            if (isFull()) {
                return;
            }
            if (subscription.isOpen() && subscription.acks.asksForDropped()) {
                ask(subscription);
            }
        }
    }

    private boolean isFull() {
        return document.pendingBytes() >= around.limits().uncommittedBytes();
    }

    private void ask(Subscription subscription) {
        subscription.send(ServerMessage.step1(document.vector()));
    }

    private void acknowledge(Subscription subscription) {
        around.metrics().acknowledgements().add(subscription.acknowledge());
    }

    /// A message that cannot be read.
    void refuseMessage(Subscription subscription, Failure why) {
        if (why == Failure.UPDATE_MALFORMED) {
            refuseContent(subscription, why);
        } else {
            refuse(subscription, why);
        }
    }

    private void refuseContent(Subscription subscription, Failure why) {
        subscription.send(ServerMessage.status(false));
        refuse(subscription, why);
        count("refused");
    }

    /// Closes the document to a client; its messages are dropped until it logs in anew.
    void refuse(Subscription subscription, Failure why) {
        if (!subscription.isOpen()) {
            return;
        }
        subscription.shut(why);
        around.metrics().refusals().increment(why.wireName());
        LOG.atInfo()
                .addKeyValue("event.action", "collab.document_closed")
                .addKeyValue("document", document.stored().id())
                .addKeyValue("failure", why.wireName())
                .log("a document was closed to a client");
    }

    private void count(String outcome) {
        around.metrics().updates().increment(outcome);
    }
}

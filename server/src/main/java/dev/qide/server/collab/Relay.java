package dev.qide.server.collab;

import dev.qide.server.collab.Inbound.Content;
import dev.qide.server.collab.PendingRow.Covered;
import dev.qide.server.collab.Receipts.Receipt;
import dev.qide.server.collab.Seat.PassedOn;
import dev.qide.server.store.UpdateLog;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes the updates of one incarnation of a document in, and tells everybody what was committed.
///
/// **Commit first.** An update is read, checked, and offered to the log; only when it is committed
/// is it integrated, shown to anybody or acknowledged. What was committed together is one frame.
/// Around that stand the rules of [Receipts], and these:
///
/// - An update that brings nothing new is acknowledged and not stored again; what is new only
///   because its rows are still on their way waits for them and shares their failure.
/// - At the bound on uncommitted bytes updates are dropped; the bound is looked at before a message
///   is taken, so that one message of any size passes.
/// - An update that needs ids nobody has sent is stored, and its sender is asked for them. Nobody
///   is sent it before they have come; how much may wait is bounded by [WaitingUpdates].
/// - A viewer's update waits a while to become covered: its tab may be passing on what an editing
///   tab of the same browser is about to send.
///
/// Owned by the document's thread.
final class Relay {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final int RECEIPTS_OF_A_SEAT = 65_536;
    private static final int UPDATES_OF_A_VIEWER = 256;

    private final Surroundings around;
    private final LiveDocument document;
    private final GenesisGuard guard;
    private final long epoch;
    private final Collection<Seat> seats;
    private final FanOut fanOut;
    private final PresenceRelay presence;
    private final Runnable settled;

    /// Who sent an update from a socket, and the acknowledgement that it waits for.
    private final class Sender implements PendingRow.Author {
        private final Seat seat;
        private final Receipt receipt;

        private Sender(Seat seat, Receipt receipt) {
            this.seat = seat;
            this.receipt = receipt;
        }

        @Override
        public String person() {
            return seat.member.key();
        }

        @Override
        public void committed() {
            seat.receipts.settle(receipt);
        }

        @Override
        public void refused(Failure why) {
            refuseContent(seat, why);
        }
    }

    /// @param settled raised by the log's writer when the outcome of a row is known
    Relay(
            Surroundings around,
            LiveDocument document,
            long epoch,
            Collection<Seat> seats,
            FanOut fanOut,
            Runnable settled) {
        this.around = around;
        this.document = document;
        this.epoch = epoch;
        this.seats = seats;
        this.fanOut = fanOut;
        presence = fanOut.presence();
        this.settled = settled;
        guard = new GenesisGuard(around.geneses(), document);
    }

    LiveDocument document() {
        return document;
    }

    long epoch() {
        return epoch;
    }

    /// The client's step 1: asked in turn at once, then sent what it lacks, and who is present.
    void step1(Seat seat, StateVector vector) {
        var refusal = guard.refusalOf(vector);
        if (refusal != null) {
            refuse(seat, refusal);
            return;
        }
        seat.isFirstPresence = true;
        if (seat.receipts.begin(vector)) {
            ask(seat);
        }
        seat.replay(vector);
        pump(seat);
    }

    /// A step 2 or an update.
    void content(Seat seat, Content content) {
        var receipts = seat.receipts;
        var receipt =
                content.isStep2()
                        ? receipts.step2()
                        : receipts.update(content.header(), content.isPonged());
        if (receipts.waiting() > RECEIPTS_OF_A_SEAT) {
            refuseContent(seat, Failure.TOO_MANY_REQUESTS);
        } else if (document.covers(content.header())) {
            receipts.accepted(receipt);
            receipts.settle(receipt);
            count("covered");
        } else if (!seat.access.canEdit(seat.member)) {
            passOn(seat, content, receipt);
        } else {
            take(seat, content, receipt);
        }
        acknowledge(seat);
    }

    /// Content that was dropped before it could be read.
    void lostContent(Seat seat, boolean isStep2) {
        var _ = isStep2 ? seat.receipts.step2() : seat.receipts.unreadUpdate();
        seat.receipts.dropped();
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

    /// Sends what the seat lacks while its socket has room.
    void pump(Seat seat) {
        if (seat.isServed()
                && seat.pump(vector ->
                        around.heavy(document.integratedBytes(), () -> document.since(vector)))) {
            presence.tell(seat);
        }
        presence.roomAgain(seat);
    }

    /// Rows were committed or refused: everyone is told, at once or soon, and their authors.
    ///
    /// @throws RuntimeException when a committed row does not integrate, which is a defect
    void settled() {
        fanOut.begin(document);
        var batch = document.takeSettled();
        if (batch.rows().isEmpty()) {
            return;
        }
        fanOut.settled(batch.rows(), batch.integrated());
        fanOut.tellWhenDue();
        if (!batch.integrated().isEmpty()) {
            around.watcher()
                    .documentChanged(document.stored().workspace(), document.stored().path());
        }
        for (var row : batch.rows()) {
            settle(row);
        }
        for (var seat : seats) {
            lookAgainAtPassedOn(seat);
            acknowledge(seat);
        }
        askForDropped();
    }

    /// Does what time brings.
    void tick() {
        for (var seat : seats) {
            presence.release(seat);
            giveUpPassedOn(seat);
        }
        presence.expire();
        askForDropped();
    }

    private void take(Seat seat, Content content, Receipt receipt) {
        var refusal = refusalOf(content);
        if (refusal != null) {
            refuseContent(seat, refusal);
            return;
        }
        var sender = new Sender(seat, receipt);
        if (document.coversWithPending(content.header())) {
            seat.receipts.accepted(receipt);
            document.newestPending().covered.add(new Covered(sender, content.header()));
            count("covered");
            return;
        }
        store(seat, content, sender);
    }

    private void store(Seat seat, Content content, Sender sender) {
        var receipt = sender.receipt;
        var waiting = document.waiting();
        var gaps = document.gaps(content.header());
        boolean mustWait = waiting.mustWait(content.header(), gaps);
        if (mustWait && waiting.refuses(seat.member.key(), content.isStep2())) {
            refuseContent(seat, Failure.TOO_MANY_REQUESTS);
            return;
        }
        boolean mayAsk = !gaps.isEmpty() && !content.isStep2();
        boolean isStranger = mayAsk && !seat.receipts.hasBegun();
        boolean isFull = isFull() || (mustWait && waiting.isFull());
        var row = new PendingRow(content.update(), content.header(), sender, settled);
        if (isStranger || seat.receipts.mustDrop(receipt, isFull) || !append(row)) {
            seat.receipts.dropped();
            count("dropped");
            return;
        }
        seat.newestRow = row;
        seat.receipts.accepted(receipt);
        count("stored");
        if (mayAsk && seat.receipts.asksForMissing(gaps)) {
            ask(seat);
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

    private void passOn(Seat seat, Content content, Receipt receipt) {
        if (seat.passedOn.size() >= UPDATES_OF_A_VIEWER) {
            answerViewer(seat, receipt);
            return;
        }
        var until = around.clock().instant().plus(around.limits().viewerWait());
        seat.passedOn.add(new PassedOn(content, receipt, until));
    }

    private void lookAgainAtPassedOn(Seat seat) {
        seat.passedOn.removeIf(passed -> {
            boolean isCovered = document.covers(passed.content().header());
            if (isCovered) {
                seat.receipts.settle(passed.receipt());
            }
            return isCovered;
        });
    }

    private void giveUpPassedOn(Seat seat) {
        var now = around.clock().instant();
        while (!seat.passedOn.isEmpty() && seat.passedOn.getFirst().until().isBefore(now)) {
            answerViewer(seat, seat.passedOn.removeFirst().receipt());
        }
        acknowledge(seat);
    }

    private void answerViewer(Seat seat, Receipt receipt) {
        seat.send(Frame.status(false));
        seat.receipts.cancel(receipt);
        seat.receipts.settle(receipt);
        count("refused");
    }

    /// Asks those whose updates were dropped, one after the other while there is room.
    private void askForDropped() {
        for (var seat : seats) {
            if (isFull()) {
                return;
            }
            if (seat.isOpen() && seat.receipts.asksForDropped()) {
                ask(seat);
            }
        }
    }

    private boolean isFull() {
        return document.pendingBytes() >= around.limits().uncommittedBytes();
    }

    private void ask(Seat seat) {
        seat.send(Frame.step1(document.vector()));
    }

    private void acknowledge(Seat seat) {
        around.metrics().acknowledgements().add(seat.acknowledge());
    }

    /// A message that cannot be read.
    void refuseMessage(Seat seat, Failure why) {
        if (why == Failure.UPDATE_MALFORMED) {
            refuseContent(seat, why);
        } else {
            refuse(seat, why);
        }
    }

    private void refuseContent(Seat seat, Failure why) {
        seat.send(Frame.status(false));
        refuse(seat, why);
        count("refused");
    }

    /// Closes the document to a client; its messages are dropped until it logs in anew.
    void refuse(Seat seat, Failure why) {
        if (!seat.isOpen()) {
            return;
        }
        seat.shut(why);
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

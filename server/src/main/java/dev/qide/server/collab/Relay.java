package dev.qide.server.collab;

import dev.qide.server.collab.Inbound.Content;
import dev.qide.server.collab.PendingRow.Covered;
import dev.qide.server.collab.Receipts.Receipt;
import dev.qide.server.collab.Seat.PassedOn;
import dev.qide.server.store.UpdateLog;
import dev.qide.wire.Failure;
import dev.qide.yjs.StateVector;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Passes the updates of one incarnation of a document on, without knowing what they mean.
///
/// **Commit first.** An update is read, checked, and offered to the log; only when it is committed
/// is it shown to anybody or acknowledged. Around that stand the rules of [Receipts], and these:
///
/// - An update that brings nothing new is acknowledged and not stored again; what is new only
///   because its rows are still on their way waits for them and shares their failure.
/// - At the bound on uncommitted bytes updates are dropped; the bound is looked at before a message
///   is taken, so that one message of any size passes.
/// - An update that needs ids nobody has sent is stored, and its sender is asked for them.
/// - A viewer's update waits a while to become covered: its tab may be passing on what an editing
///   tab of the same browser is about to send.
///
/// Owned by the document's thread.
final class Relay {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final int RECEIPTS_OF_A_SEAT = 65_536;
    private static final int UPDATES_OF_A_VIEWER = 256;

    private final Surroundings around;
    private final DocumentRows rows;
    private final GenesisGuard guard;
    private final long epoch;
    private final Collection<Seat> seats;
    private final PresenceRelay presence;
    private final Runnable settled;

    /// @param settled raised by the log's writer when the outcome of a row is known
    Relay(
            Surroundings around,
            DocumentRows rows,
            long epoch,
            Collection<Seat> seats,
            PresenceRelay presence,
            Runnable settled) {
        this.around = around;
        this.rows = rows;
        this.epoch = epoch;
        this.seats = seats;
        this.presence = presence;
        this.settled = settled;
        guard = new GenesisGuard(around.documents(), rows);
    }

    DocumentRows rows() {
        return rows;
    }

    /// The client's step 1: asked in turn at once, then sent the rows it lacks, the step 2 that
    /// ends them, and who is present.
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
        seat.replay(vector, rows.size());
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
        } else if (rows.covers(content.header())) {
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

    /// Sends what the seat lacks while its socket has room.
    void pump(Seat seat) {
        if (seat.isServed()) {
            if (seat.pump(rows)) {
                presence.tell(seat);
            }
            var _ = seat.pump(rows);
        }
        presence.roomAgain(seat);
    }

    /// Rows were committed or refused: everyone is told, then their authors.
    void settled() {
        int before = rows.size();
        var batch = rows.takeSettled();
        if (batch.isEmpty()) {
            return;
        }
        if (rows.size() > before) {
            rows.share(before, () -> seats.forEach(this::pump));
            around.watcher().documentChanged(rows.stored().workspace(), rows.stored().path());
        }
        for (var row : batch) {
            settle(row);
        }
        for (var seat : seats) {
            presence.release(seat);
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
        var refusal = guard.refusalOf(content.header());
        if (refusal != null) {
            refuseContent(seat, refusal);
            return;
        }
        if (rows.coversWithPending(content.header())) {
            seat.receipts.accepted(receipt);
            rows.newestPending().covered.add(new Covered(seat, content.header(), receipt));
            count("covered");
            return;
        }
        var gaps = content.isStep2() ? null : rows.gaps(content.header());
        boolean isStranger = gaps != null && !gaps.isEmpty() && !seat.receipts.hasBegun();
        boolean isFull = rows.pendingBytes() >= around.limits().uncommittedBytes();
        if (isStranger
                || seat.receipts.mustDrop(receipt, isFull)
                || !append(seat, content, receipt)) {
            seat.receipts.dropped();
            count("dropped");
            return;
        }
        seat.receipts.accepted(receipt);
        count("stored");
        if (gaps != null && !gaps.isEmpty() && seat.receipts.asksForMissing(gaps)) {
            ask(seat);
        }
    }

    private boolean append(Seat seat, Content content, Receipt receipt) {
        var row = new PendingRow(content, seat, receipt, settled);
        var stored = rows.stored();
        var entry =
                new UpdateLog.Row(
                        stored.workspace(), epoch, stored.id(), content.update(), row);
        if (!around.log().offer(entry)) {
            return false;
        }
        rows.sent(row);
        seat.newestRow = row;
        return true;
    }

    private void settle(PendingRow row) {
        var refusal = row.refusal();
        if (refusal == null) {
            row.author.receipts.settle(row.receipt);
        } else {
            refuseContent(row.author, refusal);
        }
        for (var covered : row.covered) {
            if (rows.covers(covered.header())) {
                covered.seat().receipts.settle(covered.receipt());
            } else if (rows.coversWithPending(covered.header())) {
                rows.newestPending().covered.add(covered);
            } else {
                refuseContent(
                        covered.seat(), refusal == null ? Failure.DOCUMENT_UNAVAILABLE : refusal);
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
        seat.passedOn.removeIf(
                passed -> {
                    boolean isCovered = rows.covers(passed.content().header());
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
            if (rows.pendingBytes() >= around.limits().uncommittedBytes()) {
                return;
            }
            if (seat.isOpen() && seat.receipts.asksForDropped()) {
                ask(seat);
            }
        }
    }

    private void ask(Seat seat) {
        seat.send(Frame.step1(rows.vector()));
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
                .addKeyValue("event", "collab.document_closed")
                .addKeyValue("document", rows.stored().id())
                .addKeyValue("failure", why.wireName())
                .log("a document was closed to a client");
    }

    private void count(String outcome) {
        around.metrics().updates().increment(outcome);
    }
}

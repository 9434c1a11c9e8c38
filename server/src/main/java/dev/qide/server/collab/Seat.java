package dev.qide.server.collab;

import dev.qide.server.collab.Inbound.Content;
import dev.qide.server.collab.Receipts.Receipt;
import dev.qide.wire.Failure;
import dev.qide.yjs.StateVector;
import java.time.Instant;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// One socket at one document, from an Auth until its end: what the document knows of it.
///
/// Owned by the document's thread, except for the state, which anyone may read.
final class Seat {
    private static final int CAUGHT_UP = -1;

    final Address address;
    final Access.Member member;
    final Access access;
    final Receipts receipts = new Receipts();

    /// Messages that came while the document was being opened.
    final EarlyMessages early = new EarlyMessages();

    /// Updates of a viewer that may yet become covered.
    final ArrayDeque<PassedOn> passedOn = new ArrayDeque<>();

    /// Presence that waits behind this seat's own updates.
    final ArrayDeque<HeldPresence> heldPresence = new ArrayDeque<>();

    /// The newest row of this seat that is not committed yet, or null.
    @Nullable PendingRow newestRow;

    /// Whether the next presence message is the first since a step 1.
    boolean isFirstPresence = true;

    /// Whether presence was passed over for lack of room.
    boolean lacksPresence;

    private final Subscriber out;
    private volatile Stage stage = Stage.WAITING;
    private boolean isServed;
    private int nextRow;
    private int replayEnd = CAUGHT_UP;
    private @Nullable StateVector replayFor;

    /// Where a seat is in its life.
    enum Stage {
        /// The document is being opened.
        WAITING,
        OPEN,
        /// Denied or closed by the server: its messages are dropped until a new Auth.
        SHUT,
        /// The client left, or its socket ended.
        GONE
    }

    /// An update of a viewer, until it is covered or its time is over.
    record PassedOn(Content content, Receipt receipt, Instant until) {}

    /// A presence message that is shown when the row before it is.
    record HeldPresence(
            Inbound.Presence presence, boolean mayTakeOver, PendingRow row, Instant until) {}

    Seat(Address address, Access.Member member, Access access, Subscriber out) {
        this.address = address;
        this.member = member;
        this.access = access;
        this.out = out;
    }

    boolean isOpen() {
        return stage == Stage.OPEN;
    }

    boolean isWaiting() {
        return stage == Stage.WAITING;
    }

    boolean isShut() {
        return stage == Stage.SHUT;
    }

    boolean isGone() {
        return stage == Stage.GONE;
    }

    /// The document is open: the client may know.
    void admit() {
        stage = Stage.OPEN;
        send(Frame.authenticated(access.canEdit(member)));
    }

    void deny(Failure why) {
        shut(Frame.denied(why));
    }

    void shut(Failure why) {
        shut(Frame.close(why));
    }

    void depart() {
        if (stage != Stage.SHUT) {
            stage = Stage.GONE;
        }
    }

    void send(Frame frame) {
        if (stage == Stage.WAITING || stage == Stage.OPEN) {
            out.frame(frame.at(address));
        }
    }

    private void shut(Frame word) {
        if (stage == Stage.WAITING || stage == Stage.OPEN) {
            stage = Stage.SHUT;
            out.frame(word.at(address));
        }
    }

    boolean hasRoom() {
        return out.hasRoom();
    }

    /// Begins to replay the rows that a client of this state vector needs; the step 2 follows them.
    void replay(StateVector vector, int rows) {
        isServed = true;
        nextRow = 0;
        replayEnd = rows;
        replayFor = vector;
    }

    /// Whether the client has asked for the document's rows and is told of new ones.
    boolean isServed() {
        return isServed && isOpen();
    }

    /// Sends rows while there is room.
    ///
    /// @return whether the replay came to its end in this call
    boolean pump(DocumentRows rows) {
        while (nextRow < rows.size() && nextRow != replayEnd && hasRoom()) {
            var row = rows.get(nextRow++);
            if (replayFor == null || !row.isKnownTo(replayFor)) {
                send(row.frame());
            }
        }
        if (nextRow != replayEnd || !hasRoom()) {
            return false;
        }
        replayEnd = CAUGHT_UP;
        replayFor = null;
        send(Frame.emptyStep2());
        return true;
    }

    /// Sends the acknowledgements that are due.
    ///
    /// @return how many
    int acknowledge() {
        int due = isOpen() ? receipts.takeDue() : 0;
        for (int i = 0; i < due; i++) {
            send(Frame.status(true));
        }
        return due;
    }
}

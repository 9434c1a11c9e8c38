package dev.qide.server.collab;

import dev.qide.server.collab.Inbound.Content;
import dev.qide.server.collab.Receipts.Receipt;
import dev.qide.wire.Failure;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.Updates;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One socket at one document, from an Auth until its end: what the document knows of it.
///
/// A client is sent each committed batch while its socket takes it. One that is too slow is not
/// sent a backlog: the state vector that it was left with is remembered, and when there is room
/// again it is sent what it lacks since.
///
/// Owned by the document's thread, except for the stage, which anyone may read.
final class Seat {
    /// A state larger than this is sent in parts, as the socket drains.
    static final int PART_BYTES = 256 << 10;

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

    private final Line line;
    private volatile Stage stage = Stage.WAITING;
    private boolean isServed;
    private @Nullable StateVector lacksSince;
    private Deque<byte[]> parts = new ArrayDeque<>(0);
    private boolean owesStep2;

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

    Seat(Access.Member member, Access access, Line line) {
        this.member = member;
        this.access = access;
        this.line = line;
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
        shut(Frame.denied(why), why);
    }

    void shut(Failure why) {
        shut(Frame.close(why), why);
    }

    void depart() {
        if (stage != Stage.SHUT) {
            stage = Stage.GONE;
        }
    }

    void send(Frame frame) {
        if (stage == Stage.WAITING || stage == Stage.OPEN) {
            line.send(frame);
        }
    }

    private void shut(Frame word, Failure why) {
        if (stage == Stage.WAITING || stage == Stage.OPEN) {
            stage = Stage.SHUT;
            line.end(word, why);
        }
    }

    boolean hasRoom() {
        return line.hasRoom();
    }

    /// The client has told what it has: it is sent the rest, and a step 2 with or behind it.
    void replay(StateVector vector) {
        isServed = true;
        lacksSince = vector;
        parts = new ArrayDeque<>(0);
        owesStep2 = true;
    }

    /// Whether the client has asked for the document and is told of new batches.
    boolean isServed() {
        return isServed && isOpen();
    }

    /// Whether the client still lacks text that others were told.
    boolean isBehind() {
        return lacksSince != null || !parts.isEmpty() || owesStep2;
    }

    /// A batch was committed: the client is sent it, or remembered to lack it.
    ///
    /// @param before what everybody had before this batch
    void tell(Frame batch, StateVector before) {
        if (!isBehind() && hasRoom()) {
            send(batch);
        } else if (lacksSince == null) {
            lacksSince = before;
        }
    }

    /// Sends what the client lacks while there is room.
    ///
    /// @param since what a client of a state vector lacks
    /// @return whether the client became synced in this call
    boolean pump(Function<StateVector, byte[]> since) {
        boolean isSynced = false;
        while (isBehind() && hasRoom()) {
            if (!parts.isEmpty()) {
                send(Frame.update(parts.removeFirst()));
            } else if (lacksSince != null) {
                isSynced |= begin(since.apply(lacksSince));
            } else {
                owesStep2 = false;
                isSynced = true;
                send(Frame.emptyStep2());
            }
        }
        return isSynced;
    }

    private boolean begin(byte[] update) {
        lacksSince = null;
        if (update.length > PART_BYTES) {
            parts = new ArrayDeque<>(Updates.split(update, PART_BYTES));
            return false;
        }
        boolean isStep2 = owesStep2;
        owesStep2 = false;
        send(isStep2 ? Frame.step2(update) : Frame.update(update));
        return isStep2;
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

package dev.qide.server.collab;

import dev.qide.server.collab.AckTracker.Ack;
import dev.qide.server.collab.protocol.ClientMessage;
import dev.qide.server.collab.protocol.ClientMessage.Content;
import dev.qide.server.collab.protocol.FrameSink;
import dev.qide.server.collab.protocol.ServerMessage;
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
public final class Subscription {
    /// A state larger than this is sent in parts, as the socket drains.
    static final int PART_BYTES = 256 << 10;

    public final Access.Member member;
    final Access access;
    final AckTracker acks = new AckTracker();

    /// Messages that came while the document was being opened.
    final EarlyMessages early = new EarlyMessages();

    /// Updates of a viewer that may yet become covered.
    final ArrayDeque<PassedOn> passedOn = new ArrayDeque<>();

    /// Presence that waits behind this subscription's own updates.
    public final ArrayDeque<HeldPresence> heldPresence = new ArrayDeque<>();

    /// The newest row of this subscription that is not committed yet, or null.
    @Nullable public PendingRow newestRow;

    /// Whether the next presence message is the first since a step 1.
    public boolean isFirstPresence = true;

    /// Whether presence was passed over for lack of room.
    public boolean lacksPresence;

    private final FrameSink sink;
    private volatile Stage stage = Stage.WAITING;
    private boolean isFileReadOnly;
    private boolean isServed;
    private @Nullable StateVector lacksSince;
    private Deque<byte[]> parts = new ArrayDeque<>(0);
    private boolean owesStep2;

    /// Where a subscription is in its life.
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
    record PassedOn(Content content, Ack ack, Instant until) {}

    /// A presence message that is shown when the row before it is.
    public record HeldPresence(
            ClientMessage.Presence presence, boolean mayTakeOver, PendingRow row, Instant until) {}

    Subscription(Access.Member member, Access access, FrameSink sink) {
        this.member = member;
        this.access = access;
        this.sink = sink;
    }

    public boolean isOpen() {
        return stage == Stage.OPEN;
    }

    boolean isWaiting() {
        return stage == Stage.WAITING;
    }

    boolean isShut() {
        return stage == Stage.SHUT;
    }

    public boolean isGone() {
        return stage == Stage.GONE;
    }

    /// The document is open: the client may know.
    ///
    /// @param isReadOnly whether nobody may change the file
    void admit(boolean isReadOnly) {
        stage = Stage.OPEN;
        isFileReadOnly = isReadOnly;
        admitAgain();
    }

    /// The client sent another Auth.
    void admitAgain() {
        send(ServerMessage.authenticated(canEdit()));
    }

    /// Whether the client may change the document that it has open.
    boolean canEdit() {
        return !isFileReadOnly && access.canEdit(member);
    }

    void deny(Failure why) {
        shut(ServerMessage.denied(why), why);
    }

    void shut(Failure why) {
        shut(ServerMessage.close(why), why);
    }

    void depart() {
        if (stage != Stage.SHUT) {
            stage = Stage.GONE;
        }
    }

    public void send(ServerMessage frame) {
        if (stage == Stage.WAITING || stage == Stage.OPEN) {
            sink.send(frame);
        }
    }

    private void shut(ServerMessage word, Failure why) {
        if (stage == Stage.WAITING || stage == Stage.OPEN) {
            stage = Stage.SHUT;
            sink.end(word, why);
        }
    }

    public boolean hasRoom() {
        return sink.hasRoom();
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
    public boolean isBehind() {
        return lacksSince != null || !parts.isEmpty() || owesStep2;
    }

    /// A batch was committed: the client is sent it, or remembered to lack it.
    ///
    /// @param before what everybody had before this batch
    void tell(ServerMessage batch, StateVector before) {
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
                send(ServerMessage.update(parts.removeFirst()));
            } else if (lacksSince != null) {
                isSynced |= begin(since.apply(lacksSince));
            } else {
                owesStep2 = false;
                isSynced = true;
                send(ServerMessage.emptyStep2());
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
        send(isStep2 ? ServerMessage.step2(update) : ServerMessage.update(update));
        return isStep2;
    }

    /// Sends the acknowledgements that are due.
    ///
    /// @return how many
    int acknowledge() {
        int due = isOpen() ? acks.takeDue() : 0;
        for (int i = 0; i < due; i++) {
            send(ServerMessage.status(true));
        }
        return due;
    }
}

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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// One socket's subscription to one document, from an Auth until its end.
///
/// A client receives each committed batch while its socket accepts frames. A slow client has no
/// backlog: the server remembers the client's state vector and sends the difference when the socket
/// accepts frames again.
///
/// Owned by the document's thread, except for the stage, which any thread may read, and the count
/// of arriving messages.
public final class Subscription {
    /// A larger state is sent in parts, as the socket drains.
    static final int PART_BYTES = 256 << 10;

    /// The person behind the socket.
    public final Access.Member member;

    final Access access;
    final AckTracker acks = new AckTracker();

    /// The summary of this subscription's edits for the log.
    final EditSummary edits;

    /// Messages that arrived while the document was being opened.
    final EarlyMessages early = new EarlyMessages();

    /// Updates of a viewer that may yet be covered.
    final ArrayDeque<RelayedUpdate> relayed = new ArrayDeque<>();

    /// Awareness messages that wait behind this subscription's own updates.
    public final ArrayDeque<HeldPresence> heldPresence = new ArrayDeque<>();

    /// The newest uncommitted row of this subscription, or null.
    @Nullable public PendingRow newestRow;

    /// Whether the next awareness message is the first one, or the first after the first step 1.
    /// Before its first step 1, a provider sends the messages that it queued while it was offline;
    /// after a later one, which only resyncs, it may send back the state of another client.
    public boolean isFirstPresence = true;

    /// Whether awareness was skipped because the socket was full.
    public boolean lacksAwareness;

    /// When the next awareness query may be answered.
    public Instant nextAwarenessAnswer = Instant.MIN;

    private final FrameSink sink;
    private final AtomicInteger arriving = new AtomicInteger();
    private volatile Stage stage = Stage.WAITING;
    private boolean isFileReadOnly;
    private boolean isServed;
    private @Nullable StateVector lacksSince;
    private Deque<byte[]> parts = new ArrayDeque<>(0);
    private boolean owesStep2;

    /// The stage of a subscription.
    enum Stage {
        /// The document is being opened.
        WAITING,
        OPEN,
        /// Denied or closed by the server; messages are dropped until a new Auth.
        CLOSED,
        /// The client left, or its socket ended.
        LEFT
    }

    /// An update relayed by a viewer, until it is covered or expires.
    record RelayedUpdate(Content content, Ack ack, Instant until) {}

    /// An awareness message that is broadcast after the row before it.
    public record HeldPresence(
            ClientMessage.Presence presence, boolean mayTakeOver, PendingRow row, Instant until) {}

    Subscription(Access.Member member, Access access, FrameSink sink) {
        this.member = member;
        this.access = access;
        this.sink = sink;
        this.edits = new EditSummary(member.key());
    }

    /// The member under the name that others see now.
    public Access.Member currentMember() {
        return access.current(member);
    }

    /// Whether the document is open for the client.
    public boolean isOpen() {
        return stage == Stage.OPEN;
    }

    boolean isWaiting() {
        return stage == Stage.WAITING;
    }

    boolean isClosed() {
        return stage == Stage.CLOSED;
    }

    /// Whether the client has left. A subscription that the server closed has not left.
    public boolean hasLeft() {
        return stage == Stage.LEFT;
    }

    /// Records that a message is being read or queued. Thread-safe.
    void beginArrival() {
        arriving.incrementAndGet();
    }

    /// Records that the document or the socket's reader has handled the message. Thread-safe.
    void endArrival() {
        arriving.decrementAndGet();
    }

    /// Whether a message has arrived that the document has not received. Thread-safe.
    boolean isArriving() {
        return arriving.get() > 0;
    }

    /// Admits the client to the open document.
    ///
    /// @param isReadOnly whether nobody may change the file
    void admit(boolean isReadOnly) {
        stage = Stage.OPEN;
        isFileReadOnly = isReadOnly;
        answerAuth();
    }

    /// Answers an Auth of a client that the document has admitted.
    void answerAuth() {
        send(ServerMessage.authenticated(canEdit()));
    }

    /// Whether the client may change the document that it has open.
    boolean canEdit() {
        return !isFileReadOnly && access.canEdit(member);
    }

    /// Whether a denial would close a socket that may have other documents.
    boolean isDenialForSocket(Failure why) {
        return sink.closesOtherDocuments(why);
    }

    void deny(Failure why) {
        close(ServerMessage.denied(why), why);
    }

    void close(Failure why) {
        close(ServerMessage.close(why), why);
    }

    void leave() {
        edits.end();
        if (stage != Stage.CLOSED) {
            stage = Stage.LEFT;
        }
    }

    /// Sends a message, unless the subscription has ended.
    public void send(ServerMessage frame) {
        if (stage == Stage.WAITING || stage == Stage.OPEN) {
            sink.send(frame);
        }
    }

    private void close(ServerMessage last, Failure why) {
        if (stage == Stage.WAITING || stage == Stage.OPEN) {
            stage = Stage.CLOSED;
            edits.end();
            sink.end(last, why);
        }
    }

    /// Whether the client's socket accepts further updates and awareness.
    public boolean isWritable() {
        return sink.isWritable();
    }

    /// Starts sending what a client with this state vector lacks, ending with a step 2.
    void replay(StateVector vector) {
        isServed = true;
        lacksSince = vector;
        parts = new ArrayDeque<>(0);
        owesStep2 = true;
    }

    /// Whether the client has sent a step 1 and receives new batches.
    boolean isServed() {
        return isServed && isOpen();
    }

    /// Whether the client still lacks text that others have received.
    public boolean isBehind() {
        return lacksSince != null || !parts.isEmpty() || owesStep2;
    }

    /// Sends a committed batch, or remembers that the client lacks it.
    ///
    /// @param before the state vector before this batch
    void sendBatch(ServerMessage batch, StateVector before) {
        if (!isBehind() && isWritable()) {
            send(batch);
        } else if (lacksSince == null) {
            lacksSince = before;
        }
    }

    /// Sends what the client lacks while the socket accepts frames.
    ///
    /// @param since encodes the content that a client with a given state vector lacks
    /// @return whether this call completed the client's sync
    boolean pump(Function<StateVector, byte[]> since) {
        boolean isSynced = false;
        while (isBehind() && isWritable()) {
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
    /// @param waited receives, for each, the nanoseconds since its message arrived
    /// @return their number
    int acknowledge(LongConsumer waited) {
        int due = isOpen() ? acks.takeDue(waited) : 0;
        for (int i = 0; i < due; i++) {
            send(ServerMessage.status(true));
        }
        return due;
    }
}

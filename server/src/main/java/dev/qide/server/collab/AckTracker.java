package dev.qide.server.collab;

import dev.qide.yjs.IdSet;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Tracks the acknowledgements that the server owes one socket for one document, and the sync step
/// 1 that the server has sent it.
///
/// A stock provider counts unsynced changes: sending step 1 sets its counter to one, each edit adds
/// one, each SyncStatus 1 subtracts one; at zero it reports everything as saved. The server must
/// therefore send exactly one acknowledgement per counted message, and never before the commit,
/// even across reconnects:
///
/// - **Hold.** From a client's step 1 until the step 2 that answers the server's own step 1 is
///   committed, acknowledgements wait: only the client knows of edits that were typed while the
///   previous connection was failing. Frames arrive in order, so the next step 2 is that answer and
///   one number identifies it.
/// - **Resent edits.** A client sends edits that it queued while offline without counting them;
///   their ids are in the state vector of its step 1. The server stores them and does not
///   acknowledge them. A step 1 cancels all outstanding acknowledgements, since the client restarts
///   its counter.
/// - **Step 2.** The server acknowledges the first step 2 after a client's step 1. The client does
///   not count a step 2 that answers the server's step 1. A step 2 settles every update received
///   before it, because it contains them all.
/// - **At most one step 1 of the server is unanswered.** The pending answer also serves any later
///   request.
/// - **Dropped updates.** After an update was dropped at the bound on uncommitted bytes, later
///   updates are dropped too, until the next step 2. The server requests it as soon as there is
///   capacity.
/// - **Missing ids** are requested once per gap.
///
/// Owned by the document's thread.
final class AckTracker {
    private static final long NOT_HELD = 0;
    private static final long UNTIL_REQUESTED = Long.MAX_VALUE;
    private static final int REQUESTED_GAPS = 1_024;

    private final ArrayDeque<Ack> waiting = new ArrayDeque<>();
    private final Map<Long, Long> requestedGaps = new HashMap<>();
    private @Nullable StateVector clientVector;
    private long messages;
    private long answers;
    private long heldUntilAnswer = NOT_HELD;
    private boolean isStep1Pending;
    private boolean hasDropped;
    private boolean owesStep2Ack;
    private boolean hasResent;

    /// One message that carried content.
    static final class Ack {
        private final long number;
        private final long answer;
        private final boolean isOwed;
        private final long receivedNanos;
        private boolean isCommitted;

        private Ack(long number, long answer, boolean isOwed, long receivedNanos) {
            this.number = number;
            this.answer = answer;
            this.isOwed = isOwed;
            this.receivedNanos = receivedNanos;
        }

        boolean isCommitted() {
            return isCommitted;
        }

        private boolean isStep2() {
            return answer > 0;
        }
    }

    /// Records the client's step 1.
    ///
    /// @return whether the server must send its own step 1 now
    boolean begin(StateVector vector) {
        waiting.clear();
        clientVector = vector;
        owesStep2Ack = true;
        hasResent = false;
        heldUntilAnswer = Math.max(heldUntilAnswer, answers + 1);
        return markStep1Sent();
    }

    /// Whether the client has sent a step 1.
    boolean hasBegun() {
        return clientVector != null;
    }

    /// Whether the client has yet to answer a step 1 of the server.
    boolean isStep1Pending() {
        return isStep1Pending;
    }

    /// Records an update that is not a step 2.
    ///
    /// @param receivedNanos when it arrived, by `System.nanoTime`
    Ack update(UpdateHeader header, boolean isPonged, long receivedNanos) {
        return keep(new Ack(++messages, 0, isCounted(header, isPonged), receivedNanos));
    }

    /// Records content that was dropped without being read.
    Ack unread(boolean isStep2) {
        long now = System.nanoTime();
        return isStep2 ? step2(now) : keep(new Ack(++messages, 0, true, now));
    }

    /// Records a step 2.
    ///
    /// @param receivedNanos when it arrived, by `System.nanoTime`
    Ack step2(long receivedNanos) {
        isStep1Pending = false;
        var ack = new Ack(++messages, ++answers, owesStep2Ack, receivedNanos);
        owesStep2Ack = false;
        return keep(ack);
    }

    /// Whether this message must be dropped, because the bound is reached or an earlier update was
    /// dropped.
    boolean mustDrop(Ack ack, boolean isFull) {
        return isFull || (hasDropped && !ack.isStep2());
    }

    /// Records that a message was dropped.
    void dropped() {
        hasDropped = true;
        heldUntilAnswer = UNTIL_REQUESTED;
    }

    /// Records that a message was taken. A step 2 makes up for every dropped update.
    void accepted(Ack ack) {
        if (hasDropped && ack.isStep2()) {
            hasDropped = false;
            heldUntilAnswer = Math.min(heldUntilAnswer, ack.answer);
        }
    }

    /// Whether to send a step 1, now that there is capacity, for the dropped updates.
    boolean requestDropped() {
        if (!hasDropped || !hasBegun() || isStep1Pending) {
            return false;
        }
        heldUntilAnswer = answers + 1;
        return markStep1Sent();
    }

    /// Whether to send a step 1 for ids that an update depends on and that nobody has sent.
    ///
    /// @param gaps the first missing clock of each client
    boolean requestMissing(Map<Long, Long> gaps) {
        boolean isNew = !requestedGaps.entrySet().containsAll(gaps.entrySet());
        if (!isNew || !hasBegun() || isStep1Pending) {
            return false;
        }
        if (requestedGaps.size() + gaps.size() > REQUESTED_GAPS) {
            requestedGaps.clear();
        }
        requestedGaps.putAll(gaps);
        heldUntilAnswer = Math.max(heldUntilAnswer, answers + 1);
        return markStep1Sent();
    }

    /// Settles a message: everything in it is committed.
    void committed(Ack ack) {
        ack.isCommitted = true;
        if (!ack.isStep2()) {
            return;
        }
        for (var earlier : waiting) {
            earlier.isCommitted |= earlier.number < ack.number;
        }
        if (ack.answer >= heldUntilAnswer) {
            heldUntilAnswer = NOT_HELD;
        }
    }

    /// Removes a message that was answered otherwise and needs no acknowledgement.
    void cancel(Ack ack) {
        waiting.remove(ack);
    }

    /// Removes the acknowledgements that are due.
    ///
    /// @param waited receives, for each, the nanoseconds since its message arrived
    /// @return their number
    int takeDue(LongConsumer waited) {
        if (heldUntilAnswer != NOT_HELD) {
            return 0;
        }
        int before = waiting.size();
        long now = System.nanoTime();
        waiting.removeIf(ack -> {
            if (ack.isCommitted()) {
                waited.accept(now - ack.receivedNanos);
            }
            return ack.isCommitted();
        });
        return before - waiting.size();
    }

    /// The number of messages that wait for an acknowledgement.
    int waiting() {
        return waiting.size();
    }

    private boolean markStep1Sent() {
        boolean mustSend = !isStep1Pending;
        isStep1Pending = true;
        return mustSend;
    }

    private Ack keep(Ack ack) {
        if (ack.isOwed) {
            waiting.add(ack);
        }
        return ack;
    }

    /// Whether the client counted this update. A delete-only update carries no ids. If it follows
    /// resent edits and precedes the client's first Pong or, if it knows no Ping, its first step 1,
    /// it was queued offline with them.
    private boolean isCounted(UpdateHeader header, boolean isPonged) {
        if (clientVector == null) {
            return true;
        }
        if (names(clientVector, header.structs())) {
            hasResent = true;
            return false;
        }
        return isPonged || answers > 0 || !hasResent || !header.structs().isEmpty();
    }

    private static boolean names(StateVector vector, IdSet ids) {
        var found = new boolean[1];
        ids.forEachRange((client, from, _) -> found[0] |= vector.clock(client) > from);
        return found[0];
    }
}

package dev.qide.server.collab;

import dev.qide.yjs.IdSet;
import dev.qide.yjs.StateVector;
import dev.qide.yjs.UpdateHeader;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which acknowledgements one socket is owed for one document, and what it is asked.
///
/// A stock provider counts: its step 1 sets its counter to one, each edit adds one, each SyncStatus
/// 1 takes one off; at nought it tells its user that everything is saved. So an acknowledgement may
/// be sent neither too early nor too often nor too seldom, across lost connections too:
///
/// - **Hold.** From a client's step 1 until the step 2 that answers the server's own is committed,
///   acknowledgements wait: an edit typed into a dying connection is known to the client alone.
///   Frames are in order, so the next step 2 is that answer, and one number is enough.
/// - **Counted once.** A client sends edits that it queued while offline without counting them; its
///   step 1 has named their ids. They are stored, never acknowledged. A step 1 cancels what was
///   still owed, since the client has begun to count anew.
/// - **A step 2** is acknowledged if it is the first since a client's step 1; one that answers the
///   server's own asking was not counted. It settles every update received before it, for it holds
///   all of them.
/// - **At most one step 1 of the server is unanswered**; the answer still to come serves a further
///   need.
/// - **Dropped.** Once an update was dropped at the bound on uncommitted bytes, the updates behind
///   it are dropped too, until the next step 2, for which the server asks when there is room.
/// - **Missing ids** are asked for once a gap.
///
/// Owned by the document's thread.
final class AckTracker {
    private static final long NOT_HELD = 0;
    private static final long UNTIL_ASKED_AGAIN = Long.MAX_VALUE;
    private static final int GAPS_REMEMBERED = 1_024;

    private final ArrayDeque<Ack> waiting = new ArrayDeque<>();
    private final Map<Long, Long> gapsAsked = new HashMap<>();
    private @Nullable StateVector named;
    private long messages;
    private long answers;
    private long heldUntilAnswer = NOT_HELD;
    private boolean isAsking;
    private boolean isBehind;
    private boolean owesAnswer;
    private boolean hasResent;

    /// One message that brought content.
    static final class Ack {
        private final long number;
        private final long answer;
        private final boolean isOwed;
        private boolean isSettled;

        private Ack(long number, long answer, boolean isOwed) {
            this.number = number;
            this.answer = answer;
            this.isOwed = isOwed;
        }

        boolean isSettled() {
            return isSettled;
        }

        private boolean isStep2() {
            return answer > 0;
        }
    }

    /// The client's step 1 came.
    ///
    /// @return whether the server's own step 1 must be sent now
    boolean begin(StateVector vector) {
        waiting.clear();
        named = vector;
        owesAnswer = true;
        hasResent = false;
        heldUntilAnswer = Math.max(heldUntilAnswer, answers + 1);
        return ask();
    }

    /// Whether the client has sent a step 1.
    boolean hasBegun() {
        return named != null;
    }

    /// An update came (not a step 2).
    Ack update(UpdateHeader header, boolean isPonged) {
        return keep(new Ack(++messages, 0, isCounted(header, isPonged)));
    }

    /// An update came that was dropped unread.
    Ack unreadUpdate() {
        return keep(new Ack(++messages, 0, true));
    }

    /// A step 2 came.
    Ack step2() {
        isAsking = false;
        var ack = new Ack(++messages, ++answers, owesAnswer);
        owesAnswer = false;
        return keep(ack);
    }

    /// Whether this message must be dropped: the bound is reached, or an update before it was
    /// dropped.
    boolean mustDrop(Ack ack, boolean isFull) {
        return isFull || (isBehind && !ack.isStep2());
    }

    /// The message was dropped.
    void dropped() {
        isBehind = true;
        heldUntilAnswer = UNTIL_ASKED_AGAIN;
    }

    /// The message was not dropped: a step 2 brings all that was.
    void accepted(Ack ack) {
        if (isBehind && ack.isStep2()) {
            isBehind = false;
            heldUntilAnswer = Math.min(heldUntilAnswer, ack.answer);
        }
    }

    /// Whether to ask, now that there is room, for what was dropped.
    boolean asksForDropped() {
        if (!isBehind || !hasBegun() || isAsking) {
            return false;
        }
        heldUntilAnswer = answers + 1;
        return ask();
    }

    /// Whether to ask for ids that an update needs and nobody has sent.
    ///
    /// @param gaps by client, the first clock that is missing
    boolean asksForMissing(Map<Long, Long> gaps) {
        boolean isNew = !gapsAsked.entrySet().containsAll(gaps.entrySet());
        if (!isNew || !hasBegun() || isAsking) {
            return false;
        }
        if (gapsAsked.size() + gaps.size() > GAPS_REMEMBERED) {
            gapsAsked.clear();
        }
        gapsAsked.putAll(gaps);
        heldUntilAnswer = Math.max(heldUntilAnswer, answers + 1);
        return ask();
    }

    /// The message is committed, or all of it was.
    void settle(Ack ack) {
        ack.isSettled = true;
        if (!ack.isStep2()) {
            return;
        }
        for (var earlier : waiting) {
            earlier.isSettled |= earlier.number < ack.number;
        }
        if (ack.answer >= heldUntilAnswer) {
            heldUntilAnswer = NOT_HELD;
        }
    }

    /// The message was answered in another way: nothing is owed for it any more.
    void cancel(Ack ack) {
        waiting.remove(ack);
    }

    /// How many acknowledgements to send now.
    int takeDue() {
        if (heldUntilAnswer != NOT_HELD) {
            return 0;
        }
        int before = waiting.size();
        waiting.removeIf(Ack::isSettled);
        return before - waiting.size();
    }

    /// How many messages wait for their acknowledgement.
    int waiting() {
        return waiting.size();
    }

    private boolean ask() {
        boolean mustSend = !isAsking;
        isAsking = true;
        return mustSend;
    }

    private Ack keep(Ack ack) {
        if (ack.isOwed) {
            waiting.add(ack);
        }
        return ack;
    }

    /// Whether the client counted this update. A delete-only update carries no id; if it came with
    /// others that were queued while offline, and before the client answered the first Ping or, if
    /// it knows no Ping, the first step 1, it was queued with them.
    private boolean isCounted(UpdateHeader header, boolean isPonged) {
        if (named == null) {
            return true;
        }
        if (names(named, header.structs())) {
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

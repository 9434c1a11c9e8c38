package dev.qide.server.oct;

import dev.qide.server.identity.Principal;
import dev.qide.server.oct.OctMessage.Workspace;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A person's request to join a room, which the host decides. Thread-safe; only [#await] blocks.
final class JoinRequest {
    /// How long a host may take.
    static final Duration LIFETIME = Duration.ofMinutes(5);

    private final Principal principal;
    private final Room room;
    private final long begunAt;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable Outcome outcome;
    private boolean isWaitReported;

    /// The state of a request, or its outcome.
    sealed interface Outcome {
        /// The host has not answered yet. The first poll returns it at once.
        record Waiting() implements Outcome {}

        /// @param token of the new peer
        record Accepted(String token, Workspace workspace, Peer host) implements Outcome {}

        record Rejected() implements Outcome {}

        record TimedOut() implements Outcome {}
    }

    JoinRequest(Principal principal, Room room, long begunAt) {
        this.principal = principal;
        this.room = room;
        this.begunAt = begunAt;
    }

    Principal principal() {
        return principal;
    }

    boolean isOf(Principal person) {
        return principal.id().equals(person.id());
    }

    Room room() {
        return room;
    }

    boolean isOverdue(long now, Duration after) {
        return now - begunAt > after.toNanos();
    }

    /// Ends the request; does nothing if it has ended.
    void end(Outcome end) {
        lock.lock();
        try {
            if (outcome == null) {
                outcome = end;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// The outcome; `Waiting` at the first call without one, and at each later one after the wait.
    Outcome await(Duration wait) throws InterruptedException {
        long left = wait.toNanos();
        lock.lock();
        try {
            if (outcome == null && !isWaitReported) {
                isWaitReported = true;
                return new Outcome.Waiting();
            }
            while (outcome == null && left > 0) {
                left = changed.awaitNanos(left);
            }
            return outcome == null ? new Outcome.Waiting() : outcome;
        } finally {
            lock.unlock();
        }
    }
}

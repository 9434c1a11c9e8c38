package dev.qide.server.collab;

import java.time.Duration;

/// Decides when the next broadcast of one document may start, by the time that the last ones took.
///
/// A broadcast writes to each socket, however little it carries, so frequent edits are batched. The
/// interval between the starts of two broadcasts is [#PERIODS] times the duration of the last ones,
/// so broadcasting takes a bounded share of the time. The interval is short while the machine is
/// idle, and grows when other work slows the writes down. It is at most [#LONGEST_PER_SUBSCRIPTION]
/// times the number of subscriptions, up to [#LONGEST], even while the last broadcast is still
/// being written. Documents with few subscriptions never wait.
///
/// The durations are smoothed, and they do not depend on the interval, so it does not oscillate.
///
/// Owned by the document's thread.
final class BroadcastThrottle {
    static final Duration LONGEST_PER_SUBSCRIPTION = Duration.ofNanos(100_000);
    static final Duration LONGEST = Duration.ofMillis(50);

    /// Broadcasting takes at most one fourth of the time.
    static final int PERIODS = 4;

    /// The last broadcast's weight in the average is one divided by this.
    private static final int SMOOTHING = 4;

    /// Shorter pauses are not worth a timer.
    private static final long SHORTEST_NANOS = 500_000;

    private static final int FEW_SUBSCRIPTIONS = 20;
    private static final long UNKNOWN = -1;

    private long begunAt;
    private boolean isWriting;
    private long averageNanos = UNKNOWN;

    /// @param now of [System#nanoTime()], as below
    BroadcastThrottle(long now) {
        begunAt = now - LONGEST.toNanos();
    }

    /// Whether broadcasts to this number of subscriptions may wait at all.
    static boolean isThrottled(int subscriptions) {
        return subscriptions >= FEW_SUBSCRIPTIONS;
    }

    /// A broadcast begins.
    void begun(long now) {
        begunAt = now;
        isWriting = true;
    }

    /// The last broadcast was written to all sockets that accept it.
    void written(long nanos) {
        isWriting = false;
        long bounded = Math.min(nanos, LONGEST.toNanos());
        averageNanos =
                averageNanos == UNKNOWN
                        ? bounded
                        : averageNanos + (bounded - averageNanos) / SMOOTHING;
    }

    /// The nanoseconds until the next broadcast may leave; not positive when it may leave now.
    long left(int subscriptions, long now) {
        return begunAt + pause(subscriptions) - now;
    }

    private long pause(int subscriptions) {
        if (!isThrottled(subscriptions)) {
            return 0;
        }
        long longest =
                Math.min(subscriptions * LONGEST_PER_SUBSCRIPTION.toNanos(), LONGEST.toNanos());
        if (isWriting || averageNanos == UNKNOWN) {
            return longest;
        }
        long pause = Math.min(longest, averageNanos * PERIODS);
        return pause < SHORTEST_NANOS ? 0 : pause;
    }
}

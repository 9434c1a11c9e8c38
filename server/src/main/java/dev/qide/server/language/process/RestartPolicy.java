package dev.qide.server.language.process;

import java.time.Duration;
import java.util.ArrayDeque;

/// Decides when a language server that ended is restarted: a back-off and a circuit breaker.
///
/// A server that has answered a request since its last start, or ran for a minute, restarts at
/// once. Only starts without an answer count: each waits twice as long as the one before, and after
/// the fifth the server pauses for a minute before one more attempt. Immediate restarts are limited
/// too, since a server may answer one request and crash on the next. Owned by one thread.
public final class RestartPolicy {
    public static final int FAILED_STARTS = 5;
    public static final int IMMEDIATE_RESTARTS_PER_MINUTE = 10;
    public static final Duration COOLDOWN = Duration.ofMinutes(1);
    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(250);
    private static final Duration BUSY_BACK_OFF = Duration.ofSeconds(2);
    private static final long STEADY_NANOS = Duration.ofMinutes(1).toNanos();

    private final ArrayDeque<Long> immediateRestarts = new ArrayDeque<>();
    private int failedStarts;

    /// The decision after an end.
    public sealed interface Decision {
        record Restart(Duration delay) implements Decision {}

        record CoolDown(Duration duration) implements Decision {}
    }

    /// Decides after the end of a server.
    ///
    /// @param hasServed whether it had answered a request since its start
    /// @param ranNanos how long it ran
    /// @param nowNanos by `System.nanoTime`
    public Decision ended(boolean hasServed, long ranNanos, long nowNanos) {
        if (hasServed || ranNanos >= STEADY_NANOS) {
            failedStarts = 0;
            while (!immediateRestarts.isEmpty()
                    && nowNanos - immediateRestarts.peekFirst() >= STEADY_NANOS) {
                immediateRestarts.removeFirst();
            }
            if (immediateRestarts.size() >= IMMEDIATE_RESTARTS_PER_MINUTE) {
                return new Decision.Restart(BUSY_BACK_OFF);
            }
            immediateRestarts.addLast(nowNanos);
            return new Decision.Restart(Duration.ZERO);
        }
        failedStarts++;
        if (failedStarts < FAILED_STARTS) {
            return new Decision.Restart(FIRST_BACK_OFF.multipliedBy(1L << (failedStarts - 1)));
        }
        // The next start without an answer is one too many again.
        failedStarts = FAILED_STARTS - 1;
        return new Decision.CoolDown(COOLDOWN);
    }
}

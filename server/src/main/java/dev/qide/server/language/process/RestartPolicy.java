package dev.qide.server.language.process;

import java.time.Duration;
import java.util.ArrayDeque;

/// When a language server that ended starts again: the back-off and the circuit breaker.
///
/// A server that has answered a request since its last start, or ran for a minute, starts again at
/// once. Only starts that served nobody count: each waits twice as long as the one before, and
/// after the fifth the server is given up for a minute, then tried once. What heals at once is
/// bounded too, since a server may answer one question and die of the next. Owned by one thread.
public final class RestartPolicy {
    public static final int EMPTY_STARTS = 5;
    public static final int AT_ONCE_STARTS_A_MINUTE = 10;
    public static final Duration GIVEN_UP = Duration.ofMinutes(1);
    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(250);
    private static final Duration BUSY_BACK_OFF = Duration.ofSeconds(2);
    private static final long STEADY_NANOS = Duration.ofMinutes(1).toNanos();

    private final ArrayDeque<Long> atOnce = new ArrayDeque<>();
    private int emptyStarts;

    /// What to do now.
    public sealed interface Verdict {
        record Again(Duration delay) implements Verdict {}

        record GivenUp(Duration pause) implements Verdict {}
    }

    /// A server has ended.
    ///
    /// @param hasServed whether it had answered a request since its start
    /// @param ranNanos for how long it ran
    /// @param nowNanos by `System.nanoTime`
    public Verdict ended(boolean hasServed, long ranNanos, long nowNanos) {
        if (hasServed || ranNanos >= STEADY_NANOS) {
            emptyStarts = 0;
            while (!atOnce.isEmpty() && nowNanos - atOnce.peekFirst() >= STEADY_NANOS) {
                atOnce.removeFirst();
            }
            if (atOnce.size() >= AT_ONCE_STARTS_A_MINUTE) {
                return new Verdict.Again(BUSY_BACK_OFF);
            }
            atOnce.addLast(nowNanos);
            return new Verdict.Again(Duration.ZERO);
        }
        emptyStarts++;
        if (emptyStarts < EMPTY_STARTS) {
            return new Verdict.Again(FIRST_BACK_OFF.multipliedBy(1L << (emptyStarts - 1)));
        }
        // The next one that serves nobody is one too many again.
        emptyStarts = EMPTY_STARTS - 1;
        return new Verdict.GivenUp(GIVEN_UP);
    }
}

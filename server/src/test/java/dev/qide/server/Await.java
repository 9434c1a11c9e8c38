package dev.qide.server;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for what another thread, process or machine does.
public final class Await {
    /// Long enough for a machine that runs other work too.
    private static final Duration WITHIN = Duration.ofSeconds(30);

    private static final long INTERVAL_NANOS = 200_000;

    /// Waits until a condition holds, at most 30 seconds.
    ///
    /// @throws AssertionError when it does not hold in time
    public static void await(BooleanSupplier condition) {
        await(WITHIN, condition);
    }

    /// Waits until a condition holds.
    ///
    /// @throws AssertionError when it does not hold in time
    public static void await(Duration within, BooleanSupplier condition) {
        await("the condition holds", within, condition);
    }

    /// Waits until a condition holds.
    ///
    /// @param what the condition in words
    /// @throws AssertionError when it does not hold in time
    public static void await(String what, Duration within, BooleanSupplier condition) {
        long end = System.nanoTime() + within.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within " + within + ": " + what);
            }
            LockSupport.parkNanos(INTERVAL_NANOS);
        }
    }

    private Await() {}
}

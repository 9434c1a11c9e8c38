package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/// Checks how the time of a reader grows with its input: twice the input may take 2.2 times the
/// time.
///
/// Compares this thread's CPU time for one input with that for eight others of an eighth of its
/// size, read one after the other: both have the same bytes in the same caches, so that only the
/// reader's own growth makes a difference. Each time is the best of up to ten rounds in a row. Up
/// to ten such attempts are made, each with its own best times, because the JIT compiler may
/// compile the reader anew, to faster or slower code. A quadratic reader takes eight times as long
/// for the one input, six times the bound of 1.33.
public final class Growth {
    private static final double A_DOUBLING = 2.2;
    private static final double A_DOUBLING_UNORDERED = 2.5;
    private static final int DOUBLINGS = 3;
    private static final int PARTS = 1 << DOUBLINGS;

    /// A reader that takes less than this per unit of the input is limited by memory alone.
    private static final double FASTEST_NANOS = 1;

    private static final long WARM_UP_NANOS = 15_000_000;
    private static final long MEASURED_NANOS = 2_000_000;
    private static final int FEWEST_ROUNDS = 2;
    private static final int ROUNDS = 10;
    private static final int ATTEMPTS = 10;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private Growth() {}

    /// @param size the size of one part
    /// @param input creates an input of a size
    public static <T> void check(String what, int size, IntFunction<T> input, Consumer<T> reader) {
        check(what, size, input, reader, A_DOUBLING);
    }

    /// [#check] for a reader that must sort or hash what it reads, or searches it in no order: `n
    /// log n` steps, 2.15 times as many for twice as much, which miss the caches more often the
    /// more there is. Twice the input may take 2.5 times the time.
    public static <T> void checkUnordered(
            String what, int size, IntFunction<T> input, Consumer<T> reader) {
        check(what, size, input, reader, A_DOUBLING_UNORDERED);
    }

    private static <T> void check(
            String what, int size, IntFunction<T> input, Consumer<T> reader, double doubling) {
        double bound = Math.pow(doubling / 2, DOUBLINGS);
        var parts = new ArrayList<T>();
        for (int i = 0; i < PARTS; i++) {
            parts.add(input.apply(size));
        }
        var whole = List.of(input.apply(size << DOUBLINGS));
        for (long spent = 0, runs = 0; spent < WARM_UP_NANOS || runs < 2; runs++) {
            spent += nanos(parts, reader, 1);
        }
        double fastest = FASTEST_NANOS * (double) (size << DOUBLINGS);
        double bestOfParts = Double.MAX_VALUE;
        double bestOfWhole = Double.MAX_VALUE;
        int times = 1;
        for (int round = 0; round < ATTEMPTS * ROUNDS; round++) {
            if (round % ROUNDS == 0) {
                bestOfParts = Double.MAX_VALUE;
                bestOfWhole = Double.MAX_VALUE;
            }
            long spent = nanos(parts, reader, times);
            while (spent < MEASURED_NANOS) {
                times *= 2;
                spent = nanos(parts, reader, times);
            }
            bestOfParts = Math.min(bestOfParts, (double) spent / times);
            bestOfWhole = Math.min(bestOfWhole, (double) nanos(whole, reader, times) / times);
            if (round % ROUNDS + 1 >= FEWEST_ROUNDS
                    && bestOfWhole <= Math.max(bound * bestOfParts, fastest)) {
                break;
            }
        }
        if (Boolean.getBoolean("growth.print")) {
            System.err.printf(
                    "%-60s %8d: %10.0f us in parts, %10.0f us as a whole, %.2f a doubling%n",
                    what,
                    size,
                    bestOfParts / 1e3,
                    bestOfWhole / 1e3,
                    2 * Math.cbrt(bestOfWhole / bestOfParts));
        }
        assertThat(bestOfWhole)
                .as(
                        "%s: nanoseconds for a size of %s, with %s for its eighths",
                        what, size << DOUBLINGS, Math.round(bestOfParts))
                .isLessThanOrEqualTo(Math.max(bound * bestOfParts, fastest));
    }

    private static <T> long nanos(List<T> inputs, Consumer<T> reader, int times) {
        long begun = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
            inputs.forEach(reader);
        }
        return THREADS.getCurrentThreadCpuTime() - begun;
    }
}

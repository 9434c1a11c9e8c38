package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/// Checks how the time of a reader grows with its input: twice the input may take 2.2 times the
/// time.
///
/// Compares this thread's CPU time for an input with that for one eight times as long, each as the
/// best of several runs. Other processes affect CPU time only through the caches, for which there
/// is an allowance. A quadratic reader exceeds the bound more than three times.
public final class Growth {
    private static final double A_DOUBLING = 2.2;
    private static final int DOUBLINGS = 3;
    private static final double FOR_CACHES = 1.7;

    /// A reader that takes less than this per unit of the input is limited by memory alone.
    private static final double FASTEST_NANOS = 1;

    private static final long WARM_UP_NANOS = 15_000_000;
    private static final long MEASURED_NANOS = 500_000;
    private static final int FEWEST_ROUNDS = 2;
    private static final int MOST_ROUNDS = 15;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private Growth() {}

    /// @param size the size of the smaller input
    /// @param input creates an input of a size
    public static <T> void check(String what, int size, IntFunction<T> input, Consumer<T> reader) {
        var small = input.apply(size);
        var large = input.apply(size << DOUBLINGS);
        for (long spent = 0, runs = 0; spent < WARM_UP_NANOS || runs < 2; runs++) {
            spent += nanos(small, reader, 1);
        }
        double bound = Math.pow(A_DOUBLING, DOUBLINGS) * FOR_CACHES;
        double fastest = FASTEST_NANOS * (double) (size << DOUBLINGS);
        double smallBest = Double.MAX_VALUE;
        double largeBest = Double.MAX_VALUE;
        int times = 1;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            long spent = nanos(small, reader, times);
            while (spent < MEASURED_NANOS) {
                times *= 2;
                spent = nanos(small, reader, times);
            }
            smallBest = Math.min(smallBest, (double) spent / times);
            largeBest = Math.min(largeBest, (double) nanos(large, reader, 1));
            if (round + 1 >= FEWEST_ROUNDS && largeBest <= Math.max(bound * smallBest, fastest)) {
                break;
            }
        }
        if (Boolean.getBoolean("growth.print")) {
            System.err.printf(
                    "%-60s %8d: %10.0f us, 8 times: %10.0f us, %.2f a doubling%n",
                    what, size, smallBest / 1e3, largeBest / 1e3, Math.cbrt(largeBest / smallBest));
        }
        assertThat(largeBest)
                .as(
                        "%s: nanoseconds for a size of %s, with %s for an eighth of it",
                        what, size << DOUBLINGS, Math.round(smallBest))
                .isLessThanOrEqualTo(Math.max(bound * smallBest, fastest));
    }

    private static <T> long nanos(T input, Consumer<T> reader, int times) {
        long begun = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
            reader.accept(input);
        }
        return THREADS.getCurrentThreadCpuTime() - begun;
    }
}

package dev.qide.server.hostile;

import java.util.Arrays;

/// Durations of one kind, in nanoseconds. Thread-safe.
final class Latencies {
    private long[] nanos = new long[1 << 12];
    private int count;

    synchronized void add(long sample) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * count);
        }
        nanos[count++] = sample;
    }

    synchronized int count() {
        return count;
    }

    /// The duration that this share of them does not exceed, in milliseconds; 0 for none.
    synchronized double millis(double share) {
        var sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        return count == 0 ? 0 : sorted[(int) Math.min(count - 1, count * share)] / 1e6;
    }

    double p50() {
        return millis(0.5);
    }

    double p99() {
        return millis(0.99);
    }

    double most() {
        return millis(1);
    }

    /// The union of both.
    static Latencies of(Latencies one, Latencies other) {
        var both = new Latencies();
        for (var each : new Latencies[] {one, other}) {
            synchronized (each) {
                for (int i = 0; i < each.count; i++) {
                    both.add(each.nanos[i]);
                }
            }
        }
        return both;
    }
}

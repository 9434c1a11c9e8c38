package dev.qide.yjs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;

/// Measures the engine on one trace; prints `name milliseconds`. Run by `bench/run.mjs`, which
/// compares it with others, by the rules that `bench/peer.mjs` states for all.
final class Bench {
    private static final int ROUNDS = 5;
    private static final int SECONDS = 3;
    private static final int MOST_SECONDS = 25;
    private static final int COPIES = 20;

    private Bench() {}

    public static void main(String[] arguments) throws IOException {
        var works = new Works(Path.of(arguments[0]));
        report("local", median(works::local));
        report("apply", median(works::apply));
        report("load", median(works::load));
        report("encode", median(works::encode));
        report("merge", median(works::merge));
        report("heapMB", heap(works));
    }

    /// The median of the second half of the rounds: the first half warms up.
    private static double median(Runnable work) {
        var times = new ArrayList<Long>();
        long begin = System.nanoTime();
        while ((times.size() < ROUNDS || seconds(begin) < SECONDS)
                && seconds(begin) < MOST_SECONDS) {
            long start = System.nanoTime();
            work.run();
            times.add(System.nanoTime() - start);
        }
        var warm = times.subList(times.size() / 2, times.size()).stream().sorted().toList();
        return warm.get(warm.size() / 2) / 1e6;
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private static double heap(Works works) {
        long before = Heap.used();
        var copies = new ArrayList<Doc>();
        for (int i = 0; i < COPIES; i++) {
            copies.add(works.load());
        }
        double each = (Heap.used() - before) / 1e6 / copies.size();
        return copies.getLast().stateVector().equals(StateVector.EMPTY) ? 0 : each;
    }

    private static void report(String name, double value) {
        System.out.println(String.format(Locale.ROOT, "%s %.3f", name, value));
    }
}

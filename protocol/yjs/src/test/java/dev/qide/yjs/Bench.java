package dev.qide.yjs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Measures the engine on one trace; prints `name milliseconds`. Run by `bench/run.mjs`, which
/// compares it with others.
final class Bench {
    private static final int MERGED = 10_000;
    private static final int COPIES = 20;

    private Bench() {}

    public static void main(String[] arguments) throws IOException {
        var trace = Trace.read(Path.of(arguments[0]));
        var updates = new ArrayList<byte[]>();
        var doc = new Doc(Doc.Options.of(1));
        doc.onUpdate((update, _) -> updates.add(update));
        trace.transactions().forEach(transaction -> trace.apply(transaction, doc));
        byte[] state = doc.encodeStateAsUpdate();
        report("local", median(15, () -> editWithEvents(trace)));
        report("apply", median(15, () -> load(updates)));
        report("load", median(400, () -> load(List.of(state))));
        var loaded = load(List.of(state));
        report("encode", median(400, loaded::encodeStateAsUpdate));
        report("merge", median(150, () -> Updates.merge(updates.subList(0, MERGED))));
        report("heapMB", heap(state));
    }

    private static void editWithEvents(Trace trace) {
        var doc = new Doc(Doc.Options.of(1));
        long[] bytes = {0};
        doc.onUpdate((update, _) -> bytes[0] += update.length);
        trace.transactions().forEach(transaction -> trace.apply(transaction, doc));
    }

    private static Doc load(List<byte[]> updates) {
        var doc = new Doc(Doc.Options.of(2));
        updates.forEach(doc::applyUpdate);
        return doc;
    }

    /// The median of the second half of the rounds: the first half warms up.
    private static double median(int rounds, Runnable work) {
        long[] times = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            work.run();
            times[i] = System.nanoTime() - start;
        }
        long[] warm = Arrays.copyOfRange(times, rounds / 2, rounds);
        Arrays.sort(warm);
        return warm[warm.length / 2] / 1e6;
    }

    private static double heap(byte[] state) {
        long before = used();
        var copies = new ArrayList<Doc>();
        for (int i = 0; i < COPIES; i++) {
            copies.add(load(List.of(state)));
        }
        double each = (used() - before) / 1e6 / copies.size();
        return copies.getLast().stateVector().equals(StateVector.EMPTY) ? 0 : each;
    }

    private static long used() {
        var runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static void report(String name, double value) {
        System.out.println(String.format(Locale.ROOT, "%s %.2f", name, value));
    }
}

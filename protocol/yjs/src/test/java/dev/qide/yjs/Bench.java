package dev.qide.yjs;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;

/// Measures the engine on one trace; prints `name milliseconds cpu-milliseconds`. Run by
/// `bench/run.mjs`, which compares it with other libraries by the rules in `bench/peer.mjs`.
final class Bench {
    private static final int ROUNDS = 5;
    private static final int SECONDS = 8;
    private static final int MOST_SECONDS = 20;
    private static final int COPIES = 20;
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private Bench() {}

    public static void main(String[] arguments) throws IOException {
        var works = new Works(Path.of(arguments[0]));
        report("local", works::local);
        report("apply", works::apply);
        report("load", works::load);
        report("encode", works::encode);
        report("merge", works::merge);
        System.out.println(String.format(Locale.ROOT, "heapMB %.3f", heap(works)));
    }

    private static void report(String name, Runnable work) {
        var times = new ArrayList<Long>();
        var before = new ArrayList<Long>();
        long begin = SYSTEM.getProcessCpuTime();
        while ((times.size() < ROUNDS || seconds(begin) < SECONDS)
                && seconds(begin) < MOST_SECONDS) {
            before.add(SYSTEM.getProcessCpuTime());
            long start = System.nanoTime();
            work.run();
            times.add(System.nanoTime() - start);
        }
        int half = times.size() / 2;
        long used = SYSTEM.getProcessCpuTime() - before.get(half);
        double mean = used / 1e6 / (times.size() - half);
        var warm = times.subList(half, times.size()).stream().sorted().toList();
        double median = warm.get(warm.size() / 2) / 1e6;
        System.out.println(String.format(Locale.ROOT, "%s %.3f %.3f", name, median, mean));
    }

    private static double seconds(long begin) {
        return (SYSTEM.getProcessCpuTime() - begin) / 1e9;
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
}

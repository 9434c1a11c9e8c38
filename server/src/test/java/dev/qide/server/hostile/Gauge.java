package dev.qide.server.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// The resources that the server's process uses, without PostgreSQL and language servers, which are
/// separate processes. Linux. Thread-safe.
final class Gauge {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern THREADS = Pattern.compile("Threads:\\s+(\\d+)");
    private static final Pattern USED = Pattern.compile("used (\\d+)K");
    private static final int USER_TICKS = 11;
    private static final double TICKS_A_SECOND = 100;

    private final long pid;

    /// @param heapMiB in use after a collection
    record Figures(long residentMiB, long threads, long descriptors, long heapMiB) {}

    Gauge(long pid) {
        this.pid = pid;
    }

    /// Whether the process exists.
    boolean isAlive() {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    long residentMiB() {
        return number(RESIDENT, read("status")) >> 10;
    }

    long threads() {
        return number(THREADS, read("status"));
    }

    long descriptors() {
        try (var open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return open.count();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The processor time so far.
    double cpuSeconds() {
        var stat = read("stat");
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[USER_TICKS + 1]);
        return ticks / TICKS_A_SECOND;
    }

    /// All figures, after a collection of the server's heap.
    Figures collected() {
        jcmd("GC.run");
        long heap = number(USED, jcmd("GC.heap_info")) >> 10;
        return new Figures(residentMiB(), threads(), descriptors(), heap);
    }

    private String read(String file) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/" + file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private String jcmd(String... command) {
        var words = new java.util.ArrayList<String>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        words.add(Long.toString(pid));
        words.addAll(java.util.List.of(command));
        try {
            var process = new ProcessBuilder(words).redirectErrorStream(true).start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static long number(Pattern pattern, String words) {
        var matcher = pattern.matcher(words);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }
}

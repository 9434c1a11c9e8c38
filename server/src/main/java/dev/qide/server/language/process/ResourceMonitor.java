package dev.qide.server.language.process;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.language.ServerLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// Looks every half second at what the language servers take together with all their descendants,
/// and ends those that take more than they may: the kernel's limits are each process's own, and the
/// one on processes does not bind root's. Only on Linux, where `/proc` says it. Thread-safe.
public final class ResourceMonitor implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMillis(500);
    private static final Path PROC = Path.of("/proc");
    private static final long PAGE_BYTES = 4_096;

    /// How deep a family of processes is followed.
    private static final int GENERATIONS = 64;

    private final Map<Long, Watched> watched = new ConcurrentHashMap<>();
    private final AtomicBoolean isLooking = new AtomicBoolean();
    private final Scheduler.Timer timer;

    /// @param tooMuch told on a thread of its own
    private record Watched(ServerLimits limits, java.util.function.Consumer<String> tooMuch) {}

    /// @param threads of one process, or of it and its descendants
    private record Taken(long parent, long threads, long bytes) {}

    public ResourceMonitor(Scheduler scheduler) {
        // Reading /proc is no work for the scheduler.
        timer =
                scheduler.every(
                        PERIOD,
                        () -> {
                            if (!watched.isEmpty() && isLooking.compareAndSet(false, true)) {
                                BackgroundTask.start(
                                        Thread.ofPlatform().name("language-watch"), this::look);
                            }
                        });
    }

    /// @param tooMuch is told what the server takes too much of, as the end of a sentence
    public void watch(long pid, ServerLimits limits, java.util.function.Consumer<String> tooMuch) {
        watched.put(pid, new Watched(limits, tooMuch));
    }

    public void forget(long pid) {
        watched.remove(pid);
    }

    @Override
    public void close() {
        timer.cancel();
    }

    private void look() {
        try {
            var together = together(processes());
            watched.forEach((pid, server) -> {
                var taken = together.get(pid);
                var reason = taken == null ? null : reason(taken, server.limits());
                if (reason != null && watched.remove(pid, server)) {
                    server.tooMuch().accept(reason);
                }
            });
        } finally {
            isLooking.set(false);
        }
    }

    private static @Nullable String reason(Taken taken, ServerLimits limits) {
        if (taken.threads() > limits.processes()) {
            return "it has more than " + limits.processes() + " processes and threads";
        }
        if (taken.bytes() > limits.memoryMiB() << 20) {
            return "it takes more than " + limits.memoryMiB() + " MiB of memory";
        }
        return null;
    }

    /// What each watched process takes with its descendants.
    private Map<Long, Taken> together(Map<Long, Taken> processes) {
        var sums = new HashMap<Long, Taken>();
        processes.forEach((pid, own) -> {
            long ancestor = pid;
            for (int i = 0; i < GENERATIONS && !watched.containsKey(ancestor); i++) {
                var next = processes.get(ancestor);
                if (next == null) {
                    return;
                }
                ancestor = next.parent();
            }
            if (watched.containsKey(ancestor)) {
                sums.merge(
                        ancestor,
                        own,
                        (sum, more) ->
                                new Taken(
                                        0,
                                        sum.threads() + more.threads(),
                                        sum.bytes() + more.bytes()));
            }
        });
        return sums;
    }

    private static Map<Long, Taken> processes() {
        var processes = new HashMap<Long, Taken>();
        try (var entries = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (var entry : entries) {
                var taken = taken(entry);
                if (taken != null) {
                    processes.put(Long.valueOf(entry.getFileName().toString()), taken);
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException _) {
            return Map.of();
        }
        return processes;
    }

    /// The fields of `stat` behind the name, which may hold anything, count from the state: parent
    /// 1, threads 17, resident pages 21 (proc_pid_stat(5)).
    private static @Nullable Taken taken(Path process) {
        try {
            var stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
            var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return new Taken(
                    Long.parseLong(fields[1]),
                    Long.parseLong(fields[17]),
                    Long.parseLong(fields[21]) * PAGE_BYTES);
        } catch (IOException | RuntimeException _) {
            // It has ended.
            return null;
        }
    }
}

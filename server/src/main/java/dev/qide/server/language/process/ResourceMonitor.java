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

/// Checks every half second what each language server uses together with its descendants, and ends
/// servers above their limits: the kernel's limits apply to each process alone, and the limit of
/// processes does not bind root. Only on Linux, which has `/proc`. Thread-safe.
public final class ResourceMonitor implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMillis(500);
    private static final Path PROC = Path.of("/proc");
    private static final long PAGE_BYTES = 4_096;

    /// The depth to which descendants are followed.
    private static final int GENERATIONS = 64;

    private final Map<Long, Watched> watched = new ConcurrentHashMap<>();
    private final AtomicBoolean isChecking = new AtomicBoolean();
    private final Scheduler.Timer timer;

    /// @param onExceeded called on a thread of its own
    private record Watched(ServerLimits limits, java.util.function.Consumer<String> onExceeded) {}

    /// @param threads of one process, or of it and its descendants
    private record Usage(long parent, long threads, long bytes) {}

    public ResourceMonitor(Scheduler scheduler) {
        // The scheduler must not be blocked by reading /proc.
        timer =
                scheduler.every(
                        PERIOD,
                        () -> {
                            if (!watched.isEmpty() && isChecking.compareAndSet(false, true)) {
                                BackgroundTask.start(
                                        Thread.ofPlatform().name("language-watch"), this::check);
                            }
                        });
    }

    /// @param tooMuch gets the exceeded limit as the end of a sentence
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

    private void check() {
        try {
            var together = total(processes());
            watched.forEach((pid, server) -> {
                var usage = together.get(pid);
                var reason = usage == null ? null : reason(usage, server.limits());
                if (reason != null && watched.remove(pid, server)) {
                    server.onExceeded().accept(reason);
                }
            });
        } finally {
            isChecking.set(false);
        }
    }

    private static @Nullable String reason(Usage usage, ServerLimits limits) {
        if (usage.threads() > limits.processes()) {
            return "it has more than " + limits.processes() + " processes and threads";
        }
        if (usage.bytes() > limits.memoryMiB() << 20) {
            return "it uses more than " + limits.memoryMiB() + " MiB of memory";
        }
        return null;
    }

    /// The usage of each watched process with its descendants.
    private Map<Long, Usage> total(Map<Long, Usage> processes) {
        var sums = new HashMap<Long, Usage>();
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
                                new Usage(
                                        0,
                                        sum.threads() + more.threads(),
                                        sum.bytes() + more.bytes()));
            }
        });
        return sums;
    }

    private static Map<Long, Usage> processes() {
        var processes = new HashMap<Long, Usage>();
        try (var entries = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (var entry : entries) {
                var usage = usage(entry);
                if (usage != null) {
                    processes.put(Long.valueOf(entry.getFileName().toString()), usage);
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException _) {
            return Map.of();
        }
        return processes;
    }

    /// The fields of `stat` after the name, which may contain anything, count from the state:
    /// parent 1, threads 17, resident pages 21 (proc_pid_stat(5)).
    private static @Nullable Usage usage(Path process) {
        try {
            var stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
            var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return new Usage(
                    Long.parseLong(fields[1]),
                    Long.parseLong(fields[17]),
                    Long.parseLong(fields[21]) * PAGE_BYTES);
        } catch (IOException | RuntimeException _) {
            // The process has ended.
            return null;
        }
    }
}

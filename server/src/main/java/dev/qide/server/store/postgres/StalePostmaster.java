package dev.qide.server.store.postgres;

import dev.qide.server.store.StartRefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Cleans up after an earlier server in a cluster: a `postmaster.pid`, and possibly the postmaster
/// itself.
///
/// PostgreSQL refuses to start while the process named in the file exists, even if it is a zombie
/// or an unrelated process that reused the pid. The caller holds the directory's lock, so no other
/// server can own a postmaster here: one that runs on this cluster is an orphan and is stopped. The
/// file is then removed.
///
/// A killed postmaster leaves its backends behind. A busy backend notices only when it next waits
/// for its client, and PostgreSQL refuses to start until then, so backends are ended first.
public final class StalePostmaster {
    private static final Logger LOG = LoggerFactory.getLogger(StalePostmaster.class);
    private static final Duration FAST_STOP = Duration.ofSeconds(20);
    private static final Duration IMMEDIATE_STOP = Duration.ofSeconds(5);
    private static final Duration BACKEND_EXIT = Duration.ofMillis(500);
    private static final Path PROCESSES = Path.of("/proc");
    private static final Duration POLL_INTERVAL = Duration.ofMillis(20);
    private static final int PORT = 3;
    private static final int STATE = 7;

    private StalePostmaster() {}

    /// Removes everything that would prevent a start in this cluster.
    static void clear(Path cluster) throws IOException {
        var file = cluster.resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return;
        }
        long pid = pid(file);
        if (pid > 0 && isPostmasterOf(cluster, pid)) {
            LOG.atWarn()
                    .addKeyValue("event.action", "store.orphan_found")
                    .log("stopping an orphaned PostgreSQL");
            stop(cluster, pid);
        }
        endBackends(cluster);
        Files.deleteIfExists(file);
    }

    /// Whether this process is alive (not a zombie) and runs on this cluster.
    public static boolean isPostmasterOf(Path cluster, long pid) {
        var process = PROCESSES.resolve("" + pid);
        try {
            if (!Files.isDirectory(PROCESSES.resolve("self"))) {
                return ProcessHandle.of(pid)
                        .flatMap(handle -> handle.info().commandLine())
                        .filter(line -> line.contains(cluster.toString()))
                        .isPresent();
            }
            var stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            if (state == 'Z' || state == 'X') {
                return false;
            }
            var line = Files.readString(process.resolve("cmdline"), StandardCharsets.UTF_8);
            return List.of(line.split("\0", -1)).contains(cluster.toString());
        } catch (IOException _) {
            return false;
        }
    }

    /// The port of the postmaster that is ready on this cluster; -1 when there is none.
    public static int port(Path cluster) throws IOException {
        var file = cluster.resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return -1;
        }
        try {
            // PostgreSQL documentation, "Database File Layout": pid, directory, start, port, socket
            // directory, address, shared memory, state.
            var lines = Files.readAllLines(file);
            boolean isReady = lines.size() > STATE && lines.get(STATE).strip().equals("ready");
            return isReady && isPostmasterOf(cluster, pid(file))
                    ? Integer.parseInt(lines.get(PORT).strip())
                    : -1;
        } catch (NoSuchFileException | NumberFormatException _) {
            return -1;
        }
    }

    private static void stop(Path cluster, long pid) {
        PostgresCommand.signal(pid, "INT");
        if (!hasEnded(cluster, pid, FAST_STOP)) {
            PostgresCommand.signal(pid, "QUIT");
        }
        if (!hasEnded(cluster, pid, IMMEDIATE_STOP)) {
            PostgresCommand.signal(pid, "KILL");
        }
        if (!hasEnded(cluster, pid, IMMEDIATE_STOP)) {
            throw new StartRefusedException(
                    "An earlier PostgreSQL (process " + pid + ") cannot be stopped: end it first.");
        }
    }

    /// Ends the remaining backends. Most end by themselves; their unfinished work has no outcome
    /// either way.
    private static void endBackends(Path cluster) throws IOException {
        for (var signal : List.of("QUIT", "KILL")) {
            if (haveEnded(cluster, BACKEND_EXIT)) {
                return;
            }
            for (long pid : processesIn(cluster)) {
                PostgresCommand.signal(pid, signal);
            }
        }
        if (!haveEnded(cluster, IMMEDIATE_STOP)) {
            throw new StartRefusedException(
                    "Processes of an earlier PostgreSQL cannot be stopped: end them first ("
                            + processesIn(cluster)
                            + ").");
        }
    }

    private static boolean haveEnded(Path cluster, Duration within) throws IOException {
        long end = System.nanoTime() + within.toNanos();
        while (!processesIn(cluster).isEmpty()) {
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(POLL_INTERVAL.toNanos());
        }
        return true;
    }

    /// The PostgreSQL processes whose working directory is the cluster.
    private static List<Long> processesIn(Path cluster) throws IOException {
        var found = new ArrayList<Long>();
        if (!Files.isDirectory(PROCESSES.resolve("self"))) {
            return found;
        }
        try (var processes = Files.newDirectoryStream(PROCESSES, "[1-9]*")) {
            for (var process : processes) {
                if (isBackend(process, cluster)) {
                    found.add(Long.parseLong(process.getFileName().toString()));
                }
            }
        }
        return found;
    }

    /// A shell may have the same working directory, so the process name is checked too.
    private static boolean isBackend(Path process, Path cluster) {
        try {
            return Files.readSymbolicLink(process.resolve("cwd")).equals(cluster)
                    && Files.readString(process.resolve("comm")).startsWith("postgres");
        } catch (IOException _) {
            return false;
        }
    }

    private static boolean hasEnded(Path cluster, long pid, Duration within) {
        long end = System.nanoTime() + within.toNanos();
        while (isPostmasterOf(cluster, pid)) {
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(POLL_INTERVAL.toNanos());
        }
        return true;
    }

    private static long pid(Path file) throws IOException {
        try {
            return Long.parseLong(Files.readString(file).lines().findFirst().orElse("").strip());
        } catch (NumberFormatException _) {
            return -1;
        }
    }
}

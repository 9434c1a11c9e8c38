package dev.qide.server.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an earlier server may have left in a cluster: a `postmaster.pid`, and perhaps the
/// postmaster itself.
///
/// PostgreSQL refuses to start while the process that the file names exists, also when that is a
/// zombie nobody has buried or a stranger that got the number. We hold the directory's lock, so no
/// other server can own a postmaster here: one that runs on this cluster is an orphan and is
/// stopped, and otherwise the file is removed.
final class StalePostmaster {
    private static final Logger LOG = LoggerFactory.getLogger(StalePostmaster.class);
    private static final Duration FAST_STOP = Duration.ofSeconds(20);
    private static final Duration IMMEDIATE_STOP = Duration.ofSeconds(5);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final int PORT = 3;
    private static final int STATE = 7;

    private StalePostmaster() {}

    /// Afterwards nothing stands in the way of a start in this cluster.
    static void clear(Path cluster) throws IOException {
        var file = cluster.resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return;
        }
        long pid = pid(file);
        if (pid > 0 && isPostmasterOf(cluster, pid)) {
            LOG.atWarn()
                    .addKeyValue("event", "store.orphan_found")
                    .log("stopping the PostgreSQL that an earlier server left running");
            stop(cluster, pid);
        }
        Files.deleteIfExists(file);
    }

    /// Whether this process is alive (a zombie is not) and runs on this cluster.
    static boolean isPostmasterOf(Path cluster, long pid) {
        var process = Path.of("/proc", "" + pid);
        try {
            if (!Files.isDirectory(Path.of("/proc/self"))) {
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

    /// The port of the postmaster that runs on this cluster and is ready; -1 when none is.
    static int port(Path cluster) throws IOException {
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
        if (!isGone(cluster, pid, FAST_STOP)) {
            PostgresCommand.signal(pid, "QUIT");
        }
        if (!isGone(cluster, pid, IMMEDIATE_STOP)) {
            PostgresCommand.signal(pid, "KILL");
        }
        if (!isGone(cluster, pid, IMMEDIATE_STOP)) {
            throw new StartRefusedException(
                    "An earlier PostgreSQL (process " + pid + ") cannot be stopped: end it first.");
        }
    }

    private static boolean isGone(Path cluster, long pid, Duration within) {
        long end = System.nanoTime() + within.toNanos();
        while (isPostmasterOf(cluster, pid)) {
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
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

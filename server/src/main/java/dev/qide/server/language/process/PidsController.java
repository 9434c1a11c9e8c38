package dev.qide.server.language.process;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The control group of the kernel that counts processes, for programs of a server that runs as
/// root: the kernel does not apply `RLIMIT_NPROC` to root's processes, and a fork bomb would take
/// all process ids of the machine before anybody notices. Thread-safe.
public final class PidsController {
    private static final Logger LOG = LoggerFactory.getLogger(PidsController.class);
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    /// Of version 1, then of version 2.
    private static final List<Path> PLACES = List.of(ROOT.resolve("pids"), ROOT);

    /// The process id of the server that created a group follows.
    private static final String PREFIX = "qide-terminal-";

    private static final Duration REMOVAL_WAIT = Duration.ofSeconds(2);
    private static final Duration REMOVAL_INTERVAL = Duration.ofMillis(10);

    private final Path place;

    PidsController(Path place) {
        this.place = place;
    }

    /// Finds a place where this process may create groups; null when there is none. Removes empty
    /// groups that a killed server has left.
    public static @Nullable PidsController find() {
        for (var place : PLACES) {
            var controller = new PidsController(place);
            try {
                controller.removeEmpty();
                Files.delete(controller.create(1));
                return controller;
            } catch (IOException | DirectoryIteratorException _) {
                // The next place may do.
            }
        }
        return null;
    }

    /// Whether the processes of this server are root's.
    public static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException _) {
            return false;
        }
    }

    /// Creates a group for at most so many processes and threads.
    public Path create(int processes) throws IOException {
        var name = PREFIX + ProcessHandle.current().pid() + "-" + UUID.randomUUID();
        var group = Files.createDirectory(place.resolve(name));
        try {
            Files.writeString(group.resolve("pids.max"), Integer.toString(processes));
            return group;
        } catch (IOException failure) {
            Files.delete(group);
            throw failure;
        }
    }

    /// Removes a group whose processes are ending; waits for them at most two seconds.
    public static void remove(Path group) {
        long end = System.nanoTime() + REMOVAL_WAIT.toNanos();
        try {
            while (!isRemoved(group)) {
                if (System.nanoTime() - end > 0) {
                    LOG.atWarn()
                            .addKeyValue("event.action", "language.group_not_removed")
                            .log("a control group of a terminal still has processes");
                    return;
                }
                Thread.sleep(REMOVAL_INTERVAL);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isRemoved(Path group) {
        try {
            return Files.deleteIfExists(group) || !Files.exists(group);
        } catch (IOException _) {
            return false;
        }
    }

    /// Removes the groups of servers that have ended. That of one that runs may be empty as well:
    /// its program is just starting.
    void removeEmpty() throws IOException {
        try (var groups = Files.newDirectoryStream(place, PREFIX + "*")) {
            for (var group : groups) {
                if (!isOfRunningServer(group)) {
                    // The kernel refuses it for a group with processes.
                    var _ = isRemoved(group);
                }
            }
        }
    }

    private static boolean isOfRunningServer(Path group) {
        var owner = group.getFileName().toString().substring(PREFIX.length());
        var pid = owner.substring(0, Math.max(0, owner.indexOf('-')));
        try {
            return ProcessHandle.of(Long.parseLong(pid)).isPresent();
        } catch (NumberFormatException _) {
            return false;
        }
    }
}

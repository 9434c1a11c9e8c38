package dev.qide.server.files;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One writer a path of a workspace: between the look at a file's hash and its replacement no other
/// writer of this server comes in. Held across the write on purpose, since look and write must be
/// one step; paths share a fixed number of locks, and who needs several takes them in one order.
/// Thread-safe.
final class PathLocks {
    private static final int LOCKS = 64;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private volatile boolean isOver;

    private final List<ReentrantLock> locks =
            Stream.generate(ReentrantLock::new).limit(LOCKS).toList();

    /// @throws FailureException `SERVER_CANCELLED` when others hold one of the paths for ten
    ///   seconds, `WORKSPACE_UNKNOWN` when its workspace has been deleted meanwhile
    <T extends @Nullable Object> T alone(List<WorkspacePath> paths, Supplier<T> work) {
        return with(
                paths.stream()
                        .map(path -> Math.floorMod(path.hashCode(), LOCKS))
                        .distinct()
                        .sorted()
                        .map(locks::get)
                        .toList(),
                work);
    }

    /// Alone in the whole workspace.
    ///
    /// @throws FailureException `SERVER_CANCELLED` when others hold a path for ten seconds
    <T extends @Nullable Object> T aloneInAll(Supplier<T> work) {
        return with(locks, work);
    }

    /// The workspace is deleted: who waits finds nothing to write to. Called alone in it.
    void end() {
        isOver = true;
    }

    private <T extends @Nullable Object> T with(List<ReentrantLock> wanted, Supplier<T> work) {
        var held = new ArrayDeque<ReentrantLock>();
        long end = System.nanoTime() + LONGEST_WAIT.toNanos();
        try {
            for (var lock : wanted) {
                if (!lock.tryLock(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    throw new FailureException(Failure.SERVER_CANCELLED);
                }
                held.push(lock);
            }
            if (isOver) {
                throw new FailureException(Failure.WORKSPACE_UNKNOWN);
            }
            return work.get();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING);
        } finally {
            held.forEach(ReentrantLock::unlock);
        }
    }
}

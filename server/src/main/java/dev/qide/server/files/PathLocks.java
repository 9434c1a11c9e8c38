package dev.qide.server.files;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One writer a path of a workspace: between the look at a file's hash and its replacement no other
/// writer of this server comes in. Held across the write on purpose, since look and write must be
/// one step.
///
/// Each path has a lock of its own while somebody holds it or waits for it, so a slow writer of one
/// file stops nobody at another; who needs several takes them in one order. Who is alone in the
/// whole workspace excludes all of them. Thread-safe.
final class PathLocks {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private volatile boolean isOver;

    /// Shared by those who hold paths, exclusive for who is alone in all.
    private final ReentrantReadWriteLock all = new ReentrantReadWriteLock();

    /// The locks in use: no more than the paths that running calls name. Guarded by itself.
    private final Map<WorkspacePath, Used> used = new HashMap<>();

    private static final class Used {
        final ReentrantLock lock = new ReentrantLock();
        int calls;
    }

    /// @throws FailureException `SERVER_CANCELLED` when others hold one of the paths for ten
    ///   seconds, `WORKSPACE_UNKNOWN` when its workspace has been deleted meanwhile
    <T extends @Nullable Object> T alone(List<WorkspacePath> paths, Supplier<T> work) {
        var sorted =
                paths.stream()
                        .distinct()
                        .sorted(Comparator.comparing(WorkspacePath::value))
                        .toList();
        var wanted = new ArrayList<Lock>();
        wanted.add(all.readLock());
        sorted.forEach(path -> wanted.add(used(path)));
        try {
            return with(wanted, work);
        } finally {
            sorted.forEach(this::unused);
        }
    }

    /// Alone in the whole workspace. Not called by who holds a path.
    ///
    /// @throws FailureException `SERVER_CANCELLED` when others hold a path for ten seconds
    <T extends @Nullable Object> T aloneInAll(Supplier<T> work) {
        return with(List.of(all.writeLock()), work);
    }

    /// The workspace is deleted: who waits finds nothing to write to. Called alone in it.
    void end() {
        isOver = true;
    }

    private Lock used(WorkspacePath path) {
        synchronized (used) {
            var one = used.computeIfAbsent(path, _ -> new Used());
            one.calls++;
            return one.lock;
        }
    }

    private void unused(WorkspacePath path) {
        synchronized (used) {
            used.computeIfPresent(path, (_, one) -> --one.calls == 0 ? null : one);
        }
    }

    private <T extends @Nullable Object> T with(List<Lock> wanted, Supplier<T> work) {
        var held = new ArrayDeque<Lock>();
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
            held.forEach(Lock::unlock);
        }
    }
}

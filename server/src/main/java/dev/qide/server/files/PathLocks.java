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

/// One writer at a time for each path of a workspace: between checking a file's hash and replacing
/// the file, no other writer of this server may change it. The lock is held across the write on
/// purpose, since check and write must be one step.
///
/// Each path has its own lock while it is held or awaited, so that a slow write of one file delays
/// no other path. Several paths are locked in a fixed order. Work that is exclusive in the whole
/// workspace excludes all paths. Thread-safe.
final class PathLocks {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private volatile boolean isOver;

    /// Shared by holders of paths, exclusive for work on the whole workspace.
    private final ReentrantReadWriteLock all = new ReentrantReadWriteLock();

    /// The locks in use, at most one per path that running calls name. Guarded by itself.
    private final Map<WorkspacePath, CountedLock> locks = new HashMap<>();

    private static final class CountedLock {
        final ReentrantLock lock = new ReentrantLock();
        int calls;
    }

    /// @throws FailureException `SERVER_CANCELLED` when others hold one of the paths for ten
    ///   seconds, `WORKSPACE_UNKNOWN` when its workspace has been deleted meanwhile
    <T extends @Nullable Object> T exclusively(List<WorkspacePath> paths, Supplier<T> work) {
        var sorted =
                paths.stream()
                        .distinct()
                        .sorted(Comparator.comparing(WorkspacePath::value))
                        .toList();
        var wanted = new ArrayList<Lock>();
        wanted.add(all.readLock());
        sorted.forEach(path -> wanted.add(lockOf(path)));
        try {
            return with(wanted, work);
        } finally {
            sorted.forEach(this::release);
        }
    }

    /// Runs work exclusively in the whole workspace. The caller must hold no path.
    ///
    /// @throws FailureException `SERVER_CANCELLED` when others hold a path for ten seconds
    <T extends @Nullable Object> T exclusivelyInWorkspace(Supplier<T> work) {
        return with(List.of(all.writeLock()), work);
    }

    /// The workspace is deleted: waiting calls fail. Called while exclusive in it.
    void end() {
        isOver = true;
    }

    private Lock lockOf(WorkspacePath path) {
        synchronized (locks) {
            var one = locks.computeIfAbsent(path, _ -> new CountedLock());
            one.calls++;
            return one.lock;
        }
    }

    private void release(WorkspacePath path) {
        synchronized (locks) {
            locks.computeIfPresent(path, (_, one) -> --one.calls == 0 ? null : one);
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

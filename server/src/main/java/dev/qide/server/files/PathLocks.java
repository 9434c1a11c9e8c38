package dev.qide.server.files;

import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// One writer a path: between the look at a file's hash and its replacement no other writer of this
/// server comes in. Held across the write on purpose, since look and write must be one step; paths
/// share a fixed number of locks. Thread-safe.
final class PathLocks {
    private static final int LOCKS = 64;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final List<ReentrantLock> locks =
            Stream.generate(ReentrantLock::new).limit(LOCKS).toList();

    /// @throws FailureException `SERVER_CANCELLED` when others hold the path for ten seconds
    <T> T alone(WorkspaceId workspace, WorkspacePath path, Supplier<T> work) {
        int hash = 31 * workspace.hashCode() + path.hashCode();
        var lock = locks.get(Math.floorMod(hash, LOCKS));
        try {
            if (!lock.tryLock(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new FailureException(Failure.SERVER_CANCELLED);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING);
        }
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }
}

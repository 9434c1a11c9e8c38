package dev.qide.server.concurrent;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A lock file with at most one holder on this machine, in this process or another. The operating
/// system releases it when the holding process dies. Thread-safe.
///
/// POSIX releases all locks of a process on a file when the process closes *any* descriptor of that
/// file (`fcntl`, "Record locking"). A second attempt within the process would release the first
/// lock when it closes its channel. A table per process therefore admits one holder, and only that
/// holder opens the file.
public final class LockFile implements AutoCloseable {
    /// Static because the locks belong to the process. One entry per open lock file.
    private static final Set<Path> HELD = new HashSet<>();

    private final Path file;
    private final FileChannel channel;

    private LockFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /// Acquires the lock without waiting.
    ///
    /// @param lockFile created when absent; its directory must exist
    /// @return null when this or another process holds the lock
    public static @Nullable LockFile tryAcquire(Path lockFile) throws IOException {
        var directory = lockFile.toAbsolutePath().resolveSibling(".").toRealPath();
        var file = directory.resolve(lockFile.getFileName());
        if (!reserve(file)) {
            return null;
        }
        @Nullable LockFile taken = null;
        try {
            taken = lock(file);
            return taken;
        } finally {
            if (taken == null) {
                unreserve(file);
            }
        }
    }

    private static @Nullable LockFile lock(Path file) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean isLocked = false;
        try {
            @Nullable Object lock = channel.tryLock();
            isLocked = lock != null;
            return isLocked ? new LockFile(file, channel) : null;
        } catch (OverlappingFileLockException _) {
            // Code in this process that does not use this class holds the lock.
            return null;
        } finally {
            if (!isLocked) {
                channel.close();
            }
        }
    }

    /// Releases the lock. The file stays, since another process may have it open.
    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            try {
                channel.close();
            } finally {
                unreserve(file);
            }
        }
    }

    private static boolean reserve(Path file) {
        synchronized (HELD) {
            return HELD.add(file);
        }
    }

    private static void unreserve(Path file) {
        synchronized (HELD) {
            HELD.remove(file);
        }
    }
}

package dev.qide.server.concurrent;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A lock file: it has one holder on this machine, in this process or in another. The system
/// releases it when its process dies. Thread-safe.
///
/// POSIX releases a process's locks on a file when that process closes *any* descriptor of the file
/// (`fcntl`, "Record locking"). A second attempt within the process, once it closes its channel,
/// would therefore end the lock of the first. So a table of this process decides between its own
/// parts, and only the part that it admits opens the file.
public final class LockFile implements AutoCloseable {
    /// The locks belong to the process and not to an object, and so does their table. It is as long
    /// as the process has lock files open.
    private static final Set<Path> TAKEN = new HashSet<>();

    private final Path file;
    private final FileChannel channel;

    private LockFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /// Takes the lock without waiting.
    ///
    /// @param lockFile is created when it is absent; its directory must exist
    /// @return null when this process or another holds it
    public static @Nullable LockFile tryTake(Path lockFile) throws IOException {
        var directory = lockFile.toAbsolutePath().resolveSibling(".").toRealPath();
        var file = directory.resolve(lockFile.getFileName());
        if (!admit(file)) {
            return null;
        }
        @Nullable LockFile taken = null;
        try {
            taken = locked(file);
            return taken;
        } finally {
            if (taken == null) {
                leave(file);
            }
        }
    }

    private static @Nullable LockFile locked(Path file) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean isLocked = false;
        try {
            @Nullable Object lock = channel.tryLock();
            isLocked = lock != null;
            return isLocked ? new LockFile(file, channel) : null;
        } catch (OverlappingFileLockException _) {
            // Code of this process that does not use this class holds it.
            return null;
        } finally {
            if (!isLocked) {
                channel.close();
            }
        }
    }

    /// Releases the lock. The file stays, since somebody else may have it open.
    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            try {
                channel.close();
            } finally {
                leave(file);
            }
        }
    }

    private static boolean admit(Path file) {
        synchronized (TAKEN) {
            return TAKEN.add(file);
        }
    }

    private static void leave(Path file) {
        synchronized (TAKEN) {
            TAKEN.remove(file);
        }
    }
}

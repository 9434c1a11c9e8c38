package dev.qide.server.store;

import dev.qide.server.concurrent.LockFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A directory used by one server or one command: a lock on a file in it, which the operating
/// system releases when the process ends for any reason. Thread-safe.
public final class DirectoryLock implements AutoCloseable {
    /// Held by the process that runs the directory's database.
    static final String SERVER = "lock";

    /// Held by a command while it runs.
    static final String COMMAND = "command-lock";

    private final LockFile file;

    private DirectoryLock(LockFile file) {
        this.file = file;
    }

    /// Locks the data directory of a server, whichever database it uses: a second server would
    /// delete as leftovers what the first has created but not yet recorded in the database.
    ///
    /// @throws StartRefusedException when another server holds it
    public static DirectoryLock ofServer(Path data) throws IOException {
        var lock = take(data, SERVER);
        if (lock == null) {
            throw inUse(data);
        }
        return lock;
    }

    static StartRefusedException inUse(Path directory) {
        return new StartRefusedException(
                "Another Q-IDE server is using "
                        + directory
                        + ": stop it first, or start this one with another --data directory.");
    }

    /// Acquires a lock; null when this or another process holds it.
    static @Nullable DirectoryLock take(Path directory, String name) throws IOException {
        var file = LockFile.tryAcquire(directory.resolve(name));
        return file == null ? null : new DirectoryLock(file);
    }

    static boolean isHeld(Path directory, String name) throws IOException {
        try (var lock = take(directory, name)) {
            return lock == null;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

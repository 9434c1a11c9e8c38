package dev.qide.server.store;

import dev.qide.server.concurrent.LockFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A directory held by one server, or by one command: the lock on a file of it, which the operating
/// system lets go when the process ends in any way. Thread-safe.
public final class DirectoryLock implements AutoCloseable {
    /// Who runs the database of the directory.
    static final String SERVER = "lock";

    /// Who works with it for the time of one command.
    static final String COMMAND = "command-lock";

    private final LockFile file;

    private DirectoryLock(LockFile file) {
        this.file = file;
    }

    /// The data directory of a server, whichever database it uses: what it made there and is not
    /// yet in the database, another one would take for leftovers.
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

    /// Null when somebody else, in this process or another, holds it.
    static @Nullable DirectoryLock take(Path directory, String name) throws IOException {
        var file = LockFile.tryTake(directory.resolve(name));
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

package dev.qide.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The database during one command, whether or not a server is running. The command uses the
/// embedded database of a running server, or starts and stops it itself.
///
/// Invariant: a command creates the tables of an empty database, but leaves the migration of
/// existing ones to servers. Servers of an earlier version may be using them, and a backup from
/// before an upgrade must have the tables of that version.
///
/// Commands on one data directory run one after another, so that none stops the database of
/// another. Owned by one thread.
public final class CommandDatabase implements AutoCloseable {
    private static final Duration WAIT = Duration.ofMinutes(2);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

    /// The tables that a command needs.
    public enum Tables {
        /// Those of this version.
        CURRENT,
        /// Those of any version, or none.
        ANY
    }

    private final Database database;
    private final DatabaseAddress address;
    private final @Nullable EmbeddedPostgres started;
    private final @Nullable DirectoryLock commandLock;

    private CommandDatabase(
            Database database,
            DatabaseAddress address,
            @Nullable EmbeddedPostgres started,
            @Nullable DirectoryLock commandLock) {
        this.database = database;
        this.address = address;
        this.started = started;
        this.commandLock = commandLock;
    }

    /// Opens an external database.
    ///
    /// @throws StartRefusedException when it cannot be used, or has older tables than the command
    ///   needs
    public static CommandDatabase at(DatabaseAddress address, Tables tables)
            throws InterruptedException {
        return new CommandDatabase(database(address, tables), address, null, null);
    }

    /// Opens the embedded database of a data directory.
    ///
    /// @param directory PostgreSQL's directory, as for [EmbeddedPostgres#start]
    /// @throws StartRefusedException when it cannot be used, is held for more than two minutes, or
    ///   has older tables than the command needs
    public static CommandDatabase embedded(
            Path directory, Path binaries, SecureRandom random, Tables tables)
            throws InterruptedException {
        return embedded(directory, binaries, random, tables, RunningServer.SHARED);
    }

    /// Starts the embedded database of a data directory that no server uses.
    ///
    /// @throws StartRefusedException when a server is running
    public static CommandDatabase exclusive(
            Path directory, Path binaries, SecureRandom random, Tables tables)
            throws InterruptedException {
        return embedded(directory, binaries, random, tables, RunningServer.REFUSED);
    }

    private static CommandDatabase embedded(
            Path directory,
            Path binaries,
            SecureRandom random,
            Tables tables,
            RunningServer runningServer)
            throws InterruptedException {
        long end = System.nanoTime() + WAIT.toNanos();
        try {
            Files.createDirectories(directory);
            var commandLock = commandLock(directory, end);
            CommandDatabase open = null;
            try {
                open =
                        open(
                                directory,
                                binaries,
                                random,
                                new LockedDirectory(commandLock, end, tables, runningServer));
                return open;
            } finally {
                if (open == null) {
                    commandLock.close();
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public Database database() {
        return database;
    }

    /// The database's address.
    public DatabaseAddress address() {
        return address;
    }

    /// Closes the command's own connections, so that [Restore] finds no other user.
    public void release() {
        database.close();
    }

    @Override
    public void close() {
        database.close();
        if (started != null) {
            started.close();
        }
        if (commandLock != null) {
            try {
                commandLock.close();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    /// The policy if a server is running.
    private enum RunningServer {
        SHARED,
        REFUSED
    }

    private record LockedDirectory(
            DirectoryLock lock, long end, Tables tables, RunningServer runningServer) {}

    private static DirectoryLock commandLock(Path directory, long end)
            throws IOException, InterruptedException {
        var commandLock = DirectoryLock.take(directory, DirectoryLock.COMMAND);
        while (commandLock == null) {
            pause(end, "Another command is using " + directory + ": try again when it has ended.");
            commandLock = DirectoryLock.take(directory, DirectoryLock.COMMAND);
        }
        return commandLock;
    }

    private static CommandDatabase open(
            Path directory, Path binaries, SecureRandom random, LockedDirectory commandLock)
            throws IOException, InterruptedException {
        while (true) {
            var started = EmbeddedPostgres.startUnlessLocked(directory, binaries, random);
            if (started != null) {
                return new CommandDatabase(
                        owned(started, commandLock.tables()),
                        started.address(),
                        started,
                        commandLock.lock());
            }
            if (commandLock.runningServer() == RunningServer.REFUSED) {
                throw new StartRefusedException(
                        "A Q-IDE server is running on " + directory + ": stop it first.");
            }
            var running = EmbeddedPostgres.running(directory);
            if (running != null) {
                return new CommandDatabase(
                        database(running, commandLock.tables()), running, null, commandLock.lock());
            }
            pause(
                    commandLock.end(),
                    "A server holds "
                            + directory
                            + ", but its database does not respond: try again.");
        }
    }

    private static Database database(DatabaseAddress address, Tables tables)
            throws InterruptedException {
        return switch (tables) {
            case CURRENT -> Database.ofRunningServer(address);
            case ANY -> Database.ofAnyVersion(address);
        };
    }

    private static Database owned(EmbeddedPostgres started, Tables tables)
            throws InterruptedException {
        Database database = null;
        try {
            database = database(started.address(), tables);
            return database;
        } finally {
            if (database == null) {
                started.close();
            }
        }
    }

    private static void pause(long end, String sentence) throws InterruptedException {
        if (System.nanoTime() > end) {
            throw new StartRefusedException(sentence);
        }
        Thread.sleep(POLL_INTERVAL);
    }
}

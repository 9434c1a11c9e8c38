package dev.qide.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The database for the time of one command, whether a server runs or not: the embedded one of a
/// data directory is joined where a server runs it, and else started and stopped again.
///
/// Commands on one data directory take turns, so that none stops the database of another. Owned by
/// one thread.
public final class CommandDatabase implements AutoCloseable {
    private static final Duration WAIT = Duration.ofMinutes(2);
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private final Database database;
    private final DatabaseAddress address;
    private final @Nullable EmbeddedPostgres started;
    private final @Nullable DirectoryLock turn;

    private CommandDatabase(
            Database database,
            DatabaseAddress address,
            @Nullable EmbeddedPostgres started,
            @Nullable DirectoryLock turn) {
        this.database = database;
        this.address = address;
        this.started = started;
        this.turn = turn;
    }

    /// Opens a database that is not ours to start.
    ///
    /// @throws StartRefusedException when it cannot be used
    public static CommandDatabase at(DatabaseAddress address) throws InterruptedException {
        return new CommandDatabase(new Database(address), address, null, null);
    }

    /// Opens the embedded database of a data directory.
    ///
    /// @param directory of PostgreSQL itself, as for [EmbeddedPostgres#start]
    /// @throws StartRefusedException when it cannot be used, or is held for more than two minutes
    public static CommandDatabase embedded(Path directory, Path binaries, SecureRandom random)
            throws InterruptedException {
        return embedded(directory, binaries, random, Others.WELCOME);
    }

    /// Starts the embedded database of a data directory that no server uses.
    ///
    /// @throws StartRefusedException when a server runs there
    public static CommandDatabase alone(Path directory, Path binaries, SecureRandom random)
            throws InterruptedException {
        return embedded(directory, binaries, random, Others.REFUSED);
    }

    private static CommandDatabase embedded(
            Path directory, Path binaries, SecureRandom random, Others others)
            throws InterruptedException {
        long end = System.nanoTime() + WAIT.toNanos();
        try {
            Files.createDirectories(directory);
            var turn = turn(directory, end);
            CommandDatabase opened = null;
            try {
                opened = opened(directory, binaries, random, new Turn(turn, end, others));
                return opened;
            } finally {
                if (opened == null) {
                    turn.close();
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public Database database() {
        return database;
    }

    /// Where it is.
    public DatabaseAddress address() {
        return address;
    }

    /// Lets the command's own connections go, so that [Restore] finds nobody else at work.
    public void release() {
        database.close();
    }

    @Override
    public void close() {
        database.close();
        if (started != null) {
            started.close();
        }
        if (turn != null) {
            try {
                turn.close();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    /// Whether the database of a running server is joined.
    private enum Others {
        WELCOME,
        REFUSED
    }

    private record Turn(DirectoryLock lock, long end, Others others) {}

    private static DirectoryLock turn(Path directory, long end)
            throws IOException, InterruptedException {
        var turn = DirectoryLock.take(directory, DirectoryLock.COMMAND);
        while (turn == null) {
            pause(end, "Another command is at work in " + directory + ": try again when it ended.");
            turn = DirectoryLock.take(directory, DirectoryLock.COMMAND);
        }
        return turn;
    }

    private static CommandDatabase opened(
            Path directory, Path binaries, SecureRandom random, Turn turn)
            throws IOException, InterruptedException {
        while (true) {
            var started = EmbeddedPostgres.startUnlessHeld(directory, binaries, random);
            if (started != null) {
                return new CommandDatabase(owned(started), started.address(), started, turn.lock());
            }
            if (turn.others() == Others.REFUSED) {
                throw new StartRefusedException(
                        "A Q-IDE server is running on " + directory + ": stop it first.");
            }
            var running = EmbeddedPostgres.running(directory);
            if (running != null) {
                return new CommandDatabase(Database.beside(running), running, null, turn.lock());
            }
            pause(
                    turn.end(),
                    "A server holds "
                            + directory
                            + ", but its database does not answer: try again.");
        }
    }

    private static Database owned(EmbeddedPostgres started) throws InterruptedException {
        Database database = null;
        try {
            database = new Database(started.address());
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
        Thread.sleep(LOOK_EVERY);
    }
}

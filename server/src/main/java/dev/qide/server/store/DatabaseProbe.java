package dev.qide.server.store;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Asks the database whether it answers, on a connection of its own: a pool whose connections are
/// all at work says nothing about the database.
///
/// The same connection holds a lock that tells others that Q-IDE is at work here; whoever replaces
/// the tables ([Restore]) takes that lock for itself alone. Owned by one thread at a time.
final class DatabaseProbe implements AutoCloseable {
    /// The key of the advisory lock: "qide" in ASCII.
    static final int USE_LOCK = 0x71696465;

    private static final Duration ANSWER_WAIT = Duration.ofSeconds(5);
    private static final int ANSWER_SECONDS = 2;
    private static final Duration RESTORE_WAIT = Duration.ofSeconds(60);
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    private final DatabaseAddress address;
    private @Nullable Connection connection;
    private boolean isAnnounced;

    DatabaseProbe(DatabaseAddress address) {
        this.address = address;
    }

    /// Tells others that the database is in use; waits for a restore to end.
    ///
    /// @throws StartRefusedException when one is still at work after a minute
    void announce() throws InterruptedException {
        long end = System.nanoTime() + RESTORE_WAIT.toNanos();
        while (!isAnnounced()) {
            if (System.nanoTime() > end) {
                throw new StartRefusedException(
                        "The database is being restored from a backup: try again when that has"
                                + " ended.");
            }
            Thread.sleep(LOOK_EVERY);
        }
    }

    /// Whether it answers within a few seconds.
    boolean answers() {
        try {
            var asked = connected();
            if (asked.isValid(ANSWER_SECONDS)) {
                isAnnounced = isAnnounced || isLockTaken(asked);
                return true;
            }
        } catch (SQLException _) {
            // The connection is given up below, and the next question opens another.
        }
        giveUp();
        return false;
    }

    @Override
    public void close() {
        giveUp();
    }

    private boolean isAnnounced() {
        return answers() && isAnnounced;
    }

    private Connection connected() throws SQLException {
        var open = connection;
        if (open == null) {
            open =
                    DriverManager.getConnection(
                            address.url(), Database.properties(address, ANSWER_WAIT));
            connection = open;
        }
        return open;
    }

    private static boolean isLockTaken(Connection connection) throws SQLException {
        try (var query = connection.prepareStatement("SELECT pg_try_advisory_lock_shared(?)")) {
            query.setLong(1, USE_LOCK);
            try (var rows = query.executeQuery()) {
                return rows.next() && rows.getBoolean(1);
            }
        }
    }

    private void giveUp() {
        var open = connection;
        connection = null;
        isAnnounced = false;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException _) {
                // It was gone already.
            }
        }
    }
}

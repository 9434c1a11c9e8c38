package dev.qide.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Checks whether the database responds, on a separate connection, since a pool whose connections
/// are all in use says nothing about the database.
///
/// The same connection holds a shared lock that shows that Q-IDE uses the database. [Restore],
/// which replaces the tables, takes that lock exclusively. For a server it also keeps its [Node]
/// alive. Owned by one thread at a time.
final class DatabaseProbe implements AutoCloseable {
    /// The key of the advisory lock: "qide" in ASCII.
    static final int USE_LOCK = 0x71696465;

    private static final Duration ANSWER_WAIT = Duration.ofSeconds(5);
    private static final int ANSWER_SECONDS = 2;
    private static final Duration RESTORE_WAIT = Duration.ofSeconds(60);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(200);

    private final DatabaseLogin login;
    private @Nullable Connection connection;
    private @Nullable Node node;
    private boolean isAnnounced;

    DatabaseProbe(DatabaseLogin login) {
        this.login = login;
    }

    /// Takes the shared lock; waits for a running restore.
    ///
    /// @throws StartRefusedException when a restore is still running after a minute
    void announce() throws InterruptedException {
        long end = System.nanoTime() + RESTORE_WAIT.toNanos();
        while (!isAnnounced()) {
            if (System.nanoTime() > end) {
                throw new StartRefusedException(
                        "The database is being restored from a backup: try again when the restore has"
                                + " ended.");
            }
            Thread.sleep(POLL_INTERVAL);
        }
    }

    /// Shows other servers from now on that this one lives; the tables are migrated.
    void enter(Node entered) {
        node = entered;
        var _ = answers();
    }

    /// Whether the database responds within a few seconds.
    boolean answers() {
        try {
            var open = connected();
            if (open.isValid(ANSWER_SECONDS)) {
                isAnnounced = isAnnounced || isLockTaken(open);
                if (node != null) {
                    node.heartbeat(open);
                }
                return true;
            }
        } catch (SQLException _) {
            // Closed below; the next check opens a new connection.
        }
        disconnect();
        return false;
    }

    @Override
    public void close() {
        if (node != null && connection != null) {
            try {
                node.leave(connection);
            } catch (SQLException _) {
                // The end of the connection releases the lock.
            }
        }
        disconnect();
    }

    private boolean isAnnounced() {
        return answers() && isAnnounced;
    }

    private Connection connected() throws SQLException {
        var open = connection;
        if (open == null) {
            open = login.connect(ANSWER_WAIT, Map.of());
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

    private void disconnect() {
        var open = connection;
        connection = null;
        isAnnounced = false;
        if (node != null) {
            node.disconnected();
        }
        if (open != null) {
            try {
                open.close();
            } catch (SQLException _) {
                // Already closed.
            }
        }
    }
}

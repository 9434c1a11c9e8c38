package dev.qide.server;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// Blocks every commit of updates, by a lock on the lease rows that each of them reads.
///
/// Owned by one thread.
public final class HeldCommits implements AutoCloseable {
    private final TestDatabase database;
    private @Nullable Connection holder;

    public HeldCommits(TestDatabase database) {
        this.database = database;
    }

    public void hold() {
        try {
            var connection = database.connect();
            holder = connection;
            connection.setAutoCommit(false);
            try (var query = connection.createStatement()) {
                query.execute("SELECT epoch FROM leases FOR UPDATE");
            }
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// Releases the commits.
    @Override
    public void close() {
        var held = holder;
        holder = null;
        if (held == null) {
            return;
        }
        try {
            held.rollback();
            held.close();
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }
}

package dev.qide.server.store;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// Classifies database errors by SQLSTATE (PostgreSQL documentation, appendix A).
final class SqlErrors {
    private SqlErrors() {}

    /// Whether the row itself is at fault, so that the statement would fail again: data exception
    /// (22), integrity constraint violation (23), program limit exceeded (54). All other errors
    /// (connection, shutdown, disk, lock, failover) may be transient.
    static boolean isBadRow(SQLException failure) {
        var state = failure.getSQLState();
        return state != null
                && (state.startsWith("22") || state.startsWith("23") || state.startsWith("54"));
    }

    /// Whether another row has the same unique value (23505).
    static boolean isDuplicate(SQLException failure) {
        return "23505".equals(failure.getSQLState());
    }

    /// Whether the role or its password was refused (28).
    static boolean isLoginRefused(SQLException failure) {
        var state = failure.getSQLState();
        return state != null && state.startsWith("28");
    }

    /// The SQLSTATE, or `none`.
    static String state(SQLException failure) {
        var state = failure.getSQLState();
        return state == null ? "none" : state;
    }

    /// The database error among the causes of another, or null.
    static @Nullable SQLException in(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException found) {
                return found;
            }
        }
        return null;
    }
}

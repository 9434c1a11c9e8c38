package dev.qide.server.store;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.UUID;

/// Workspaces and their leases. Thread-safe; calls block on the database and throw
/// `STORE_UNAVAILABLE` when it is down.
public final class WorkspaceTable {
    private final Database database;

    public WorkspaceTable(Database database) {
        this.database = database;
    }

    /// The workspace of this name, made when there is none.
    public WorkspaceId findOrCreate(String name) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    handle.createUpdate(
                                    """
                                    INSERT INTO workspaces (name) VALUES (:name)
                                    ON CONFLICT (name) DO NOTHING
                                    """)
                            .bind("name", name)
                            .execute();
                    return new WorkspaceId(
                            handle.createQuery("SELECT id FROM workspaces WHERE name = :name")
                                    .bind("name", name)
                                    .mapTo(UUID.class)
                                    .one());
                });
    }

    /// Raises the epoch of the workspace's lease and returns it. Waits for appends under way, and
    /// afterwards no append of an older epoch can land: so it comes before its documents are
    /// loaded.
    ///
    /// PostgreSQL finishes the statement of a server that was killed while it waited: it may come
    /// after that of its successor. So each attempt takes a number first, and the lower one gives
    /// way.
    ///
    /// @throws FailureException `SERVER_STOPPING` when somebody took a number later and has the
    ///   lease
    public long raiseEpoch(WorkspaceId id) {
        return raiseEpoch(id, nextAttempt());
    }

    /// A number larger than all before.
    long nextAttempt() {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery("SELECT nextval('lease_attempts')")
                                .mapTo(long.class)
                                .one());
    }

    long raiseEpoch(WorkspaceId id, long attempt) {
        return database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                INSERT INTO leases (workspace_id, epoch, attempt)
                                                VALUES (:id, 1, :attempt)
                                                ON CONFLICT (workspace_id) DO UPDATE
                                                SET epoch = leases.epoch + 1, raised_at = now(),
                                                    attempt = :attempt
                                                WHERE leases.attempt < :attempt
                                                RETURNING epoch
                                                """)
                                        .bind("id", id.value())
                                        .bind("attempt", attempt)
                                        .mapTo(long.class)
                                        .findOne())
                .orElseThrow(() -> new FailureException(Failure.SERVER_STOPPING));
    }
}

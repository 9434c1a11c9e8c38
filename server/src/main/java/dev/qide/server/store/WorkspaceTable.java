package dev.qide.server.store;

import dev.qide.wire.Failure;
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
    public long raiseEpoch(WorkspaceId id) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        INSERT INTO leases (workspace_id, epoch) VALUES (:id, 1)
                                        ON CONFLICT (workspace_id) DO UPDATE
                                        SET epoch = leases.epoch + 1, raised_at = now()
                                        RETURNING epoch
                                        """)
                                .bind("id", id.value())
                                .mapTo(long.class)
                                .one());
    }
}

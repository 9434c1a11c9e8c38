package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// The workspaces that their owner trusted while a server ran. Thread-safe; calls block on the
/// database and throw `STORE_UNAVAILABLE` when it is down.
public final class TrustTable {
    private final Database database;

    public TrustTable(Database database) {
        this.database = database;
    }

    /// The trusted directory of each trusted workspace.
    public Map<WorkspaceId, String> all() {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    var all = new HashMap<WorkspaceId, String>();
                    handle.createQuery("SELECT workspace_id, directory FROM trusts")
                            .map((row, _) ->
                                    all.put(
                                            new WorkspaceId(
                                                    row.getObject("workspace_id", UUID.class)),
                                            row.getString("directory")))
                            .list();
                    return all;
                });
    }

    /// Trusts a workspace while it has this directory.
    public void grant(WorkspaceId workspace, String directory) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO trusts (workspace_id, directory)
                                        VALUES (:workspace, :directory)
                                        ON CONFLICT (workspace_id) DO UPDATE
                                        SET directory = :directory, trusted_at = now()
                                        """)
                                .bind("workspace", workspace.value())
                                .bind("directory", directory)
                                .execute());
    }

    /// Revokes the trust.
    public void revoke(WorkspaceId workspace) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createUpdate("DELETE FROM trusts WHERE workspace_id = :workspace")
                                .bind("workspace", workspace.value())
                                .execute());
    }
}

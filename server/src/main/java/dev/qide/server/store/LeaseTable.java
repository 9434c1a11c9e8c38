package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Leases that one server offers to another. An offer gives no right to write: the receiving server
/// takes the lease by [WorkspaceTable#raiseEpoch]. Thread-safe; calls block on the database and
/// throw `STORE_UNAVAILABLE` when it is down.
public final class LeaseTable {
    private static final String IS_FRESH =
            " leases.offered_at > clock_timestamp() - make_interval(secs => :offer) ";

    private final Database database;

    public LeaseTable(Database database) {
        this.database = database;
    }

    /// Releases the lease that this server holds under an epoch. Waits for appends in progress;
    /// later ones under this epoch are refused.
    ///
    /// @param offeredTo the server for which the lease is reserved; null for any
    public void release(WorkspaceId workspace, long epoch, @Nullable UUID offeredTo) {
        var _ =
                database.inOneStatement(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createUpdate(
                                                """
                                                UPDATE leases SET epoch = epoch + 1,
                                                    raised_at = now(), node_id = NULL,
                                                    offered_to = CAST(:to AS uuid),
                                                    offered_at = clock_timestamp()
                                                WHERE workspace_id = :workspace
                                                    AND epoch = :epoch AND node_id = :node
                                                """)
                                        .bind("workspace", workspace.value())
                                        .bind("epoch", epoch)
                                        .bind("node", database.node())
                                        .bindByType("to", offeredTo, UUID.class)
                                        .execute());
    }

    /// Offers a lease to another server, unless a living server holds it or is offered it.
    ///
    /// @return whether it is offered to that server now
    public boolean offer(WorkspaceId workspace, UUID to) {
        int offered =
                database.inOneStatement(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createUpdate(
                                                """
                                                INSERT INTO leases (workspace_id, epoch,
                                                    offered_to, offered_at)
                                                SELECT id, 1, :to, clock_timestamp()
                                                FROM workspaces
                                                WHERE id = :workspace AND retired_at IS NULL
                                                ON CONFLICT (workspace_id) DO UPDATE
                                                SET offered_to = :to,
                                                    offered_at = clock_timestamp()
                                                WHERE NOT EXISTS (SELECT FROM nodes
                                                    WHERE (nodes.id = leases.node_id OR (
                                                        nodes.id = leases.offered_to AND
                                                """
                                                        + IS_FRESH
                                                        + ")) AND "
                                                        + NodeTable.IS_LIVING
                                                        + ")")
                                        .bind("workspace", workspace.value())
                                        .bind("to", to)
                                        .bind("offer", Node.OFFER.toSeconds())
                                        .bind("silence", Node.SILENCE.toSeconds())
                                        .execute());
        return offered > 0;
    }

    /// Whether this server has a lease according to the database, or was offered it just now. It
    /// may not know that it has the lease, if the connection broke while it took it or gave it up.
    public boolean isAssigned(WorkspaceId workspace) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        "SELECT EXISTS (SELECT FROM leases"
                                                + " WHERE workspace_id = :workspace"
                                                + " AND (node_id = :node OR (offered_to = :node AND "
                                                + IS_FRESH
                                                + ")))")
                                .bind("workspace", workspace.value())
                                .bind("node", database.node())
                                .bind("offer", Node.OFFER.toSeconds())
                                .mapTo(boolean.class)
                                .one());
    }

    /// Declines an offer, and gives up a lease that this server has without knowing it, so that
    /// another server may take it immediately.
    public void decline(WorkspaceId workspace) {
        var _ =
                database.inOneStatement(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createUpdate(
                                                """
                                                UPDATE leases
                                                SET offered_to = NULL, offered_at = NULL,
                                                    epoch = epoch
                                                        + (node_id IS NOT DISTINCT FROM :node)::int,
                                                    node_id = NULLIF(node_id, :node)
                                                WHERE workspace_id = :workspace
                                                    AND (offered_to = :node OR node_id = :node)
                                                """)
                                        .bind("workspace", workspace.value())
                                        .bind("node", database.node())
                                        .execute());
    }
}

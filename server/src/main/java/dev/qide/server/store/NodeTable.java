package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The servers of this database: how they reach each other, and which one has a workspace.
/// Thread-safe; calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class NodeTable {
    /// Whether a row's server is alive: it has written the time recently, and a connection holds
    /// the lock of its id. Reading the list of locks does not take the lock; trying to take it
    /// would make the server look alive to others for a moment.
    static final String IS_LIVING =
            """
            nodes.seen_at > clock_timestamp() - make_interval(secs => :silence)
            AND EXISTS (SELECT FROM pg_locks
                WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                    AND database = (SELECT oid FROM pg_database
                        WHERE datname = current_database())
                    AND ((classid::bigint << 32) | objid::bigint)
                        = hashtextextended(nodes.id::text, 0))
            """;

    private final Database database;

    public NodeTable(Database database) {
        this.database = database;
    }

    /// A living server to which requests may be forwarded.
    ///
    /// @param secret with which they are signed, 32 bytes
    public record Peer(UUID id, String url, byte[] secret) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Peer peer
                    && id.equals(peer.id)
                    && url.equals(peer.url)
                    && Arrays.equals(secret, peer.secret);
        }

        @Override
        public int hashCode() {
            return id.hashCode();
        }

        /// Omits the secret.
        @Override
        public String toString() {
            return "Peer[" + id + ", " + url + "]";
        }
    }

    /// A server for the operator.
    ///
    /// @param url null when other servers cannot reach it
    /// @param workspaces the names of the workspaces whose leases it has, sorted
    public record NodeSummary(
            UUID id,
            @Nullable String url,
            Instant startedAt,
            Instant seenAt,
            boolean isLiving,
            List<String> workspaces) {
        public NodeSummary {
            workspaces = List.copyOf(workspaces);
        }
    }

    /// The id of this server.
    public UUID self() {
        return database.node();
    }

    /// Tells other servers, at once and from now on, how to reach this one.
    ///
    /// @param url null when they cannot
    /// @param secret 32 random bytes
    public void publish(@Nullable String url, byte[] secret) {
        database.nodeRow().publish(new Node.Reachability(url, secret.clone()));
        var _ =
                database.inOneStatement(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createUpdate(
                                                "UPDATE nodes SET url = :url, secret = :secret"
                                                        + " WHERE id = :node")
                                        .bind("url", url)
                                        .bind("secret", secret)
                                        .bind("node", database.node())
                                        .execute());
    }

    /// The other living servers that can be reached.
    public List<Peer> peers() {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT id, url, secret FROM nodes
                                        WHERE id <> :node AND url IS NOT NULL
                                            AND secret IS NOT NULL AND
                                        """
                                                + IS_LIVING)
                                .bind("node", database.node())
                                .bind("silence", Node.SILENCE.toSeconds())
                                .map((row, _) -> peer(row))
                                .list());
    }

    /// The other living server that has the lease of a workspace; null when there is none, or when
    /// it cannot be reached.
    public @Nullable Peer holder(WorkspaceId workspace) {
        return database.inOneStatement(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT id, url, secret
                                                FROM leases JOIN nodes ON nodes.id = leases.node_id
                                                WHERE workspace_id = :workspace AND id <> :node
                                                    AND url IS NOT NULL AND secret IS NOT NULL AND
                                                """
                                                        + IS_LIVING)
                                        .bind("workspace", workspace.value())
                                        .bind("node", database.node())
                                        .bind("silence", Node.SILENCE.toSeconds())
                                        .map((row, _) -> peer(row))
                                        .findOne())
                .orElse(null);
    }

    /// All servers of the last day, the oldest first, without the commands.
    public List<NodeSummary> list() {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT id, url, started_at, seen_at, (%s) AS is_living,
                                            ARRAY(SELECT workspaces.name
                                                FROM leases JOIN workspaces
                                                    ON workspaces.id = workspace_id
                                                WHERE leases.node_id = nodes.id
                                                    AND workspaces.retired_at IS NULL
                                                ORDER BY workspaces.name) AS workspaces
                                        FROM nodes WHERE secret IS NOT NULL
                                        ORDER BY started_at, id
                                        """
                                                .formatted(IS_LIVING))
                                .bind("silence", Node.SILENCE.toSeconds())
                                .map((row, _) -> summary(row))
                                .list());
    }

    private static Peer peer(ResultSet row) throws SQLException {
        return new Peer(
                row.getObject("id", UUID.class),
                Objects.requireNonNull(row.getString("url")),
                Objects.requireNonNull(row.getBytes("secret")));
    }

    private static NodeSummary summary(ResultSet row) throws SQLException {
        return new NodeSummary(
                row.getObject("id", UUID.class),
                row.getString("url"),
                row.getObject("started_at", OffsetDateTime.class).toInstant(),
                row.getObject("seen_at", OffsetDateTime.class).toInstant(),
                row.getBoolean("is_living"),
                List.of((String[]) row.getArray("workspaces").getArray()));
    }
}

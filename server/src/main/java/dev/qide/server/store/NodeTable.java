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

    /// Whether a server works.
    public enum State {
        ACTIVE,
        /// It gives its workspaces to others and takes none.
        DRAINING,
        ENDED
    }

    /// A server for the operator.
    ///
    /// @param url null when other servers cannot reach it
    /// @param workspaces the workspaces whose leases it has, sorted: `name`, or `organisation:name`
    public record NodeSummary(
            UUID id,
            @Nullable String url,
            Instant startedAt,
            Instant seenAt,
            State state,
            NodeLoad load,
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

    /// A living server, this one included.
    ///
    /// @param peer how it is reached; null for this server, and when it cannot be reached
    /// @param workspaces how many leases it has
    public record LivingNode(
            UUID id, @Nullable Peer peer, boolean isDraining, int workspaces, NodeLoad load) {}

    /// The living servers, this one included.
    public List<LivingNode> living() {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT id, url, secret, draining_since, heap_used_bytes,
                                            heap_limit_bytes, cpu_load,
                                            (SELECT count(*) FROM leases
                                                JOIN workspaces ON workspaces.id = workspace_id
                                                WHERE leases.node_id = nodes.id
                                                    AND retired_at IS NULL) AS workspaces
                                        FROM nodes WHERE secret IS NOT NULL AND
                                        """
                                                + IS_LIVING)
                                .bind("silence", Node.SILENCE.toSeconds())
                                .map((row, _) -> livingNode(row))
                                .list());
    }

    /// The other living server that has the lease of a workspace, or to which it was offered just
    /// now; null when there is none, or when it cannot be reached.
    public @Nullable Peer holder(WorkspaceId workspace) {
        return database.inOneStatement(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT id, url, secret
                                                FROM leases JOIN nodes ON nodes.id = leases.node_id
                                                    OR (nodes.id = leases.offered_to
                                                        AND leases.offered_at > clock_timestamp()
                                                            - make_interval(secs => :offer))
                                                WHERE workspace_id = :workspace AND id <> :node
                                                    AND url IS NOT NULL AND secret IS NOT NULL AND
                                                """
                                                        + IS_LIVING
                                                        + """
                                                        ORDER BY nodes.id = leases.node_id
                                                            DESC NULLS LAST
                                                        LIMIT 1
                                                        """)
                                        .bind("workspace", workspace.value())
                                        .bind("node", database.node())
                                        .bind("silence", Node.SILENCE.toSeconds())
                                        .bind("offer", Node.OFFER.toSeconds())
                                        .map((row, _) -> peer(row))
                                        .findOne())
                .orElse(null);
    }

    /// Begins or ends the draining of a living server: it gives its workspaces to others and takes
    /// none.
    ///
    /// @return false when no such server lives
    public boolean setDraining(UUID node, boolean isDraining) {
        return database.inOneStatement(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createUpdate(
                                                """
                                                UPDATE nodes SET draining_since =
                                                    CASE WHEN :isDraining THEN
                                                        coalesce(draining_since, now()) END
                                                WHERE id = :node AND secret IS NOT NULL AND
                                                """
                                                        + IS_LIVING)
                                        .bind("isDraining", isDraining)
                                        .bind("node", node)
                                        .bind("silence", Node.SILENCE.toSeconds())
                                        .execute())
                > 0;
    }

    /// All servers of the last day, the oldest first, without the commands.
    public List<NodeSummary> list() {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT id, url, started_at, seen_at, (%s) AS is_living,
                                            draining_since, heap_used_bytes, heap_limit_bytes,
                                            cpu_load,
                                            ARRAY(SELECT
                                                    CASE WHEN organisation_id = :home THEN ''
                                                        ELSE coalesce(organisations.name || ':', '')
                                                        END || workspaces.name AS name
                                                FROM leases JOIN workspaces
                                                    ON workspaces.id = workspace_id
                                                LEFT JOIN organisations
                                                    ON organisations.id = organisation_id
                                                WHERE leases.node_id = nodes.id
                                                    AND workspaces.retired_at IS NULL
                                                ORDER BY name) AS workspaces
                                        FROM nodes WHERE secret IS NOT NULL
                                        ORDER BY started_at, id
                                        """
                                                .formatted(IS_LIVING))
                                .bind("silence", Node.SILENCE.toSeconds())
                                .bind("home", OrganisationId.HOME.value())
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
                state(row),
                load(row),
                List.of((String[]) row.getArray("workspaces").getArray()));
    }

    private static State state(ResultSet row) throws SQLException {
        if (!row.getBoolean("is_living")) {
            return State.ENDED;
        }
        return row.getObject("draining_since") == null ? State.ACTIVE : State.DRAINING;
    }

    private static NodeLoad load(ResultSet row) throws SQLException {
        return new NodeLoad(
                row.getLong("heap_used_bytes"),
                row.getLong("heap_limit_bytes"),
                row.getDouble("cpu_load"));
    }

    private LivingNode livingNode(ResultSet row) throws SQLException {
        var id = row.getObject("id", UUID.class);
        boolean isReachable = row.getString("url") != null && !id.equals(database.node());
        return new LivingNode(
                id,
                isReachable ? peer(row) : null,
                row.getObject("draining_since") != null,
                row.getInt("workspaces"),
                load(row));
    }
}

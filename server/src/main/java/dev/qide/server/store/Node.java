package dev.qide.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// This server in the table `nodes`, which the other servers on the database read to find out
/// whether it is alive.
///
/// A server counts as alive while it writes the time and one of its connections holds the advisory
/// lock of its id. PostgreSQL releases the lock at once when the process is killed; a server that
/// hangs stops counting as alive when its time is too old. Owned by the thread of the
/// [DatabaseProbe].
final class Node {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    /// How long a server may be silent before another server may take its workspaces.
    static final Duration SILENCE = Duration.ofSeconds(10);

    /// How long a lease that is offered to a server is reserved for it.
    static final Duration OFFER = Duration.ofSeconds(2);

    private static final String FORGET_ENDED =
            "DELETE FROM nodes WHERE seen_at < clock_timestamp() - interval '1 day'";
    private static final String ENTER_OR_BEAT =
            """
            INSERT INTO nodes (id, client_address, process_id, url, secret,
                heap_used_bytes, heap_limit_bytes, cpu_load)
            VALUES (?, inet_client_addr(), ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp(),
                url = coalesce(EXCLUDED.url, nodes.url),
                secret = coalesce(EXCLUDED.secret, nodes.secret),
                heap_used_bytes = EXCLUDED.heap_used_bytes,
                heap_limit_bytes = EXCLUDED.heap_limit_bytes,
                cpu_load = EXCLUDED.cpu_load
            """;

    /// The name of a WAL segment begins with the timeline, which rises when a standby is promoted
    /// (PostgreSQL documentation, section 26.3.6).
    private static final String TIMELINE = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)";

    private final UUID id;
    private final AtomicLong failovers = new AtomicLong();
    private @Nullable String timeline;
    private volatile @Nullable Reachability reachability;
    private boolean isLocked;

    /// The information with which other servers forward requests to this one.
    ///
    /// @param url null when they cannot
    /// @param secret with which they sign the requests, 32 bytes
    record Reachability(@Nullable String url, byte[] secret) {}

    Node(UUID id) {
        this.id = id;
    }

    /// Sets what the next heartbeat writes. Called by another thread.
    void publish(Reachability published) {
        reachability = published;
    }

    /// How often another PostgreSQL has become the primary since the start. Any thread may call it.
    long failovers() {
        return failovers.get();
    }

    /// Writes the time and the load, and takes the lock unless this connection has it.
    void heartbeat(Connection connection) throws SQLException {
        if (!isLocked) {
            try (var statement = connection.createStatement()) {
                statement.executeUpdate(FORGET_ENDED);
            }
            isLocked = isLockTaken(connection);
            compareTimeline(connection);
        }
        try (var statement = connection.prepareStatement(ENTER_OR_BEAT)) {
            statement.setObject(1, id);
            statement.setLong(2, ProcessHandle.current().pid());
            var published = reachability;
            statement.setString(3, published == null ? null : published.url());
            statement.setBytes(4, published == null ? null : published.secret());
            var load = NodeLoad.now();
            statement.setLong(5, load.heapUsedBytes());
            statement.setLong(6, load.heapLimitBytes());
            statement.setFloat(7, (float) load.cpu());
            statement.executeUpdate();
        }
    }

    /// Ends the server's life; other servers may take its leases at once.
    void leave(Connection connection) throws SQLException {
        try (var statement = connection.prepareStatement("DELETE FROM nodes WHERE id = ?")) {
            statement.setObject(1, id);
            statement.executeUpdate();
        }
    }

    /// Notes that the connection that held the lock has ended.
    void disconnected() {
        isLocked = false;
    }

    private void compareTimeline(Connection connection) {
        var current = timeline(connection);
        if (current != null && timeline != null && !current.equals(timeline)) {
            failovers.incrementAndGet();
            LOG.atWarn()
                    .addKeyValue("event.action", "store.failed_over")
                    .log("another PostgreSQL is the primary now; storing the open documents again");
        }
        timeline = current == null ? timeline : current;
    }

    /// Null when it is unknown: some services do not have these functions. A connection that has
    /// ended fails at the next statement.
    private static @Nullable String timeline(Connection connection) {
        try (var query = connection.prepareStatement(TIMELINE);
                var rows = query.executeQuery()) {
            return rows.next() ? rows.getString(1) : null;
        } catch (SQLException _) {
            return null;
        }
    }

    private boolean isLockTaken(Connection connection) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        "SELECT pg_try_advisory_lock(hashtextextended(?::text, 0))")) {
            query.setString(1, id.toString());
            try (var rows = query.executeQuery()) {
                return rows.next() && rows.getBoolean(1);
            }
        }
    }
}

package dev.qide.server.nodes;

import dev.qide.server.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;

/// A living server in the tables, with the lease of every workspace, at a URL where the test
/// answers. It has ended when this is closed.
final class OtherNode implements AutoCloseable {
    private final Connection connection;
    private final TestServer server;
    private final String id = UUID.randomUUID().toString();

    /// @param server any server of the database
    OtherNode(TestServer server, String url) throws SQLException {
        this.server = server;
        connection = server.database().connect();
        try (var statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(hashtextextended('" + id + "', 0))");
        }
        var database = server.database();
        database.execute(
                """
                INSERT INTO nodes (id, process_id, seen_at, url, secret)
                VALUES (?::uuid, 1, clock_timestamp() + interval '1 hour', ?, decode(repeat('ab', 32), 'hex'))
                """,
                id,
                url);
        database.execute(
                "UPDATE leases SET epoch = epoch + 1, node_id = ?::uuid,"
                        + " attempt = nextval('lease_attempts')",
                id);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        server.database().execute("DELETE FROM nodes WHERE id = ?::uuid", id);
    }
}

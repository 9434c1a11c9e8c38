package dev.qide.server.store;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;

/// A pooler between the server's pools and the database that gives each transaction another
/// connection, as PgBouncer does with `pool_mode = transaction`.
final class TransactionPooling {
    /// No statement stays prepared on a connection.
    static final Map<String, String> PROPERTIES = Map.of("prepareThreshold", "0");

    private TransactionPooling() {}

    /// Finds through the pooler the row that this server has just written without it.
    ///
    /// @throws StartRefusedException when it is not there
    static void requireSame(DatabaseAddress pooler, UUID node) {
        var properties = Database.properties(pooler, Database.ANSWER_WAIT);
        PROPERTIES.forEach(properties::setProperty);
        try (var connection = DriverManager.getConnection(pooler.url(), properties);
                var query = connection.prepareStatement("SELECT FROM nodes WHERE id = ?")) {
            query.setObject(1, node);
            try (var rows = query.executeQuery()) {
                if (rows.next()) {
                    return;
                }
            }
        } catch (SQLException failure) {
            throw new StartRefusedException(
                    "The pooler of QIDE_DATABASE_POOL_URL cannot be used: " + failure.getMessage(),
                    failure);
        }
        throw new StartRefusedException(
                "QIDE_DATABASE_POOL_URL leads to another database than QIDE_DATABASE_URL: correct"
                        + " one of them.");
    }
}

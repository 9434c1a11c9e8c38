package dev.qide.server;

import dev.qide.server.cli.ServerConfig;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.EmbeddedPostgres;
import dev.qide.server.telemetry.Health;
import java.security.SecureRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The database that a server uses: the configured one, or an embedded one that it starts.
final class DatabaseComponents {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseComponents.class);

    private DatabaseComponents() {}

    /// Closes a component when the server closes, or cannot start.
    @FunctionalInterface
    interface Keeper {
        <T extends AutoCloseable> T keep(String name, T resource);
    }

    /// The address for transactions through a pooler; null without one.
    ///
    /// @throws IllegalArgumentException with a sentence when there is no database behind it
    static @Nullable Supplier<DatabaseAddress> pooler(ServerConfig config) {
        var url = config.databasePoolUrl();
        if (url == null) {
            return null;
        }
        if (config.databaseUrl() == null) {
            throw new IllegalArgumentException(
                    "QIDE_DATABASE_POOL_URL needs QIDE_DATABASE_URL: set it to the address of the same database without the pooler.");
        }
        return () -> DatabaseAddress.parse("QIDE_DATABASE_POOL_URL", url.current().reveal());
    }

    /// The configured address, with the login in its file now; or that of an embedded database,
    /// which this starts.
    static Supplier<DatabaseAddress> address(
            ServerConfig config, SecureRandom random, Health health, Keeper keeper)
            throws InterruptedException {
        var url = config.databaseUrl();
        if (url != null) {
            return () -> DatabaseAddress.parse(url.current().reveal());
        }
        LOG.atInfo()
                .addKeyValue("event.action", "server.starting")
                .log("starting the embedded PostgreSQL");
        var postgres =
                EmbeddedPostgres.start(
                        ServerConfig.postgres(config.data()),
                        ServerConfig.postgresPrograms(config.data()),
                        random);
        health.register("postgresql", postgres::state);
        var address = keeper.keep("postgresql", postgres).address();
        return () -> address;
    }
}

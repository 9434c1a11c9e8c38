package dev.qide.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The pools of connections for everything, for the update log, and for identity. When their login
/// is renewed, each connection is replaced as soon as nobody uses it. Thread-safe.
final class DatabasePools implements AutoCloseable {
    static final int MAIN_CONNECTIONS = 8;
    private static final int IDENTITY_CONNECTIONS = 2;

    private final HikariDataSource main;
    private final HikariDataSource log;
    private final HikariDataSource identity;

    /// @param isPooled whether a pooler may give each transaction another connection
    DatabasePools(DatabaseLogin login, boolean isPooled) {
        var source =
                new LoginDataSource(login, isPooled ? TransactionPooling.PROPERTIES : Map.of());
        main = open(source, "qide", MAIN_CONNECTIONS);
        log = open(source, "qide-log", UpdateLog.WRITERS);
        identity = open(source, "qide-identity", IDENTITY_CONNECTIONS);
        login.onRenewal(this::replaceConnections);
    }

    HikariDataSource main() {
        return main;
    }

    HikariDataSource log() {
        return log;
    }

    HikariDataSource identity() {
        return identity;
    }

    /// The number of connections, as a gauge with the labels `pool` and `state` reports them.
    Map<List<String>, Double> states() {
        var states = new HashMap<List<String>, Double>();
        for (var pool : all()) {
            var name = pool.getPoolName();
            var now = pool.getHikariPoolMXBean();
            states.put(List.of(name, "active"), (double) now.getActiveConnections());
            states.put(List.of(name, "idle"), (double) now.getIdleConnections());
            states.put(List.of(name, "pending"), (double) now.getThreadsAwaitingConnection());
        }
        return states;
    }

    @Override
    public void close() {
        log.close();
        identity.close();
        main.close();
    }

    private List<HikariDataSource> all() {
        return List.of(main, log, identity);
    }

    private void replaceConnections() {
        all().forEach(pool -> pool.getHikariPoolMXBean().softEvictConnections());
    }

    private static HikariDataSource open(LoginDataSource source, String name, int connections) {
        var config = new HikariConfig();
        config.setPoolName(name);
        config.setDataSource(source);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(Database.CONNECTION_WAIT.toMillis());
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }
}

package dev.qide.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connection to PostgreSQL: bounded pools, migrations, and whether it is reachable.
///
/// The update log and the tables of identity have connections of their own, so that a crowd of
/// readers can delay neither a commit nor a revocation. Thread-safe.
public final class Database implements AutoCloseable {
    /// What our connections are called in `pg_stat_activity`.
    static final String APPLICATION = "qide";

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    static final int POOL_CONNECTIONS = 8;
    private static final int IDENTITY_CONNECTIONS = 2;
    private static final Duration CONNECTION_WAIT = Duration.ofSeconds(5);
    private static final Duration ANSWER_WAIT = Duration.ofSeconds(30);
    private static final Duration MIGRATION_WAIT = Duration.ofMinutes(10);
    private static final Duration TABLES_LIMIT = Duration.ofSeconds(10);
    private static final Duration REACH_LIMIT = Duration.ofSeconds(60);
    private static final Duration REACH_AGAIN = Duration.ofMillis(500);
    private static final Duration PROBE_EVERY = Duration.ofSeconds(1);
    private static final Health.State DOWN =
            new Health.State.Down(
                    "The database does not answer: documents stay readable, and what is typed waits"
                            + " in the editors until it is back.");

    private final HikariDataSource pool;
    private final HikariDataSource logPool;
    private final HikariDataSource identityPool;
    private final Jdbi jdbi;
    private final Jdbi identityJdbi;
    private final DatabaseProbe probe;
    private final BackgroundTask probing;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final List<Consumer<Health.State>> listeners = new CopyOnWriteArrayList<>();
    private volatile Health.State state = new Health.State.Up();

    /// Waits until the database answers (at most a minute), brings its tables up to date and opens
    /// the pools.
    ///
    /// @throws StartRefusedException when it does not answer, refuses the login, is being restored,
    ///   or cannot be migrated
    public Database(DatabaseAddress address) throws InterruptedException {
        this(address, Tables.BROUGHT_UP_TO_DATE);
    }

    private Database(DatabaseAddress address, Tables tables) throws InterruptedException {
        awaitAnswer(address);
        probe = new DatabaseProbe(address);
        boolean isUsable = false;
        try {
            probe.announce();
            switch (tables) {
                case BROUGHT_UP_TO_DATE -> migrate(address);
                case AS_THEY_ARE -> awaitTables(address);
            }
            isUsable = true;
        } finally {
            if (!isUsable) {
                probe.close();
            }
        }
        pool = pool(address, "qide", POOL_CONNECTIONS);
        logPool = pool(address, "qide-log", UpdateLog.WRITERS);
        identityPool = pool(address, "qide-identity", IDENTITY_CONNECTIONS);
        jdbi = Jdbi.create(pool);
        identityJdbi = Jdbi.create(identityPool);
        probing =
                new BackgroundTask(Thread.ofPlatform().name("database-probe").daemon(), this::probe)
                        .begin();
    }

    /// The database of a server that is running: its tables stay as that server made them.
    ///
    /// @throws StartRefusedException when it does not answer or refuses the login
    public static Database beside(DatabaseAddress address) throws InterruptedException {
        return new Database(address, Tables.AS_THEY_ARE);
    }

    private enum Tables {
        BROUGHT_UP_TO_DATE,
        AS_THEY_ARE
    }

    /// Whether it was reachable a moment ago; answers at once.
    public Health.State state() {
        // What a probe said that has failed since is not worth anything.
        return probing.state() instanceof Health.State.Down failed ? failed : state;
    }

    /// Has `listener` told whenever the database is lost or back, on the probe's thread, which it
    /// must not hold up.
    public void watch(Consumer<Health.State> listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        closing.countDown();
        probing.finish();
        logPool.close();
        identityPool.close();
        pool.close();
        try {
            // It may be inside a question to a database that is silent; that has a bound of its
            // own.
            var _ = probing.join(PROBE_EVERY);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Runs one piece of work in one transaction.
    ///
    /// @param whenDown the failure to throw when the database cannot be reached
    <T> T inTransaction(Failure whenDown, Function<Handle, T> work) {
        return reached(whenDown, () -> jdbi.inTransaction(work::apply));
    }

    /// Runs one piece of work of identity in one transaction, on connections that nothing else
    /// uses.
    ///
    /// @param whenDown the failure to throw when the database cannot be reached
    <T> T inIdentityTransaction(Failure whenDown, Function<Handle, T> work) {
        return reached(whenDown, () -> identityJdbi.inTransaction(work::apply));
    }

    /// Runs one statement, which is its own transaction and takes one round trip instead of three.
    ///
    /// @param whenDown the failure to throw when the database cannot be reached
    <T> T inOneStatement(Failure whenDown, Function<Handle, T> statement) {
        return reached(whenDown, () -> jdbi.withHandle(statement::apply));
    }

    private static <T> T reached(Failure whenDown, Supplier<T> work) {
        try {
            return work.get();
        } catch (JdbiException failure) {
            var cause = SqlErrors.in(failure);
            if (cause == null || SqlErrors.isBadRow(cause)) {
                throw failure;
            }
            throw new FailureException(whenDown, Map.of(), failure);
        }
    }

    /// A connection for a writer of the update log, in auto-commit mode.
    Connection logConnection() throws SQLException {
        return logPool.getConnection();
    }

    private void probe() throws InterruptedException {
        try (probe) {
            while (!closing.await(PROBE_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                boolean wasUp = state instanceof Health.State.Up;
                boolean isUp = probe.answers();
                if (closing.getCount() == 0) {
                    return;
                }
                state = isUp ? new Health.State.Up() : DOWN;
                if (wasUp != isUp) {
                    LOG.atWarn()
                            .addKeyValue("event.action", isUp ? "store.reached" : "store.lost")
                            .log(isUp ? "the database is back" : "the database does not answer");
                    listeners.forEach(listener -> listener.accept(state));
                }
            }
        }
    }

    private static void awaitAnswer(DatabaseAddress address) throws InterruptedException {
        long end = System.nanoTime() + REACH_LIMIT.toNanos();
        boolean isToldOf = false;
        while (true) {
            try (var connection =
                            DriverManager.getConnection(
                                    address.url(), properties(address, ANSWER_WAIT));
                    var query = connection.createStatement()) {
                query.execute("SELECT 1");
                warnUnlessDurable(connection);
                return;
            } catch (SQLException notYet) {
                if (SqlErrors.isLoginRefused(notYet) || System.nanoTime() > end) {
                    throw new StartRefusedException(
                            "The database cannot be used: " + notYet.getMessage(), notYet);
                }
                if (!isToldOf) {
                    isToldOf = true;
                    LOG.atWarn()
                            .addKeyValue("event.action", "store.awaiting_database")
                            .addKeyValue("sqlState", SqlErrors.state(notYet))
                            .log("the database does not answer yet: waiting for it");
                }
            }
            Thread.sleep(REACH_AGAIN);
        }
    }

    /// Somebody else's database is not ours to refuse, but its owner should know.
    private static void warnUnlessDurable(Connection connection) throws SQLException {
        for (var setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
            try (var query = connection.prepareStatement("SELECT current_setting(?)")) {
                query.setString(1, setting);
                try (var rows = query.executeQuery()) {
                    if (rows.next() && "off".equals(rows.getString(1))) {
                        LOG.atWarn()
                                .addKeyValue("event.action", "store.not_durable")
                                .addKeyValue("setting", setting)
                                .log("the database can lose what it has confirmed");
                    }
                }
            }
        }
    }

    /// A server that has just begun to serve this database brings its tables up to date; an older
    /// one never will.
    private static void awaitTables(DatabaseAddress address) throws InterruptedException {
        long end = System.nanoTime() + TABLES_LIMIT.toNanos();
        try {
            while (migrations(address).info().pending().length > 0) {
                if (System.nanoTime() > end) {
                    throw new StartRefusedException(
                            "The server that is running has older tables than this version needs:"
                                    + " restart it first.");
                }
                Thread.sleep(REACH_AGAIN);
            }
        } catch (FlywayException failure) {
            throw new StartRefusedException(
                    "The database's tables cannot be looked at: " + failure.getMessage(), failure);
        }
    }

    private static Flyway migrations(DatabaseAddress address) {
        return migrationsOf(address).load();
    }

    /// The migrations of this version on a database, to be narrowed and loaded.
    static FluentConfiguration migrationsOf(DatabaseAddress address) {
        var properties = new HashMap<String, String>();
        properties(address, MIGRATION_WAIT)
                .forEach((name, value) -> properties.put("" + name, "" + value));
        return Flyway.configure(Database.class.getClassLoader())
                .dataSource(address.url(), address.user(), address.password())
                .jdbcProperties(properties)
                .locations("classpath:db/migration");
    }

    private static void migrate(DatabaseAddress address) {
        try {
            Restore.clear(address);
            var _ = migrations(address).migrate();
        } catch (FlywayException failure) {
            throw new StartRefusedException(
                    "The database's tables cannot be brought up to date: " + failure.getMessage(),
                    failure);
        }
    }

    private static HikariDataSource pool(DatabaseAddress address, String name, int connections) {
        var config = new HikariConfig();
        config.setPoolName(name);
        config.setJdbcUrl(address.url());
        properties(address, ANSWER_WAIT)
                .forEach((key, value) -> config.addDataSourceProperty("" + key, value));
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(CONNECTION_WAIT.toMillis());
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    static Properties properties(DatabaseAddress address, Duration answerWait) {
        var properties = new Properties();
        if (!address.user().isEmpty()) {
            properties.setProperty("user", address.user());
        }
        if (!address.password().isEmpty()) {
            properties.setProperty("password", address.password());
        }
        properties.setProperty("connectTimeout", "" + CONNECTION_WAIT.toSeconds());
        properties.setProperty("socketTimeout", "" + answerWait.toSeconds());
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("ApplicationName", APPLICATION);
        return properties;
    }
}

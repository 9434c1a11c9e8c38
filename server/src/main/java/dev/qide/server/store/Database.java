package dev.qide.server.store;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
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
import java.util.UUID;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connection to PostgreSQL: bounded pools, migrations, and reachability.
///
/// The update log and the identity tables have separate connections, so that many readers can delay
/// neither a commit nor a revocation. Thread-safe.
public final class Database implements AutoCloseable {
    /// The name of our connections in `pg_stat_activity`.
    static final String APPLICATION = "qide";

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    static final Duration CONNECTION_WAIT = Duration.ofSeconds(5);
    static final Duration ANSWER_WAIT = Duration.ofSeconds(30);
    private static final Duration MIGRATION_WAIT = Duration.ofMinutes(10);
    private static final Duration TABLES_LIMIT = Duration.ofSeconds(10);
    private static final Duration REACH_LIMIT = Duration.ofSeconds(60);
    private static final Duration REACH_INTERVAL = Duration.ofMillis(500);
    private static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);
    private static final Health.State DOWN =
            new Health.State.Down(
                    "The database does not answer. Documents stay readable, and editors keep new edits"
                            + " until it is back. Check the database server.");

    private final DatabaseLogin login;
    private final DatabaseLogin poolLogin;
    private final DatabasePools pools;
    private final Jdbi jdbi;
    private final Jdbi identityJdbi;
    private final UUID node = UUID.randomUUID();
    private final Node nodeRow = new Node(node);
    private final DatabaseProbe probe;
    private final BackgroundTask probing;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final List<Consumer<Health.State>> listeners = new CopyOnWriteArrayList<>();
    private volatile Health.State state = new Health.State.Up();
    private volatile long probeNanos;

    /// Waits until the database responds (at most a minute), migrates its tables and opens the
    /// pools.
    ///
    /// @throws StartRefusedException when the database does not respond, refuses the login, is
    ///   being restored, or cannot be migrated
    public Database(DatabaseAddress address) throws InterruptedException {
        this(() -> address, null);
    }

    /// [#Database(DatabaseAddress)] with a login that may be renewed, and with a pooler between the
    /// pools and the database, which may give each transaction another connection. Migrations and
    /// the lock that shows that this server lives need connections of their own and do not use it.
    ///
    /// @param configured the address with the login that is configured now
    /// @param pooler the address of the same database through the pooler; null without one
    /// @throws StartRefusedException also when the pooler leads to another database
    public Database(
            Supplier<DatabaseAddress> configured, @Nullable Supplier<DatabaseAddress> pooler)
            throws InterruptedException {
        this(
                new DatabaseLogin(configured),
                pooler == null ? null : new DatabaseLogin(pooler),
                Tables.MIGRATED);
    }

    private Database(DatabaseLogin login, @Nullable DatabaseLogin pooler, Tables tables)
            throws InterruptedException {
        this.login = login;
        poolLogin = pooler == null ? login : pooler;
        var address = login.accepted();
        awaitAnswer(address);
        probe = new DatabaseProbe(login);
        boolean isUsable = false;
        try {
            probe.announce();
            switch (tables) {
                case MIGRATED -> {
                    migrate(address);
                    probe.enter(nodeRow);
                    if (pooler != null) {
                        awaitAnswer(pooler.accepted());
                        TransactionPooling.requireSame(pooler.accepted(), node);
                    }
                }
                case CURRENT -> awaitTables(address);
                case ANY -> {}
            }
            isUsable = true;
        } finally {
            if (!isUsable) {
                probe.close();
            }
        }
        pools = new DatabasePools(poolLogin, pooler != null);
        jdbi = Jdbi.create(pools.main());
        identityJdbi = Jdbi.create(pools.identity());
        login.watch();
        if (pooler != null) {
            pooler.watch();
        }
        probing =
                new BackgroundTask(Thread.ofPlatform().name("database-probe").daemon(), this::probe)
                        .begin();
    }

    /// The database of a running server. Only an empty one gets tables: existing ones are left to
    /// servers to migrate, since servers of an earlier version may be using them.
    ///
    /// @throws StartRefusedException when it does not respond, refuses the login or has old tables
    public static Database ofRunningServer(DatabaseAddress address) throws InterruptedException {
        return new Database(new DatabaseLogin(() -> address), null, Tables.CURRENT);
    }

    /// A database with the tables of any version, or none, which stay as they are.
    ///
    /// @throws StartRefusedException when it does not respond or refuses the login
    static Database ofAnyVersion(DatabaseAddress address) throws InterruptedException {
        return new Database(new DatabaseLogin(() -> address), null, Tables.ANY);
    }

    private enum Tables {
        MIGRATED,
        CURRENT,
        ANY
    }

    /// This server's id in the table `nodes`.
    UUID node() {
        return node;
    }

    /// This server in the table `nodes`.
    Node nodeRow() {
        return nodeRow;
    }

    /// How often another PostgreSQL has become the primary since the start. Does not block.
    long failovers() {
        return nodeRow.failovers();
    }

    /// Registers the gauges of the pools and of the probe.
    public void observe(Metrics metrics) {
        metrics.gauge(
                "qide_store_connections",
                "Connections to PostgreSQL by pool and state: active, idle, or pending for callers that wait for one.",
                List.of("pool", "state"),
                pools::states);
        metrics.gauge(
                "qide_store_probe_seconds",
                "How long PostgreSQL took to answer the last probe, which is sent each second.",
                () -> probeNanos / 1e9);
        metrics.gauge(
                "qide_store_reachable",
                "Whether PostgreSQL answered the last probe: 1 or 0.",
                () -> state() instanceof Health.State.Up ? 1 : 0);
    }

    /// Whether the last probe reached the database. Does not block.
    public Health.State state() {
        // The result of a probe that has failed since does not count.
        return probing.state() instanceof Health.State.Down failed ? failed : state;
    }

    /// Whether the login that is configured now can be used. Does not block.
    public Health.State loginState() {
        var direct = login.state();
        return direct instanceof Health.State.Up ? poolLogin.state() : direct;
    }

    /// Adds a listener that is called when the database becomes unreachable or reachable, on the
    /// probe's thread, which it must not block.
    public void addListener(Consumer<Health.State> listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        closing.countDown();
        probing.finish();
        login.close();
        poolLogin.close();
        pools.close();
        try {
            // The probe may be waiting for an unresponsive database; that wait is bounded.
            var _ = probing.join(PROBE_INTERVAL);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Runs a function in one transaction.
    ///
    /// @param whenDown the failure to throw when the database is unreachable
    <T> T inTransaction(Failure whenDown, Function<Handle, T> work) {
        return orUnavailable(whenDown, () -> jdbi.inTransaction(work::apply));
    }

    /// Runs a function of `identity` in one transaction, on connections that nothing else uses.
    ///
    /// @param whenDown the failure to throw when the database is unreachable
    <T> T inIdentityTransaction(Failure whenDown, Function<Handle, T> work) {
        return orUnavailable(whenDown, () -> identityJdbi.inTransaction(work::apply));
    }

    /// Runs one statement without an explicit transaction, which takes one round trip instead of
    /// three.
    ///
    /// @param whenDown the failure to throw when the database is unreachable
    <T> T inOneStatement(Failure whenDown, Function<Handle, T> statement) {
        return orUnavailable(whenDown, () -> jdbi.withHandle(statement::apply));
    }

    private static <T> T orUnavailable(Failure whenDown, Supplier<T> work) {
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
        return pools.log().getConnection();
    }

    private void probe() throws InterruptedException {
        try (probe) {
            while (!closing.await(PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                boolean wasUp = state instanceof Health.State.Up;
                long begun = System.nanoTime();
                boolean isUp = probe.answers();
                probeNanos = System.nanoTime() - begun;
                if (closing.getCount() == 0) {
                    return;
                }
                state = isUp ? new Health.State.Up() : DOWN;
                if (wasUp != isUp) {
                    LOG.atWarn()
                            .addKeyValue("event.action", isUp ? "store.reached" : "store.lost")
                            .log(
                                    isUp
                                            ? "the database responds again"
                                            : "the database does not respond");
                    listeners.forEach(listener -> listener.accept(state));
                }
            }
        }
    }

    private static void awaitAnswer(DatabaseAddress address) throws InterruptedException {
        long end = System.nanoTime() + REACH_LIMIT.toNanos();
        boolean isLogged = false;
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
                if (!isLogged) {
                    isLogged = true;
                    LOG.atWarn()
                            .addKeyValue("event.action", "store.awaiting_database")
                            .addKeyValue("sqlState", SqlErrors.state(notYet))
                            .log("waiting for the database to respond");
                }
            }
            Thread.sleep(REACH_INTERVAL);
        }
    }

    /// An external database is not refused, but its owner should know.
    private static void warnUnlessDurable(Connection connection) throws SQLException {
        for (var setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
            try (var query = connection.prepareStatement("SELECT current_setting(?)")) {
                query.setString(1, setting);
                try (var rows = query.executeQuery()) {
                    if (rows.next() && "off".equals(rows.getString(1))) {
                        LOG.atWarn()
                                .addKeyValue("event.action", "store.not_durable")
                                .addKeyValue("setting", setting)
                                .log("the database may lose confirmed commits");
                    }
                }
            }
        }
    }

    /// A server that has just started migrates the tables; an older version never does.
    private static void awaitTables(DatabaseAddress address) throws InterruptedException {
        if (AppliedMigrations.areThoseOf(address, ANSWER_WAIT)) {
            return;
        }
        long end = System.nanoTime() + TABLES_LIMIT.toNanos();
        try {
            if (migrationsOf(address).load().info().current() == null) {
                migrate(address);
            }
            while (migrationsOf(address).load().info().pending().length > 0) {
                if (System.nanoTime() > end) {
                    throw new StartRefusedException(
                            "The database has older tables than this version requires: start a"
                                    + " server of this version on it first, which migrates them.");
                }
                Thread.sleep(REACH_INTERVAL);
            }
        } catch (FlywayException failure) {
            throw new StartRefusedException(
                    "Reading the database's tables failed: " + failure.getMessage(), failure);
        }
    }

    /// This version's migrations for a database, to be configured further.
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
            if (!AppliedMigrations.areThoseOf(address, ANSWER_WAIT)) {
                var _ = migrationsOf(address).load().migrate();
            }
        } catch (FlywayException failure) {
            throw new StartRefusedException(
                    "Migrating the database's tables failed: " + failure.getMessage(), failure);
        }
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

package dev.qide.server;

import dev.qide.server.concurrent.LockFile;
import dev.qide.server.store.Database;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A fresh, migrated database on the embedded PostgreSQL that all tests of a JVM share.
///
/// The cluster stays under `target` for the next run; the programs are unpacked once into the
/// user's cache. Each test JVM has its own cluster. Thread-safe.
public final class TestDatabase implements AutoCloseable {
    private static final int CLUSTERS = 16;
    private static final String TEMPLATE = "test_template";

    private final DatabaseAddress address;

    private TestDatabase(DatabaseAddress address) {
        this.address = address;
    }

    /// A database with all tables and no rows.
    public static TestDatabase create() {
        return from(TEMPLATE);
    }

    private static TestDatabase from(String template) {
        var name = "test_" + UUID.randomUUID().toString().replace("-", "");
        var postgres = Cluster.INSTANCE.postgres;
        administer(postgres, "CREATE DATABASE " + name + " TEMPLATE " + template + " OWNER qide");
        return new TestDatabase(named(postgres.address(), name));
    }

    /// A database without tables.
    public static TestDatabase createEmpty() {
        return from("template0");
    }

    /// A second database with the same tables and rows. Nobody may be connected to this one.
    public TestDatabase copy() {
        return from(name());
    }

    public DatabaseAddress address() {
        return address;
    }

    /// Executes a statement.
    ///
    /// @param parameters the values of its `?`
    /// @return the number of rows that it changed, or -1 for a query
    public int execute(String sql, Object... parameters) {
        try (var connection = connect();
                var statement = prepare(connection, sql, parameters)) {
            statement.execute();
            return statement.getUpdateCount();
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// The first column of a query's rows.
    ///
    /// @param parameters the values of its `?`
    public List<String> rows(String sql, Object... parameters) {
        var values = new ArrayList<String>();
        try (var connection = connect();
                var statement = prepare(connection, sql, parameters);
                var rows = statement.executeQuery()) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
        return values;
    }

    /// The number that a `SELECT count(*)` answers.
    ///
    /// @param parameters the values of its `?`
    public long count(String sql, Object... parameters) {
        return Long.parseLong(rows(sql, parameters).getFirst());
    }

    /// Waits until no server uses the database: a closed one ends its connections by itself.
    public void awaitUnused() {
        Await.await(() ->
                count(
                                """
                                SELECT count(*) FROM pg_stat_activity
                                WHERE datname = current_database() AND application_name = 'qide'
                                """)
                        == 0);
    }

    /// A connection of its own, to be closed by the caller.
    public Connection connect() throws SQLException {
        return connect(address);
    }

    private static Connection connect(DatabaseAddress address) throws SQLException {
        return DriverManager.getConnection(address.url(), address.user(), address.password());
    }

    private static PreparedStatement prepare(
            Connection connection, String sql, Object... parameters) throws SQLException {
        var statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    /// Executes a statement as the cluster's superuser.
    public void administer(String statement) {
        administer(Cluster.INSTANCE.postgres, statement);
    }

    /// Makes the database unreachable: connections end, and new ones are refused.
    public void goAway() {
        administer(
                Cluster.INSTANCE.postgres, "ALTER DATABASE " + name() + " ALLOW_CONNECTIONS false");
        administer(
                Cluster.INSTANCE.postgres,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                        + name()
                        + "'");
    }

    /// Ends [#goAway()].
    public void comeBack() {
        administer(
                Cluster.INSTANCE.postgres, "ALTER DATABASE " + name() + " ALLOW_CONNECTIONS true");
    }

    /// Drops the database and ends connections that are still open.
    @Override
    public void close() {
        administer(Cluster.INSTANCE.postgres, "DROP DATABASE " + name() + " WITH (FORCE)");
    }

    private String name() {
        return address.url().substring(address.url().lastIndexOf('/') + 1);
    }

    /// The folder into which tests unpack PostgreSQL's programs.
    public static Path binaries() {
        var cache = System.getenv("XDG_CACHE_HOME");
        var home =
                cache == null || cache.isEmpty()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(cache);
        return home.resolve("qide/postgresql");
    }

    private static void administer(EmbeddedPostgres postgres, String statement) {
        var address = postgres.administration();
        try (var connection = connect(address);
                var query = connection.createStatement()) {
            query.execute(statement);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static List<String> leftovers(EmbeddedPostgres postgres) {
        var address = postgres.administration();
        var names = new ArrayList<String>();
        try (var connection = connect(address);
                var query = connection.createStatement();
                var rows =
                        query.executeQuery(
                                "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
        return names;
    }

    private static DatabaseAddress named(DatabaseAddress address, String name) {
        var url = address.url().substring(0, address.url().lastIndexOf('/') + 1) + name;
        return new DatabaseAddress(url, address.user(), address.password());
    }

    /// The PostgreSQL of this JVM, started at the first use.
    private static final class Cluster {
        static final Cluster INSTANCE = new Cluster();

        final EmbeddedPostgres postgres;

        Cluster() {
            try {
                var parent = Path.of(System.getProperty("basedir", "."), "target/postgresql");
                Files.createDirectories(parent);
                int number = 0;
                var held = lock(parent, number);
                while (held == null && ++number < CLUSTERS) {
                    held = lock(parent, number);
                }
                if (held == null) {
                    throw new IllegalStateException("all test clusters are in use");
                }
                postgres =
                        EmbeddedPostgres.start(
                                parent.resolve("cluster-" + number),
                                binaries(),
                                new SecureRandom());
                var inUse = held;
                Runtime.getRuntime().addShutdownHook(new Thread(() -> end(postgres, inUse)));
                leftovers(postgres)
                        .forEach(name ->
                                administer(postgres, "DROP DATABASE " + name + " WITH (FORCE)"));
                administer(postgres, "CREATE DATABASE " + TEMPLATE + " OWNER qide");
                new Database(named(postgres.address(), TEMPLATE)).close();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(stop);
            }
        }

        private static void end(EmbeddedPostgres postgres, LockFile inUse) {
            postgres.close();
            try {
                inUse.close();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        private static @Nullable LockFile lock(Path parent, int number) throws IOException {
            return LockFile.tryAcquire(parent.resolve("cluster-" + number + ".lock"));
        }
    }
}

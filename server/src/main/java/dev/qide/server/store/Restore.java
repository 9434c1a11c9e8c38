package dev.qide.server.store;

import dev.qide.server.store.backup.BackupFile;
import dev.qide.server.store.backup.RowHashes;
import dev.qide.server.store.backup.SchemaCatalog;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationVersion;
import org.postgresql.PGConnection;

/// Puts a backup's rows in the place of a database's.
///
/// The file is read once to see that it is whole. Then its tables are made in a schema beside the
/// others, by the migrations that the backup had seen; the rows are copied in, read again, and
/// compared with the hashes in the file; later migrations follow. One transaction at the end drops
/// the old tables and moves the new ones to their place: until it commits nothing has changed.
///
/// Owned by one thread.
public final class Restore {
    /// Where the tables are made; what an interrupted restore left there is dropped by the next, or
    /// when a server starts.
    static final String ASIDE = "qide_restoring";

    /// Whoever else has a table open is not waited for any longer.
    private static final String LOCK_LIMIT = "SET lock_timeout = '10s'";

    private static final Duration LEAVING = Duration.ofSeconds(5);
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private final DatabaseAddress address;
    private final Path file;
    private final Consumer<String> progress;

    /// @param address of a database that has this version's tables
    public Restore(DatabaseAddress address, Path file, Consumer<String> progress) {
        this.address = address;
        this.file = file;
        this.progress = progress;
    }

    /// Refuses a file that is damaged or newer, before a database is touched for it.
    ///
    /// @throws BackupException with a sentence that names it
    public static void verify(Path file) {
        try {
            BackupFile.verify(file);
        } catch (IOException failure) {
            throw unreadable(file, failure);
        }
    }

    /// Takes away what an interrupted restore left; the caller holds the lock of those who use the
    /// database, so that none is at work.
    static void clear(DatabaseAddress address) {
        try (var connection = Backup.connect(address)) {
            if (!SchemaCatalog.relations(connection, ASIDE).isEmpty()) {
                dropAside(connection);
            }
        } catch (SQLException failure) {
            throw new StartRefusedException(
                    "What an interrupted restore left cannot be dropped: " + Backup.story(failure),
                    failure);
        }
    }

    /// Puts the file's rows in the place of those that are there.
    ///
    /// @param isReplacing whether rows that are there may be dropped
    /// @throws BackupException when the file or the database does not allow it; the rows are then
    ///   what they were
    public void run(boolean isReplacing) {
        verify(file);
        try (var connection = Backup.connect(address)) {
            requireAlone(connection);
            var home = SchemaCatalog.currentSchema(connection);
            var there = SchemaCatalog.of(connection, home);
            if (!isReplacing) {
                requireEmpty(connection, there);
            }
            boolean isRestored = false;
            try {
                load(connection);
                moveIn(connection, home);
                isRestored = true;
            } finally {
                if (!isRestored) {
                    dropAside(connection);
                }
            }
        } catch (SQLException failure) {
            throw new BackupException(
                    "The restore failed, and nothing was changed: " + Backup.story(failure),
                    failure);
        } catch (FlywayException failure) {
            throw new BackupException(
                    "The restore failed, and nothing was changed: tables could not be made in the"
                            + " schema "
                            + ASIDE
                            + ".",
                    failure);
        } catch (IOException failure) {
            throw unreadable(file, failure);
        }
    }

    /// Whoever uses the database holds the lock with others, see [DatabaseProbe], and has other
    /// connections while its probe has none; who has just left it may hold both for a moment more.
    private static void requireAlone(Connection connection) throws SQLException {
        long end = System.nanoTime() + LEAVING.toNanos();
        while (!isAlone(connection)) {
            if (System.nanoTime() > end) {
                throw new BackupException(
                        "A Q-IDE server, or another command, is using this database: stop it"
                                + " first.");
            }
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
    }

    private static boolean isAlone(Connection connection) throws SQLException {
        var alone =
                """
                SELECT pg_try_advisory_lock(?) AND NOT EXISTS (
                    SELECT FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = ?
                      AND pid <> pg_backend_pid())
                """;
        try (var query = connection.prepareStatement(alone)) {
            query.setLong(1, DatabaseProbe.USE_LOCK);
            query.setString(2, Database.APPLICATION);
            try (var rows = query.executeQuery()) {
                return rows.next() && rows.getBoolean(1);
            }
        }
    }

    private static void requireEmpty(Connection connection, SchemaCatalog there)
            throws SQLException {
        for (var table : there.tables()) {
            try (var query = connection.createStatement();
                    var rows =
                            query.executeQuery(
                                    "SELECT EXISTS (SELECT FROM " + table.quoted() + ")")) {
                if (rows.next() && rows.getBoolean(1)) {
                    throw new BackupException(
                            "The database is not empty ("
                                    + table.name()
                                    + " has rows): say --replace to drop what is in it.");
                }
            }
        }
    }

    private void load(Connection connection) throws SQLException, IOException {
        try (var reader = new BackupFile.Reader(file)) {
            var head = reader.head();
            requireKnown(head.schema());
            dropAside(connection);
            execute(connection, "CREATE SCHEMA " + ASIDE);
            migrate(head.schema());
            var managed = SchemaCatalog.of(connection, ASIDE);
            requireSame(head, managed);
            connection.setAutoCommit(false);
            for (var table : head.tables()) {
                load(connection, reader, managed.table(table.name()));
            }
            load(connection, managed, reader.sequences());
            connection.commit();
            connection.setAutoCommit(true);
            migrate("latest");
            progress.accept("The backup is of " + head.at() + ".");
        }
    }

    /// Copies a table in, reads it again, and compares.
    private void load(Connection connection, BackupFile.Reader reader, SchemaCatalog.Table table)
            throws SQLException, IOException {
        long copied =
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn(
                                "COPY " + table.target() + " FROM STDIN (FORMAT binary)",
                                reader.rows(),
                                BackupFile.BLOCK_BYTES);
        var expected = reader.tableEnd();
        var hashes = new RowHashes();
        Backup.copyOut(connection, table, hashes);
        if (!hashes.sum().isSame(expected)) {
            throw new BackupException(
                    "The rows of "
                            + table.name()
                            + " are not those of the backup ("
                            + copied
                            + " of "
                            + expected.rows()
                            + "): nothing was changed.");
        }
        progress.accept(String.format(Locale.ROOT, "%s: %,d rows, verified", table.name(), copied));
    }

    private static void load(
            Connection connection, SchemaCatalog managed, List<BackupFile.SequenceState> states)
            throws SQLException {
        var names = managed.sequences().stream().map(SchemaCatalog.Sequence::name).toList();
        if (!names.equals(states.stream().map(BackupFile.SequenceState::name).toList())) {
            throw notThisSchema("sequences");
        }
        try (var query = connection.prepareStatement("SELECT setval(?::regclass, ?, ?)")) {
            for (int i = 0; i < states.size(); i++) {
                query.setString(1, managed.sequences().get(i).quoted());
                query.setLong(2, states.get(i).last());
                query.setBoolean(3, states.get(i).isGivenOut());
                query.executeQuery().close();
            }
        }
    }

    private void requireKnown(String schema) {
        var known = Database.migrationsOf(address).load().info().all();
        var version = MigrationVersion.fromVersion(schema);
        if (Stream.of(known).noneMatch(one -> version.equals(one.getVersion()))) {
            throw BackupFile.newer(file, "its tables are of version " + schema);
        }
    }

    private void migrate(String target) {
        var _ =
                Database.migrationsOf(address)
                        .schemas(ASIDE)
                        .defaultSchema(ASIDE)
                        .createSchemas(false)
                        .target(target)
                        .load()
                        .migrate();
    }

    private static void requireSame(BackupFile.Head head, SchemaCatalog managed) {
        var named = new HashSet<String>();
        for (var table : head.tables()) {
            if (!named.add(table.name())
                    || !table.columns().equals(managed.table(table.name()).columns())) {
                throw notThisSchema(table.name());
            }
        }
        for (var table : managed.tables()) {
            if (!named.contains(table.name())) {
                throw notThisSchema(table.name());
            }
        }
    }

    public static BackupException notThisSchema(String name) {
        return new BackupException(
                "The backup's tables are not those of its version of Q-IDE ("
                        + name
                        + "): nothing was changed.");
    }

    /// The one transaction after which the database is the backup's.
    private static void moveIn(Connection connection, String home) throws SQLException {
        connection.setAutoCommit(false);
        execute(connection, LOCK_LIMIT);
        var old = SchemaCatalog.relations(connection, home);
        var fresh = SchemaCatalog.relations(connection, ASIDE);
        var names = fresh.stream().map(SchemaCatalog.Relation::name).collect(Collectors.toSet());
        var dropped = old.stream().filter(one -> names.contains(one.name())).toList();
        drop(connection, "TABLE", dropped, false);
        // Those that belong to a column have gone with it.
        drop(connection, "SEQUENCE", dropped, true);
        for (var relation : fresh) {
            if (!relation.isOwned()) {
                execute(
                        connection,
                        "ALTER "
                                + (relation.isSequence() ? "SEQUENCE " : "TABLE ")
                                + relation.quoted()
                                + " SET SCHEMA "
                                + SchemaCatalog.quoted(connection, home));
            }
        }
        // Without CASCADE: what no step above has moved must not vanish.
        execute(connection, "DROP SCHEMA " + ASIDE);
        connection.commit();
        connection.setAutoCommit(true);
    }

    private static void drop(
            Connection connection,
            String kind,
            List<SchemaCatalog.Relation> all,
            boolean isSequence)
            throws SQLException {
        var names =
                all.stream()
                        .filter(one -> one.isSequence() == isSequence && !one.isOwned())
                        .map(SchemaCatalog.Relation::quoted)
                        .collect(Collectors.joining(", "));
        if (!names.isEmpty()) {
            execute(connection, "DROP " + kind + " " + names);
        }
    }

    /// Ends what is under way and takes away what was made.
    private static void dropAside(Connection connection) throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.rollback();
            connection.setAutoCommit(true);
        }
        execute(connection, "DROP SCHEMA IF EXISTS " + ASIDE + " CASCADE");
    }

    /// DDL takes no parameters; the names are constants or the catalogue's, quoted.
    private static void execute(Connection connection, String statement) throws SQLException {
        try (var query = connection.createStatement()) {
            query.execute(statement);
        }
    }

    private static BackupException unreadable(Path file, IOException failure) {
        return new BackupException(
                "The backup " + file + " cannot be read: " + failure.getMessage(), failure);
    }
}

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

/// Replaces a database's rows with those of a backup.
///
/// The file is first read completely to verify it. Its tables are then created in a separate schema
/// by the migrations of the backup's version; the rows are copied in, read back and compared with
/// the hashes in the file; later migrations follow. One final transaction drops the old tables and
/// moves the new ones into place: until it commits, nothing has changed. If a newer version has
/// migrated the database, the tables that only that version knows are dropped too.
///
/// Owned by one thread.
public final class Restore {
    /// The schema in which the tables are created. The next restore or server start drops what an
    /// interrupted restore left in it.
    static final String STAGING = "qide_restoring";

    /// How long to wait for others that have a table open.
    private static final String LOCK_LIMIT = "SET lock_timeout = '10s'";

    private static final Duration LEAVE_WAIT = Duration.ofSeconds(5);
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private final DatabaseAddress address;
    private final Path file;
    private final Consumer<String> progress;

    /// @param address a database with the tables of any version, or none
    public Restore(DatabaseAddress address, Path file, Consumer<String> progress) {
        this.address = address;
        this.file = file;
        this.progress = progress;
    }

    /// Refuses a damaged or newer file before the database is touched.
    ///
    /// @throws BackupException with a sentence that names the file
    public static void verify(Path file) {
        try {
            BackupFile.verify(file);
        } catch (IOException failure) {
            throw unreadable(file, failure);
        }
    }

    /// Drops what an interrupted restore left. The caller holds the lock of the database's users,
    /// so no restore is running.
    static void clear(DatabaseAddress address) {
        try (var connection = Backup.connect(address)) {
            if (!SchemaCatalog.relations(connection, STAGING).isEmpty()) {
                dropStaging(connection);
            }
        } catch (SQLException failure) {
            throw new StartRefusedException(
                    "Dropping the remains of an interrupted restore failed: "
                            + Backup.description(failure),
                    failure);
        }
    }

    /// Replaces the existing rows with those of the file.
    ///
    /// @param isReplacing whether existing rows may be dropped
    /// @throws BackupException when the file or the database does not allow it; the rows are then
    ///   unchanged
    public void run(boolean isReplacing) {
        verify(file);
        try (var connection = Backup.connect(address)) {
            requireAlone(connection);
            var home = SchemaCatalog.currentSchema(connection);
            var current = SchemaCatalog.of(connection, home);
            if (!isReplacing) {
                requireEmpty(connection, current);
            }
            boolean isRestored = false;
            try {
                load(connection);
                replaceTables(connection, home);
                isRestored = true;
            } finally {
                if (!isRestored) {
                    dropStaging(connection);
                }
            }
        } catch (SQLException failure) {
            throw new BackupException(
                    "The restore failed, and nothing was changed: " + Backup.description(failure),
                    failure);
        } catch (FlywayException failure) {
            throw new BackupException(
                    "The restore failed, and nothing was changed: creating tables failed in the"
                            + " schema "
                            + STAGING
                            + ".",
                    failure);
        } catch (IOException failure) {
            throw unreadable(file, failure);
        }
    }

    /// Users of the database share its lock (see [DatabaseProbe]) and have further connections when
    /// their probe has none. A user that just left may keep both for a moment.
    private static void requireAlone(Connection connection) throws SQLException {
        long end = System.nanoTime() + LEAVE_WAIT.toNanos();
        while (!isAlone(connection)) {
            if (System.nanoTime() > end) {
                throw new BackupException(
                        "A Q-IDE server or another command is using this database: stop it"
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

    private static void requireEmpty(Connection connection, SchemaCatalog current)
            throws SQLException {
        for (var table : current.tables()) {
            try (var query = connection.createStatement();
                    var rows =
                            query.executeQuery(
                                    "SELECT EXISTS (SELECT FROM " + table.quoted() + ")")) {
                if (rows.next() && rows.getBoolean(1)) {
                    throw new BackupException(
                            "The database is not empty ("
                                    + table.name()
                                    + " has rows). Use --replace to drop its content.");
                }
            }
        }
    }

    private void load(Connection connection) throws SQLException, IOException {
        try (var reader = new BackupFile.Reader(file)) {
            var head = reader.head();
            requireKnown(head.schema());
            dropStaging(connection);
            execute(connection, "CREATE SCHEMA " + STAGING);
            migrate(head.schema());
            var managed = SchemaCatalog.of(connection, STAGING);
            requireSame(head, managed);
            connection.setAutoCommit(false);
            for (var table : head.tables()) {
                load(connection, reader, managed.table(table.name()));
            }
            load(connection, managed, reader.sequences());
            connection.commit();
            connection.setAutoCommit(true);
            migrate("latest");
            progress.accept("The backup was made at " + head.at() + ".");
        }
    }

    /// Copies a table in, reads it back and compares.
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
                            + " differ from the backup ("
                            + copied
                            + " of "
                            + expected.rows()
                            + "). Nothing was changed.");
        }
        progress.accept(String.format(Locale.ROOT, "%s: %,d rows, verified", table.name(), copied));
    }

    private static void load(
            Connection connection, SchemaCatalog managed, List<BackupFile.SequenceState> states)
            throws SQLException {
        var names = managed.sequences().stream().map(SchemaCatalog.Sequence::name).toList();
        if (!names.equals(states.stream().map(BackupFile.SequenceState::name).toList())) {
            throw BackupException.schemaMismatch("sequences");
        }
        try (var query = connection.prepareStatement("SELECT setval(?::regclass, ?, ?)")) {
            for (int i = 0; i < states.size(); i++) {
                query.setString(1, managed.sequences().get(i).quoted());
                query.setLong(2, states.get(i).last());
                query.setBoolean(3, states.get(i).isCalled());
                query.executeQuery().close();
            }
        }
    }

    private void requireKnown(String schema) {
        var known = Database.migrationsOf(address).load().info().all();
        var version = MigrationVersion.fromVersion(schema);
        if (Stream.of(known).noneMatch(one -> version.equals(one.getVersion()))) {
            throw BackupFile.newer(file, "its tables have version " + schema);
        }
    }

    private void migrate(String target) {
        var _ =
                Database.migrationsOf(address)
                        .schemas(STAGING)
                        .defaultSchema(STAGING)
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
                throw BackupException.schemaMismatch(table.name());
            }
        }
        for (var table : managed.tables()) {
            if (!named.contains(table.name())) {
                throw BackupException.schemaMismatch(table.name());
            }
        }
    }

    /// Replaces the old tables in one transaction.
    private void replaceTables(Connection connection, String home) throws SQLException {
        connection.setAutoCommit(false);
        execute(connection, LOCK_LIMIT);
        var old = SchemaCatalog.relations(connection, home);
        var fresh = SchemaCatalog.relations(connection, STAGING);
        var names = fresh.stream().map(SchemaCatalog.Relation::name).collect(Collectors.toSet());
        // Tables of a newer version reference old ones, and would be in the way of its next
        // upgrade.
        boolean isNewer = isMigratedByNewerVersion();
        var dropped = old.stream().filter(one -> isNewer || names.contains(one.name())).toList();
        drop(connection, "TABLE", dropped, false);
        // Sequences that belong to a column were dropped with it.
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
        // Without CASCADE, so that nothing that was not moved disappears.
        execute(connection, "DROP SCHEMA " + STAGING);
        connection.commit();
        connection.setAutoCommit(true);
    }

    private boolean isMigratedByNewerVersion() {
        return Stream.of(Database.migrationsOf(address).load().info().applied())
                .anyMatch(migration -> !migration.getState().isResolved());
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

    /// Rolls back the running transaction and drops the separate schema.
    private static void dropStaging(Connection connection) throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.rollback();
            connection.setAutoCommit(true);
        }
        execute(connection, "DROP SCHEMA IF EXISTS " + STAGING + " CASCADE");
    }

    /// DDL accepts no parameters; the names are constants or come from the catalogue and are
    /// quoted.
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

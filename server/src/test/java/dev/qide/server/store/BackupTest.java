package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.backup.BackupFile;
import dev.qide.server.store.backup.RowHashes;
import dev.qide.server.store.backup.SchemaCatalog;
import dev.qide.server.telemetry.Metrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `backup` and `restore` between databases of one test PostgreSQL.
final class BackupTest {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir Path folder;
    private final List<String> progress = new ArrayList<>();
    private TestDatabase from;
    private TestDatabase to;

    @BeforeEach
    void open() throws Exception {
        from = TestDatabase.create();
        to = TestDatabase.create();
    }

    @AfterEach
    void close() {
        from.close();
        to.close();
    }

    @Test
    void all_rows_and_sequences_are_restored() throws Exception {
        BackupRows.fill(from);
        backup();
        restore(to, false);

        assertThat(rows(to)).isEqualTo(rows(from));
        assertThat(progress).contains("document_updates: 3 rows, verified");
        var sequences = "SELECT last_value, is_called FROM ";
        for (var name : List.of("lease_attempts", "document_updates_seq_seq")) {
            assertThat(ask(to, sequences + name)).isEqualTo(ask(from, sequences + name));
        }
        assertThat(ask(to, "SELECT nspname FROM pg_namespace")).doesNotContain(Restore.STAGING);
        // The next server finds its tables and continues with them.
        try (var database = new Database(to.address())) {
            var workspaces = new WorkspaceTable(database);
            var workspace = workspaces.findOrCreate("demo");
            assertThat(workspaces.raiseEpoch(workspace)).isEqualTo(2);
            StoreTest.begin(database, workspace, "new.py", 2);
        }
        assertThat(ask(to, "SELECT count(*), max(seq) FROM document_updates")).isEqualTo("4|4");
    }

    @Test
    void every_table_column_and_sequence_of_the_catalogue_is_included() throws Exception {
        from.execute("CREATE TABLE \"Added \"\"later\" (id int PRIMARY KEY, \"of\" text)");
        from.execute("CREATE TABLE added_child (id int REFERENCES \"Added \"\"later\")");
        from.execute("INSERT INTO \"Added \"\"later\" VALUES (1, 'x')");
        from.execute("INSERT INTO added_child VALUES (1)");
        backup();
        var tables =
                "SELECT table_name, string_agg(column_name, ',' ORDER BY ordinal_position)"
                        + " FROM information_schema.columns WHERE table_schema = 'public'"
                        + " AND table_name <> 'flyway_schema_history'"
                        + " AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r')"
                        + " GROUP BY 1 ORDER BY 1";
        var written = new TreeMap<String, String>();
        var order = new ArrayList<String>();
        try (var reader = new BackupFile.Reader(file())) {
            for (var table : reader.head().tables()) {
                written.put(table.name(), String.join(",", table.columns()));
                order.add(table.name());
            }
        }
        assertThat(ask(from, tables).lines().toList())
                .hasSizeGreaterThan(8)
                .containsExactlyInAnyOrderElementsOf(
                        written.entrySet().stream()
                                .map(one -> one.getKey() + "|" + one.getValue())
                                .toList());
        assertThat(order).containsSubsequence("Added \"later", "added_child");
        assertThat(order).containsSubsequence("workspaces", "documents", "document_updates");

        // This version has no such table, so nothing is restored.
        var before = rows(to);
        assertThatThrownBy(() -> restore(to, true))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("dded");
        assertThat(rows(to)).isEqualTo(before);
    }

    @Test
    void a_backup_is_a_consistent_snapshot_while_clients_write() throws Exception {
        try (var database = new Database(from.address());
                var log = new UpdateLog(database, new Metrics());
                var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            var workspaces = new WorkspaceTable(database);
            var workspace = workspaces.findOrCreate("demo");
            long epoch = workspaces.raiseEpoch(workspace);
            var begun = new AtomicInteger();
            var isEnough = new CountDownLatch(1);
            var writer =
                    tasks.submit(() -> {
                        // Each document is followed by its rows: none may lack them.
                        while (isEnough.getCount() > 0) {
                            var path = "file-" + begun.incrementAndGet() + ".py";
                            var document = StoreTest.begin(database, workspace, path, epoch);
                            var heard = new UpdateLogTest.RecordingOutcome();
                            log.offer(
                                    new UpdateLog.Row(
                                            workspace,
                                            epoch,
                                            document.id(),
                                            BackupRows.bytes(100),
                                            heard));
                            assertThat(heard.await()).isEqualTo("committed");
                        }
                        return begun.get();
                    });
            try {
                for (int round = 0; round < 3; round++) {
                    int before = begun.get();
                    var atSnapshot = new AtomicInteger(-1);
                    Backup.write(
                            from.address(),
                            file(),
                            NOW,
                            sentence -> {
                                // The first table has been read: the backup continues after the
                                // writer.
                                if (atSnapshot.compareAndSet(-1, begun.get())) {
                                    awaitMore(begun, atSnapshot.get() + 2, writer);
                                }
                                progress.add(sentence);
                            });
                    restore(to, true);
                    int documents = Integer.parseInt(ask(to, "SELECT count(*) FROM documents"));
                    assertThat(documents).isBetween(before - 1, atSnapshot.get());
                    assertThat(ask(to, "SELECT count(*) FROM mirrors")).isEqualTo("" + documents);
                }
            } finally {
                isEnough.countDown();
            }
            assertThat(writer.get()).isPositive();
        }
    }

    private static void awaitMore(AtomicInteger begun, int enough, Future<Integer> writer) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (begun.get() < enough) {
            assertThat(writer.isDone()).as("the writer has stopped").isFalse();
            assertThat(System.nanoTime()).as("the writer continues in time").isLessThan(end);
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
    }

    @Test
    void existing_rows_are_replaced_only_on_request() throws Exception {
        BackupRows.fill(from);
        backup();
        try (var database = new Database(to.address())) {
            new WorkspaceTable(database).findOrCreate("precious");
        }
        to.awaitUnused();
        var before = rows(to);
        assertThatThrownBy(() -> restore(to, false))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("not empty (workspaces has rows). Use --replace");
        assertThat(rows(to)).isEqualTo(before);

        restore(to, true);
        assertThat(rows(to)).isEqualTo(rows(from));
        restore(to, true);
        assertThat(rows(to)).isEqualTo(rows(from));
    }

    @Test
    void a_database_in_use_is_not_restored() throws Exception {
        BackupRows.fill(from);
        backup();
        var database = new Database(to.address());
        try (database) {
            assertThatThrownBy(() -> restore(to, true))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContaining("is using this database: stop it first");
        }
        restore(to, true);
        assertThat(rows(to)).isEqualTo(rows(from));
    }

    @Test
    void a_database_whose_server_lost_its_probe_connection_is_not_restored() throws Exception {
        BackupRows.fill(from);
        backup();
        try (var database = new Database(to.address());
                var connection = EmbeddedPostgresTest.connect(to.address());
                var query = connection.createStatement()) {
            new WorkspaceTable(database).findOrCreate("precious");
            var before = rowsOfUse(to);
            // The lock is free until the server probes its database again.
            query.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                            + " AND database = (SELECT oid FROM pg_database WHERE datname ="
                            + " current_database())");
            assertThatThrownBy(() -> restore(to, true))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContaining("is using this database: stop it first");
            assertThat(rowsOfUse(to)).isEqualTo(before);
        }
    }

    /// All rows but those with which running servers write the time.
    private static Map<String, String> rowsOfUse(TestDatabase database) throws SQLException {
        var rows = rows(database);
        rows.remove("nodes");
        return rows;
    }

    @Test
    void a_modified_or_truncated_file_is_refused_by_name() throws Exception {
        BackupRows.fill(from);
        backup();
        var whole = Files.readAllBytes(file());
        // Every byte at both ends, and some in between.
        for (int i = 0; i < whole.length; i += i < 100 || whole.length - i < 60 ? 1 : 41) {
            var changed = whole.clone();
            changed[i] ^= 1;
            assertRefused(changed);
            assertRefused(Arrays.copyOf(whole, i));
        }
        Files.write(file(), whole);
        Restore.verify(file());
        // The same through the complete restore; nothing has changed.
        var before = rows(to);
        Files.write(file(), Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> restore(to, true)).hasMessageContaining("cut off");
        whole[whole.length / 2] ^= 4;
        Files.write(file(), whole);
        assertThatThrownBy(() -> restore(to, true)).hasMessageContaining("was modified after");
        assertThat(rows(to)).isEqualTo(before);
    }

    private void assertRefused(byte[] bytes) throws IOException {
        Files.write(file(), bytes);
        assertThatThrownBy(() -> Restore.verify(file()))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining(file().toString())
                .hasMessageMatching(
                        "(?s).*(cut off|modified after|newer version|not a Q-IDE backup).*");
    }

    @Test
    void a_newer_or_foreign_file_is_refused_by_name() throws Exception {
        BackupRows.fill(from);
        from.execute(
                "INSERT INTO flyway_schema_history SELECT 1 + max(installed_rank), '900', 'later',"
                        + " 'SQL', 'x', 0, 'x', now(), 0, true FROM flyway_schema_history");
        backup();
        var before = rows(to);
        assertThatThrownBy(() -> restore(to, true))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("newer version of Q-IDE (its tables have version 900)");
        Files.writeString(file(), "Q-IDE backup 2\nwhat nobody knows yet");
        assertThatThrownBy(() -> restore(to, true))
                .hasMessageContaining("newer version of Q-IDE (format 2");
        Files.writeString(file(), "PGDMP");
        assertThatThrownBy(() -> restore(to, true)).hasMessageContaining("is not a Q-IDE backup");
        Files.delete(file());
        assertThatThrownBy(() -> restore(to, true)).hasMessageContaining("There is no file");
        assertThat(rows(to)).isEqualTo(before);
    }

    @Test
    void a_file_of_an_older_version_is_restored_and_migrated() throws Exception {
        from.execute("DROP SCHEMA public CASCADE");
        from.execute("CREATE SCHEMA public");
        var _ = Database.migrationsOf(from.address()).target("1").load().migrate();
        from.execute("INSERT INTO workspaces (name) VALUES ('old')");
        backup();
        restore(to, false);

        assertThat(ask(to, "SELECT name FROM workspaces")).isEqualTo("old");
        assertThat(ask(to, "SELECT count(*) FROM tokens")).isEqualTo("0");
        new Database(to.address()).close();
    }

    @Test
    void rows_that_differ_from_the_file_are_not_restored() throws Exception {
        BackupRows.fill(from);
        backup();
        forge(file());
        try (var database = new Database(to.address())) {
            new WorkspaceTable(database).findOrCreate("precious");
        }
        to.awaitUnused();
        var before = rows(to);
        Restore.verify(file());
        assertThatThrownBy(() -> restore(to, true))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("The rows of workspaces differ from the backup (2 of 1)");
        assertThat(rows(to)).isEqualTo(before);
        assertThat(ask(to, "SELECT nspname FROM pg_namespace")).doesNotContain(Restore.STAGING);
    }

    @Test
    void the_remains_of_an_interrupted_restore_are_dropped_at_the_next_start() throws Exception {
        to.execute("CREATE SCHEMA " + Restore.STAGING);
        to.execute("CREATE TABLE " + Restore.STAGING + ".workspaces (id int)");
        new Database(to.address()).close();
        assertThat(ask(to, "SELECT nspname FROM pg_namespace")).doesNotContain(Restore.STAGING);
    }

    @Test
    void a_backup_is_private_and_replaces_the_last_one_only_when_complete() throws Exception {
        BackupRows.fill(from);
        backup();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        var before = Files.readAllBytes(file());
        var wrong = new DatabaseAddress(from.address().url(), "qide", "guess");
        assertThatThrownBy(() -> Backup.write(wrong, file(), NOW, progress::add))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("28P01");
        from.execute("ALTER TABLE flyway_schema_history RENAME TO another");
        assertThatThrownBy(this::backup)
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("has no Q-IDE tables");
        assertThat(Files.readAllBytes(file())).isEqualTo(before);
        assertThat(folder.toFile().list()).containsExactly(file().getFileName().toString());
        for (var bad : Map.of("none/x", "no such directory", ".", "is a directory").entrySet()) {
            var there = folder.resolve(bad.getKey());
            assertThatThrownBy(() -> Backup.write(from.address(), there, NOW, progress::add))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContaining(bad.getValue());
        }
    }

    @Test
    void row_hashes_depend_on_the_values_and_not_on_the_order() throws Exception {
        from.execute("CREATE TABLE a (t text, b bytea)");
        from.execute("INSERT INTO a VALUES ('x', 'y'), (NULL, ''), ('', NULL)");
        from.execute("CREATE TABLE b AS SELECT * FROM a ORDER BY t DESC");
        from.execute("CREATE TABLE c AS SELECT * FROM a");
        from.execute("UPDATE c SET t = 'z' WHERE t = 'x'");
        from.execute("CREATE TABLE d AS SELECT * FROM a UNION ALL SELECT NULL, ''");
        assertThat(sum("a").rows()).isEqualTo(3);
        assertThat(sum("a").isSame(sum("b"))).isTrue();
        assertThat(sum("a").isSame(sum("c"))).isFalse();
        assertThat(sum("a").isSame(sum("d"))).isFalse();
    }

    private RowHashes.Sum sum(String name) throws Exception {
        try (var connection = Backup.connect(from.address())) {
            var table = SchemaCatalog.of(connection, "public").table(name);
            var whole = new RowHashes();
            Backup.copyOut(connection, table, whole);
            // Written byte by byte, the hash is the same.
            var bytes = new ByteArrayOutputStream();
            Backup.copyOut(connection, table, bytes);
            var pieces = new RowHashes();
            for (var one : bytes.toByteArray()) {
                pieces.write(one);
            }
            assertThat(pieces.sum().isSame(whole.sum())).isTrue();
            return whole.sum();
        }
    }

    /// A complete file whose hash of the workspaces is that of fewer rows.
    private static void forge(Path file) throws IOException {
        var forged = file.resolveSibling("forged");
        try (var reader = new BackupFile.Reader(file);
                var output = Files.newOutputStream(forged)) {
            var writer = new BackupFile.Writer(output);
            var head = reader.head();
            writer.head(head);
            for (var table : head.tables()) {
                var rows = reader.rows().readAllBytes();
                writer.block(rows, 0, rows.length);
                var sum = reader.tableEnd();
                writer.tableEnds(
                        table.name().equals("workspaces") ? new RowHashes.Sum(1, sum.hash()) : sum);
            }
            writer.finish(reader.sequences());
        }
        Files.move(forged, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path file() {
        return folder.resolve("qide.backup");
    }

    private void backup() {
        Backup.write(from.address(), file(), NOW, progress::add);
    }

    private void restore(TestDatabase test, boolean isReplacing) {
        new Restore(test.address(), file(), progress::add).run(isReplacing);
    }

    /// All rows of all tables as text.
    private static Map<String, String> rows(TestDatabase test) throws SQLException {
        var rows = new TreeMap<String, String>();
        for (var name :
                ask(
                                test,
                                "SELECT relname FROM pg_class WHERE relkind = 'r'"
                                        + " AND relnamespace = 'public'::regnamespace"
                                        + " AND relname <> 'flyway_schema_history'")
                        .split("\n", -1)) {
            rows.put(
                    name,
                    ask(
                            test,
                            "SELECT t::text FROM \""
                                    + name.replace("\"", "\"\"")
                                    + "\" t ORDER BY 1"));
        }
        return rows;
    }

    /// Rows as lines, columns separated by `|`.
    private static String ask(TestDatabase test, String query) throws SQLException {
        var lines = new ArrayList<String>();
        var address = test.address();
        try (var connection =
                        DriverManager.getConnection(
                                address.url(), address.user(), address.password());
                var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            while (rows.next()) {
                var line = new ArrayList<String>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    var value = rows.getString(i);
                    line.add(
                            switch (value) {
                                case "t" -> "true";
                                case "f" -> "false";
                                case null -> "null";
                                default -> value;
                            });
                }
                lines.add(String.join("|", line));
            }
        }
        return String.join("\n", lines);
    }
}

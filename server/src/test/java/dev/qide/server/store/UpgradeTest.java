package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.backup.BackupFile;
import dev.qide.server.store.backup.SchemaCatalog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Databases of earlier versions, with rows in every table, are upgraded to this version's tables;
/// and what goes back from there. `rows.sql` has the rows.
final class UpgradeTest {
    /// The columns that upgrades drop, after V1.
    private static final Set<String> DROPPED =
            Set.of(
                    "documents.file_hash",
                    "documents.line_end",
                    "documents.has_bom",
                    "documents.encoding",
                    "documents.saved_rows");

    /// What the servers of this version's predecessor write fits the latest tables, so that they
    /// can go on with an upgraded database. Raise this when a migration ends that, and say so in
    /// the changelog.
    private static final int ROLL_BACK_SINCE = 20;

    private final List<TestDatabase> databases = new ArrayList<>();
    private TestDatabase growing;

    @BeforeEach
    void open() {
        growing = keep(TestDatabase.createEmpty());
    }

    @AfterEach
    void close() {
        databases.forEach(TestDatabase::close);
    }

    /// The rows of each table: of every row the columns with their values, as JSON.
    private record Content(Map<String, List<String>> rows, Map<String, Set<String>> columns) {}

    @Test
    void the_rows_of_every_version_survive_the_upgrade() throws Exception {
        for (var entry : versions().entrySet()) {
            grow(entry.getKey(), entry.getValue());
            var before = content(growing, null);
            assertThat(before.rows()).allSatisfy((table, rows) -> assertThat(rows).isNotEmpty());
            var upgraded = keep(growing.copy());
            new Database(upgraded.address()).close();
            upgraded.awaitUnused();

            var after = content(upgraded, before.columns());
            if (entry.getKey() < 3) {
                // V3 ends the logins, which have no origin before it.
                before.rows().put("logins", List.of());
            }
            assertThat(after.rows()).as("from V%s", entry.getKey()).isEqualTo(kept(before, after));
            upgraded.close();
            databases.remove(upgraded);
        }
    }

    @Test
    void usage_before_organisations_belongs_to_the_one_that_the_workspace_names() throws Exception {
        for (var entry : versions().headMap(19, true).entrySet()) {
            grow(entry.getKey(), entry.getValue());
        }
        new Database(growing.address()).close();
        assertThat(growing.rows("SELECT workspace || '=' || organisation FROM ai_usage ORDER BY 1"))
                .containsExactly("=", "acme:site=acme", "demo=home");
    }

    @Test
    void what_the_predecessors_write_fits_the_latest_tables() throws Exception {
        for (var entry : versions().entrySet()) {
            grow(entry.getKey(), entry.getValue());
            if (entry.getKey() >= ROLL_BACK_SINCE) {
                var latest = keep(TestDatabase.create());
                assertThat(copyRows(growing, latest)).as("from V%s", entry.getKey()).isPositive();
                latest.close();
                databases.remove(latest);
            }
        }
    }

    @Test
    void a_backup_from_before_the_upgrade_brings_everything_back(@TempDir Path folder)
            throws Exception {
        for (var entry : versions().headMap(24, true).entrySet()) {
            grow(entry.getKey(), entry.getValue());
        }
        var before = content(growing, null);
        var file = folder.resolve("before-upgrade");
        Backup.write(growing.address(), file, Instant.EPOCH, _ -> {});
        new Database(growing.address()).close();
        growing.execute("DELETE FROM document_updates");
        growing.execute("UPDATE workspaces SET name = 'changed' WHERE name = 'demo'");
        migrateByNewerVersion(growing);

        new Restore(growing.address(), file, _ -> {}).run(true);

        assertThat(content(growing, before.columns()).rows()).isEqualTo(before.rows());
        assertThat(AppliedMigrations.areThoseOf(growing.address(), Database.ANSWER_WAIT)).isTrue();
        assertThat(growing.rows("SELECT relname FROM pg_class WHERE relname LIKE 'later%'"))
                .isEmpty();
        try (var database = new Database(growing.address())) {
            assertThat(new WorkspaceTable(database).findOrCreate("demo"))
                    .isEqualTo(
                            new WorkspaceId(
                                    UUID.fromString("00000000-0000-4000-8000-000000000001")));
        }
    }

    @Test
    void a_command_leaves_tables_of_an_earlier_version_to_the_servers(@TempDir Path folder)
            throws Exception {
        for (var entry : versions().headMap(28, true).entrySet()) {
            grow(entry.getKey(), entry.getValue());
        }
        var before = content(growing, null);
        var file = folder.resolve("before-upgrade");
        try (var database = CommandDatabase.at(growing.address(), CommandDatabase.Tables.ANY)) {
            Backup.write(database.address(), file, Instant.EPOCH, _ -> {});
        }
        try (var reader = new BackupFile.Reader(file)) {
            assertThat(reader.head().schema()).isEqualTo("28");
        }
        assertThatThrownBy(() ->
                        CommandDatabase.at(growing.address(), CommandDatabase.Tables.CURRENT)
                                .close())
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("has older tables than this version requires");
        assertThat(content(growing, null)).isEqualTo(before);
    }

    @Test
    void a_command_creates_the_tables_of_an_empty_database() throws Exception {
        try (var database = CommandDatabase.at(growing.address(), CommandDatabase.Tables.CURRENT)) {
            assertThat(new TokenTable(database.database()).all()).isEmpty();
        }
        assertThat(AppliedMigrations.areThoseOf(growing.address(), Database.ANSWER_WAIT)).isTrue();
    }

    /// The previous version, which this one is here, restores a database that the next has
    /// upgraded.
    private static void migrateByNewerVersion(TestDatabase database) {
        database.execute(
                "CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                        + " workspace_id uuid REFERENCES workspaces (id))");
        database.execute("CREATE TABLE later_alone (id bigserial PRIMARY KEY)");
        database.execute("CREATE SEQUENCE later_numbers");
        database.execute(
                "INSERT INTO flyway_schema_history SELECT 1 + max(installed_rank), '900', 'later',"
                        + " 'SQL', 'x', 0, 'x', now(), 0, true FROM flyway_schema_history");
    }

    private TestDatabase keep(TestDatabase database) {
        databases.add(database);
        return database;
    }

    /// Migrates the growing database to a version, and adds the rows that this version wrote.
    private void grow(int version, String rows) throws SQLException {
        var _ =
                Database.migrationsOf(growing.address())
                        .target(String.valueOf(version))
                        .load()
                        .migrate();
        try (var connection = growing.connect();
                var statement = connection.createStatement()) {
            statement.execute(rows);
        }
    }

    /// The migrations in their order, each with its rows; none for one without a block.
    private NavigableMap<Integer, String> versions() throws IOException {
        var versions = new TreeMap<Integer, String>();
        Stream.of(Database.migrationsOf(growing.address()).load().info().all())
                .map(MigrationInfo::getVersion)
                .map(MigrationVersion::getVersion)
                .forEach(version -> versions.put(Integer.valueOf(version), ""));
        for (var block : blocks().entrySet()) {
            assertThat(versions).as("rows.sql").containsKey(block.getKey());
            versions.put(block.getKey(), block.getValue());
        }
        return versions;
    }

    private static Map<Integer, String> blocks() throws IOException {
        var blocks = new LinkedHashMap<Integer, String>();
        try (var stream =
                Objects.requireNonNull(UpgradeTest.class.getResourceAsStream("rows.sql"))) {
            var parts =
                    new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                            .split("(?m)^-- V(?=\\d+$)", -1);
            for (int i = 1; i < parts.length; i++) {
                int end = parts[i].indexOf('\n');
                blocks.put(Integer.valueOf(parts[i].substring(0, end)), parts[i].substring(end));
            }
        }
        return blocks;
    }

    /// @param columns those to read, of these tables; null for all
    private static Content content(
            TestDatabase database, @Nullable Map<String, Set<String>> columns) throws SQLException {
        var rows = new TreeMap<String, List<String>>();
        var read = new TreeMap<String, Set<String>>();
        try (var connection = database.connect()) {
            for (var table : SchemaCatalog.of(connection, "public").tables()) {
                var of = columns == null ? Set.copyOf(table.columns()) : columns.get(table.name());
                if (of != null) {
                    var there = new TreeSet<>(of);
                    there.retainAll(table.columns());
                    read.put(table.name(), there);
                    rows.put(table.name(), rows(connection, table, there));
                }
            }
        }
        return new Content(rows, read);
    }

    private static List<String> rows(
            Connection connection, SchemaCatalog.Table table, Set<String> columns)
            throws SQLException {
        var json =
                """
                SELECT (SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb(one))
                        WHERE key = ANY(?))::text
                FROM %s one ORDER BY 1
                """
                        .formatted(table.quoted());
        var rows = new ArrayList<String>();
        try (var query = connection.prepareStatement(json)) {
            query.setArray(1, connection.createArrayOf("text", columns.toArray()));
            try (var found = query.executeQuery()) {
                while (found.next()) {
                    rows.add(found.getString(1));
                }
            }
        }
        return rows;
    }

    /// The rows from before the upgrade without the columns that it drops, which are only the known
    /// ones.
    private Map<String, List<String>> kept(Content before, Content after) throws SQLException {
        var dropped = names(before);
        dropped.removeAll(names(after));
        assertThat(DROPPED).containsAll(dropped);
        var kept = new TreeMap<>(content(growing, after.columns()).rows());
        before.rows()
                .forEach((table, rows) ->
                        kept.merge(table, rows, (all, old) -> old.isEmpty() ? old : all));
        return kept;
    }

    /// The tables and their columns.
    private static Set<String> names(Content content) {
        var names = new TreeSet<String>();
        content.columns()
                .forEach((table, columns) -> {
                    names.add(table);
                    columns.forEach(column -> names.add(table + "." + column));
                });
        return names;
    }

    /// Writes every row with the columns that it has to another database.
    private static int copyRows(TestDatabase from, TestDatabase to) throws SQLException {
        int copied = 0;
        try (var source = from.connect();
                var target = to.connect()) {
            for (var table : SchemaCatalog.of(source, "public").tables()) {
                var columns = "\"" + String.join("\", \"", table.columns()) + "\"";
                var insert =
                        "INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, ?::jsonb)"
                                .formatted(table.quoted(), columns);
                for (var row : rows(source, table, Set.copyOf(table.columns()))) {
                    try (var statement = target.prepareStatement(insert)) {
                        statement.setString(1, row);
                        copied += statement.executeUpdate();
                    }
                }
            }
        }
        return copied;
    }
}

package dev.qide.server.store.backup;

import dev.qide.server.store.BackupException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The tables and sequences of a schema according to PostgreSQL's catalogue, so that none is
/// missed.
///
/// @param tables each after those it references; without Flyway's table, which follows from the
///   schema version
public record SchemaCatalog(List<Table> tables, List<Sequence> sequences) {
    private static final String TABLES =
            """
            SELECT c.oid, c.relname, format('%I.%I', n.nspname, c.relname) AS quoted,
                array(SELECT a.attname FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                        AND a.attgenerated = '' ORDER BY a.attnum)::text[] AS columns,
                (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                    FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                        AND a.attgenerated = '') AS quoted_columns,
                array(SELECT k.confrelid::bigint FROM pg_constraint k
                    WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid)
                    AS parents
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind = 'r' AND c.relname <> 'flyway_schema_history'
            ORDER BY c.relname
            """;

    private static final String RELATIONS =
            """
            SELECT c.relname, format('%I.%I', n.nspname, c.relname) AS quoted,
                c.relkind = 'S' AS is_sequence,
                EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                        AND d.deptype IN ('a', 'i') AND c.relkind = 'S') AS is_owned
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind IN ('r', 'S')
            ORDER BY c.relname
            """;

    private static final String SEQUENCES =
            """
            SELECT c.relname, format('%I.%I', n.nspname, c.relname) AS quoted
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind = 'S'
            ORDER BY c.relname
            """;

    public SchemaCatalog {
        tables = List.copyOf(tables);
        sequences = List.copyOf(sequences);
    }

    /// One table.
    ///
    /// @param quoted schema and name, quoted for SQL
    /// @param target the same with the columns, for COPY
    /// @param columns without generated columns
    public record Table(String name, String quoted, String target, List<String> columns) {
        public Table {
            columns = List.copyOf(columns);
        }
    }

    /// One sequence.
    ///
    /// @param quoted schema and name, quoted for SQL
    public record Sequence(String name, String quoted) {}

    /// A table or sequence, including Flyway's.
    ///
    /// @param isOwned whether it is a sequence that belongs to a column and is dropped with it
    public record Relation(String name, String quoted, boolean isSequence, boolean isOwned) {}

    private record Found(Table table, long id, Set<Long> parents) {}

    public static SchemaCatalog of(Connection connection, String schema) throws SQLException {
        return new SchemaCatalog(tables(connection, schema), sequences(connection, schema));
    }

    /// The table with this name.
    ///
    /// @throws BackupException when there is none
    public Table table(String name) {
        return tables.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> BackupException.schemaMismatch(name));
    }

    public static List<Relation> relations(Connection connection, String schema)
            throws SQLException {
        var relations = new ArrayList<Relation>();
        try (var query = connection.prepareStatement(RELATIONS)) {
            query.setString(1, schema);
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    relations.add(
                            new Relation(
                                    rows.getString(1),
                                    rows.getString(2),
                                    rows.getBoolean(3),
                                    rows.getBoolean(4)));
                }
            }
        }
        return relations;
    }

    /// A name quoted for SQL.
    public static String quoted(Connection connection, String name) throws SQLException {
        try (var query = connection.prepareStatement("SELECT quote_ident(?)")) {
            query.setString(1, name);
            try (var rows = query.executeQuery()) {
                return rows.next() ? rows.getString(1) : name;
            }
        }
    }

    /// The schema in which an unqualified `CREATE TABLE` creates a table.
    public static String currentSchema(Connection connection) throws SQLException {
        try (var query = connection.prepareStatement("SELECT current_schema()");
                var rows = query.executeQuery()) {
            var schema = rows.next() ? rows.getString(1) : null;
            if (schema == null) {
                throw new BackupException(
                        "The database has no schema that its role may use. Grant one to the role.");
            }
            return schema;
        }
    }

    /// The newest migration applied to this database.
    public static String migration(Connection connection) throws SQLException {
        var version = hasHistory(connection) ? lastMigration(connection) : null;
        if (version == null) {
            throw new BackupException("The database has no Q-IDE tables. Check its address.");
        }
        return version;
    }

    private static boolean hasHistory(Connection connection) throws SQLException {
        try (var query =
                        connection.prepareStatement(
                                "SELECT to_regclass('flyway_schema_history') IS NOT NULL");
                var rows = query.executeQuery()) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    private static @Nullable String lastMigration(Connection connection) throws SQLException {
        try (var query =
                        connection.prepareStatement(
                                """
                                SELECT version FROM flyway_schema_history
                                WHERE success AND version IS NOT NULL
                                ORDER BY installed_rank DESC LIMIT 1
                                """);
                var rows = query.executeQuery()) {
            return rows.next() ? rows.getString(1) : null;
        }
    }

    private static List<Table> tables(Connection connection, String schema) throws SQLException {
        var found = new ArrayList<Found>();
        try (var query = connection.prepareStatement(TABLES)) {
            query.setString(1, schema);
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    var table =
                            new Table(
                                    rows.getString("relname"),
                                    rows.getString("quoted"),
                                    rows.getString("quoted")
                                            + " ("
                                            + rows.getString("quoted_columns")
                                            + ")",
                                    List.of((String[]) values(rows.getArray("columns"))));
                    var parents = Set.of((Long[]) values(rows.getArray("parents")));
                    found.add(new Found(table, rows.getLong("oid"), parents));
                }
            }
        }
        return parentsFirst(found);
    }

    private static Object values(Array array) throws SQLException {
        return array.getArray();
    }

    /// Orders tables so that referenced rows are copied in first.
    private static List<Table> parentsFirst(List<Found> found) {
        var waiting = new ArrayList<>(found);
        var placed = new HashSet<Long>();
        var here = found.stream().map(Found::id).collect(Collectors.toSet());
        var ordered = new ArrayList<Table>();
        while (!waiting.isEmpty()) {
            var next =
                    waiting.stream()
                            .filter(one ->
                                    one.parents().stream()
                                            .filter(here::contains)
                                            .allMatch(placed::contains))
                            .findFirst()
                            .orElseThrow(() ->
                                    new BackupException(
                                            "Tables with circular references cannot be"
                                                    + " copied: "
                                                    + waiting.getFirst().table().name()
                                                    + "."));
            waiting.remove(next);
            placed.add(next.id());
            ordered.add(next.table());
        }
        return ordered;
    }

    private static List<Sequence> sequences(Connection connection, String schema)
            throws SQLException {
        var sequences = new ArrayList<Sequence>();
        try (var query = connection.prepareStatement(SEQUENCES)) {
            query.setString(1, schema);
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    sequences.add(
                            new Sequence(rows.getString("relname"), rows.getString("quoted")));
                }
            }
        }
        return sequences;
    }
}

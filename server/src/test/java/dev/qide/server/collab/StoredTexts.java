package dev.qide.server.collab;

import dev.qide.server.store.Database;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.UpdateLog;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Metrics;
import dev.qide.yjs.Doc;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The texts of documents according to their rows in the database.
public final class StoredTexts {
    private StoredTexts() {}

    /// The text that these rows result in.
    static String text(List<byte[]> rows) {
        var doc = new Doc();
        var text = doc.text(LiveDocument.TEXT_ROOT);
        rows.forEach(doc::applyUpdate);
        return text.toString();
    }

    /// The stored text of the living document at this path of the only workspace of a running
    /// server.
    public static String text(DatabaseAddress address, String path) {
        var rows = texts(address).get(path);
        if (rows == null) {
            throw new AssertionError("no living document: " + path);
        }
        return rows;
    }

    /// The stored texts of the living documents of the only workspace of a running server, by path.
    static Map<String, String> texts(DatabaseAddress address) {
        var rows = new HashMap<String, List<byte[]>>();
        try (var connection =
                        DriverManager.getConnection(
                                address.url(), address.user(), address.password());
                var query =
                        connection.prepareStatement(
                                """
                                SELECT d.path, u.data FROM documents d
                                JOIN document_updates u ON u.document_id = d.id
                                WHERE d.retired_at IS NULL ORDER BY u.seq
                                """);
                var found = query.executeQuery()) {
            while (found.next()) {
                rows.computeIfAbsent(found.getString(1), _ -> new ArrayList<>())
                        .add(found.getBytes(2));
            }
        } catch (SQLException failure) {
            throw new AssertionError("reading the rows failed", failure);
        }
        var texts = new HashMap<String, String>();
        rows.forEach((path, updates) -> texts.put(path, text(updates)));
        return texts;
    }

    /// The stored text of the living document at this path.
    static String text(Database database, WorkspaceId workspace, String path) {
        var living = new DocumentTable(database).findLiving(workspace, path);
        if (living == null) {
            throw new AssertionError("no living document: " + path);
        }
        var rows = new ArrayList<byte[]>();
        try (var log = new UpdateLog(database, new Metrics())) {
            log.read(living.id(), rows::add);
        }
        return text(rows);
    }
}

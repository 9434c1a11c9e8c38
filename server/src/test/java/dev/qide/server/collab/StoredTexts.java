package dev.qide.server.collab;

import dev.qide.server.store.Database;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.UpdateLog;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Metrics;
import dev.qide.yjs.Doc;
import java.util.ArrayList;
import java.util.List;

/// The texts of documents according to their rows in the database.
final class StoredTexts {
    private StoredTexts() {}

    /// The text that these rows result in.
    static String text(List<byte[]> rows) {
        var doc = new Doc();
        var text = doc.text(LiveDocument.TEXT_ROOT);
        rows.forEach(doc::applyUpdate);
        return text.toString();
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

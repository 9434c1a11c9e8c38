package dev.qide.server.store;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/// The file sync state of each document: the base for merging changes on disk, and pending writes.
/// Thread-safe; calls block on the database and throw `DOCUMENT_UNAVAILABLE` when it is down.
public final class FileSyncTable {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int MAX_BEHIND = 10_000;
    private static final FileMetadata NO_FILE = new FileMetadata("", "lf", false, "utf-8");

    private final Database database;

    public FileSyncTable(Database database) {
        this.database = database;
    }

    /// A file and its text.
    ///
    /// @param text LF only, without lone surrogates
    public record FileText(FileMetadata metadata, String text) {}

    /// The file sync state of one living document.
    ///
    /// @param base the file as it was last written or read
    /// @param intent a pending write that is not confirmed; null for none
    /// @param replaced identifies the file that the pending write replaces; null for none
    /// @param isCurrent whether the base has the text of all rows in the log
    /// @param newestRow the newest row in the log
    public record SyncedFile(
            DocumentId document,
            FileText base,
            @Nullable FileText intent,
            @Nullable String replaced,
            boolean isCurrent,
            long newestRow) {}

    /// The file sync state of the living document at this path, or null. A document without one has
    /// an empty base.
    public @Nullable SyncedFile find(WorkspaceId workspace, String path) {
        return database.inOneStatement(
                        Failure.DOCUMENT_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT d.id, m.*, (SELECT coalesce(max(u.seq), 0)
                                                    FROM document_updates u
                                                    WHERE u.document_id = d.id) AS newest
                                                FROM documents d
                                                LEFT JOIN mirrors m ON m.document_id = d.id
                                                WHERE d.workspace_id = :workspace
                                                    AND d.path = :path AND d.retired_at IS NULL
                                                """)
                                        .bind("workspace", workspace.value())
                                        .bind("path", path)
                                        .map(FileSyncTable::syncedFile)
                                        .findOne())
                .orElse(null);
    }

    /// The path of the living document whose genesis author is one of these client ids; null when
    /// there is none.
    public @Nullable String pathOf(WorkspaceId workspace, List<Long> clients) {
        return database.inOneStatement(
                        Failure.DOCUMENT_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT d.path FROM geneses g
                                                JOIN documents d ON d.id = g.document_id
                                                WHERE g.workspace_id = :workspace
                                                    AND g.client = ANY(:clients)
                                                    AND d.retired_at IS NULL
                                                LIMIT 1
                                                """)
                                        .bind("workspace", workspace.value())
                                        .bindArray("clients", Long.class, clients)
                                        .mapTo(String.class)
                                        .findOne())
                .orElse(null);
    }

    /// The living documents of a workspace that may have text that is not on disk, or an
    /// unconfirmed write; never too few, at most 10,000.
    public List<String> unsynced(WorkspaceId workspace) {
        return database.inOneStatement(
                Failure.DOCUMENT_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT d.path FROM documents d
                                        LEFT JOIN mirrors m ON m.document_id = d.id
                                        WHERE d.workspace_id = :workspace AND d.retired_at IS NULL
                                            AND (m.intent_hash IS NOT NULL
                                                OR m.document_id IS NULL
                                                OR EXISTS (SELECT 1 FROM document_updates u
                                                    WHERE u.document_id = d.id
                                                    AND u.seq > m.log_seq))
                                        LIMIT :most
                                        """)
                                .bind("workspace", workspace.value())
                                .bind("most", MAX_BEHIND)
                                .mapTo(String.class)
                                .list());
    }

    /// The base of one living document.
    public record FileBase(String path, FileText base) {}

    /// The bases of a workspace's living documents in the order of their paths, enough to restore a
    /// lost directory.
    ///
    /// @param after only paths after this one, compared by bytes
    /// @param atMost the maximum number of files
    public List<FileBase> bases(WorkspaceId workspace, String after, int atMost) {
        return database.inOneStatement(
                Failure.DOCUMENT_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT d.path, m.* FROM documents d
                                        JOIN mirrors m ON m.document_id = d.id
                                        WHERE d.workspace_id = :workspace AND d.retired_at IS NULL
                                            AND d.path COLLATE "C" > :after
                                        ORDER BY d.path COLLATE "C" LIMIT :most
                                        """)
                                .bind("workspace", workspace.value())
                                .bind("after", after)
                                .bind("most", atMost)
                                .map((row, _) ->
                                        new FileBase(
                                                row.getString("path"), fileText(row, "base_", "")))
                                .list());
    }

    /// The base of the newest document at a path, also of one that has ended; null when there was
    /// none.
    public @Nullable FileBase newestBase(WorkspaceId workspace, String path) {
        return database.inOneStatement(
                        Failure.DOCUMENT_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT d.path, m.* FROM documents d
                                                JOIN mirrors m ON m.document_id = d.id
                                                WHERE d.workspace_id = :workspace
                                                    AND d.path = :path
                                                ORDER BY d.retired_at DESC NULLS FIRST LIMIT 1
                                                """)
                                        .bind("workspace", workspace.value())
                                        .bind("path", path)
                                        .map((row, _) ->
                                                new FileBase(
                                                        row.getString("path"),
                                                        fileText(row, "base_", "")))
                                        .findOne())
                .orElse(null);
    }

    /// Begins file sync of a document that has none, with an empty base.
    public void begin(DocumentId document) {
        change(
                document,
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO mirrors (document_id, base_hash, base_text, line_end,
                                            has_bom, encoding, log_seq)
                                        VALUES (:id, :hash, :text, :lineEnd, :hasBom, :encoding, 0)
                                        ON CONFLICT (document_id) DO NOTHING
                                        """)
                                .bind("id", document.value())
                                .bind("text", deflated(""))
                                .bindMethods(NO_FILE)
                                .execute());
    }

    /// Records a pending write.
    ///
    /// @param row the newest row in the log whose text it contains
    /// @param replaced identifies the file that it replaces; null for none
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when another living server has the workspace:
    ///   the file is its to write
    public void recordIntent(
            DocumentId document, FileText intent, long row, @Nullable String replaced) {
        change(
                document,
                handle ->
                        handle.createUpdate(
                                        """
                                        UPDATE mirrors
                                        SET intent_hash = :hash, intent_text = :text,
                                            intent_line_end = :lineEnd, intent_has_bom = :hasBom,
                                            intent_encoding = :encoding, intent_seq = :row,
                                            intent_replaces = :replaced
                                        WHERE document_id = :id
                                        """)
                                .bind("id", document.value())
                                .bind("row", row)
                                .bind("replaced", replaced)
                                .bind("text", deflated(intent.text()))
                                .bindMethods(intent.metadata())
                                .execute());
    }

    /// Confirms the pending write: it becomes the base.
    public void confirmIntent(DocumentId document) {
        change(
                document,
                handle ->
                        handle.createUpdate(
                                        """
                                        UPDATE mirrors
                                        SET base_hash = intent_hash, base_text = intent_text,
                                            line_end = intent_line_end,
                                            has_bom = intent_has_bom, encoding = intent_encoding,
                                            log_seq = intent_seq, intent_hash = NULL,
                                            intent_text = NULL
                                        WHERE document_id = :id AND intent_hash IS NOT NULL
                                        """)
                                .bind("id", document.value())
                                .execute());
    }

    /// Discards the pending write.
    public void discardIntent(DocumentId document) {
        change(
                document,
                handle ->
                        handle.createUpdate(
                                        """
                                        UPDATE mirrors
                                        SET intent_hash = NULL, intent_text = NULL
                                        WHERE document_id = :id
                                        """)
                                .bind("id", document.value())
                                .execute());
    }

    /// Records that the base has the text of all rows up to this one, although they changed it.
    public void markCurrent(DocumentId document, long row) {
        change(
                document,
                handle ->
                        handle.createUpdate(
                                        "UPDATE mirrors SET log_seq = :row WHERE document_id = :id")
                                .bind("id", document.value())
                                .bind("row", row)
                                .execute());
    }

    /// Begins file sync of a new document, or replaces its base.
    static int put(Handle handle, DocumentId document, FileText base, long row) {
        return handle.createUpdate(
                        """
                        INSERT INTO mirrors (document_id, base_hash, base_text, line_end, has_bom,
                            encoding, log_seq)
                        VALUES (:id, :hash, :text, :lineEnd, :hasBom, :encoding, :row)
                        ON CONFLICT (document_id) DO UPDATE
                        SET base_hash = :hash, base_text = :text, line_end = :lineEnd,
                            has_bom = :hasBom, encoding = :encoding, intent_hash = NULL,
                            intent_text = NULL
                        """)
                .bind("id", document.value())
                .bind("text", deflated(base.text()))
                .bind("row", row)
                .bindMethods(base.metadata())
                .execute();
    }

    private interface Change {
        int in(Handle handle);
    }

    /// @throws FailureException `WORKSPACE_ELSEWHERE` when another living server has the workspace:
    ///   the file is its to write
    private void change(DocumentId document, Change change) {
        var _ =
                database.inTransaction(
                        Failure.DOCUMENT_UNAVAILABLE,
                        handle -> {
                            DocumentTable.requireNotElsewhere(handle, document, database.node());
                            return change.in(handle);
                        });
    }

    private static SyncedFile syncedFile(ResultSet row, StatementContext context)
            throws SQLException {
        long newest = row.getLong("newest");
        return new SyncedFile(
                new DocumentId(row.getObject("id", UUID.class)),
                row.getString("base_hash") == null
                        ? new FileText(NO_FILE, "")
                        : fileText(row, "base_", ""),
                row.getString("intent_hash") == null ? null : fileText(row, "intent_", "intent_"),
                row.getString("intent_replaces"),
                row.getLong("log_seq") >= newest,
                newest);
    }

    private static FileText fileText(ResultSet row, String prefix, String formPrefix)
            throws SQLException {
        return new FileText(
                new FileMetadata(
                        row.getString(prefix + "hash"),
                        row.getString(formPrefix + "line_end"),
                        row.getBoolean(formPrefix + "has_bom"),
                        row.getString(formPrefix + "encoding")),
                inflated(row.getBytes(prefix + "text")));
    }

    static byte[] deflated(String text) {
        try (var deflater = new Deflater(Deflater.BEST_SPEED)) {
            deflater.setInput(text.getBytes(StandardCharsets.UTF_8));
            deflater.finish();
            var bytes = new ByteArrayOutputStream();
            var buffer = new byte[BUFFER_BYTES];
            while (!deflater.finished()) {
                bytes.write(buffer, 0, deflater.deflate(buffer));
            }
            return bytes.toByteArray();
        }
    }

    private static String inflated(byte[] deflated) {
        try (var inflater = new Inflater()) {
            inflater.setInput(deflated);
            var bytes = new ByteArrayOutputStream();
            var buffer = new byte[BUFFER_BYTES];
            while (!inflater.finished()) {
                int count = inflater.inflate(buffer);
                // The final call may produce no bytes; an empty text never does.
                if (count == 0 && !inflater.finished()) {
                    throw new IllegalStateException("a stored text is truncated");
                }
                bytes.write(buffer, 0, count);
            }
            return bytes.toString(StandardCharsets.UTF_8);
        } catch (DataFormatException damaged) {
            throw new IllegalStateException("a stored text is damaged", damaged);
        }
    }
}

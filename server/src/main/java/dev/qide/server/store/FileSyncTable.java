package dev.qide.server.store;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/// The file sync state of each document: the base for merging changes on disk, and pending writes.
/// Thread-safe; calls block on the database and throw `DOCUMENT_UNAVAILABLE` when it is down.
public final class FileSyncTable {
    private static final int MAX_BEHIND = 10_000;
    private static final FileMetadata NO_FILE = new FileMetadata("", "lf", false, "utf-8");

    /// A statement in a transaction of its own that changes nothing when another living server has
    /// the workspace: then `here` is empty.
    private static final String CHANGE =
            """
            WITH elsewhere AS MATERIALIZED (%s), here AS MATERIALIZED (
                SELECT WHERE NOT EXISTS (SELECT FROM elsewhere WHERE is_elsewhere)
            ), changed AS (%%s RETURNING document_id)
            SELECT EXISTS (SELECT FROM here) AS is_here,
                EXISTS (SELECT FROM changed) AS is_changed
            """
                    .formatted(DocumentTable.ELSEWHERE);

    private final Database database;

    private record Outcome(boolean isHere, boolean isChanged) {}

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
    /// @param baseRow the newest row in the log whose text the base has
    /// @param intentRow the same for the pending write
    /// @param newestRow the newest row in the log
    public record SyncedFile(
            DocumentId document,
            FileText base,
            @Nullable FileText intent,
            @Nullable String replaced,
            long baseRow,
            long intentRow,
            long newestRow) {
        /// Whether the base has the text of all rows in the log.
        public boolean isCurrent() {
            return baseRow >= newestRow;
        }

        /// The state after the confirmation of the pending write.
        public SyncedFile confirmed() {
            return new SyncedFile(
                    document,
                    Objects.requireNonNull(intent),
                    null,
                    null,
                    intentRow,
                    intentRow,
                    newestRow);
        }
    }

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
        var _ =
                change(
                        document,
                        """
                        INSERT INTO mirrors (document_id, base_hash, base_text, line_end,
                            has_bom, encoding, log_seq)
                        SELECT :id, :hash, :text, :lineEnd, :hasBom, :encoding, 0
                        FROM here
                        ON CONFLICT (document_id) DO NOTHING
                        """,
                        query -> query.bind("text", DeflatedText.of("")).bindMethods(NO_FILE));
    }

    /// Records a pending write.
    ///
    /// @param row the newest row in the log whose text it contains
    /// @param replaced identifies the file that it replaces; null for none
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when another living server has the workspace:
    ///   the file is its to write
    public void recordIntent(
            DocumentId document, FileText intent, long row, @Nullable String replaced) {
        var _ =
                change(
                        document,
                        """
                        UPDATE mirrors
                        SET intent_hash = :hash, intent_text = :text,
                            intent_line_end = :lineEnd, intent_has_bom = :hasBom,
                            intent_encoding = :encoding, intent_seq = :row,
                            intent_replaces = :replaced
                        WHERE document_id = :id AND EXISTS (SELECT FROM here)
                        """,
                        query ->
                                query.bind("row", row)
                                        .bind("replaced", replaced)
                                        .bind("text", DeflatedText.of(intent.text()))
                                        .bindMethods(intent.metadata()));
    }

    /// Confirms a pending write: it becomes the base.
    ///
    /// @return whether it was still pending
    /// @throws FailureException as [#recordIntent]
    public boolean confirmIntent(DocumentId document, FileText intent) {
        return change(
                document,
                """
                UPDATE mirrors
                SET base_hash = intent_hash, base_text = intent_text,
                    line_end = intent_line_end,
                    has_bom = intent_has_bom, encoding = intent_encoding,
                    log_seq = intent_seq, intent_hash = NULL,
                    intent_text = NULL
                WHERE document_id = :id AND intent_hash = :hash
                    AND EXISTS (SELECT FROM here)
                """,
                query -> query.bind("hash", intent.metadata().hash()));
    }

    /// Replaces the base, unless the database has another one than this state, and discards the
    /// pending write.
    ///
    /// @return whether it was replaced
    /// @throws FailureException as [#recordIntent]
    public boolean replaceBase(SyncedFile former, FileText base) {
        var formerHash = former.base().metadata().hash();
        if (formerHash.isEmpty()) {
            begin(former.document());
        }
        return change(
                former.document(),
                """
                UPDATE mirrors
                SET base_hash = :hash, base_text = :text, line_end = :lineEnd, has_bom = :hasBom,
                    encoding = :encoding, intent_hash = NULL, intent_text = NULL
                WHERE document_id = :id AND base_hash = :former AND EXISTS (SELECT FROM here)
                """,
                query ->
                        query.bind("former", formerHash)
                                .bind("text", DeflatedText.of(base.text()))
                                .bindMethods(base.metadata()));
    }

    /// Discards the pending write.
    ///
    /// @throws FailureException as [#recordIntent]
    public void discardIntent(DocumentId document) {
        var _ =
                change(
                        document,
                        """
                        UPDATE mirrors
                        SET intent_hash = NULL, intent_text = NULL
                        WHERE document_id = :id AND EXISTS (SELECT FROM here)
                        """,
                        query -> query);
    }

    /// Records that the base has the text of all rows up to this one, although they changed it.
    ///
    /// @throws FailureException as [#recordIntent]
    public void markCurrent(DocumentId document, long row) {
        var _ =
                change(
                        document,
                        """
                        UPDATE mirrors SET log_seq = :row
                        WHERE document_id = :id AND EXISTS (SELECT FROM here)
                        """,
                        query -> query.bind("row", row));
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
                .bind("text", DeflatedText.of(base.text()))
                .bind("row", row)
                .bindMethods(base.metadata())
                .execute();
    }

    /// Changes the file sync state of a document in one round trip, unless another living server
    /// has the workspace. No server takes the lease before the statement ends.
    ///
    /// @param statement changes `mirrors` only if there is a row in `here`
    /// @param values binds everything but the document's id and what `here` needs
    /// @return whether it changed something
    /// @throws FailureException `WORKSPACE_ELSEWHERE`
    private boolean change(DocumentId document, String statement, UnaryOperator<Query> values) {
        var outcome =
                database.inOneStatement(
                        Failure.DOCUMENT_UNAVAILABLE,
                        handle ->
                                values.apply(
                                                handle.createQuery(CHANGE.formatted(statement))
                                                        .bind("id", document.value())
                                                        .bind("node", database.node())
                                                        .bind("silence", Node.SILENCE.toSeconds()))
                                        .map((row, _) ->
                                                new Outcome(
                                                        row.getBoolean("is_here"),
                                                        row.getBoolean("is_changed")))
                                        .one());
        if (!outcome.isHere()) {
            throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
        }
        return outcome.isChanged();
    }

    private static SyncedFile syncedFile(ResultSet row, StatementContext context)
            throws SQLException {
        return new SyncedFile(
                new DocumentId(row.getObject("id", UUID.class)),
                row.getString("base_hash") == null
                        ? new FileText(NO_FILE, "")
                        : fileText(row, "base_", ""),
                row.getString("intent_hash") == null ? null : fileText(row, "intent_", "intent_"),
                row.getString("intent_replaces"),
                row.getLong("log_seq"),
                row.getLong("intent_seq"),
                row.getLong("newest"));
    }

    private static FileText fileText(ResultSet row, String prefix, String formPrefix)
            throws SQLException {
        return new FileText(
                new FileMetadata(
                        row.getString(prefix + "hash"),
                        row.getString(formPrefix + "line_end"),
                        row.getBoolean(formPrefix + "has_bom"),
                        row.getString(formPrefix + "encoding")),
                DeflatedText.read(row.getBytes(prefix + "text")));
    }
}

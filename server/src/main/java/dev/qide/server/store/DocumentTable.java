package dev.qide.server.store;

import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/// Documents and their generations. Thread-safe; calls block on the database and throw
/// `DOCUMENT_UNAVAILABLE` when it is down.
public final class DocumentTable {
    /// Whether another living server has the workspace of a document. No server takes the lease
    /// before the transaction ends.
    static final String ELSEWHERE =
            elsewhere("(SELECT workspace_id FROM documents WHERE documents.id = :id)");

    private static final String WORKSPACE_ELSEWHERE = elsewhere(":id");

    private static final int CREATE_ATTEMPTS = 5;

    private final Database database;

    public DocumentTable(Database database) {
        this.database = database;
    }

    /// The living document at the path, or null.
    public @Nullable StoredDocument findLiving(WorkspaceId workspace, String path) {
        return database.inTransaction(
                        Failure.DOCUMENT_UNAVAILABLE, handle -> findLiving(handle, workspace, path))
                .orElse(null);
    }

    /// The path of a generation, or null when it has ended. Waits for a change of its record that
    /// another connection has begun, so that the answer is final.
    public @Nullable String livingPath(DocumentId id) {
        return database.inTransaction(
                        Failure.DOCUMENT_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT path FROM documents
                                                WHERE id = :id AND retired_at IS NULL
                                                FOR SHARE
                                                """)
                                        .bind("id", id.value())
                                        .mapTo(String.class)
                                        .findOne())
                .orElse(null);
    }

    /// Begins a generation, in one transaction under the lease's epoch: its row, its genesis
    /// author, the genesis update as its first row of the log, and its file as the base of file
    /// sync. If another living document has the path, returns that one and writes nothing.
    /// Repeating the call after an unknown outcome is harmless.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when the lease has another epoch
    public StoredDocument create(
            StoredDocument document, FileText file, byte[] genesisUpdate, long epoch) {
        for (int attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
            var living =
                    database.inTransaction(
                            Failure.DOCUMENT_UNAVAILABLE,
                            handle -> create(handle, document, file, genesisUpdate, epoch));
            if (living.isPresent()) {
                return living.get();
            }
        }
        throw new FailureException(Failure.DOCUMENT_UNAVAILABLE);
    }

    /// Ends a generation. It keeps its rows and releases its path.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when another living server has the workspace
    public void retire(DocumentId id) {
        retire(id, Long.MAX_VALUE);
    }

    /// Ends a generation unless the log has a newer row than this.
    ///
    /// @throws FailureException `PRECONDITION_FAILED` when it has; `WORKSPACE_ELSEWHERE` when
    ///   another living server has the workspace
    public void retire(DocumentId id, long newestRow) {
        var _ =
                database.inTransaction(
                        Failure.DOCUMENT_UNAVAILABLE,
                        handle -> {
                            requireNotElsewhere(handle, id, database.node());
                            requireNoneAfter(handle, id, newestRow);
                            return handle.createUpdate(
                                            """
                                            UPDATE documents SET retired_at = now()
                                            WHERE id = :id AND retired_at IS NULL
                                            """)
                                    .bind("id", id.value())
                                    .execute();
                        });
    }

    private static void requireNoneAfter(Handle handle, DocumentId id, long row) {
        boolean hasNewer =
                handle.createQuery(
                                """
                                SELECT EXISTS (SELECT FROM document_updates
                                    WHERE document_id = :id AND seq > :row)
                                """)
                        .bind("id", id.value())
                        .bind("row", row)
                        .mapTo(boolean.class)
                        .one();
        if (hasNewer) {
            throw new FailureException(Failure.PRECONDITION_FAILED);
        }
    }

    /// Moves a living document with its rows to another path.
    ///
    /// @throws FailureException `PATH_CLASH` when another living document has that path, or gets it
    ///   at the same moment; `WORKSPACE_ELSEWHERE` when another living server has the workspace
    public void move(DocumentId id, String path) {
        try {
            int moved =
                    database.inTransaction(
                            Failure.DOCUMENT_UNAVAILABLE,
                            handle -> {
                                requireNotElsewhere(handle, id, database.node());
                                return move(handle, id, path);
                            });
            if (moved == 0) {
                throw new FailureException(Failure.PATH_CLASH);
            }
        } catch (JdbiException failure) {
            // A statement does not see the rows that another transaction has not committed yet.
            var cause = SqlErrors.in(failure);
            if (cause == null || !SqlErrors.isDuplicate(cause)) {
                throw failure;
            }
            throw new FailureException(Failure.PATH_CLASH, Map.of(), failure);
        }
    }

    private static int move(Handle handle, DocumentId id, String path) {
        return handle.createUpdate(
                        """
                        UPDATE documents d
                        SET path = :path
                        WHERE d.id = :id AND NOT EXISTS (
                            SELECT 1 FROM documents other
                            WHERE other.workspace_id = d.workspace_id
                            AND other.path = :path
                            AND other.id <> d.id
                            AND other.retired_at IS NULL)
                        """)
                .bind("id", id.value())
                .bind("path", path)
                .execute();
    }

    /// The paths of the living documents at and below a path.
    ///
    /// @param atMost the maximum number of paths
    public List<String> livingWithin(WorkspaceId workspace, String path, int atMost) {
        return database.inTransaction(
                Failure.DOCUMENT_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT path FROM documents
                                        WHERE workspace_id = :workspace AND retired_at IS NULL
                                            AND (path = :path OR starts_with(path, :path || '/'))
                                        ORDER BY path LIMIT :most
                                        """)
                                .bind("workspace", workspace.value())
                                .bind("path", path)
                                .bind("most", atMost)
                                .mapTo(String.class)
                                .list());
    }

    /// The number of committed rows of a document.
    public long rowCount(DocumentId id) {
        return database.inTransaction(
                Failure.DOCUMENT_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT count(*) FROM document_updates
                                        WHERE document_id = :id
                                        """)
                                .bind("id", id.value())
                                .mapTo(long.class)
                                .one());
    }

    /// Those of the client ids that are recorded as genesis authors of any generation, living or
    /// retired, in the workspace or in an earlier one with the same name.
    public Set<Long> genesesAmong(WorkspaceId workspace, Collection<Long> clients) {
        return database.inTransaction(
                Failure.DOCUMENT_UNAVAILABLE,
                handle ->
                        Set.copyOf(
                                handle.createQuery(
                                                """
                                                SELECT g.client FROM geneses g
                                                JOIN workspaces named ON named.id = g.workspace_id
                                                JOIN workspaces here ON here.name = named.name
                                                WHERE g.client = ANY(:clients)
                                                    AND here.id = :workspace
                                                """)
                                        .bind("workspace", workspace.value())
                                        .bindArray("clients", Long.class, List.copyOf(clients))
                                        .mapTo(Long.class)
                                        .list()));
    }

    private static Optional<StoredDocument> create(
            Handle handle,
            StoredDocument document,
            FileText file,
            byte[] genesisUpdate,
            long epoch) {
        requireEpoch(handle, document.workspace(), epoch);
        int made =
                handle.createUpdate(
                                """
                                INSERT INTO documents (id, workspace_id, path, incarnation,
                                    genesis_client)
                                VALUES (:id, :workspace, :path, :incarnation, :genesisClient)
                                ON CONFLICT (workspace_id, path) WHERE retired_at IS NULL
                                DO NOTHING
                                """)
                        .bind("id", document.id().value())
                        .bind("workspace", document.workspace().value())
                        .bind("path", document.path())
                        .bind("incarnation", document.generation())
                        .bind("genesisClient", document.genesisClient())
                        .execute();
        if (made == 0) {
            // Empty when that document was retired meanwhile: the caller retries.
            return findLiving(handle, document.workspace(), document.path());
        }
        handle.createUpdate(
                        """
                        INSERT INTO geneses (workspace_id, client, document_id)
                        VALUES (:workspace, :client, :id)
                        """)
                .bind("workspace", document.workspace().value())
                .bind("client", document.genesisClient())
                .bind("id", document.id().value())
                .execute();
        long row =
                handle.createQuery(
                                """
                                INSERT INTO document_updates (document_id, data)
                                VALUES (:id, :data) RETURNING seq
                                """)
                        .bind("id", document.id().value())
                        .bind("data", genesisUpdate)
                        .mapTo(long.class)
                        .one();
        FileSyncTable.put(handle, document.id(), file, row);
        return Optional.of(document);
    }

    /// Refuses a change of a document whose workspace another living server has. No server takes
    /// the lease before the transaction ends.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE`
    static void requireNotElsewhere(Handle handle, DocumentId id, UUID node) {
        requireNotElsewhere(handle, ELSEWHERE, id.value(), node);
    }

    /// The same for a workspace.
    static void requireNotElsewhere(Handle handle, WorkspaceId id, UUID node) {
        requireNotElsewhere(handle, WORKSPACE_ELSEWHERE, id.value(), node);
    }

    private static String elsewhere(String workspace) {
        return """
        SELECT EXISTS (SELECT FROM nodes WHERE nodes.id = leases.node_id
            AND nodes.id <> :node AND %s) AS is_elsewhere
        FROM leases WHERE leases.workspace_id = %s
        FOR SHARE OF leases
        """
                .formatted(NodeTable.IS_LIVING, workspace);
    }

    private static void requireNotElsewhere(Handle handle, String query, UUID id, UUID node) {
        boolean isElsewhere =
                handle.createQuery(query)
                        .bind("node", node)
                        .bind("silence", Node.SILENCE.toSeconds())
                        .bind("id", id)
                        .mapTo(boolean.class)
                        .findOne()
                        .orElse(false);
        if (isElsewhere) {
            throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
        }
    }

    static void requireEpoch(Handle handle, WorkspaceId workspace, long epoch) {
        var held =
                handle.createQuery("SELECT epoch FROM leases WHERE workspace_id = :id FOR SHARE")
                        .bind("id", workspace.value())
                        .mapTo(long.class)
                        .findOne();
        if (held.isEmpty() || held.get() != epoch) {
            throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
        }
    }

    private static Optional<StoredDocument> findLiving(
            Handle handle, WorkspaceId workspace, String path) {
        return handle.createQuery(
                        """
                        SELECT * FROM documents
                        WHERE workspace_id = :workspace AND path = :path AND retired_at IS NULL
                        """)
                .bind("workspace", workspace.value())
                .bind("path", path)
                .map(DocumentTable::document)
                .findOne();
    }

    private static StoredDocument document(ResultSet row, StatementContext context)
            throws SQLException {
        return new StoredDocument(
                new DocumentId(row.getObject("id", UUID.class)),
                new WorkspaceId(row.getObject("workspace_id", UUID.class)),
                row.getString("path"),
                row.getString("incarnation"),
                row.getLong("genesis_client"));
    }
}

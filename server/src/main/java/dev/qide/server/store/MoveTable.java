package dev.qide.server.store;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.UUID;

/// Moves of files and folders that may be incomplete. Thread-safe; calls block on the database and
/// throw `STORE_UNAVAILABLE` when it is down.
public final class MoveTable {
    private static final int MAX_PENDING = 1_000;

    private final Database database;

    public MoveTable(Database database) {
        this.database = database;
    }

    /// One move.
    ///
    /// @param fileKey the system's key of the file, independent of its name; empty when unknown
    public record Move(UUID id, String from, String to, String fileKey) {}

    /// Records the start of a move.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when another living server has the workspace
    public UUID begin(WorkspaceId workspace, String from, String to, String fileKey) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    // Whoever takes the lease next finds the record.
                    DocumentTable.requireNotElsewhere(handle, workspace, database.node());
                    return handle.createQuery(
                                    """
                                    INSERT INTO moves (workspace_id, from_path, to_path, file_key)
                                    VALUES (:workspace, :from, :to, :fileKey)
                                    RETURNING id
                                    """)
                            .bind("workspace", workspace.value())
                            .bind("from", from)
                            .bind("to", to)
                            .bind("fileKey", fileKey)
                            .mapTo(UUID.class)
                            .one();
                });
    }

    private static final String MOVED =
            """
            WITH moved AS (
                SELECT d.id, m.to_path || substr(d.path, length(m.from_path) + 1) AS path
                FROM moves m JOIN documents d ON d.workspace_id = m.workspace_id
                WHERE m.id = :move AND d.retired_at IS NULL AND d.created_at <= m.begun_at
                    AND (d.path = m.from_path OR starts_with(d.path, m.from_path || '/')))
            """;

    private static final List<String> COMPLETE =
            List.of(
                    MOVED
                            + """
                            UPDATE documents SET retired_at = now() FROM moved
                            WHERE documents.workspace_id = :workspace
                                AND documents.path = moved.path AND documents.retired_at IS NULL
                            """,
                    MOVED
                            + """
                            UPDATE documents SET path = moved.path FROM moved
                            WHERE documents.id = moved.id AND documents.workspace_id = :workspace
                            """,
                    "DELETE FROM moves WHERE id = :move AND workspace_id = :workspace");

    /// Gives the documents of a moved file or folder their new paths, in place of younger ones that
    /// were begun there, and deletes the record. Documents that were begun at the old path after
    /// the move keep it. Nobody has the documents open.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when the lease has another epoch
    public void complete(WorkspaceId workspace, long epoch, UUID move) {
        var _ =
                database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle -> {
                            DocumentTable.requireEpoch(handle, workspace, epoch);
                            for (var statement : COMPLETE) {
                                handle.createUpdate(statement)
                                        .bind("move", move)
                                        .bind("workspace", workspace.value())
                                        .execute();
                            }
                            return true;
                        });
    }

    /// Deletes a move that has completed or was abandoned.
    public void end(UUID move) {
        var _ =
                database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createUpdate("DELETE FROM moves WHERE id = :id")
                                        .bind("id", move)
                                        .execute());
    }

    /// The moves that an earlier server started, oldest first.
    public List<Move> pending(WorkspaceId workspace) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT id, from_path, to_path, file_key FROM moves
                                        WHERE workspace_id = :workspace
                                        ORDER BY begun_at LIMIT :most
                                        """)
                                .bind("workspace", workspace.value())
                                .bind("most", MAX_PENDING)
                                .map((row, _) ->
                                        new Move(
                                                row.getObject("id", UUID.class),
                                                row.getString("from_path"),
                                                row.getString("to_path"),
                                                row.getString("file_key")))
                                .list());
    }
}

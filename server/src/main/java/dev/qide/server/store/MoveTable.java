package dev.qide.server.store;

import dev.qide.wire.Failure;
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
    public UUID begin(WorkspaceId workspace, String from, String to, String fileKey) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
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
                                .one());
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

package dev.qide.server.store;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The contents of files that are kept in the database, by SHA-256 and in chunks. A store outside
/// the database, such as one that speaks S3's protocol, would replace this class. Thread-safe;
/// calls block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class BlobTable {
    /// The size of every chunk but the last, before it is deflated.
    public static final int CHUNK_BYTES = 1 << 20;

    private final Database database;

    public BlobTable(Database database) {
        this.database = database;
    }

    /// A part of a content.
    ///
    /// @param hash the lower-case hex SHA-256 of the whole content
    /// @param number from 0; an empty content has one chunk
    public record Chunk(String hash, int number, boolean isDeflated, byte[] content) {}

    /// Those of the hashes whose content is in the database as a whole.
    public Set<String> existing(WorkspaceId workspace, Collection<String> hashes) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        new HashSet<>(
                                handle.createQuery(
                                                """
                                                SELECT DISTINCT hash FROM workspace_files
                                                WHERE workspace_id = :workspace
                                                    AND hash = ANY (:hashes)
                                                """)
                                        .bind("workspace", workspace.value())
                                        .bindArray("hashes", String.class, List.copyOf(hashes))
                                        .mapTo(String.class)
                                        .list()));
    }

    /// Writes chunks, in place of former ones.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when the lease has another epoch
    public void put(WorkspaceId workspace, long epoch, List<Chunk> chunks) {
        if (chunks.isEmpty()) {
            return;
        }
        var _ =
                database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle -> {
                            DocumentTable.requireEpoch(handle, workspace, epoch);
                            var batch =
                                    handle.prepareBatch(
                                            """
                                            INSERT INTO blobs
                                                (workspace_id, hash, chunk, is_deflated, content)
                                            VALUES (:workspace, :hash, :chunk, :isDeflated, :content)
                                            ON CONFLICT (workspace_id, hash, chunk) DO UPDATE
                                            SET is_deflated = excluded.is_deflated,
                                                content = excluded.content
                                            """);
                            for (var chunk : chunks) {
                                batch.bind("workspace", workspace.value())
                                        .bind("hash", chunk.hash())
                                        .bind("chunk", chunk.number())
                                        .bind("isDeflated", chunk.isDeflated())
                                        .bind("content", chunk.content())
                                        .add();
                            }
                            return batch.execute();
                        });
    }

    /// All chunks of some small contents.
    public List<Chunk> read(WorkspaceId workspace, Collection<String> hashes) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT hash, chunk, is_deflated, content FROM blobs
                                        WHERE workspace_id = :workspace AND hash = ANY (:hashes)
                                        ORDER BY hash, chunk
                                        """)
                                .bind("workspace", workspace.value())
                                .bindArray("hashes", String.class, List.copyOf(hashes))
                                .map((row, _) ->
                                        new Chunk(
                                                row.getString(1),
                                                row.getInt(2),
                                                row.getBoolean(3),
                                                row.getBytes(4)))
                                .list());
    }

    /// One chunk of a content; empty when there is none.
    public List<Chunk> read(WorkspaceId workspace, String hash, int number) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT is_deflated, content FROM blobs
                                        WHERE workspace_id = :workspace AND hash = :hash
                                            AND chunk = :chunk
                                        """)
                                .bind("workspace", workspace.value())
                                .bind("hash", hash)
                                .bind("chunk", number)
                                .map((row, _) ->
                                        new Chunk(hash, number, row.getBoolean(1), row.getBytes(2)))
                                .list());
    }
}

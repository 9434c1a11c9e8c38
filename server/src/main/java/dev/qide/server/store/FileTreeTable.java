package dev.qide.server.store;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// The files of workspaces that are kept in the database: one entry for each path. [BlobTable] has
/// their contents. Writes are refused unless the lease has the caller's epoch. Thread-safe; calls
/// block on the database and throw `STORE_UNAVAILABLE` when it is down.
public final class FileTreeTable {
    private static final int PAGE_ENTRIES = 5_000;

    private final Database database;

    public FileTreeTable(Database database) {
        this.database = database;
    }

    /// The state of a workspace's files in the database.
    ///
    /// @param epoch of the lease whose holder last made its directory the same as the entries
    /// @param isComplete whether the first import has ended
    public record Tree(long epoch, boolean isComplete) {}

    /// A file, link or folder at a path.
    ///
    /// @param mode permission bits, as for `chmod`
    /// @param bytes the size of a file; 0 for others
    /// @param modified microseconds since 1970; 0 when a later change may have the same time
    /// @param content the lower-case hex SHA-256 of a file, the target of a link, else empty
    public record Entry(
            String path, Kind kind, int mode, long bytes, long modified, String content) {}

    /// The kinds of entries.
    public enum Kind {
        FILE,
        /// A file whose content is that of the document at its path.
        DOCUMENT,
        LINK,
        FOLDER;

        private String column() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// A change of entries.
    ///
    /// @param former hashes that may have no entry afterwards; their blobs are deleted then
    public record Change(List<Entry> put, List<String> removed, Set<String> former) {
        public Change {
            put = List.copyOf(put);
            removed = List.copyOf(removed);
            former = Set.copyOf(former);
        }

        boolean isEmpty() {
            return put.isEmpty() && removed.isEmpty();
        }
    }

    /// How many times another PostgreSQL has become the primary since this server started. Does not
    /// block.
    public long failovers() {
        return database.failovers();
    }

    /// The workspaces whose first import has ended.
    public Set<WorkspaceId> complete() {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle
                                .createQuery(
                                        "SELECT workspace_id FROM workspace_trees WHERE is_complete")
                                .mapTo(UUID.class)
                                .stream()
                                .map(WorkspaceId::new)
                                .collect(Collectors.toSet()));
    }

    /// The state of a workspace's files; null when they are not in the database.
    public @Nullable Tree find(WorkspaceId workspace) {
        return database.inOneStatement(
                        Failure.STORE_UNAVAILABLE,
                        handle ->
                                handle.createQuery(
                                                """
                                                SELECT epoch, is_complete FROM workspace_trees
                                                WHERE workspace_id = :workspace
                                                """)
                                        .bind("workspace", workspace.value())
                                        .map((row, _) ->
                                                new Tree(row.getLong(1), row.getBoolean(2)))
                                        .findOne())
                .orElse(null);
    }

    /// Records that the directory of the lease's holder is the same as the entries, and deletes
    /// blobs that no entry has. Begins an import when the workspace is not in the database.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when the lease has another epoch
    public void claim(WorkspaceId workspace, long epoch) {
        inTree(
                workspace,
                epoch,
                handle -> {
                    handle.createUpdate(
                                    """
                                    INSERT INTO workspace_trees (workspace_id, epoch)
                                    VALUES (:workspace, :epoch)
                                    ON CONFLICT (workspace_id) DO UPDATE SET epoch = :epoch
                                    """)
                            .bind("workspace", workspace.value())
                            .bind("epoch", epoch)
                            .execute();
                    handle.createUpdate(
                                    """
                                    DELETE FROM blobs WHERE workspace_id = :workspace
                                        AND NOT EXISTS (SELECT FROM workspace_files f
                                            WHERE f.workspace_id = blobs.workspace_id
                                                AND f.hash = blobs.hash)
                                    """)
                            .bind("workspace", workspace.value())
                            .execute();
                });
    }

    /// Records that the first import has ended.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when the lease has another epoch
    public void complete(WorkspaceId workspace, long epoch) {
        inTree(
                workspace,
                epoch,
                handle ->
                        handle.createUpdate(
                                        """
                                        UPDATE workspace_trees SET is_complete = true
                                        WHERE workspace_id = :workspace
                                        """)
                                .bind("workspace", workspace.value())
                                .execute());
    }

    /// All entries of a workspace, in the order of their paths.
    public List<Entry> entries(WorkspaceId workspace) {
        var all = new ArrayList<Entry>();
        var page = page(workspace, "");
        all.addAll(page);
        while (page.size() == PAGE_ENTRIES) {
            page = page(workspace, page.getLast().path());
            all.addAll(page);
        }
        return all;
    }

    private List<Entry> page(WorkspaceId workspace, String after) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT path, kind, mode, bytes, modified,
                                            coalesce(hash, target, '')
                                        FROM workspace_files
                                        WHERE workspace_id = :workspace AND path > :after
                                        ORDER BY path LIMIT :most
                                        """)
                                .bind("workspace", workspace.value())
                                .bind("after", after)
                                .bind("most", PAGE_ENTRIES)
                                .map((row, _) ->
                                        new Entry(
                                                row.getString(1),
                                                Kind.valueOf(
                                                        row.getString(2).toUpperCase(Locale.ROOT)),
                                                row.getInt(3),
                                                row.getLong(4),
                                                row.getLong(5),
                                                row.getString(6)))
                                .list());
    }

    /// The hash of the file that each living document last had in common with its file, by path.
    ///
    /// @param paths null for all documents of the workspace
    public Map<String, String> documents(
            WorkspaceId workspace, @Nullable Collection<String> paths) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle
                                .createQuery(
                                        """
                                        SELECT d.path, m.base_hash FROM documents d
                                        JOIN mirrors m ON m.document_id = d.id
                                        WHERE d.workspace_id = :workspace AND d.retired_at IS NULL
                                            AND (:isAll OR d.path = ANY (:paths))
                                        """)
                                .bind("workspace", workspace.value())
                                .bind("isAll", paths == null)
                                .bindArray(
                                        "paths",
                                        String.class,
                                        paths == null ? List.of() : List.copyOf(paths))
                                .map((row, _) -> Map.entry(row.getString(1), row.getString(2)))
                                .stream()
                                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    /// Changes entries, all or nothing.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when the lease has another epoch
    public void apply(WorkspaceId workspace, long epoch, Change change) {
        if (change.isEmpty()) {
            return;
        }
        inTree(
                workspace,
                epoch,
                handle -> {
                    var gone = new HashSet<>(change.removed());
                    change.put().forEach(entry -> gone.add(entry.path()));
                    handle.createUpdate(
                                    """
                                    DELETE FROM workspace_files
                                    WHERE workspace_id = :workspace AND path = ANY (:paths)
                                    """)
                            .bind("workspace", workspace.value())
                            .bindArray("paths", String.class, List.copyOf(gone))
                            .execute();
                    insert(handle, workspace, change.put());
                    deleteUnused(handle, workspace, change.former());
                });
    }

    private static void insert(Handle handle, WorkspaceId workspace, List<Entry> entries) {
        var batch =
                handle.prepareBatch(
                        """
                        INSERT INTO workspace_files
                            (workspace_id, path, kind, mode, bytes, modified, hash, target)
                        VALUES (:workspace, :path, :kind, :mode, :bytes, :modified,
                            CASE WHEN :kind = 'file' THEN :content END,
                            CASE WHEN :kind = 'link' THEN :content END)
                        """);
        for (var entry : entries) {
            batch.bind("workspace", workspace.value())
                    .bind("path", entry.path())
                    .bind("kind", entry.kind().column())
                    .bind("mode", entry.mode())
                    .bind("bytes", entry.bytes())
                    .bind("modified", entry.modified())
                    .bind("content", entry.content())
                    .add();
        }
        if (!entries.isEmpty()) {
            var _ = batch.execute();
        }
    }

    private static void deleteUnused(Handle handle, WorkspaceId workspace, Set<String> hashes) {
        if (hashes.isEmpty()) {
            return;
        }
        handle.createUpdate(
                        """
                        DELETE FROM blobs WHERE workspace_id = :workspace AND hash = ANY (:hashes)
                            AND NOT EXISTS (SELECT FROM workspace_files f
                                WHERE f.workspace_id = blobs.workspace_id AND f.hash = blobs.hash)
                        """)
                .bind("workspace", workspace.value())
                .bindArray("hashes", String.class, List.copyOf(hashes))
                .execute();
    }

    /// Gives an entry and everything below it another path, in place of what is there.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when the lease has another epoch
    public void move(WorkspaceId workspace, long epoch, String from, String to) {
        inTree(
                workspace,
                epoch,
                handle -> {
                    for (var statement : MOVE) {
                        handle.createUpdate(statement)
                                .bind("workspace", workspace.value())
                                .bind("from", from)
                                .bind("to", to)
                                .execute();
                    }
                });
    }

    private static final List<String> MOVE =
            List.of(
                    """
                    DELETE FROM workspace_files WHERE workspace_id = :workspace
                        AND (path = :to OR starts_with(path, :to || '/')) AND :from <> :to
                    """,
                    """
                    UPDATE workspace_files SET path = :to || substr(path, length(:from) + 1)
                    WHERE workspace_id = :workspace
                        AND (path = :from OR starts_with(path, :from || '/'))
                    """);

    /// Whether there is an entry at a path or below it.
    public boolean has(WorkspaceId workspace, String path) {
        return database.inOneStatement(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT EXISTS (SELECT FROM workspace_files
                                            WHERE workspace_id = :workspace
                                                AND (path = :path
                                                    OR starts_with(path, :path || '/')))
                                        """)
                                .bind("workspace", workspace.value())
                                .bind("path", path)
                                .mapTo(boolean.class)
                                .one());
    }

    /// Completes a move of which a part may be done. An entry that another one precedes at its new
    /// path stays where it is, unless both are the same.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when the lease has another epoch
    public void completeMove(WorkspaceId workspace, long epoch, String from, String to) {
        inTree(
                workspace,
                epoch,
                handle -> {
                    for (var statement : COMPLETE_MOVE) {
                        handle.createUpdate(statement)
                                .bind("workspace", workspace.value())
                                .bind("from", from)
                                .bind("to", to)
                                .execute();
                    }
                });
    }

    private static final List<String> COMPLETE_MOVE =
            List.of(
                    """
                    DELETE FROM workspace_files f USING workspace_files there
                    WHERE f.workspace_id = :workspace
                        AND (f.path = :from OR starts_with(f.path, :from || '/'))
                        AND there.workspace_id = f.workspace_id
                        AND there.path = :to || substr(f.path, length(:from) + 1)
                        AND there.kind = f.kind AND there.hash IS NOT DISTINCT FROM f.hash
                        AND there.target IS NOT DISTINCT FROM f.target
                    """,
                    """
                    UPDATE workspace_files f SET path = :to || substr(f.path, length(:from) + 1)
                    WHERE f.workspace_id = :workspace
                        AND (f.path = :from OR starts_with(f.path, :from || '/'))
                        AND NOT EXISTS (SELECT FROM workspace_files there
                            WHERE there.workspace_id = f.workspace_id
                                AND there.path = :to || substr(f.path, length(:from) + 1))
                    """);

    private interface Work {
        void in(Handle handle);
    }

    private void inTree(WorkspaceId workspace, long epoch, Work work) {
        var _ =
                database.inTransaction(
                        Failure.STORE_UNAVAILABLE,
                        handle -> {
                            DocumentTable.requireEpoch(handle, workspace, epoch);
                            work.in(handle);
                            return true;
                        });
    }
}

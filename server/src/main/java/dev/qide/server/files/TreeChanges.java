package dev.qide.server.files;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.MoveTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Creates folders, and renames, moves and deletes files and folders together with their documents.
/// Thread-safe; calls block on the disk and the database.
///
/// A move has five steps: record it, rename the file atomically without overwriting, give its
/// documents the new path (they keep their rows), move the file in the database if files are kept
/// there, remove the record. After a kill in between, whoever takes the workspace finds the record
/// ([InterruptedMoves]); after a failure of the database, [DocumentMoves] completes the move. A
/// deletion writes all text to the file, retires the documents, then removes the name; after a kill
/// in between, the file still exists with all text.
public final class TreeChanges {
    private static final Logger LOG = LoggerFactory.getLogger(TreeChanges.class);
    private static final int DOCUMENTS = 20_000;
    private static final int DELETIONS_AT_ONCE = 2;

    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;
    private final FileSync sync;
    private final Collaboration documents;
    private final Tables tables;
    private final DocumentMoves moves;
    private final Semaphore deleting = new Semaphore(DELETIONS_AT_ONCE);

    public record Tables(DocumentTable documents, FileSyncTable syncTable, MoveTable moves) {}

    public TreeChanges(
            WorkspaceRegistry workspaces,
            WorkspaceFiles files,
            FileSync sync,
            Collaboration documents,
            Tables tables) {
        this.workspaces = workspaces;
        this.files = files;
        this.sync = sync;
        this.documents = documents;
        this.tables = tables;
        moves = new DocumentMoves(files, sync, documents, tables);
        sync.follow(new ToolRenames(files, sync, moves, tables));
    }

    /// Takes the workspaces with moves that an earlier server did not complete, which completes
    /// them, unless another server has them.
    public void completeMoves() {
        for (var workspace : workspaces.all()) {
            if (!tables.moves().pending(workspace.id()).isEmpty()) {
                try {
                    documents.leases().require(workspace.id());
                } catch (FailureException failure) {
                    leftToOthers(workspace, failure);
                }
            }
        }
    }

    private static void leftToOthers(Workspace workspace, FailureException failure) {
        // Another server completed the move when it took the workspace, or moves something now.
        if (failure.failure() != Failure.WORKSPACE_ELSEWHERE) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.move_unresolved")
                    .addKeyValue("workspace", workspace.id())
                    .addKeyValue("failure", failure.failure().wireName())
                    .log("left an interrupted move to whoever takes the workspace");
        }
    }

    /// Creates a folder and its parents.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_IGNORED`, `PATH_CLASH`,
    ///   `FILE_EXISTS`, `TOO_MANY_FILES`
    public void createFolder(String workspace, String path) {
        var found = workspaces.named(workspace);
        var legal = new WorkspacePath(path);
        files.requireShared(found, legal, true);
        var _ =
                files.exclusively(
                        found,
                        List.of(legal),
                        () -> {
                            requireNoClash(found, legal, null);
                            files.requireRoomForFolder(found, legal);
                            files.disk(found).makeFolders(legal);
                            tree(found).makeFolder(legal);
                            files.changes().publish(new FileChange.FolderCreated(found, path));
                            return true;
                        });
        files.replicate(found, List.of(legal));
    }

    /// Deletes a file or a folder and retires its documents.
    ///
    /// @param precondition the expected state of the file; null for a folder, and for a file above
    ///   32 MiB, which has no ETag
    /// @param isRecursive whether to delete a folder with everything in it
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_IGNORED`,
    ///   `FILE_UNKNOWN`, `IS_A_FOLDER` when it is not recursive, `PRECONDITION_REQUIRED`,
    ///   `PRECONDITION_FAILED`, `TOO_MANY_FILES`
    public void delete(
            String workspace,
            String path,
            @Nullable Precondition precondition,
            boolean isRecursive) {
        var found = workspaces.named(workspace);
        var legal = new WorkspacePath(path);
        var there = requiredShared(found, legal);
        if (!there.isFolder()) {
            requireMeant(there, precondition);
            var _ =
                    files.exclusively(
                            found, List.of(legal), () -> deleted(found, legal, precondition));
        } else if (!isRecursive) {
            throw new FailureException(Failure.IS_A_FOLDER, Map.of("needs", "recursive"));
        } else {
            deleteMovedAside(
                    found,
                    files.exclusivelyInWorkspace(found, () -> folderMovedAside(found, legal)));
        }
        files.replicate(found, List.of(legal));
    }

    /// Moves a file or a folder with its documents and their history. Creates missing parent
    /// folders and overwrites nothing. Clients that have a moved document open get
    /// `document-replaced`.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_IGNORED`,
    ///   `FILE_UNKNOWN`, `FILE_EXISTS`, `PATH_CLASH`, `TOO_MANY_FILES`
    public void move(String workspace, String from, String to) {
        var found = workspaces.named(workspace);
        var source = new WorkspacePath(from);
        var target = new WorkspacePath(to);
        var there = requiredShared(found, source);
        files.requireShared(found, target, there.isFolder());
        if (source.contains(to)) {
            throw source.equals(target)
                    ? new FailureException(Failure.FILE_EXISTS, Map.of("path", to))
                    : WorkspacePath.illegal("inside-itself");
        }
        ExclusiveWork<UUID> work = () -> moved(found, source, target, there.isFolder());
        var move =
                there.isFolder()
                        ? files.exclusivelyInWorkspace(found, work)
                        : files.exclusively(found, List.of(source, target), work);
        moves.replicate(found, source, target, move);
    }

    private UUID moved(Workspace workspace, WorkspacePath from, WorkspacePath to, boolean isFolder)
            throws InterruptedException {
        var there = required(workspace, from);
        if (there.isFolder() != isFolder) {
            throw new FailureException(Failure.CONTENT_MODIFIED);
        }
        if (files.pendingMoves().covers(workspace.id(), from.value())) {
            // Documents have yet to follow an earlier move.
            throw new FailureException(Failure.SERVER_CANCELLED);
        }
        if (tree(workspace).find(to) != null) {
            throw new FailureException(Failure.FILE_EXISTS, Map.of("path", to.value()));
        }
        requireNoClash(workspace, to, from);
        requireFew(workspace, from);
        requireVacant(workspace, to);
        if (!isFolder) {
            sync.finish(workspace, from);
        }
        files.disk(workspace).makeFolders(to);
        var move = movedOnDisk(workspace, from, to, there);
        moves.complete(move);
        return move.record();
    }

    /// Records a move and renames the file or folder; both paths count as moving from then on.
    private DocumentMoves.Move movedOnDisk(
            Workspace workspace, WorkspacePath from, WorkspacePath to, DiskTree.Entry there) {
        moves.begin(workspace, from, to);
        try {
            var record =
                    tables.moves().begin(workspace.id(), from.value(), to.value(), there.key());
            try {
                tree(workspace).move(from, to);
            } catch (FailureException failure) {
                tables.moves().end(record);
                throw failure;
            }
            return new DocumentMoves.Move(workspace, from, to, there.isFolder(), record);
        } catch (RuntimeException failure) {
            moves.end(workspace, from, to);
            throw failure;
        }
    }

    private boolean deleted(
            Workspace workspace, WorkspacePath path, @Nullable Precondition precondition)
            throws InterruptedException {
        sync.finish(workspace, path);
        requireMeant(required(workspace, path), precondition);
        boolean isOneVersion = precondition instanceof Precondition.Unchanged;
        if (precondition != null && isOneVersion) {
            precondition.require(content(workspace, path));
        }
        var aside = moveAside(workspace, path);
        if (precondition != null && isOneVersion && !fulfils(workspace, aside, precondition)) {
            tree(workspace).move(aside, path);
            throw new FailureException(Failure.PRECONDITION_FAILED);
        }
        tree(workspace).deleteMovedAside(aside);
        files.snapshots().forget(new FileSnapshots.Key(workspace.id(), path));
        files.changes().publish(new FileChange.Deleted(workspace, path.value(), List.of()));
        return true;
    }

    /// Whether the file that was moved aside fulfils a precondition. A tool's write after this
    /// check is not lost.
    private boolean fulfils(Workspace workspace, WorkspacePath aside, Precondition precondition) {
        try {
            precondition.require(content(workspace, aside));
            return true;
        } catch (FailureException _) {
            return false;
        }
    }

    private WorkspacePath folderMovedAside(Workspace workspace, WorkspacePath path)
            throws InterruptedException {
        if (!required(workspace, path).isFolder()) {
            throw new FailureException(Failure.CONTENT_MODIFIED);
        }
        requireFew(workspace, path);
        for (var behind : tables.syncTable().unsynced(workspace.id())) {
            if (path.contains(behind)) {
                finishBelow(workspace, new WorkspacePath(behind));
            }
        }
        var below = moves.filesBelow(workspace, path);
        var aside = moveAside(workspace, path);
        files.changes().publish(new FileChange.Deleted(workspace, path.value(), below));
        return aside;
    }

    /// Writes a document whose folder is deleted, unless its own file has become something else:
    /// its text has no place, and the document ends with the folder.
    private void finishBelow(Workspace workspace, WorkspacePath path) throws InterruptedException {
        try {
            sync.finish(workspace, path);
        } catch (FailureException failure) {
            if (!Disk.isSomethingElse(failure)) {
                throw failure;
            }
        }
    }

    /// Retires the documents and removes the name; clients that open or read it meanwhile wait.
    private WorkspacePath moveAside(Workspace workspace, WorkspacePath path)
            throws InterruptedException {
        files.pendingMoves().begin(workspace.id(), path);
        try {
            retireAll(workspace, path);
            return tree(workspace).moveAside(path);
        } finally {
            files.pendingMoves().end(workspace.id(), path);
        }
    }

    private void retireAll(Workspace workspace, WorkspacePath path) throws InterruptedException {
        for (var all = moves.living(workspace, path);
                !all.isEmpty();
                all = moves.living(workspace, path)) {
            for (var document : all) {
                var _ = documents.retire(workspace.id(), document);
                files.snapshots()
                        .forget(new FileSnapshots.Key(workspace.id(), new WorkspacePath(document)));
            }
        }
    }

    /// The folder is gone when its name is; nobody waits for the deletion of its content.
    private void deleteMovedAside(Workspace workspace, WorkspacePath aside) {
        BackgroundTask.start(
                Thread.ofVirtual().name("files-delete"),
                () -> {
                    deleting.acquire();
                    try {
                        tree(workspace).deleteMovedAside(aside);
                    } finally {
                        deleting.release();
                    }
                },
                _ ->
                        LOG.atWarn()
                                .addKeyValue("event.action", "files.deletion_incomplete")
                                .addKeyValue("workspace", workspace.id())
                                .log("a deleted folder stays until the next start"));
    }

    /// Retires documents whose files a tool deleted unnoticed; a document with text of its own
    /// keeps its path.
    private void requireVacant(Workspace workspace, WorkspacePath path)
            throws InterruptedException {
        for (var document : moves.living(workspace, path)) {
            if (!sync.retireIfMissing(workspace, new WorkspacePath(document))) {
                throw new FailureException(Failure.FILE_EXISTS, Map.of("path", document));
            }
        }
    }

    private void requireNoClash(
            Workspace workspace, WorkspacePath path, @Nullable WorkspacePath from) {
        var other = files.disk(workspace).clash(path);
        boolean isItself =
                from != null && path.folder().equals(from.folder()) && from.name().equals(other);
        if (other != null && !isItself) {
            throw new FailureException(Failure.PATH_CLASH, Map.of("name", other));
        }
    }

    private void requireFew(Workspace workspace, WorkspacePath path) {
        int count =
                tables.documents().livingWithin(workspace.id(), path.value(), DOCUMENTS + 1).size();
        if (count > DOCUMENTS) {
            throw new FailureException(Failure.TOO_MANY_FILES, Map.of("limit", "" + DOCUMENTS));
        }
    }

    private static void requireMeant(DiskTree.Entry file, @Nullable Precondition precondition) {
        if (file.isFolder()) {
            throw new FailureException(Failure.IS_A_FOLDER);
        }
        if (precondition == null && file.bytes() <= WorkspaceFiles.FILE_BYTES) {
            throw new FailureException(Failure.PRECONDITION_REQUIRED);
        }
    }

    /// Reports an ignored path as ignored, whether or not it exists.
    private DiskTree.Entry requiredShared(Workspace workspace, WorkspacePath path) {
        files.requireShared(workspace, path, false);
        var there = required(workspace, path);
        files.requireShared(workspace, path, there.isFolder());
        return there;
    }

    private DiskTree.Entry required(Workspace workspace, WorkspacePath path) {
        var entry = tree(workspace).find(path);
        if (entry == null) {
            throw new FailureException(Failure.FILE_UNKNOWN);
        }
        return entry;
    }

    private FileContent content(Workspace workspace, WorkspacePath path) {
        return files.hashed(files.disk(workspace).read(path, WorkspaceFiles.FILE_BYTES));
    }

    private DiskTree tree(Workspace workspace) {
        return files.disk(workspace).tree();
    }
}

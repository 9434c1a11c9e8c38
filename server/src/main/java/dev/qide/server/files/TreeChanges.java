package dev.qide.server.files;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.files.disk.FileTreeWalk;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.MoveTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Folders made, files and folders moved and deleted, together with the documents that live there.
/// Thread-safe; calls block on the disk and the database.
///
/// A move is recorded first, then the file gets its new name in one step that takes nobody else's,
/// then its documents get theirs with their rows untouched, then the record is taken out. A server
/// that is killed between is followed by one that finds the record: [#settle()] looks on which side
/// the file stands and lets the documents follow it. A deletion first brings the file up to date,
/// then ends the documents, then takes the name away: killed between, the file is still there, with
/// all text.
public final class TreeChanges {
    private static final Logger LOG = LoggerFactory.getLogger(TreeChanges.class);
    private static final int DOCUMENTS_AT_A_TIME = 1_000;
    private static final int DOCUMENTS = 20_000;
    private static final int FILES_TOLD = 1_000;
    private static final int DELETIONS_AT_ONCE = 2;

    /// How often somebody may have opened the new name before the document has it.
    private static final int ATTEMPTS = 3;

    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;
    private final FileSync sync;
    private final Collaboration documents;
    private final Tables tables;
    private final Semaphore deleting = new Semaphore(DELETIONS_AT_ONCE);

    /// The tables that it needs.
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
    }

    /// Ends the moves that an earlier server had begun. Comes before any document is opened.
    public void settle() throws InterruptedException {
        for (var workspace : workspaces.all()) {
            for (var move : tables.moves().pending(workspace.id())) {
                settle(workspace, move);
            }
        }
    }

    /// Makes a folder, and those above it.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_IGNORED`, `PATH_CLASH`,
    ///   `FILE_EXISTS`
    public void makeFolder(String workspace, String path) {
        var found = workspaces.named(workspace);
        var legal = new WorkspacePath(path);
        files.requireShared(found, legal, true);
        var _ =
                files.alone(
                        found,
                        List.of(legal),
                        () -> {
                            requireNoClash(found, legal, null);
                            files.disk(found).makeFolders(legal);
                            tree(found).makeFolder(legal);
                            files.tell(new FileChange.FolderMade(found, path));
                            return true;
                        });
    }

    /// Deletes a file or a folder, and ends its documents.
    ///
    /// @param precondition the state of the file that is meant; null for a folder, and for a file
    ///   above 32 MiB, which has no ETag
    /// @param isRecursive whether a folder is meant with everything in it
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
            var _ = files.alone(found, List.of(legal), () -> deleted(found, legal, precondition));
        } else if (!isRecursive) {
            throw new FailureException(Failure.IS_A_FOLDER, Map.of("needs", "recursive"));
        } else {
            deleteAside(found, files.aloneInAll(found, () -> folderSetAside(found, legal)));
        }
    }

    /// Gives a file or a folder another path, with its documents and their history; folders that
    /// the path needs are made, and nothing is overwritten. Whoever has one of the documents open
    /// under the old path is told `document-replaced`.
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
        AloneWork<Boolean> work = () -> moved(found, source, target, there.isFolder());
        var _ =
                there.isFolder()
                        ? files.aloneInAll(found, work)
                        : files.alone(found, List.of(source, target), work);
    }

    private boolean moved(
            Workspace workspace, WorkspacePath from, WorkspacePath to, boolean isFolder)
            throws InterruptedException {
        var there = required(workspace, from);
        if (there.isFolder() != isFolder) {
            throw new FailureException(Failure.CONTENT_MODIFIED);
        }
        if (tree(workspace).find(to) != null) {
            throw new FailureException(Failure.FILE_EXISTS, Map.of("path", to.value()));
        }
        requireNoClash(workspace, to, from);
        requireFew(workspace, from);
        vacate(workspace, to);
        if (!isFolder) {
            sync.finish(workspace, from);
        }
        files.disk(workspace).makeFolders(to);
        files.inMotion().begin(workspace.id(), from);
        files.inMotion().begin(workspace.id(), to);
        try {
            var move = tables.moves().begin(workspace.id(), from.value(), to.value(), there.key());
            try {
                tree(workspace).move(from, to);
            } catch (FailureException failure) {
                tables.moves().end(move);
                throw failure;
            }
            follow(workspace, from, to);
            tables.moves().end(move);
            // What was typed since the last look at the old place is written at the new one.
            living(workspace, to).forEach(path -> sync.fileChanged(workspace.id(), path));
        } finally {
            files.inMotion().end(workspace.id(), from);
            files.inMotion().end(workspace.id(), to);
        }
        var below = isFolder ? filesBelow(workspace, to) : List.<String>of();
        files.tell(new FileChange.Moved(workspace, from.value(), to.value(), below));
        return true;
    }

    /// The documents at the old path and below it get the new one.
    private void follow(Workspace workspace, WorkspacePath from, WorkspacePath to)
            throws InterruptedException {
        for (var living = living(workspace, from);
                !living.isEmpty();
                living = living(workspace, from)) {
            for (var path : living) {
                var next = to.value() + path.substring(from.value().length());
                followed(workspace, path, next);
                files.known()
                        .forget(new FileSnapshots.Key(workspace.id(), new WorkspacePath(path)));
            }
        }
    }

    /// Somebody may have begun a document from the file just when it had arrived: the older one,
    /// with the history, takes its place.
    private void followed(Workspace workspace, String path, String next)
            throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                var _ = documents.move(workspace.id(), path, next);
                return;
            } catch (FailureException failure) {
                if (failure.failure() != Failure.PATH_CLASH || attempt == ATTEMPTS) {
                    throw failure;
                }
                var _ = documents.retire(workspace.id(), next);
            }
        }
    }

    private void settle(Workspace workspace, MoveTable.Move move) throws InterruptedException {
        var from = new WorkspacePath(move.from());
        var to = new WorkspacePath(move.to());
        try {
            var arrived = tree(workspace).find(to);
            boolean isMoved =
                    arrived != null
                            && (arrived.key().equals(move.fileKey())
                                    || tree(workspace).find(from) == null);
            if (isMoved) {
                follow(workspace, from, to);
            }
            tables.moves().end(move.id());
            LOG.atInfo()
                    .addKeyValue("event.action", "files.move_settled")
                    .addKeyValue("workspace", workspace.id())
                    .addKeyValue("reason", isMoved ? "moved" : "not-moved")
                    .log("a move that was cut off has been brought to its end");
        } catch (FailureException failure) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.move_unsettled")
                    .addKeyValue("workspace", workspace.id())
                    .addKeyValue("failure", failure.failure().wireName())
                    .setCause(failure)
                    .log("a move that was cut off is looked at again at the next start");
        }
    }

    private boolean deleted(
            Workspace workspace, WorkspacePath path, @Nullable Precondition precondition)
            throws InterruptedException {
        sync.finish(workspace, path);
        requireMeant(required(workspace, path), precondition);
        boolean isOneVersion = precondition instanceof Precondition.Unchanged;
        if (precondition != null && isOneVersion) {
            WorkspaceFiles.require(precondition, content(workspace, path));
        }
        var aside = setAside(workspace, path);
        if (precondition != null && isOneVersion && !isMeant(workspace, aside, precondition)) {
            tree(workspace).move(aside, path);
            throw new FailureException(Failure.PRECONDITION_FAILED);
        }
        tree(workspace).deleteAside(aside);
        files.known().forget(new FileSnapshots.Key(workspace.id(), path));
        files.tell(new FileChange.Deleted(workspace, path.value(), List.of()));
        return true;
    }

    /// What a tool wrote after the look is not thrown away.
    private boolean isMeant(Workspace workspace, WorkspacePath aside, Precondition precondition) {
        try {
            WorkspaceFiles.require(precondition, content(workspace, aside));
            return true;
        } catch (FailureException _) {
            return false;
        }
    }

    private WorkspacePath folderSetAside(Workspace workspace, WorkspacePath path)
            throws InterruptedException {
        if (!required(workspace, path).isFolder()) {
            throw new FailureException(Failure.CONTENT_MODIFIED);
        }
        requireFew(workspace, path);
        for (var behind : tables.syncTable().behind(workspace.id())) {
            if (path.contains(behind)) {
                sync.finish(workspace, new WorkspacePath(behind));
            }
        }
        var below = filesBelow(workspace, path);
        var aside = setAside(workspace, path);
        files.tell(new FileChange.Deleted(workspace, path.value(), below));
        return aside;
    }

    /// Ends the documents and takes the name away; who opens or reads it meanwhile waits for that.
    private WorkspacePath setAside(Workspace workspace, WorkspacePath path)
            throws InterruptedException {
        files.inMotion().begin(workspace.id(), path);
        try {
            retireAll(workspace, path);
            return tree(workspace).setAside(path);
        } finally {
            files.inMotion().end(workspace.id(), path);
        }
    }

    private void retireAll(Workspace workspace, WorkspacePath path) throws InterruptedException {
        for (var all = living(workspace, path); !all.isEmpty(); all = living(workspace, path)) {
            for (var document : all) {
                var _ = documents.retire(workspace.id(), document);
                files.known()
                        .forget(new FileSnapshots.Key(workspace.id(), new WorkspacePath(document)));
            }
        }
    }

    /// The folder is gone when its name is; how long its content takes is nobody's wait.
    private void deleteAside(Workspace workspace, WorkspacePath aside) {
        BackgroundTask.start(
                Thread.ofVirtual().name("files-delete"),
                () -> {
                    deleting.acquire();
                    try {
                        tree(workspace).deleteAside(aside);
                    } finally {
                        deleting.release();
                    }
                },
                _ ->
                        LOG.atWarn()
                                .addKeyValue("event.action", "files.deletion_left")
                                .addKeyValue("workspace", workspace.id())
                                .log("a deleted folder stays until the next start"));
    }

    /// Documents whose files a tool deleted while nobody looked end here; one that has text of its
    /// own keeps its path.
    private void vacate(Workspace workspace, WorkspacePath path) throws InterruptedException {
        for (var document : living(workspace, path)) {
            if (!sync.vacated(workspace, new WorkspacePath(document))) {
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

    private static void requireMeant(DiskTree.Found file, @Nullable Precondition precondition) {
        if (file.isFolder()) {
            throw new FailureException(Failure.IS_A_FOLDER);
        }
        if (precondition == null && file.bytes() <= WorkspaceFiles.FILE_BYTES) {
            throw new FailureException(Failure.PRECONDITION_REQUIRED);
        }
    }

    /// What is ignored is called so whether it is there or not.
    private DiskTree.Found requiredShared(Workspace workspace, WorkspacePath path) {
        files.requireShared(workspace, path, false);
        var there = required(workspace, path);
        files.requireShared(workspace, path, there.isFolder());
        return there;
    }

    private DiskTree.Found required(Workspace workspace, WorkspacePath path) {
        var found = tree(workspace).find(path);
        if (found == null) {
            throw new FailureException(Failure.FILE_UNKNOWN);
        }
        return found;
    }

    private FileContent content(Workspace workspace, WorkspacePath path) {
        return files.hashed(files.disk(workspace).read(path, WorkspaceFiles.FILE_BYTES));
    }

    private List<String> living(Workspace workspace, WorkspacePath path) {
        return tables.documents().livingWithin(workspace.id(), path.value(), DOCUMENTS_AT_A_TIME);
    }

    private List<String> filesBelow(Workspace workspace, WorkspacePath folder) {
        return FileTreeWalk.filesBelow(
                workspace.directory(), files.rules(workspace), folder, FILES_TOLD);
    }

    private DiskTree tree(Workspace workspace) {
        return files.disk(workspace).tree();
    }
}

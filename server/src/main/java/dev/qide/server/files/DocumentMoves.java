package dev.qide.server.files;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.files.disk.FileTreeWalk;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.MoveTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives the documents of a moved file or folder their new paths. They keep their rows and their
/// history. Thread-safe; calls block on the database, and the caller holds the locks of both paths.
///
/// If the database fails while documents are moved, the file or folder keeps its new name. Until
/// the other documents have followed it, both paths count as pending moves: file sync neither ends
/// a document there nor writes its file again.
final class DocumentMoves {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentMoves.class);
    private static final int DOCUMENTS_AT_A_TIME = 1_000;
    private static final int LISTED_FILES = 1_000;

    /// Attempts to move a document while clients keep opening its new path.
    private static final int ATTEMPTS = 3;

    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int RETRIES = 600;

    /// The workspace has another server, which finds the record, or none.
    private static final Set<Failure> ENDING =
            Set.of(Failure.WORKSPACE_ELSEWHERE, Failure.WORKSPACE_UNKNOWN, Failure.SERVER_STOPPING);

    private final WorkspaceFiles files;
    private final FileSync sync;
    private final Collaboration documents;
    private final DocumentTable table;
    private final MoveTable records;

    /// A move that has a record and has happened on disk.
    record Move(
            Workspace workspace,
            WorkspacePath from,
            WorkspacePath to,
            boolean isFolder,
            UUID record) {}

    DocumentMoves(
            WorkspaceFiles files,
            FileSync sync,
            Collaboration documents,
            TreeChanges.Tables tables) {
        this.files = files;
        this.sync = sync;
        this.documents = documents;
        table = tables.documents();
        records = tables.moves();
    }

    /// Writes a move whose documents have moved to the database, if files are kept there, and
    /// deletes its record. When the database fails, a later comparison writes it.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE`: whoever has the workspace now completes the
    ///   move, and needs the record; `STORE_UNAVAILABLE`
    void replicate(Workspace workspace, WorkspacePath from, WorkspacePath to, UUID record) {
        try {
            files.replicateMove(workspace, from, to);
            records.end(record);
        } catch (FailureException failure) {
            if (failure.failure() != Failure.WORKSPACE_ELSEWHERE) {
                BackgroundTask.start(Thread.ofVirtual().name("move-end"), () -> end(record));
            }
            throw failure;
        }
    }

    /// A record that stayed would be taken for an interrupted move much later.
    private void end(UUID record) throws InterruptedException {
        for (int attempt = 0; attempt < RETRIES; attempt++) {
            try {
                records.end(record);
                return;
            } catch (FailureException failure) {
                if (failure.failure() != Failure.STORE_UNAVAILABLE) {
                    throw failure;
                }
                Thread.sleep(RETRY);
            }
        }
    }

    /// The paths of the documents at and below a path, at most 1,000.
    List<String> living(Workspace workspace, WorkspacePath path) {
        return table.livingWithin(workspace.id(), path.value(), DOCUMENTS_AT_A_TIME);
    }

    /// Marks both paths of a move before it begins.
    void begin(Workspace workspace, WorkspacePath from, WorkspacePath to) {
        files.pendingMoves().begin(workspace.id(), from);
        files.pendingMoves().begin(workspace.id(), to);
    }

    /// Removes the marks.
    void end(Workspace workspace, WorkspacePath from, WorkspacePath to) {
        files.pendingMoves().end(workspace.id(), from);
        files.pendingMoves().end(workspace.id(), to);
    }

    /// Moves the documents at and below the old path, removes the marks and reports the move.
    /// Clients that have a document open get `document-replaced`.
    ///
    /// @throws FailureException when documents are left; unless another server has the workspace,
    ///   they follow in the background, and the marks stay until then
    void complete(Move move) throws InterruptedException {
        boolean isLeft = false;
        try {
            moveAll(move);
        } catch (FailureException failure) {
            isLeft = !ENDING.contains(failure.failure());
            throw failure;
        } finally {
            if (isLeft) {
                BackgroundTask.start(
                        Thread.ofVirtual().name("move-documents"), () -> completeLater(move));
            } else {
                end(move.workspace(), move.from(), move.to());
            }
        }
        report(move);
    }

    private void completeLater(Move move) throws InterruptedException {
        var workspace = move.workspace();
        boolean isMoved;
        try {
            isMoved = isMovedLater(move);
        } finally {
            end(workspace, move.from(), move.to());
        }
        if (isMoved) {
            report(move);
            try {
                replicate(workspace, move.from(), move.to(), move.record());
            } catch (FailureException _) {
                // A later comparison writes it, or the next server does.
            }
        }
    }

    /// @return false when the workspace has another server, or the database stays away
    private boolean isMovedLater(Move move) throws InterruptedException {
        var workspace = move.workspace();
        for (int attempt = 0; attempt < RETRIES; attempt++) {
            Thread.sleep(RETRY);
            try {
                return move.isFolder()
                        ? files.exclusivelyInWorkspace(workspace, () -> isCompleted(move))
                        : files.exclusively(
                                workspace,
                                List.of(move.from(), move.to()),
                                () -> isCompleted(move));
            } catch (FailureException failure) {
                if (ENDING.contains(failure.failure())) {
                    return false;
                }
            }
        }
        LOG.atWarn()
                .addKeyValue("event.action", "files.move_unresolved")
                .addKeyValue("workspace", workspace.id())
                .log(
                        "documents have not followed their moved files; tried again with the next lease");
        return false;
    }

    private boolean isCompleted(Move move) throws InterruptedException {
        return isPending(move) && moveAll(move);
    }

    /// Whether nobody else has completed it, after this server had lost the workspace.
    private boolean isPending(Move move) {
        return records.pending(move.workspace().id()).stream()
                .anyMatch(one -> one.id().equals(move.record()));
    }

    private void report(Move move) {
        var to = move.to();
        var below = move.isFolder() ? filesBelow(move.workspace(), to) : List.<String>of();
        files.changes()
                .publish(
                        new FileChange.Moved(
                                move.workspace(), move.from().value(), to.value(), below));
    }

    /// The files in a folder that a report lists.
    List<String> filesBelow(Workspace workspace, WorkspacePath folder) {
        return FileTreeWalk.filesBelow(
                workspace.directory(), files.rules(workspace), folder, LISTED_FILES);
    }

    /// @return true
    private boolean moveAll(Move move) throws InterruptedException {
        var workspace = move.workspace();
        var from = move.from();
        for (var living = living(workspace, from);
                !living.isEmpty();
                living = living(workspace, from)) {
            for (var path : living) {
                var next = move.to().value() + path.substring(from.value().length());
                move(workspace, path, next);
                var old = new FileSnapshots.Key(workspace.id(), new WorkspacePath(path));
                files.snapshots().forget(old);
            }
        }
        living(workspace, move.to()).forEach(path -> sync.fileChanged(workspace.id(), path));
        return true;
    }

    /// A client may have opened a new document for the file when it had just arrived; the moved
    /// one, which has the history, replaces it.
    private void move(Workspace workspace, String path, String next) throws InterruptedException {
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
}

package dev.qide.server.files;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.MoveTable;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/// Gives the documents of a moved file or folder their new paths. They keep their rows and their
/// history. Thread-safe; calls block on the database, and the caller holds the locks of both paths.
final class DocumentMoves {
    private static final int DOCUMENTS_AT_A_TIME = 1_000;

    /// Attempts to move a document while clients keep opening its new path.
    private static final int ATTEMPTS = 3;

    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int RETRIES = 600;

    private final WorkspaceFiles files;
    private final Collaboration documents;
    private final DocumentTable table;
    private final MoveTable records;

    DocumentMoves(WorkspaceFiles files, Collaboration documents, TreeChanges.Tables tables) {
        this.files = files;
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

    /// Moves the documents at and below the old path. Clients that have one open get
    /// `document-replaced`.
    void move(Workspace workspace, WorkspacePath from, WorkspacePath to)
            throws InterruptedException {
        for (var living = living(workspace, from);
                !living.isEmpty();
                living = living(workspace, from)) {
            for (var path : living) {
                var next = to.value() + path.substring(from.value().length());
                move(workspace, path, next);
                var old = new FileSnapshots.Key(workspace.id(), new WorkspacePath(path));
                files.snapshots().forget(old);
            }
        }
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

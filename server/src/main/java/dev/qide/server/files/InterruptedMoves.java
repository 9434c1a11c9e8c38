package dev.qide.server.files;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.store.Database;
import dev.qide.server.store.FileTreeTable;
import dev.qide.server.store.MoveTable;
import dev.qide.server.store.MoveTable.Move;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Completes the moves of files and folders that a killed server left incomplete. The server that
/// takes the lease of the workspace calls it before anybody opens a document there. Thread-safe;
/// calls block on the disk and the database.
public final class InterruptedMoves implements WorkspaceLeases.Preparation {
    private static final Logger LOG = LoggerFactory.getLogger(InterruptedMoves.class);

    /// The lease is released; the next holder completes the moves.
    private static final Set<Failure> ENDING =
            Set.of(Failure.WORKSPACE_ELSEWHERE, Failure.STORE_UNAVAILABLE);

    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;
    private final Tables tables;

    /// The tables in which a move leaves traces.
    public record Tables(MoveTable moves, FileTreeTable tree) {
        public static Tables of(Database database) {
            return new Tables(new MoveTable(database), new FileTreeTable(database));
        }
    }

    public InterruptedMoves(WorkspaceRegistry workspaces, WorkspaceFiles files, Tables tables) {
        this.workspaces = workspaces;
        this.files = files;
        this.tables = tables;
    }

    /// Moves the documents of the files that have moved in the directory.
    @Override
    public void prepare(WorkspaceId id, long epoch) {
        for (var move : tables.moves().pending(id)) {
            try {
                complete(workspaces.of(id), epoch, move);
            } catch (FailureException failure) {
                if (ENDING.contains(failure.failure())) {
                    throw failure;
                }
                LOG.atWarn()
                        .addKeyValue("event.action", "files.move_unresolved")
                        .addKeyValue("workspace", id)
                        .addKeyValue("failure", failure.failure().wireName())
                        .setCause(failure)
                        .log(
                                "cannot complete an interrupted move; tried again with the next lease");
            }
        }
    }

    /// Completes moves in the database before a directory is restored from it: only the directory
    /// of the killed server has the files at their new paths. A move of which the database shows no
    /// trace is completed as well, since nobody got an answer, and so is one of which it has a
    /// part.
    void completeBeforeRestore(WorkspaceId id, long epoch) {
        for (var move : tables.moves().pending(id)) {
            if (tables.tree().has(id, move.from()) || tables.tree().has(id, move.to())) {
                tables.tree().completeMove(id, epoch, move.from(), move.to());
                tables.moves().complete(id, epoch, move.id());
                log(id, "restored");
            }
        }
    }

    private void complete(Workspace workspace, long epoch, Move move) {
        var from = new WorkspacePath(move.from());
        var to = new WorkspacePath(move.to());
        var tree = files.disk(workspace).tree();
        var arrived = tree.find(to);
        boolean isMoved =
                arrived != null
                        && (arrived.key().equals(move.fileKey()) || tree.find(from) == null);
        if (isMoved) {
            tables.moves().complete(workspace.id(), epoch, move.id());
        } else {
            tables.moves().end(move.id());
        }
        log(workspace.id(), isMoved ? "moved" : "not-moved");
    }

    private static void log(WorkspaceId workspace, String reason) {
        LOG.atInfo()
                .addKeyValue("event.action", "files.move_completed")
                .addKeyValue("workspace", workspace)
                .addKeyValue("reason", reason)
                .log("completed an interrupted move");
    }
}

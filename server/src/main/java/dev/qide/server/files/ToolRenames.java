package dev.qide.server.files;

import dev.qide.server.files.FileChange.ExternalChange;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.MoveTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows the files of documents that tools rename, for example with `mv` or `git mv`: the
/// document continues at the new path with everything typed meanwhile, as after a move through the
/// server.
///
/// A file counts as renamed if the file of a document is missing, and the watch reports a new file
/// with the bytes that file sync knows for the missing one. That is how git finds renames. A file
/// without content, above 1 MiB, or of more than 100 changes at once is not recognized, nor is one
/// whose new path has a document already. Thread-safe.
final class ToolRenames implements FileListener {
    private static final Logger LOG = LoggerFactory.getLogger(ToolRenames.class);

    /// New files that are remembered, of all workspaces.
    private static final int ARRIVALS = 1_024;

    /// How long a new file may be the new name of a missing one.
    private static final Duration ARRIVAL_LIFETIME = Duration.ofSeconds(5);

    private static final String HASH_OF_NOTHING = FileContent.of(new byte[0]).hash();

    private final WorkspaceFiles files;
    private final DocumentMoves documents;
    private final FileSyncTable table;
    private final MoveTable moves;
    private final InstantSource clock;

    /// The newest first. Guarded by itself.
    private final Deque<Arrival> arrivals = new ArrayDeque<>();

    private record Arrival(WorkspaceId workspace, String path, String hash, Instant at) {}

    ToolRenames(
            WorkspaceFiles files,
            FileSync sync,
            DocumentMoves documents,
            TreeChanges.Tables tables) {
        this.files = files;
        this.documents = documents;
        table = tables.syncTable();
        moves = tables.moves();
        clock = sync.clock();
    }

    /// Remembers a new file.
    @Override
    public void changed(FileChange change) {
        if (change instanceof ExternalChange(var workspace, var path, var kind, var hash, _)
                && kind == ExternalChange.Kind.CREATED
                && hash != null
                && !hash.equals(HASH_OF_NOTHING)) {
            synchronized (arrivals) {
                forgetOld();
                if (arrivals.size() == ARRIVALS) {
                    var _ = arrivals.removeLast();
                }
                arrivals.addFirst(new Arrival(workspace.id(), path, hash, clock.instant()));
            }
        }
    }

    /// Moves the document of a missing file to where a tool moved the file. The caller holds no
    /// path.
    ///
    /// @return whether the document has another path now
    boolean follow(FileSnapshots.Key missing) {
        var row = table.find(missing.workspace(), missing.path().value());
        if (row == null || row.intent() != null) {
            return false;
        }
        var hash = row.base().metadata().hash();
        var target = find(missing, hash);
        if (target == null) {
            return false;
        }
        var workspace = files.workspace(missing.workspace());
        var to = new WorkspacePath(target.path());
        var move =
                files.exclusively(
                        workspace,
                        List.of(missing.path(), to),
                        () -> Optional.ofNullable(moved(workspace, missing.path(), to, hash)));
        synchronized (arrivals) {
            arrivals.remove(target);
        }
        move.ifPresent(record -> documents.replicate(workspace, missing.path(), to, record));
        return move.isPresent();
    }

    /// The new file with that content; of several, the one whose path ends most like the old one.
    private @Nullable Arrival find(FileSnapshots.Key missing, String hash) {
        synchronized (arrivals) {
            forgetOld();
            return arrivals.stream()
                    .filter(one -> one.workspace().equals(missing.workspace()))
                    .filter(one -> one.hash().equals(hash))
                    .max(
                            Comparator.comparingInt(
                                    one -> commonEnd(one.path(), missing.path().value())))
                    .orElse(null);
        }
    }

    private void forgetOld() {
        var oldest = clock.instant().minus(ARRIVAL_LIFETIME);
        while (!arrivals.isEmpty() && arrivals.getLast().at().isBefore(oldest)) {
            var _ = arrivals.removeLast();
        }
    }

    private static int commonEnd(String one, String other) {
        int length = 0;
        int most = Math.min(one.length(), other.length());
        while (length < most
                && one.charAt(one.length() - 1 - length)
                        == other.charAt(other.length() - 1 - length)) {
            length++;
        }
        return length;
    }

    /// The record of the move; null when the file was not renamed.
    private @Nullable UUID moved(
            Workspace workspace, WorkspacePath from, WorkspacePath to, String hash)
            throws InterruptedException {
        var disk = files.disk(workspace);
        var there = disk.tree().find(to);
        // A move that a failure of the database interrupted is completed later.
        boolean isRenamed =
                there != null
                        && !files.pendingMoves().covers(workspace.id(), from.value())
                        && disk.stamp(from) == null
                        && !files.rules(workspace).isIgnored(to, false)
                        && documents.living(workspace, to).isEmpty()
                        && hash.equals(hashOrNull(disk, to));
        if (there == null || !isRenamed) {
            return null;
        }
        var record = begun(workspace, from, to, there.key());
        documents.complete(new DocumentMoves.Move(workspace, from, to, false, record));
        LOG.atInfo()
                .addKeyValue("event.action", "files.rename_followed")
                .addKeyValue("workspace", workspace.id())
                .log("a document followed its file, which a tool renamed");
        return record;
    }

    private UUID begun(Workspace workspace, WorkspacePath from, WorkspacePath to, String fileKey) {
        documents.begin(workspace, from, to);
        try {
            return moves.begin(workspace.id(), from.value(), to.value(), fileKey);
        } catch (RuntimeException failure) {
            documents.end(workspace, from, to);
            throw failure;
        }
    }

    private @Nullable String hashOrNull(Disk disk, WorkspacePath path) {
        try {
            return files.hashed(disk.read(path, WorkspaceFiles.FILE_BYTES)).hash();
        } catch (FailureException _) {
            return null;
        }
    }
}

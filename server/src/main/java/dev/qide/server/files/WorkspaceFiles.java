package dev.qide.server.files;

import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.files.disk.FileTreeWalk;
import dev.qide.server.files.disk.TempFileCleaner;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The files of all workspaces: list, read, write under a condition. Thread-safe; calls block on
/// the disk.
///
/// A file has one name, since no path leads through links. Of ignored files only text is read and
/// written. Of two writers that expect the same version one succeeds and the other is refused.
public final class WorkspaceFiles {
    /// The maximum size of a file that is read or written as a whole, in bytes.
    public static final int FILE_BYTES = 32 << 20;

    static final int TREE_ENTRIES = 20_000;
    private static final int SMALL_BYTES = 64 << 10;

    private final Map<WorkspaceId, WorkspaceTree> trees = new ConcurrentHashMap<>();
    private final PendingMoves pendingMoves = new PendingMoves();
    private final WorkspaceRegistry workspaces;
    private final CpuPool cpu;
    private final RandomGenerator random;
    private final FileChanges changes = new FileChanges();
    private final FileSnapshots snapshots = new FileSnapshots();
    private volatile @Nullable FileSync sync;
    private volatile @Nullable FileReplication replication;

    /// One workspace on disk.
    private record WorkspaceTree(Disk disk, IgnoreRules rules, PathLocks locks) {}

    /// The outcome of a write.
    ///
    /// @param isCreated whether the file did not exist before
    /// @param hash of the bytes on disk
    public record Written(boolean isCreated, String hash) {
        /// The new strong ETag, with its quotes.
        public String etag() {
            return FileContent.etag(hash);
        }
    }

    /// @param random names temporary files
    public WorkspaceFiles(WorkspaceRegistry workspaces, CpuPool cpu, RandomGenerator random) {
        this.workspaces = workspaces;
        this.cpu = cpu;
        this.random = random;
    }

    /// Merges later writes to the files of shared documents into the documents.
    void mergeInto(FileSync fileSync) {
        sync = fileSync;
    }

    /// Writes later changes to the database too.
    void replicateTo(FileReplication fileReplication) {
        replication = fileReplication;
    }

    /// Replicates some paths, with everything below them, to the database, if the workspace's files
    /// are stored there.
    void replicate(Workspace workspace, List<WorkspacePath> paths) {
        if (replication != null) {
            replication.replicate(workspace, paths);
        }
    }

    /// Whether a new folder can be stored in the database, if files are kept there.
    ///
    /// @throws FailureException `TOO_MANY_FILES`
    void requireRoomForFolder(Workspace workspace, WorkspacePath folder) {
        if (replication != null) {
            replication.requireRoom(workspace, Map.of(folder, 0L));
        }
    }

    @Nullable FileReplication replication() {
        return replication;
    }

    /// Writes a move to the database, if files are kept there.
    void replicateMove(Workspace workspace, WorkspacePath from, WorkspacePath to) {
        if (replication != null) {
            replication.replicateMove(workspace, from, to);
        }
    }

    /// The changes of files, by the server and by tools.
    public FileChanges changes() {
        return changes;
    }

    /// Lists the workspace, at most 20,000 entries.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public FileTree list(String workspace) {
        var found = workspaces.named(workspace);
        try {
            return FileTreeWalk.of(found.directory(), workspaceTree(found).rules(), TREE_ENTRIES);
        } catch (IOException failure) {
            throw DirectoryHandles.ioFailure(failure);
        }
    }

    /// A file's content. A file that is being moved or deleted is read afterwards: a client whose
    /// document has ended must not find its file again.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_IGNORED`,
    ///   `FILE_UNKNOWN`, `IS_A_FOLDER`, `FILE_TOO_LARGE` above 32 MiB
    public FileContent read(String workspace, String path) {
        var found = workspaces.named(workspace);
        var legal = new WorkspacePath(path);
        if (pendingMoves.covers(found.id(), path)) {
            exclusively(found, List.of(legal), () -> true);
        }
        return read(found, legal, FILE_BYTES);
    }

    /// Writes a file atomically if it is in the expected state.
    ///
    /// @param by the author's id for the listeners; not a secret
    /// @throws FailureException as `read`, and `PRECONDITION_FAILED`, `PATH_CLASH` when a new name
    ///   differs from another only in upper and lower case, `REQUEST_FAILED` when the disk refuses
    public Written write(
            String workspace, String path, byte[] bytes, Precondition precondition, String by) {
        if (bytes.length > FILE_BYTES) {
            throw new FailureException(Failure.FILE_TOO_LARGE, Map.of("limit", "" + FILE_BYTES));
        }
        return durably(workspaces.named(workspace), path, precondition, by, _ -> bytes);
    }

    /// Writes a text with the line ends, the BOM and the encoding of the file that it replaces
    /// (UTF-8 if that encoding cannot represent it). A new file is UTF-8 with LF.
    ///
    /// @param text any line breaks
    /// @throws FailureException as `write`, and `FILE_TOO_LARGE` above 5 MiB, `FILE_NOT_TEXT` when
    ///   the existing file is not text
    public Written writeText(
            String workspace, String path, String text, Precondition precondition, String by) {
        if (text.length() > TextFile.SHARED_TEXT_BYTES) {
            throw new FailureException(
                    Failure.FILE_TOO_LARGE, Map.of("limit", "" + TextFile.SHARED_TEXT_BYTES));
        }
        return durably(
                workspaces.named(workspace),
                path,
                precondition,
                by,
                old ->
                        old == null
                                ? TextFile.of(text).encoded()
                                : TextFile.decoded(old).withBody(text).encoded());
    }

    /// Writes a file as a tool does, whatever its state; its document merges the change.
    ToolWrite put(Workspace workspace, WorkspacePath path, byte[] bytes, String by) {
        var old = readOrNull(workspaceTree(workspace), path);
        if (old != null && old.hash().equals(hashed(bytes).hash())) {
            return ToolWrite.UNCHANGED;
        }
        var written =
                writeExclusively(
                        workspace, path.value(), new Precondition.Anything(), by, _ -> bytes);
        return written.isCreated() ? ToolWrite.CREATED : ToolWrite.CHANGED;
    }

    FileContent read(Workspace workspace, WorkspacePath path, int limitBytes) {
        var workspaceTree = workspaceTree(workspace);
        boolean isByHand = workspaceTree.rules().isOpenedByNameOnly(path);
        int limit = isByHand ? Math.min(limitBytes, TextFile.SHARED_TEXT_BYTES) : limitBytes;
        var bytes = workspaceTree.disk().read(path, limit);
        if (isByHand) {
            requireText(bytes);
        }
        return hashed(bytes);
    }

    /// Creates an empty file and its folders unless the file exists.
    void createEmpty(Workspace workspace, WorkspacePath path) {
        var workspaceTree = workspaceTree(workspace);
        var _ = workspaceTree.rules().isOpenedByNameOnly(path);
        var _ =
                workspaceTree
                        .locks()
                        .exclusively(
                                List.of(path),
                                () -> {
                                    requireNoClash(workspaceTree, path);
                                    boolean isManaged =
                                            workspaceTree.disk().create(path, new byte[0]);
                                    if (isManaged) {
                                        var hash = hashed(new byte[0]).hash();
                                        changes.publish(
                                                new FileChange.Saved(
                                                        workspace, path.value(), hash, "", true));
                                    }
                                    return isManaged;
                                });
    }

    public FileSnapshots snapshots() {
        return snapshots;
    }

    /// @throws FailureException `WORKSPACE_UNKNOWN`
    Workspace workspace(WorkspaceId id) {
        return workspaces.of(id);
    }

    /// Removes temporary files of earlier servers.
    void removeLeftovers(Workspace workspace, Instant before) {
        TempFileCleaner.remove(workspace.directory(), workspaceTree(workspace).rules(), before);
    }

    Disk disk(Workspace workspace) {
        return workspaceTree(workspace).disk();
    }

    /// Runs work during which no other writer of this server may touch any of the paths.
    <T extends @Nullable Object> T exclusively(
            Workspace workspace, List<WorkspacePath> paths, ExclusiveWork<T> work) {
        return workspaceTree(workspace).locks().exclusively(paths, () -> uninterrupted(work));
    }

    /// Runs work during which no other writer of this server may touch the workspace.
    public <T extends @Nullable Object> T exclusivelyInWorkspace(
            Workspace workspace, ExclusiveWork<T> work) {
        return workspaceTree(workspace).locks().exclusivelyInWorkspace(() -> uninterrupted(work));
    }

    private static <T extends @Nullable Object> T uninterrupted(ExclusiveWork<T> work) {
        try {
            return work.run();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING);
        }
    }

    /// The files and folders that are being moved at the moment.
    PendingMoves pendingMoves() {
        return pendingMoves;
    }

    IgnoreRules rules(Workspace workspace) {
        return workspaceTree(workspace).rules();
    }

    /// @throws FailureException `FILE_IGNORED`
    void requireShared(Workspace workspace, WorkspacePath path, boolean isFolder) {
        if (workspaceTree(workspace).rules().isIgnored(path, isFolder)) {
            throw new FailureException(Failure.FILE_IGNORED);
        }
    }

    /// @throws FailureException `FILE_TOO_LARGE` above 5 MiB, `FILE_IGNORED` when it is no text
    void requireText(byte[] bytes) {
        var _ = compute(bytes.length, () -> TextFile.ofIgnored(bytes));
    }

    /// Computes on the pool, except for small inputs.
    public <T extends @Nullable Object> T compute(int bytes, Callable<T> work) {
        try {
            return bytes <= SMALL_BYTES ? work.call() : cpu.call(work);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING);
        } catch (RejectedExecutionException full) {
            throw new FailureException(Failure.SERVER_CANCELLED, Map.of(), full);
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private interface NewBytes {
        byte[] from(byte @Nullable [] old);
    }

    /// Writes a file, and then the database, before the caller acknowledges it.
    private Written durably(
            Workspace found, String path, Precondition precondition, String by, NewBytes bytes) {
        var written = writeExclusively(found, path, precondition, by, bytes);
        replicate(found, List.of(new WorkspacePath(path)));
        return written;
    }

    private Written writeExclusively(
            Workspace found, String path, Precondition precondition, String by, NewBytes bytes) {
        var legal = new WorkspacePath(path);
        var workspaceTree = workspaceTree(found);
        boolean isByHand = workspaceTree.rules().isOpenedByNameOnly(legal);
        return workspaceTree
                .locks()
                .exclusively(
                        List.of(legal),
                        () -> {
                            var old = readOrNull(workspaceTree, legal);
                            precondition.require(old);
                            workspaceTree.disk().requireWritable(legal);
                            var next = bytes.from(old == null ? null : old.bytes());
                            if (replication != null) {
                                replication.requireRoom(found, Map.of(legal, (long) next.length));
                            }
                            if (isByHand) {
                                requireText(next);
                                requireText(old == null ? next : old.bytes());
                            }
                            var merged =
                                    sync == null ? null : sync.put(found, legal, old, next, by);
                            if (merged != null) {
                                return new Written(old == null, merged);
                            }
                            put(workspaceTree, legal, old == null, next);
                            var hash = hashed(next).hash();
                            snapshots.saved(new FileSnapshots.Key(found.id(), legal), hash);
                            changes.publish(
                                    new FileChange.Saved(found, path, hash, by, old == null));
                            return new Written(old == null, hash);
                        });
    }

    private static void put(
            WorkspaceTree workspaceTree, WorkspacePath path, boolean isNew, byte[] bytes) {
        if (!isNew) {
            workspaceTree.disk().replace(path, bytes);
            return;
        }
        requireNoClash(workspaceTree, path);
        if (!workspaceTree.disk().create(path, bytes)) {
            throw new FailureException(Failure.PRECONDITION_FAILED);
        }
    }

    private static void requireNoClash(WorkspaceTree workspaceTree, WorkspacePath path) {
        var other = workspaceTree.disk().clash(path);
        if (other != null) {
            throw new FailureException(Failure.PATH_CLASH, Map.of("name", other));
        }
    }

    private @Nullable FileContent readOrNull(WorkspaceTree workspaceTree, WorkspacePath path) {
        try {
            return hashed(workspaceTree.disk().read(path, FILE_BYTES));
        } catch (FailureException failure) {
            if (failure.failure() == Failure.FILE_UNKNOWN) {
                return null;
            }
            throw failure;
        }
    }

    public FileContent hashed(byte[] bytes) {
        return compute(bytes.length, () -> FileContent.of(bytes));
    }

    private WorkspaceTree workspaceTree(Workspace workspace) {
        return trees.computeIfAbsent(
                workspace.id(),
                id -> {
                    var directory = workspaces.of(id).directory();
                    return new WorkspaceTree(
                            diskAt(directory), new IgnoreRules(directory), new PathLocks());
                });
    }

    /// A folder that is, or will become, a workspace.
    public Disk diskAt(Path directory) {
        return new Disk(directory, random);
    }

    /// Forgets a workspace that is being deleted. Only one caller may use it; waiting calls fail
    /// with `WORKSPACE_UNKNOWN`.
    public void forget(Workspace workspace) {
        workspaces.forget(workspace);
        var workspaceTree = trees.remove(workspace.id());
        if (workspaceTree != null) {
            workspaceTree.locks().end();
        }
        snapshots.forget(workspace.id());
        changes.publishDeletion(workspace.id());
    }
}

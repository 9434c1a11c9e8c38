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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of all workspaces: list, read, write under a condition. Thread-safe; calls block on
/// the disk.
///
/// A file has one name (no path leads through links), of what is ignored only text is read and
/// written, and of two writers that mean the same version one wins and the other is refused.
public final class WorkspaceFiles {
    /// How large a file may be that is read or written as a whole.
    public static final int FILE_BYTES = 32 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(WorkspaceFiles.class);
    static final int TREE_ENTRIES = 20_000;
    private static final int SMALL_BYTES = 64 << 10;

    private final Map<WorkspaceId, WorkspaceTree> places = new ConcurrentHashMap<>();
    private final PendingMoves inMotion = new PendingMoves();
    private final WorkspaceRegistry workspaces;
    private final CpuPool cpu;
    private final RandomGenerator random;
    private final FileListener listener;
    private final FileSnapshots known = new FileSnapshots();
    private volatile @Nullable FileSync sync;
    private volatile @Nullable FileWatcher watcher;

    /// One workspace on disk.
    private record WorkspaceTree(Disk disk, IgnoreRules rules, PathLocks locks) {}

    /// What a write did.
    ///
    /// @param isCreated whether there was no file before
    /// @param hash of the bytes that are on disk now
    public record Written(boolean isCreated, String hash) {
        /// The new strong ETag, with its quotes.
        public String etag() {
            return FileContent.etag(hash);
        }
    }

    /// @param random names temporary files
    public WorkspaceFiles(
            WorkspaceRegistry workspaces,
            CpuPool cpu,
            RandomGenerator random,
            FileListener listener) {
        this.workspaces = workspaces;
        this.cpu = cpu;
        this.random = random;
        this.listener = listener;
    }

    /// Ends the wiring: what is written over the file of a shared document goes into the document.
    void use(FileSync itsSync) {
        sync = itsSync;
    }

    /// Ends the wiring: what the server writes itself is no news to the watch.
    void use(FileWatcher itsWatcher) {
        watcher = itsWatcher;
    }

    /// What the workspace holds, at most 20,000 entries.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public FileTree list(String workspace) {
        var found = workspaces.named(workspace);
        try {
            return FileTreeWalk.of(found.directory(), workspaceTree(found).rules(), TREE_ENTRIES);
        } catch (IOException failure) {
            throw new FailureException(
                    Failure.REQUEST_FAILED, Map.of("reason", "the-disk-refused"), failure);
        }
    }

    /// A file's bytes. What is being moved or deleted just now is read when that has ended: who was
    /// told that a document is over must not find its file once more.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_IGNORED`,
    ///   `FILE_UNKNOWN`, `IS_A_FOLDER`, `FILE_TOO_LARGE` above 32 MiB
    public FileContent read(String workspace, String path) {
        var found = workspaces.named(workspace);
        var legal = new WorkspacePath(path);
        if (inMotion.covers(found.id(), path)) {
            alone(found, List.of(legal), () -> true);
        }
        return read(found, legal, FILE_BYTES);
    }

    /// Writes a file as one step if it is in the state that the writer means.
    ///
    /// @param by who writes, for the listener: an id, no secret
    /// @throws FailureException as `read`, and `PRECONDITION_FAILED`, `PATH_CLASH` when a new name
    ///   differs from another only in upper and lower case, `REQUEST_FAILED` when the disk refuses
    public Written write(
            String workspace, String path, byte[] bytes, Precondition precondition, String by) {
        if (bytes.length > FILE_BYTES) {
            throw new FailureException(Failure.FILE_TOO_LARGE, Map.of("limit", "" + FILE_BYTES));
        }
        return writeAlone(workspaces.named(workspace), path, precondition, by, _ -> bytes);
    }

    /// Writes a text in the way of the file that it replaces: with its line ends, its BOM and its
    /// encoding (UTF-8 when that has not all of the characters). A new file is UTF-8 with LF.
    ///
    /// @param text any line breaks
    /// @throws FailureException as `write`, and `FILE_TOO_LARGE` above 5 MiB, `FILE_NOT_TEXT` when
    ///   what it replaces is not text
    public Written writeText(
            String workspace, String path, String text, Precondition precondition, String by) {
        if (text.length() > TextFile.SHARED_TEXT_BYTES) {
            throw new FailureException(
                    Failure.FILE_TOO_LARGE, Map.of("limit", "" + TextFile.SHARED_TEXT_BYTES));
        }
        return writeAlone(
                workspaces.named(workspace),
                path,
                precondition,
                by,
                old ->
                        old == null
                                ? TextFile.of(text).encoded()
                                : TextFile.decoded(old).withText(text).encoded());
    }

    /// Writes a file as a tool does, whatever is there: its document takes the change in.
    ToolWrite put(Workspace workspace, WorkspacePath path, byte[] bytes, String by) {
        var old = readOrNull(workspaceTree(workspace), path);
        if (old != null && old.hash().equals(hashed(bytes).hash())) {
            return ToolWrite.UNCHANGED;
        }
        var written =
                writeAlone(workspace, path.value(), new Precondition.Anything(), by, _ -> bytes);
        return written.isCreated() ? ToolWrite.CREATED : ToolWrite.CHANGED;
    }

    FileContent read(Workspace workspace, WorkspacePath path, int limitBytes) {
        var workspaceTree = workspaceTree(workspace);
        boolean isByHand = workspaceTree.rules().isOpenedByHand(path);
        int limit = isByHand ? Math.min(limitBytes, TextFile.SHARED_TEXT_BYTES) : limitBytes;
        var bytes = workspaceTree.disk().read(path, limit);
        if (isByHand) {
            requireText(bytes);
        }
        return hashed(bytes);
    }

    /// Makes an empty file, with its folders, unless there is one.
    void createEmpty(Workspace workspace, WorkspacePath path) {
        var workspaceTree = workspaceTree(workspace);
        var _ = workspaceTree.rules().isOpenedByHand(path);
        var _ =
                workspaceTree
                        .locks()
                        .alone(
                                List.of(path),
                                () -> {
                                    requireNoClash(workspaceTree, path);
                                    boolean isManaged =
                                            workspaceTree.disk().create(path, new byte[0]);
                                    if (isManaged) {
                                        var hash = hashed(new byte[0]).hash();
                                        tell(
                                                new FileChange.Saved(
                                                        workspace, path.value(), hash, "", true));
                                    }
                                    return isManaged;
                                });
    }

    public FileSnapshots known() {
        return known;
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

    /// Runs what must not meet another writer of this server at any of the paths.
    <T extends @Nullable Object> T alone(
            Workspace workspace, List<WorkspacePath> paths, AloneWork<T> work) {
        return workspaceTree(workspace).locks().alone(paths, () -> uninterrupted(work));
    }

    /// Runs what must not meet another writer of this server in the workspace.
    public <T extends @Nullable Object> T aloneInAll(Workspace workspace, AloneWork<T> work) {
        return workspaceTree(workspace).locks().aloneInAll(() -> uninterrupted(work));
    }

    private static <T extends @Nullable Object> T uninterrupted(AloneWork<T> work) {
        try {
            return work.run();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING);
        }
    }

    /// Which files and folders are being moved just now.
    PendingMoves inMotion() {
        return inMotion;
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

    /// Computes on the pool, but for what is small.
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

    private Written writeAlone(
            Workspace found, String path, Precondition precondition, String by, NewBytes bytes) {
        var legal = new WorkspacePath(path);
        var workspaceTree = workspaceTree(found);
        boolean isByHand = workspaceTree.rules().isOpenedByHand(legal);
        return workspaceTree
                .locks()
                .alone(
                        List.of(legal),
                        () -> {
                            var old = readOrNull(workspaceTree, legal);
                            require(precondition, old);
                            workspaceTree.disk().requireWritable(legal);
                            var next = bytes.from(old == null ? null : old.bytes());
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
                            known.saved(new FileSnapshots.Key(found.id(), legal), hash);
                            tell(new FileChange.Saved(found, path, hash, by, old == null));
                            return new Written(old == null, hash);
                        });
    }

    static void require(Precondition precondition, @Nullable FileContent old) {
        boolean isMet =
                switch (precondition) {
                    case Precondition.Anything() -> true;
                    case Precondition.Present() -> old != null;
                    case Precondition.Absent() -> old == null;
                    case Precondition.Unchanged(var hashes) ->
                            old != null && hashes.contains(old.hash());
                };
        if (!isMet) {
            throw new FailureException(
                    Failure.PRECONDITION_FAILED,
                    old == null ? Map.of() : Map.of("etag", old.etag()));
        }
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
        return places.computeIfAbsent(
                workspace.id(),
                id -> {
                    var directory = workspaces.of(id).directory();
                    return new WorkspaceTree(
                            diskAt(directory), new IgnoreRules(directory), new PathLocks());
                });
    }

    /// A folder that is a workspace, or is none yet.
    public Disk diskAt(Path directory) {
        return new Disk(directory, random);
    }

    /// Its workspace is deleted, and the caller is alone in it: whoever waits for it is told so.
    public void end(Workspace workspace) {
        workspaces.end(workspace);
        var workspaceTree = places.remove(workspace.id());
        if (workspaceTree != null) {
            workspaceTree.locks().end();
        }
        known.forget(workspace.id());
        var itsWatcher = watcher;
        if (itsWatcher != null) {
            itsWatcher.end(workspace.id());
        }
    }

    /// Reports a change. The file is written: a listener that fails cannot undo that.
    void tell(FileChange change) {
        var itsWatcher = watcher;
        if (itsWatcher != null) {
            itsWatcher.changedByServer(change);
        }
        try {
            listener.changed(change);
        } catch (RuntimeException failure) {
            LOG.atError()
                    .addKeyValue("event.action", "files.listener_failed")
                    .addKeyValue("workspace", change.workspace().id())
                    .setCause(failure)
                    .log("a listener of a file's change failed");
        }
    }
}

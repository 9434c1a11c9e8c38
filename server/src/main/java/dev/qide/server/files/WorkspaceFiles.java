package dev.qide.server.files;

import dev.qide.server.owner.CpuPool;
import dev.qide.server.store.FileMark;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
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
/// A file has one name (no way through links), what is on the ignore list is neither read nor
/// written, and of two writers that mean the same version one wins and the other is told.
public final class WorkspaceFiles {
    /// How large a file may be that is read or written as a whole.
    public static final int FILE_BYTES = 32 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(WorkspaceFiles.class);
    private static final int TREE_ENTRIES = 20_000;
    private static final int SMALL_BYTES = 64 << 10;

    private final Map<WorkspaceId, Place> places = new ConcurrentHashMap<>();
    private final PathLocks locks = new PathLocks();
    private final Workspaces workspaces;
    private final CpuPool cpu;
    private final RandomGenerator random;
    private final FileListener listener;
    private final KnownFiles known = new KnownFiles();

    /// One workspace on disk.
    private record Place(Disk disk, IgnoreRules rules) {}

    /// What a write did.
    ///
    /// @param isCreated whether there was no file before
    /// @param hash of the bytes that are on disk now
    /// @param mark what a document is to remember of this file; null when it is no text
    public record Written(boolean isCreated, String hash, @Nullable FileMark mark) {
        /// The new strong ETag, with its quotes.
        public String etag() {
            return FileContent.etag(hash);
        }
    }

    /// @param random names temporary files
    public WorkspaceFiles(
            Workspaces workspaces, CpuPool cpu, RandomGenerator random, FileListener listener) {
        this.workspaces = workspaces;
        this.cpu = cpu;
        this.random = random;
        this.listener = listener;
    }

    /// What the workspace holds, at most 20,000 entries.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`
    public FileTree list(String workspace) {
        var found = workspaces.named(workspace);
        try {
            return FileTreeWalk.of(found.directory(), place(found).rules(), TREE_ENTRIES);
        } catch (IOException failure) {
            throw new FailureException(
                    Failure.REQUEST_FAILED, Map.of("reason", "the-disk-refused"), failure);
        }
    }

    /// A file's bytes.
    ///
    /// @throws FailureException `WORKSPACE_UNKNOWN`, `PATH_ILLEGAL`, `FILE_IGNORED`,
    ///   `FILE_UNKNOWN`, `IS_A_FOLDER`, `FILE_TOO_LARGE` above 32 MiB
    public FileContent read(String workspace, String path) {
        var found = workspaces.named(workspace);
        return read(found, new WorkspacePath(path), FILE_BYTES);
    }

    /// Writes a file as one step if it is in the state that the writer means.
    ///
    /// @param by who writes, for the listener: an id, no secret
    /// @throws FailureException as `read`, and `PRECONDITION_FAILED`, `PATH_CLASH` when a new name
    ///   differs from another only in upper and lower case, `REQUEST_FAILED` when the disk refuses
    public Written write(
            String workspace, String path, byte[] bytes, Condition condition, String by) {
        if (bytes.length > FILE_BYTES) {
            throw new FailureException(Failure.FILE_TOO_LARGE, Map.of("limit", "" + FILE_BYTES));
        }
        return writeAlone(workspace, path, condition, by, _ -> bytes);
    }

    /// Writes a text in the way of the file that it replaces: with its line ends, its BOM and its
    /// encoding (UTF-8 when that has not all of the characters). A new file is UTF-8 with LF.
    ///
    /// @param text any line breaks
    /// @throws FailureException as `write`, and `FILE_TOO_LARGE` above 5 MiB, `FILE_NOT_TEXT` when
    ///   what it replaces is not text
    public Written writeText(
            String workspace, String path, String text, Condition condition, String by) {
        if (text.length() > TextFile.SHARED_TEXT_BYTES) {
            throw new FailureException(
                    Failure.FILE_TOO_LARGE, Map.of("limit", "" + TextFile.SHARED_TEXT_BYTES));
        }
        return writeAlone(
                workspace,
                path,
                condition,
                by,
                old ->
                        old == null
                                ? TextFile.of(text).encoded()
                                : TextFile.decoded(old).withText(text).encoded());
    }

    FileContent read(Workspace workspace, WorkspacePath path, int limitBytes) {
        var place = place(workspace);
        requireShared(place, path);
        return content(place.disk().read(path, limitBytes));
    }

    /// Makes an empty file, with its folders, unless there is one.
    void createEmpty(Workspace workspace, WorkspacePath path) {
        var place = place(workspace);
        requireShared(place, path);
        locks.alone(
                workspace.id(),
                path,
                () -> {
                    requireNoClash(place, path);
                    return place.disk().create(path, new byte[0]);
                });
    }

    boolean isFree(Workspace workspace, WorkspacePath path) {
        try {
            return place(workspace).disk().stamp(path) == null;
        } catch (FailureException _) {
            return false;
        }
    }

    KnownFiles known() {
        return known;
    }

    /// Looks whether a file that a document has open is still the one that is known, and tells the
    /// listener if not.
    void lookAgain(KnownFiles.Key file) {
        var workspace = workspaces.of(file.workspace());
        var path = file.path();
        var disk = place(workspace).disk();
        if (!known.isOtherThan(file, stampOrNull(disk, path))) {
            return;
        }
        locks.alone(
                workspace.id(),
                path,
                () -> {
                    // The stamp comes first: what is written after it is found at the next look.
                    var stamp = stampOrNull(disk, path);
                    var hash = stamp == null ? null : hashOrNull(disk, path);
                    if (known.isNews(file, hash, stamp)) {
                        tell(new FileChange.FoundDifferent(workspace, path.value(), hash));
                    }
                    return true;
                });
    }

    /// Computes on the pool, but for what is small.
    <T extends @Nullable Object> T compute(int bytes, Callable<T> work) {
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
            String workspace, String path, Condition condition, String by, NewBytes bytes) {
        var found = workspaces.named(workspace);
        var legal = new WorkspacePath(path);
        var place = place(found);
        requireShared(place, legal);
        return locks.alone(
                found.id(),
                legal,
                () -> {
                    var old = readOrNull(place, legal);
                    require(condition, old);
                    var next = content(bytes.from(old == null ? null : old.bytes()));
                    put(place, legal, old == null, next.bytes());
                    known.saved(new KnownFiles.Key(found.id(), legal), next.hash());
                    var mark = markOrNull(next);
                    tell(new FileChange.Saved(found, path, next.hash(), mark, by));
                    return new Written(old == null, next.hash(), mark);
                });
    }

    private static void require(Condition condition, @Nullable FileContent old) {
        boolean isMet =
                switch (condition) {
                    case Condition.Absent() -> old == null;
                    case Condition.Unchanged(var hashes) ->
                            old != null && hashes.contains(old.hash());
                };
        if (!isMet) {
            throw new FailureException(
                    Failure.PRECONDITION_FAILED,
                    old == null ? Map.of() : Map.of("etag", old.etag()));
        }
    }

    private static void put(Place place, WorkspacePath path, boolean isNew, byte[] bytes) {
        if (!isNew) {
            place.disk().replace(path, bytes);
            return;
        }
        requireNoClash(place, path);
        if (!place.disk().create(path, bytes)) {
            throw new FailureException(Failure.PRECONDITION_FAILED);
        }
    }

    private static void requireNoClash(Place place, WorkspacePath path) {
        var other = place.disk().clash(path);
        if (other != null) {
            throw new FailureException(Failure.PATH_CLASH, Map.of("name", other));
        }
    }

    private static void requireShared(Place place, WorkspacePath path) {
        if (place.rules().isIgnored(path, false)) {
            throw new FailureException(Failure.FILE_IGNORED);
        }
    }

    private @Nullable FileContent readOrNull(Place place, WorkspacePath path) {
        try {
            return content(place.disk().read(path, FILE_BYTES));
        } catch (FailureException failure) {
            if (failure.failure() == Failure.FILE_UNKNOWN) {
                return null;
            }
            throw failure;
        }
    }

    private @Nullable String hashOrNull(Disk disk, WorkspacePath path) {
        try {
            return content(disk.read(path, FILE_BYTES)).hash();
        } catch (FailureException _) {
            return null;
        }
    }

    private static Disk.@Nullable Stamp stampOrNull(Disk disk, WorkspacePath path) {
        try {
            return disk.stamp(path);
        } catch (FailureException _) {
            return null;
        }
    }

    private FileContent content(byte[] bytes) {
        return compute(bytes.length, () -> FileContent.of(bytes));
    }

    private @Nullable FileMark markOrNull(FileContent content) {
        try {
            var text = compute(content.bytes().length, () -> TextFile.decoded(content.bytes()));
            return text.mark(content.hash());
        } catch (FailureException _) {
            return null;
        }
    }

    private Place place(Workspace workspace) {
        return places.computeIfAbsent(
                workspace.id(),
                _ ->
                        new Place(
                                new Disk(workspace.directory(), random),
                                new IgnoreRules(workspace.directory())));
    }

    /// The file is written: who hears of it cannot make that undone by failing.
    private void tell(FileChange change) {
        try {
            listener.changed(change);
        } catch (RuntimeException failure) {
            LOG.atError()
                    .addKeyValue("event", "files.listener_failed")
                    .addKeyValue("workspace", change.workspace().id())
                    .setCause(failure)
                    .log("who was told of a file's change failed");
        }
    }
}

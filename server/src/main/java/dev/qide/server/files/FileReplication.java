package dev.qide.server.files;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.replication.LocalCopies;
import dev.qide.server.files.replication.Replica;
import dev.qide.server.files.replication.ReplicaContext;
import dev.qide.server.files.replication.ReplicationMetrics;
import dev.qide.server.files.replication.TreeRestore;
import dev.qide.server.files.replication.TreeUpload;
import dev.qide.server.store.BlobTable;
import dev.qide.server.store.Database;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.FileTreeTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the files of managed workspaces in the database, so that any server of the database can
/// restore their directories. Thread-safe; calls block on the disk and the database.
///
/// A change through the server is in the database before it is acknowledged. A change by a tool
/// follows within seconds, or, where nothing announces it, at the next scan. Whoever takes the
/// lease of a workspace restores its directory first, unless that is a current copy.
public final class FileReplication
        implements WorkspaceLeases.Preparation, FileListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileReplication.class);
    private static final Duration PERIOD = Duration.ofMillis(250);
    private static final Duration LAST_PASSES = Duration.ofSeconds(10);
    private static final int PASSES_AT_ONCE = 2;

    private final Parts parts;
    private final Settings settings;
    private final LocalCopies copies;
    private final ReplicationMetrics metrics;
    private final Map<WorkspaceId, Replica> replicas = new ConcurrentHashMap<>();
    private final Set<WorkspaceId> failing = ConcurrentHashMap.newKeySet();
    private final Semaphore passes = new Semaphore(PASSES_AT_ONCE);
    private final ReplicaContext context;
    private final Scheduler.Timer timer;
    private volatile boolean isClosing;

    /// What the replication uses.
    public record Parts(
            WorkspaceRegistry workspaces,
            WorkspaceFiles files,
            FileTextSource source,
            InterruptedMoves moves,
            WorkspaceLeases leases,
            Tables tables,
            Scheduler scheduler,
            InstantSource clock) {}

    public record Tables(FileTreeTable tree, BlobTable blobs, FileSyncTable syncTable) {
        public static Tables of(Database database) {
            return new Tables(
                    new FileTreeTable(database),
                    new BlobTable(database),
                    new FileSyncTable(database));
        }
    }

    /// @param isOn whether files of managed workspaces are kept in the database
    /// @param copies a folder of the data directory
    /// @param fileBytes up to which a file is kept
    /// @param workspaceBytes up to which all files of a workspace are kept
    public record Settings(boolean isOn, Path copies, long fileBytes, long workspaceBytes) {
        ReplicaContext.Bounds bounds() {
            return new ReplicaContext.Bounds(fileBytes, workspaceBytes);
        }
    }

    public FileReplication(Parts parts, Settings settings, Metrics metrics) {
        this.parts = parts;
        this.settings = settings;
        this.metrics = new ReplicationMetrics(metrics);
        copies = new LocalCopies(settings.copies());
        context = new FileReplicaContext(parts, settings.bounds());
        this.metrics.observe(replicas::values);
        parts.leases().prepareBy(this);
        parts.leases().prepareBy(parts.moves());
        parts.files().replicateTo(this);
        if (settings.isOn()) {
            parts.files().changes().addListener(this);
        }
        timer = parts.scheduler().every(PERIOD, this::tick);
    }

    /// Whether files of managed workspaces are kept in the database.
    public boolean isOn() {
        return settings.isOn();
    }

    /// The workspaces that any server can restore.
    public Set<WorkspaceId> complete() {
        return parts.tables().tree().complete();
    }

    /// The names of the directories of this server that are copies, by workspace.
    public Map<WorkspaceId, String> copies() {
        return copies.all().stream()
                .collect(
                        Collectors.toMap(LocalCopies.Copy::workspace, LocalCopies.Copy::directory));
    }

    /// The directory of this server that was a copy is deleted.
    public void forgetCopy(WorkspaceId workspace) {
        copies.remove(workspace);
    }

    /// Degraded while files cannot be written to the database, or are not kept.
    public Health.State state() {
        if (!failing.isEmpty()) {
            return new Health.State.Degraded(
                    "The files of %d workspaces cannot be written to the database just now; the server tries again every few seconds. See the log for the cause."
                            .formatted(failing.size()));
        }
        long left = replicas.values().stream().mapToLong(one -> one.notKept().size()).sum();
        return left == 0
                ? new Health.State.Up()
                : new Health.State.Degraded(
                        "%d files are not kept in the database, since they or their workspaces are too large, or cannot be read; another server would not have them. Delete or ignore them, or raise kept-file-mebibytes or kept-workspace-mebibytes in QIDE_LIMITS."
                                .formatted(left));
    }

    @Override
    public boolean isRequired(WorkspaceId workspace) {
        return settings.isOn() && parts.workspaces().of(workspace).isManaged();
    }

    /// Makes the directory of a workspace current.
    ///
    /// @throws FailureException `WORKSPACE_FILES_UNAVAILABLE` when it cannot be restored here
    @Override
    public void prepare(WorkspaceId id, long epoch) {
        var workspace = parts.workspaces().of(id);
        if (!workspace.isManaged()) {
            return;
        }
        var table = parts.tables().tree();
        var tree = table.find(id);
        if (!settings.isOn()) {
            if (tree != null) {
                throw unavailable("kept-in-the-database");
            }
            return;
        }
        var copy = copies.find(id);
        boolean isCurrent =
                tree == null
                        || (copy != null
                                && copy.epochs().contains(tree.epoch())
                                && !(tree.isComplete() && TreeRestore.isEmpty(workspace)));
        if (tree != null && !tree.isComplete() && !isCurrent) {
            throw unavailable("import-elsewhere");
        }
        if (!isCurrent) {
            restore(workspace, epoch);
        }
        // Both epochs, since the next step may not be reached.
        var epochs = tree == null ? Set.of(epoch) : Set.of(tree.epoch(), epoch);
        var name = String.valueOf(workspace.directory().getFileName());
        copies.put(new LocalCopies.Copy(id, name, epochs));
        table.claim(id, epoch);
        boolean isComplete = tree != null && tree.isComplete();
        replicas.put(id, new Replica(workspace, epoch, isComplete, table.entries(id)));
    }

    /// Compares the whole tree once more, and again if a tool had just written to the file of a
    /// document. What fails is not in the database then.
    @Override
    public void finish(WorkspaceId id) {
        var replica = replicas.get(id);
        if (replica != null) {
            compareAll(replica);
            if (context.awaitMerges(replica.workspace())) {
                compareAll(replica);
            }
        }
    }

    /// Compares the workspaces that this server has, for ten seconds at most. Also before file sync
    /// ends, since that merges what tools have just written to the files of documents.
    public void compareHeld() {
        long end = System.nanoTime() + LAST_PASSES.toNanos();
        for (var replica : new ArrayList<>(replicas.values())) {
            if (System.nanoTime() - end < 0 && parts.leases().isHeld(replica.workspace().id())) {
                compareAll(replica);
            }
        }
    }

    private void compareAll(Replica replica) {
        try {
            replica.runAlone(() -> new TreeUpload(replica, context, parts.clock()).all());
        } catch (FailureException failure) {
            failed(replica, failure);
        }
    }

    private void restore(Workspace workspace, long epoch) {
        long begun = System.nanoTime();
        parts.moves().completeBeforeRestore(workspace.id(), epoch);
        var entries = parts.tables().tree().entries(workspace.id());
        var result = new TreeRestore(workspace, context).run(entries);
        parts.files().snapshots().forget(workspace.id());
        long nanos = System.nanoTime() - begun;
        metrics.restored(nanos);
        LOG.atInfo()
                .addKeyValue("event.action", "files.restored")
                .addKeyValue("workspace", workspace.id())
                .addKeyValue("files", result.written())
                .addKeyValue("milliseconds", TimeUnit.NANOSECONDS.toMillis(nanos))
                .log("the directory of a workspace was restored from the database");
    }

    private static FailureException unavailable(String reason) {
        return new FailureException(Failure.WORKSPACE_FILES_UNAVAILABLE, Map.of("reason", reason));
    }

    /// Writes a whole workspace to the database: a new one is there before it is acknowledged.
    ///
    /// @throws FailureException as [#replicate]
    public void replicateAll(Workspace workspace) {
        if (!isRequired(workspace.id())) {
            return;
        }
        parts.leases().require(workspace.id());
        var _ = new TreeUpload(replica(workspace), context, parts.clock()).all();
        // Whoever gets the first request takes it.
        parts.leases().release(workspace.id(), null);
    }

    /// Writes what is at some paths, and below them, to the database.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when this server no longer has the lease,
    ///   `STORE_UNAVAILABLE`
    void replicate(Workspace workspace, List<WorkspacePath> paths) {
        if (isRequired(workspace.id())) {
            var replica = replica(workspace);
            paths.forEach(path -> replica.changed(path.value()));
            var values = paths.stream().map(WorkspacePath::value).toList();
            var _ = new TreeUpload(replica, context, parts.clock()).some(values);
        }
    }

    /// Writes a move to the database; contents are not read again.
    ///
    /// @throws FailureException as [#replicate]
    void replicateMove(Workspace workspace, WorkspacePath from, WorkspacePath to) {
        if (isRequired(workspace.id())) {
            var replica = replica(workspace);
            replica.move(from.value(), to.value(), parts.tables().tree());
            replicate(workspace, List.of(from, to));
        }
    }

    /// Whether a file of this size is kept.
    ///
    /// @throws FailureException `FILE_TOO_LARGE`, `WORKSPACE_FULL`
    void requireRoom(Workspace workspace, WorkspacePath path, long bytes) {
        var replica = replicas.get(workspace.id());
        if (replica == null) {
            return;
        }
        var bounds = settings.bounds();
        if (bytes > bounds.fileBytes()) {
            throw new FailureException(
                    Failure.FILE_TOO_LARGE, Map.of("limit", "" + bounds.fileBytes()));
        }
        long others = replica.bytes() - replica.bytesOf(path.value());
        if (others + bytes > bounds.workspaceBytes()) {
            throw new FailureException(
                    Failure.WORKSPACE_FULL, Map.of("limit", "" + bounds.workspaceBytes()));
        }
    }

    private Replica replica(Workspace workspace) {
        var replica = replicas.get(workspace.id());
        if (replica == null) {
            throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
        }
        return replica;
    }

    @Override
    public void changed(FileChange change) {
        var replica = replicas.get(change.workspace().id());
        if (replica != null) {
            replica.changed(change);
        }
    }

    @Override
    public void workspaceDeleted(WorkspaceId workspace) {
        replicas.remove(workspace);
        failing.remove(workspace);
    }

    /// Never blocks.
    private void tick() {
        for (var replica : replicas.values()) {
            if (isClosing || !passes.tryAcquire()) {
                return;
            }
            var work = replica.begin();
            if (work == null) {
                passes.release();
            } else {
                start(replica, work);
            }
        }
    }

    private void start(Replica replica, Replica.Work work) {
        BackgroundTask.start(
                Thread.ofPlatform().daemon().name("file-replication"),
                () -> {
                    try {
                        pass(replica, work);
                    } finally {
                        passes.release();
                    }
                });
    }

    private void pass(Replica replica, Replica.Work work) {
        long begun = System.nanoTime();
        boolean isChanged = true;
        var id = replica.workspace().id();
        try {
            boolean isHeld = parts.leases().isHeld(id);
            if (replica.isLost(isHeld)) {
                replicas.remove(id, replica);
            }
            if (!isHeld) {
                return;
            }
            var upload = new TreeUpload(replica, context, parts.clock());
            isChanged = work.paths() == null ? upload.all() : upload.some(work.paths());
            failing.remove(id);
        } catch (FailureException failure) {
            failed(replica, failure);
        } finally {
            replica.ended(work, System.nanoTime() - begun, isChanged);
        }
    }

    private void failed(Replica replica, FailureException failure) {
        var id = replica.workspace().id();
        if (failure.failure() == Failure.WORKSPACE_ELSEWHERE
                || failure.failure() == Failure.WORKSPACE_UNKNOWN) {
            replicas.remove(id, replica);
            failing.remove(id);
            return;
        }
        replica.failed();
        if (failing.add(id)) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.replication_failed")
                    .addKeyValue("workspace", id)
                    .addKeyValue("failure", failure.failure().wireName())
                    .setCause(failure)
                    .log("cannot write the files of a workspace to the database; trying again");
        }
    }

    /// Compares each tree once more, for ten seconds at most.
    @Override
    public void close() {
        isClosing = true;
        timer.cancel();
        awaitPasses();
        compareHeld();
    }

    private void awaitPasses() {
        try {
            var _ = passes.tryAcquire(PASSES_AT_ONCE, LAST_PASSES.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

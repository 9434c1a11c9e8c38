package dev.qide.server.files;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.replication.ForeignDirectory;
import dev.qide.server.files.replication.LocalCopies;
import dev.qide.server.files.replication.ReplicationContext;
import dev.qide.server.files.replication.ReplicationMetrics;
import dev.qide.server.files.replication.ReplicationSchedule;
import dev.qide.server.files.replication.TreeRestore;
import dev.qide.server.files.replication.TreeUpload;
import dev.qide.server.files.replication.WorkspaceReplication;
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
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private static final int MOST_ENTRIES = 200_000;

    private final Parts parts;
    private final Settings settings;
    private final LocalCopies copies;
    private final ReplicationMetrics metrics;
    private final ReplicationContext context;
    private final ReplicationSchedule schedule;

    /// The dependencies of the replication.
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
        ReplicationContext.Bounds bounds() {
            return new ReplicationContext.Bounds(fileBytes, workspaceBytes, MOST_ENTRIES);
        }
    }

    public FileReplication(Parts parts, Settings settings, Metrics metrics) {
        this.parts = parts;
        this.settings = settings;
        this.metrics = new ReplicationMetrics(metrics);
        copies = new LocalCopies(settings.copies());
        context = new FileReplicationContext(parts, copies, settings.bounds());
        schedule =
                new ReplicationSchedule(context, parts.leases(), parts.scheduler(), parts.clock());
        this.metrics.observe(schedule::all);
        parts.leases().prepareBy(this);
        parts.leases().prepareBy(parts.moves());
        parts.files().replicateTo(this);
        if (settings.isOn()) {
            parts.files().changes().addListener(this);
        }
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
        if (schedule.failingCount() > 0) {
            return new Health.State.Degraded(
                    "The files of %d workspaces cannot be written to the database just now; the server tries again every few seconds. See the log for the cause."
                            .formatted(schedule.failingCount()));
        }
        long left = schedule.all().stream().mapToLong(one -> one.excluded().size()).sum();
        return left == 0
                ? new Health.State.Up()
                : new Health.State.Degraded(
                        "%d files are not kept in the database, since they or their workspaces are too large, or cannot be read; only this server has them. Delete or ignore them, or raise kept-file-mebibytes or kept-workspace-mebibytes in QIDE_LIMITS."
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
            if (copy == null) {
                beginCopy(workspace);
            }
            restore(workspace, epoch);
        }
        // Both epochs, since the next step may not be reached.
        var epochs = tree == null ? Set.of(epoch) : Set.of(tree.epoch(), epoch);
        var name = String.valueOf(workspace.directory().getFileName());
        copies.put(new LocalCopies.Copy(id, name, epochs));
        table.claim(id, epoch);
        boolean isComplete = tree != null && tree.isComplete();
        long failovers = context.failovers();
        var entries = table.entries(id);
        schedule.add(new WorkspaceReplication(workspace, epoch, isComplete, failovers, entries));
    }

    /// Records the directory as a copy, so that an interrupted restore goes on in it. What it had
    /// before is set aside, since the database may have never had it.
    private void beginCopy(Workspace workspace) {
        ForeignDirectory.setAside(workspace, parts.clock().instant());
        var name = String.valueOf(workspace.directory().getFileName());
        copies.put(new LocalCopies.Copy(workspace.id(), name, Set.of(LocalCopies.NO_EPOCH)));
    }

    @Override
    public void finish(WorkspaceId id) {
        schedule.compareFinally(id);
    }

    /// Compares the workspaces that this server has, for ten seconds at most. Also before file sync
    /// ends, since that merges what tools have just written to the files of documents.
    public void compareHeld() {
        schedule.compareHeld();
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
        var _ = new TreeUpload(replication(workspace), context, parts.clock()).all();
        // Whoever gets the first request takes it.
        parts.leases().release(workspace.id(), null);
    }

    /// Replicates some paths, with everything below them, to the database.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` when this server no longer has the lease,
    ///   `STORE_UNAVAILABLE`
    void replicate(Workspace workspace, List<WorkspacePath> paths) {
        if (isRequired(workspace.id())) {
            var replication = replication(workspace);
            paths.forEach(path -> replication.changed(path.value()));
            var values = paths.stream().map(WorkspacePath::value).toList();
            var _ = new TreeUpload(replication, context, parts.clock()).some(values);
        }
    }

    /// Writes a move to the database; contents are not read again.
    ///
    /// @throws FailureException as [#replicate]
    void replicateMove(Workspace workspace, WorkspacePath from, WorkspacePath to) {
        if (isRequired(workspace.id())) {
            var replication = replication(workspace);
            replication.move(from.value(), to.value(), parts.tables().tree());
            replicate(workspace, List.of(from, to));
        }
    }

    /// Whether files of these sizes are kept together.
    ///
    /// @throws FailureException `FILE_TOO_LARGE`, `WORKSPACE_FULL`, `TOO_MANY_FILES`
    void requireRoom(Workspace workspace, Map<WorkspacePath, Long> sizes) {
        var replication = schedule.find(workspace.id());
        if (replication != null) {
            long others = replication.bytes();
            for (var path : sizes.keySet()) {
                others -= replication.bytesOf(path.value());
            }
            requireRoom(others, sizes.values());
            int limit = settings.bounds().entries();
            if (!replication.hasRoomFor(sizes.keySet(), limit)) {
                throw new FailureException(Failure.TOO_MANY_FILES, Map.of("limit", "" + limit));
            }
        }
    }

    /// Whether files of these sizes are kept together in a new workspace.
    ///
    /// @throws FailureException as [#requireRoom]
    void requireRoomInNew(Map<WorkspacePath, Long> sizes) {
        if (settings.isOn()) {
            requireRoom(0, sizes.values());
        }
    }

    private void requireRoom(long others, Collection<Long> sizes) {
        var bounds = settings.bounds();
        long all = others;
        for (long bytes : sizes) {
            if (bytes > bounds.fileBytes()) {
                throw new FailureException(
                        Failure.FILE_TOO_LARGE, Map.of("limit", "" + bounds.fileBytes()));
            }
            all += bytes;
        }
        if (!sizes.isEmpty() && all > bounds.workspaceBytes()) {
            throw new FailureException(
                    Failure.WORKSPACE_FULL, Map.of("limit", "" + bounds.workspaceBytes()));
        }
    }

    private WorkspaceReplication replication(Workspace workspace) {
        var replication = schedule.find(workspace.id());
        if (replication == null) {
            throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
        }
        return replication;
    }

    @Override
    public void changed(FileChange change) {
        var replication = schedule.find(change.workspace().id());
        if (replication != null) {
            replication.changed(change);
        }
    }

    @Override
    public void workspaceDeleted(WorkspaceId workspace) {
        schedule.remove(workspace);
    }

    /// Compares each tree once more, for ten seconds at most.
    @Override
    public void close() {
        schedule.close();
    }
}

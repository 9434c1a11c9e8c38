package dev.qide.server.files;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.collab.DocumentListener;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.files.sync.SyncContext;
import dev.qide.server.files.sync.SyncPass;
import dev.qide.server.files.sync.SyncSchedule;
import dev.qide.server.files.sync.SyncSchedule.Outcome;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the files of shared documents and their committed texts the same: what people type reaches
/// the disk shortly after they pause, and what tools write is merged into the document.
///
/// Invariant: nothing that is not committed is written, and nothing that a tool wrote is
/// overwritten without having been merged. Thread-safe.
public final class FileSync implements DocumentListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileSync.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;
    private final FileSyncTable table;
    private final InstantSource clock;
    private final SyncSchedule schedule;
    private final Metrics.Counter failures;
    private final Map<FileSnapshots.Key, Instant> away = new ConcurrentHashMap<>();
    private final Map<FileSnapshots.Key, Boolean> readOnlyByFailing = new ConcurrentHashMap<>();
    private volatile @Nullable Collaboration documents;

    /// @param clock tells how long a file has been away
    public FileSync(
            WorkspaceRegistry workspaces,
            WorkspaceFiles files,
            FileSyncTable table,
            Scheduler scheduler,
            InstantSource clock,
            Metrics metrics) {
        this.workspaces = workspaces;
        this.files = files;
        this.table = table;
        this.clock = clock;
        schedule = new SyncSchedule(scheduler, this::cycle);
        failures =
                metrics.counter(
                        "qide_files_sync_failures_total",
                        "Times that a document could not be brought to its file; it is tried again.");
        metrics.gauge(
                "qide_files_unsynced_documents",
                "Documents with text that their files have not yet.",
                () -> (double) schedule.behind());
    }

    /// Ends the wiring, and goes on with what an earlier server had no time for.
    public void use(Collaboration itsDocuments) {
        documents = itsDocuments;
        files.use(this);
        itsDocuments.watch(this);
        var begun = clock.instant();
        for (var workspace : workspaces.all()) {
            BackgroundTask.start(
                    Thread.ofVirtual().name("leftovers"),
                    () -> files.removeLeftovers(workspace, begun));
            for (var path : table.behind(workspace.id())) {
                schedule.hurry(new FileSnapshots.Key(workspace.id(), new WorkspacePath(path)));
            }
        }
    }

    @Override
    public void documentChanged(WorkspaceId workspace, String path) {
        schedule.changed(new FileSnapshots.Key(workspace, new WorkspacePath(path)));
    }

    /// Something else may have changed the file: it is compared with its document. Never blocks.
    public void fileChanged(WorkspaceId workspace, String path) {
        schedule.hurry(new FileSnapshots.Key(workspace, new WorkspacePath(path)));
    }

    /// Whether the path has a document that takes in what a tool writes to the file.
    boolean hasDocument(WorkspaceId workspace, String path) {
        return table.find(workspace, path) != null;
    }

    /// Whether the disk has all that was committed to the document at this path. Answers at once.
    public boolean isSynced(WorkspaceId workspace, String path) {
        return schedule.isOnDisk(new FileSnapshots.Key(workspace, new WorkspacePath(path)));
    }

    /// Has what was committed to the document at this path written now, and waits for it.
    ///
    /// @return false when it took longer
    public boolean awaitSynced(WorkspaceId workspace, String path, Duration atMost)
            throws InterruptedException {
        return schedule.awaitOnDisk(
                new FileSnapshots.Key(workspace, new WorkspacePath(path)), atMost);
    }

    /// Whether every document can be written.
    public Health.State state() {
        if (readOnlyByFailing.isEmpty()) {
            return new Health.State.Up();
        }
        long readOnly = readOnlyByFailing.values().stream().filter(isSo -> isSo).count();
        return new Health.State.Degraded(
                readOnlyByFailing.size()
                        + " documents cannot be written to their files just now"
                        + (readOnly == 0
                                ? ""
                                : ", %d of them because the file is read-only".formatted(readOnly))
                        + ". What was typed is kept in the database, and the server tries again"
                        + " every second.");
    }

    /// Merges what somebody saved over a file into its document and writes the result. The caller
    /// holds the path's lock.
    ///
    /// @param old the file that they had loaded; null for none
    /// @return the hash of the file as it is then; null when there is no document to merge into
    @Nullable String put(
            Workspace workspace,
            WorkspacePath path,
            @Nullable FileContent old,
            byte[] saved,
            String by) {
        if (documents == null) {
            return null;
        }
        try {
            var hash = cycleOf(workspace, path).put(old, saved, by);
            if (hash != null) {
                schedule.hurry(new FileSnapshots.Key(workspace.id(), path));
            }
            return hash;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING);
        }
    }

    /// Has a document's file ready to be moved or deleted: it has what was committed, and no write
    /// is left half done. The caller holds the path's lock.
    void finish(Workspace workspace, WorkspacePath path) throws InterruptedException {
        cycleOf(workspace, path).finish();
    }

    /// Ends the document of a path that has no file, unless it has text that the file never had.
    /// The caller holds the path's lock.
    ///
    /// @return whether the path has no document now
    boolean vacated(Workspace workspace, WorkspacePath path) throws InterruptedException {
        return cycleOf(workspace, path).vacated();
    }

    private SyncPass cycleOf(Workspace workspace, WorkspacePath path) {
        return new SyncPass(new Around(), workspace, path, files.disk(workspace));
    }

    /// Writes what is left, for at most ten seconds.
    @Override
    public void close() {
        schedule.close();
    }

    private Outcome cycle(FileSnapshots.Key file) {
        try {
            var workspace = workspaces.of(file.workspace());
            var outcome =
                    files.alone(
                            workspace, List.of(file.path()), cycleOf(workspace, file.path())::run);
            readOnlyByFailing.remove(file);
            return outcome;
        } catch (RuntimeException failure) {
            if (failure instanceof FailureException known
                    && known.failure() == Failure.WORKSPACE_UNKNOWN) {
                // It was deleted, with the document.
                readOnlyByFailing.remove(file);
                away.remove(file);
                return Outcome.DONE;
            }
            return failed(file, failure);
        }
    }

    private Outcome failed(FileSnapshots.Key file, RuntimeException failure) {
        failures.increment();
        boolean isReadOnly =
                failure instanceof FailureException known
                        && known.failure() == Failure.FILE_READ_ONLY;
        if (readOnlyByFailing.put(file, isReadOnly) == null) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.sync_failed")
                    .addKeyValue("workspace", file.workspace())
                    .setCause(failure)
                    .log("a document cannot be written to its file; the server tries again");
        }
        return new Outcome(TRY_AGAIN, false);
    }

    private final class Around implements SyncContext {
        @Override
        public Collaboration documents() {
            var all = documents;
            if (all == null) {
                throw new IllegalStateException("a file changed before the wiring had ended");
            }
            return all;
        }

        @Override
        public FileSyncTable table() {
            return table;
        }

        @Override
        public WorkspaceFiles files() {
            return files;
        }

        @Override
        public Instant awaySince(FileSnapshots.Key file) {
            return away.computeIfAbsent(file, _ -> clock.instant());
        }

        @Override
        public void isThere(FileSnapshots.Key file) {
            away.remove(file);
        }

        @Override
        public void tell(FileChange change) {
            files.tell(change);
        }

        @Override
        public Instant now() {
            return clock.instant();
        }
    }
}

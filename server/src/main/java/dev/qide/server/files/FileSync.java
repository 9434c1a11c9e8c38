package dev.qide.server.files;

import dev.qide.server.collab.Collaboration;
import dev.qide.server.collab.DocumentListener;
import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.files.sync.CompletedWrites;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.files.sync.RecordedBases;
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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the files of shared documents equal to the committed texts. Edits reach the disk shortly
/// after typing pauses; changes by tools are merged into the document.
///
/// Invariant: only committed text is written, and a tool's change is merged before it is
/// overwritten. Thread-safe.
public final class FileSync
        implements DocumentListener, WorkspaceLeases.Preparation, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileSync.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    /// For a tool to remove what is in the file's place. An edit ends the wait, and so does a
    /// change that the watch sees.
    private static final Duration TRY_OBSTRUCTED_AGAIN = Duration.ofSeconds(30);

    private static final Duration FINISH_WAIT = Duration.ofSeconds(3);

    /// The workspace was deleted with the document, or another server writes its files now.
    private static final Set<Failure> ENDED =
            Set.of(Failure.WORKSPACE_UNKNOWN, Failure.WORKSPACE_ELSEWHERE);

    private final WorkspaceRegistry workspaces;
    private final WorkspaceFiles files;
    private final FileSyncTable table;
    private final InstantSource clock;
    private final SyncSchedule schedule;
    private final CompletedWrites completedWrites;
    private final RecordedBases recordedBases;
    private final Metrics.Counter failures;
    private final Map<FileSnapshots.Key, Instant> missing = new ConcurrentHashMap<>();
    private final Map<FileSnapshots.Key, SyncObstacle> failing = new ConcurrentHashMap<>();
    private final Collaboration documents;
    private final UnsyncedTexts unsyncedTexts;
    private volatile boolean isClosing;
    private volatile @Nullable ToolRenames renames;

    /// @param clock measures how long a file has been missing
    public FileSync(
            FileTextSource source, Collaboration documents, InstantSource clock, Metrics metrics) {
        this.documents = documents;
        this.clock = clock;
        workspaces = source.workspaces();
        files = source.files();
        table = source.syncTable();
        schedule = source.schedule();
        completedWrites = source.completedWrites();
        recordedBases = source.recordedBases();
        unsyncedTexts = new UnsyncedTexts(files, documents, schedule);
        failures =
                metrics.counter(
                        "qide_files_sync_failures_total",
                        "Failed attempts to write a document to its file; each is retried.");
        metrics.gauge(
                "qide_files_unsynced_documents",
                "Documents whose newest text is not in their files yet.",
                () -> (double) schedule.pendingCount());
        metrics.gauge(
                "qide_files_oldest_unsynced_seconds",
                "How long the oldest committed text that is not in its file yet has waited; 0 when there is none.",
                () -> schedule.longestPendingNanos() / 1e9);
        schedule.start(this::cycle);
        files.mergeInto(this);
        documents.addDocumentListener(this);
        documents.leases().prepareBy(this);
    }

    /// Completes the second checks of files that were just written, for three seconds at most: the
    /// next server may have a directory of its own, without what a tool goes on writing to a file
    /// that it had open.
    @Override
    public void finish(WorkspaceId workspace) {
        try {
            finish(workspaces.of(workspace));
        } catch (FailureException failure) {
            finishFailed(workspace, failure);
        }
    }

    private void finish(Workspace workspace) {
        long end = System.nanoTime() + FINISH_WAIT.toNanos();
        FailureException first = null;
        for (var path : table.unsynced(workspace.id())) {
            if (System.nanoTime() - end >= 0) {
                break;
            }
            var file = new WorkspacePath(path);
            var pass = cycleOf(workspace, file);
            try {
                var _ = files.exclusively(workspace, List.of(file), pass::finish);
            } catch (FailureException failure) {
                first = first == null ? failure : first;
            }
        }
        if (first != null) {
            finishFailed(workspace.id(), first);
        }
    }

    private static void finishFailed(WorkspaceId workspace, FailureException failure) {
        LOG.atWarn()
                .addKeyValue("event.action", "files.sync_failed")
                .addKeyValue("workspace", workspace)
                .setCause(failure)
                .log("cannot complete the check of the files of a workspace that is left");
    }

    /// Documents follow the files that tools rename, from now on.
    void follow(ToolRenames toolRenames) {
        files.changes().addListener(toolRenames);
        renames = toolRenames;
    }

    InstantSource clock() {
        return clock;
    }

    /// The current path of the document that one of these client ids began. A client that missed
    /// the move of its document has no other way to find it. Blocks.
    ///
    /// @return null when the document has ended
    public @Nullable String pathOf(WorkspaceId workspace, List<Long> clients) {
        return table.pathOf(workspace, clients);
    }

    /// Resumes writes that an earlier server left incomplete. Called after lost directories are
    /// restored and interrupted moves are settled.
    public void start() {
        var begun = clock.instant();
        for (var workspace : workspaces.all()) {
            BackgroundTask.start(
                    Thread.ofVirtual().name("leftovers"),
                    () -> files.removeLeftovers(workspace, begun));
            syncAll(workspace.id());
        }
        // A server that has a lease now may have got it from one that was killed before it wrote
        // its files.
        documents
                .leases()
                .addListener(taken ->
                        BackgroundTask.start(
                                Thread.ofVirtual().name("unsynced"), () -> syncAll(taken)));
    }

    private void syncAll(WorkspaceId workspace) {
        for (var path : table.unsynced(workspace)) {
            schedule.expedite(new FileSnapshots.Key(workspace, new WorkspacePath(path)));
        }
    }

    @Override
    public void documentChanged(WorkspaceId workspace, String path) {
        schedule.changed(new FileSnapshots.Key(workspace, new WorkspacePath(path)));
    }

    /// Compares a file that a tool may have changed with its document. Never blocks.
    public void fileChanged(WorkspaceId workspace, String path) {
        schedule.expedite(new FileSnapshots.Key(workspace, new WorkspacePath(path)));
    }

    /// Whether the path has a document that merges what tools write to the file.
    boolean hasDocument(WorkspaceId workspace, String path) {
        return table.find(workspace, path) != null;
    }

    /// Whether the disk has everything committed to the document at this path. Returns at once.
    public boolean isSynced(WorkspaceId workspace, String path) {
        return schedule.isOnDisk(new FileSnapshots.Key(workspace, new WorkspacePath(path)));
    }

    /// Writes the committed text of the document at this path to its file, and waits for that.
    ///
    /// @return false if a pass failed, or the text was not on disk within `atMost`
    public boolean awaitSynced(WorkspaceId workspace, String path, Duration atMost)
            throws InterruptedException {
        return schedule.awaitOnDisk(
                new FileSnapshots.Key(workspace, new WorkspacePath(path)), atMost);
    }

    /// Whether the last attempt to write this path's document failed. The log and [#state] tell of
    /// it already.
    public boolean isFailing(WorkspaceId workspace, String path) {
        return failing.containsKey(new FileSnapshots.Key(workspace, new WorkspacePath(path)));
    }

    /// The texts that the files do not have yet.
    public UnsyncedTexts unsyncedTexts() {
        return unsyncedTexts;
    }

    /// Degraded while a document cannot be written to its file.
    public Health.State state() {
        if (failing.isEmpty()) {
            return new Health.State.Up();
        }
        var all = List.copyOf(failing.values());
        var reasons = new StringBuilder();
        for (var obstacle : SyncObstacle.values()) {
            int count = Collections.frequency(all, obstacle);
            reasons.append(count == 0 ? "" : obstacle.sentence(count));
        }
        return new Health.State.Degraded(
                all.size()
                        + " documents cannot be written to their files just now"
                        + reasons
                        + ". What was typed is kept in the database, and the server goes on trying.");
    }

    /// Merges a save over a file into the file's document and writes the result. The caller holds
    /// the path's lock.
    ///
    /// @param old the file that the author had loaded; null for none
    /// @return the hash of the resulting file; null when there is no document
    @Nullable String put(
            Workspace workspace,
            WorkspacePath path,
            @Nullable FileContent old,
            byte[] saved,
            String by) {
        try {
            var hash = cycleOf(workspace, path).save(old, saved, by);
            if (hash != null) {
                schedule.expedite(new FileSnapshots.Key(workspace.id(), path));
            }
            return hash;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING);
        }
    }

    /// Prepares a document's file for a move or deletion: writes what is committed and completes a
    /// pending write. The caller holds the path's lock.
    void finish(Workspace workspace, WorkspacePath path) throws InterruptedException {
        var _ = cycleOf(workspace, path).finish();
    }

    /// Retires the document of a path without a file, unless it has text that the file never had.
    /// The caller holds the path's lock.
    ///
    /// @return whether the path has no document now
    boolean retireIfMissing(Workspace workspace, WorkspacePath path) throws InterruptedException {
        return cycleOf(workspace, path).retireIfMissing();
    }

    private SyncPass cycleOf(Workspace workspace, WorkspacePath path) {
        return new SyncPass(new Context(), workspace, path, files.disk(workspace));
    }

    /// Writes the remaining texts, for at most ten seconds. Confirms each write at once, since a
    /// file may be restored while no server runs.
    @Override
    public void close() {
        isClosing = true;
        schedule.close();
    }

    private Outcome cycle(FileSnapshots.Key file) {
        try {
            var workspace = workspaces.of(file.workspace());
            documents.leases().require(workspace.id());
            var pass = cycleOf(workspace, file.path());
            boolean wasMissing = missing.containsKey(file);
            var outcome =
                    files.exclusively(
                            workspace,
                            List.of(file.path()),
                            () -> isClosing ? pass.finish() : pass.run());
            failing.remove(file);
            // At the second look: a tool that replaces a file may delete it for a moment.
            return wasMissing && isFollowed(file) ? Outcome.DONE : outcome;
        } catch (RuntimeException failure) {
            if (failure instanceof FailureException known && ENDED.contains(known.failure())) {
                failing.remove(file);
                missing.remove(file);
                completedWrites.remove(file);
                return Outcome.DONE;
            }
            return failed(file, failure);
        }
    }

    /// Whether a tool renamed the missing file, and its document has followed it.
    private boolean isFollowed(FileSnapshots.Key file) {
        var following = renames;
        if (following == null || !missing.containsKey(file) || !following.follow(file)) {
            return false;
        }
        missing.remove(file);
        return true;
    }

    private Outcome failed(FileSnapshots.Key file, RuntimeException failure) {
        failures.increment();
        var obstacle = SyncObstacle.of(failure);
        if (failing.put(file, obstacle) == null) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.sync_failed")
                    .addKeyValue("workspace", file.workspace())
                    .setCause(failure)
                    .log("cannot write a document to its file; retrying");
        }
        var retryAfter = obstacle == SyncObstacle.OBSTRUCTED ? TRY_OBSTRUCTED_AGAIN : TRY_AGAIN;
        return new Outcome(retryAfter, false, obstacle.isOfDisk());
    }

    private final class Context implements SyncContext {
        @Override
        public Collaboration documents() {
            return documents;
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
        public CompletedWrites completedWrites() {
            return completedWrites;
        }

        @Override
        public RecordedBases recordedBases() {
            return recordedBases;
        }

        @Override
        public boolean isMoving(FileSnapshots.Key file) {
            return files.pendingMoves().covers(file.workspace(), file.path().value());
        }

        @Override
        public Instant missingSince(FileSnapshots.Key file) {
            return missing.computeIfAbsent(file, _ -> clock.instant());
        }

        @Override
        public void clearMissing(FileSnapshots.Key file) {
            missing.remove(file);
        }

        @Override
        public Instant now() {
            return clock.instant();
        }
    }
}

package dev.qide.server.files.replication;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.files.replication.WorkspaceReplication.Work;
import dev.qide.server.store.WorkspaceId;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The workspaces that this server replicates, and when the directory of each is compared with the
/// database: soon after a change, and at intervals; two workspaces at once. Thread-safe.
public final class ReplicationSchedule implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicationSchedule.class);
    private static final Duration PERIOD = Duration.ofMillis(250);
    private static final Duration LAST_PASSES = Duration.ofSeconds(10);
    private static final int PASSES_AT_ONCE = 2;

    private final ReplicationContext context;
    private final WorkspaceLeases leases;
    private final InstantSource clock;
    private final Map<WorkspaceId, WorkspaceReplication> replications = new ConcurrentHashMap<>();
    private final Set<WorkspaceId> failing = ConcurrentHashMap.newKeySet();
    private final Semaphore passes = new Semaphore(PASSES_AT_ONCE);
    private final Scheduler.Timer timer;
    private volatile boolean isClosing;

    public ReplicationSchedule(
            ReplicationContext context,
            WorkspaceLeases leases,
            Scheduler scheduler,
            InstantSource clock) {
        this.context = context;
        this.leases = leases;
        this.clock = clock;
        timer = scheduler.every(PERIOD, this::tick);
    }

    /// Compares a workspace from now on; its lease has just been taken.
    public void add(WorkspaceReplication replication) {
        replications.put(replication.workspace().id(), replication);
    }

    public @Nullable WorkspaceReplication find(WorkspaceId workspace) {
        return replications.get(workspace);
    }

    public void remove(WorkspaceId workspace) {
        replications.remove(workspace);
        failing.remove(workspace);
    }

    public Collection<WorkspaceReplication> all() {
        return replications.values();
    }

    /// The number of workspaces whose files could not be written to the database at last.
    public int failingCount() {
        return failing.size();
    }

    /// Compares the workspaces that this server has, for ten seconds at most. Blocks.
    public void compareHeld() {
        long end = System.nanoTime() + LAST_PASSES.toNanos();
        for (var replication : replications.values()) {
            if (System.nanoTime() - end < 0 && leases.isHeld(replication.workspace().id())) {
                var _ = compareAll(replication);
            }
        }
    }

    /// Compares the whole tree of a workspace before it is left, and again if a tool had just
    /// written to the file of a document. A file that cannot be read is not in the database then.
    /// Blocks.
    ///
    /// @throws FailureException `STORE_UNAVAILABLE`: the newest files are only here, so the
    ///   workspace must not be left
    public void compareFinally(WorkspaceId workspace) {
        var replication = replications.get(workspace);
        if (replication == null) {
            return;
        }
        var failure = compareAll(replication);
        if (failure == null && context.awaitMerges(replication.workspace())) {
            failure = compareAll(replication);
        }
        if (failure == Failure.STORE_UNAVAILABLE) {
            throw new FailureException(failure);
        }
    }

    private @Nullable Failure compareAll(WorkspaceReplication replication) {
        try {
            replication.runExclusively(() -> new TreeUpload(replication, context, clock).all());
            failing.remove(replication.workspace().id());
            return null;
        } catch (FailureException failure) {
            failed(replication, failure);
            return failure.failure();
        }
    }

    /// Never blocks.
    private void tick() {
        for (var replication : replications.values()) {
            if (isClosing || !passes.tryAcquire()) {
                return;
            }
            var work = replication.begin();
            if (work == null) {
                passes.release();
            } else {
                start(replication, work);
            }
        }
    }

    private void start(WorkspaceReplication replication, Work work) {
        BackgroundTask.start(
                Thread.ofPlatform().daemon().name("file-replication"),
                () -> {
                    try {
                        pass(replication, work);
                    } finally {
                        passes.release();
                    }
                });
    }

    private void pass(WorkspaceReplication replication, Work work) {
        long begun = System.nanoTime();
        boolean isChanged = true;
        var id = replication.workspace().id();
        try {
            boolean isHeld = leases.isHeld(id);
            if (replication.isLost(isHeld) && !leases.isBeingAcquired(id)) {
                forget(replication);
            }
            if (!isHeld) {
                return;
            }
            var upload = new TreeUpload(replication, context, clock);
            isChanged = work.paths() == null ? upload.all() : upload.some(work.paths());
            failing.remove(id);
        } catch (FailureException failure) {
            failed(replication, failure);
        } finally {
            replication.ended(work, System.nanoTime() - begun, isChanged);
        }
    }

    private void failed(WorkspaceReplication replication, FailureException failure) {
        var id = replication.workspace().id();
        if (failure.failure() == Failure.WORKSPACE_ELSEWHERE
                || failure.failure() == Failure.WORKSPACE_UNKNOWN) {
            forget(replication);
            return;
        }
        replication.failed();
        if (failing.add(id)) {
            LOG.atWarn()
                    .addKeyValue("event.action", "files.replication_failed")
                    .addKeyValue("workspace", id)
                    .addKeyValue("failure", failure.failure().wireName())
                    .setCause(failure)
                    .log("cannot write the files of a workspace to the database; trying again");
        }
    }

    private void forget(WorkspaceReplication replication) {
        var id = replication.workspace().id();
        replications.remove(id, replication);
        failing.remove(id);
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

package dev.qide.server.collab;

import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.store.LeaseTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The workspaces whose leases this server has, and the epoch of each.
///
/// The server takes the lease of a workspace, and raises its epoch, before it reads the first row
/// of its documents. From then on the log rejects rows of a server that had the lease before.
/// Another server on the same database takes the lease of a server that has been silent for too
/// long, so a lease may be lost: an append is refused then, or the check of each second finds out.
/// Whoever needs the workspace next attempts to take it again. Thread-safe.
public final class WorkspaceLeases implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkspaceLeases.class);
    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

    /// A restore that fails because of its data fails again, and may read gigabytes: it takes at
    /// most a fifth of the time, however many clients connect again every second.
    private static final int PAUSE_PER_ATTEMPT = 4;

    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final ConcurrentHashMap<WorkspaceId, FutureTask<Long>> raised =
            new ConcurrentHashMap<>();

    /// The workspaces whose files could not be restored a moment ago.
    private final ConcurrentHashMap<WorkspaceId, Pause> pauses = new ConcurrentHashMap<>();

    private final WorkspaceTable workspaces;
    private final LeaseTable table;
    private final List<Consumer<WorkspaceId>> listeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<WorkspaceId>> lossListeners = new CopyOnWriteArrayList<>();

    /// In the order in which they prepare.
    private final List<Preparation> preparations = new CopyOnWriteArrayList<>();

    private final CountDownLatch closing = new CountDownLatch(1);
    private final BackgroundTask checks;
    private volatile boolean isAcquiring = true;

    /// Until when a workspace is not prepared again, and why.
    private record Pause(FailureException why, long untilNanos) {}

    /// Prepares a workspace before anybody uses it on this server, and before this server gives it
    /// up; by default does nothing.
    public interface Preparation {
        /// Whether nobody may use the workspace here before it is prepared. Does not block.
        default boolean isRequired(WorkspaceId workspace) {
            return false;
        }

        /// Prepares the workspace; blocks.
        ///
        /// @param epoch of the lease
        /// @throws FailureException when the workspace cannot be used; the lease is given up
        default void prepare(WorkspaceId workspace, long epoch) {}

        /// Prepares for giving the lease up; nobody uses the workspace any more. Blocks.
        ///
        /// @throws FailureException `STORE_UNAVAILABLE`; the lease is kept then
        default void finish(WorkspaceId workspace) {}
    }

    public WorkspaceLeases(WorkspaceTable workspaces, LeaseTable table) {
        this.workspaces = workspaces;
        this.table = table;
        checks =
                new BackgroundTask(Thread.ofVirtual().name("lease-check"), this::checkRepeatedly)
                        .begin();
    }

    /// Up while leases are checked. Does not block.
    public Health.State state() {
        return checks.state();
    }

    /// Adds a listener that is called when this server has taken a lease, on the thread of whoever
    /// needed it first.
    public void addListener(Consumer<WorkspaceId> taken) {
        listeners.add(taken);
    }

    /// Adds a listener that is called when another server has taken a lease from this one; it must
    /// not block.
    public void addLossListener(Consumer<WorkspaceId> lost) {
        lossListeners.add(lost);
    }

    /// Sets whether this server acquires further leases. If not, [#require] throws
    /// `WORKSPACE_ELSEWHERE` for a workspace without one.
    public void setAcquiring(boolean taking) {
        isAcquiring = taking;
    }

    /// Whether this server takes leases that it does not have.
    public boolean isAcquiring() {
        return isAcquiring;
    }

    /// Gives up a lease. The workspace's documents are out of memory, and its files are written.
    ///
    /// @param offeredTo the server that shall take it; null for any
    /// @throws FailureException `STORE_UNAVAILABLE`; this server still has the lease then, or finds
    ///   out within a second that it does not
    public void release(WorkspaceId workspace, @Nullable UUID offeredTo) {
        var task = raised.get(workspace);
        if (task != null && task.state() == Future.State.SUCCESS) {
            for (var preparation : preparations.reversed()) {
                preparation.finish(workspace);
            }
            table.release(workspace, task.resultNow(), offeredTo);
            raised.remove(workspace, task);
        }
    }

    /// Prepares each workspace whose lease this server takes from now on, after what prepares it
    /// already; before a lease is given up the order is the reverse.
    public void prepareBy(Preparation next) {
        preparations.add(next);
    }

    /// Forgets a deleted workspace.
    void forget(WorkspaceId workspace) {
        raised.remove(workspace);
        pauses.remove(workspace);
    }

    /// Forgets a lease that another server has taken.
    void lost(WorkspaceId workspace, long epoch) {
        var task = raised.get(workspace);
        if (task != null && isRaised(task, epoch) && raised.remove(workspace, task)) {
            LOG.atWarn()
                    .addKeyValue("event.action", "collab.lease_lost")
                    .addKeyValue("workspace", workspace)
                    .log("another server has taken the workspace; dropping its documents");
            lossListeners.forEach(listener -> listener.accept(workspace));
        }
    }

    /// Why a row was refused, or null; notes that the lease is lost if that is why. The author
    /// keeps the edit then, and sends it again.
    @Nullable Failure refusalOf(PendingRow row, WorkspaceId workspace, long epoch) {
        if (row.refusal() != Failure.WORKSPACE_ELSEWHERE) {
            return row.refusal();
        }
        lost(workspace, epoch);
        return Failure.DOCUMENT_UNAVAILABLE;
    }

    /// Whether a document was loaded under a lease that this server no longer has.
    boolean hasLost(@Nullable UpdatePipeline pipeline) {
        return pipeline != null
                && !isHeld(pipeline.document().stored().workspace(), pipeline.epoch());
    }

    /// Whether this server holds the lease of a workspace according to its memory: another server
    /// may have taken it since. Does not block.
    public boolean isHeld(WorkspaceId workspace) {
        var task = raised.get(workspace);
        return task != null && task.state() == Future.State.SUCCESS;
    }

    /// Whether this server is acquiring the lease and preparing the workspace. Does not block.
    public boolean isBeingAcquired(WorkspaceId workspace) {
        var task = raised.get(workspace);
        return task != null && task.state() == Future.State.RUNNING;
    }

    /// The workspaces whose leases this server holds according to its memory. Does not block.
    public Set<WorkspaceId> held() {
        return Set.copyOf(epochs().keySet());
    }

    /// Whether this server holds the lease under this epoch according to its memory. Does not
    /// block.
    boolean isHeld(WorkspaceId workspace, long epoch) {
        var task = raised.get(workspace);
        return task != null && isRaised(task, epoch);
    }

    /// The workspace's epoch. The first call takes the lease; concurrent calls wait for that.
    ///
    /// @throws FailureException as [WorkspaceTable#raiseEpoch]
    long of(WorkspaceId workspace) throws InterruptedException {
        var known = raised.get(workspace);
        var task = known == null ? raise(workspace) : known;
        try {
            return task.get();
        } catch (ExecutionException failure) {
            raised.remove(workspace, task);
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(failure.getCause());
        }
    }

    /// The attempt that runs by now: this one, or that of a caller who came first.
    private FutureTask<Long> raise(WorkspaceId workspace) {
        if (!isAcquiring) {
            throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
        }
        requireNoPause(workspace);
        var mine = new FutureTask<>(() -> prepared(workspace));
        var others = raised.putIfAbsent(workspace, mine);
        if (others != null) {
            return others;
        }
        mine.run();
        if (mine.state() == Future.State.SUCCESS) {
            listeners.forEach(listener -> listener.accept(workspace));
        }
        return mine;
    }

    private long prepared(WorkspaceId workspace) {
        long epoch = workspaces.raiseEpoch(workspace);
        long begun = System.nanoTime();
        boolean isPrepared = false;
        try {
            for (var preparation : preparations) {
                preparation.prepare(workspace, epoch);
            }
            isPrepared = true;
        } catch (FailureException failure) {
            if (failure.failure() == Failure.WORKSPACE_FILES_UNAVAILABLE) {
                pause(workspace, failure, System.nanoTime() - begun);
            }
            throw failure;
        } finally {
            if (!isPrepared) {
                giveUp(workspace, epoch);
            }
        }
        return epoch;
    }

    private void pause(WorkspaceId workspace, FailureException why, long attemptNanos) {
        long nanos =
                Math.clamp(
                        PAUSE_PER_ATTEMPT * attemptNanos,
                        SHORTEST_PAUSE.toNanos(),
                        LONGEST_PAUSE.toNanos());
        pauses.put(workspace, new Pause(why, System.nanoTime() + nanos));
    }

    private void requireNoPause(WorkspaceId workspace) {
        var pause = pauses.get(workspace);
        if (pause == null) {
            return;
        }
        if (pause.untilNanos() - System.nanoTime() > 0) {
            throw new FailureException(pause.why().failure(), pause.why().tags(), pause.why());
        }
        pauses.remove(workspace, pause);
    }

    private void giveUp(WorkspaceId workspace, long epoch) {
        try {
            table.release(workspace, epoch, null);
        } catch (FailureException _) {
            // This server takes it again, or another one when this one has ended.
        }
    }

    @Override
    public void close() {
        closing.countDown();
        checks.close();
    }

    /// Takes the workspace's lease unless this server has it.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` while another server has it, and whatever
    ///   prevents its preparation. Nothing else: what needs the database reports that it is down.
    public void require(WorkspaceId workspace) {
        try {
            var _ = of(workspace);
        } catch (FailureException failure) {
            if (failure.failure() == Failure.WORKSPACE_ELSEWHERE
                    || failure.failure() == Failure.WORKSPACE_FILES_UNAVAILABLE
                    || preparations.stream().anyMatch(each -> each.isRequired(workspace))) {
                throw failure;
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.SERVER_STOPPING, Map.of(), stop);
        }
    }

    private void checkRepeatedly() throws InterruptedException {
        while (!closing.await(CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            check();
        }
    }

    private void check() {
        // Taken before the leases are read: an epoch that is raised meanwhile is not compared.
        var held = epochs();
        if (held.isEmpty()) {
            return;
        }
        try {
            var holders = workspaces.holders(held.keySet());
            held.forEach((workspace, epoch) -> {
                var holder = holders.get(workspace);
                // After a failover to a standby, an epoch that was lost may be another server's.
                if (holder != null && (holder.epoch() != epoch || !holder.isThisServer())) {
                    lost(workspace, epoch);
                }
            });
        } catch (FailureException failure) {
            if (failure.failure() != Failure.STORE_UNAVAILABLE) {
                throw failure;
            }
        }
    }

    private Map<WorkspaceId, Long> epochs() {
        var held = new HashMap<WorkspaceId, Long>();
        raised.forEach((workspace, task) -> {
            if (task.state() == Future.State.SUCCESS) {
                held.put(workspace, task.resultNow());
            }
        });
        return held;
    }

    private static boolean isRaised(FutureTask<Long> task, long epoch) {
        return task.state() == Future.State.SUCCESS && task.resultNow() == epoch;
    }
}

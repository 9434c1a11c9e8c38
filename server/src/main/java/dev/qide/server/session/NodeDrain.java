package dev.qide.server.session;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.concurrent.BackgroundTask;
import dev.qide.server.nodes.Nodes;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Hands all workspaces over to other nodes while this node drains, because the operator requested
/// it or the node is stopping. A draining node takes no lease and forwards every request. If no
/// other node works, it keeps serving. Also closes the sockets of workspaces whose leases this node
/// has lost, so that their editors connect to the new holder. Thread-safe.
public final class NodeDrain implements AutoCloseable {
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(250);

    /// The wait before the second attempt to leave a workspace; it doubles with each further one,
    /// since every attempt closes the workspace's sockets and ends its terminals.
    private static final Duration FIRST_RETRY = Duration.ofSeconds(2);

    private static final Duration LONGEST_RETRY = Duration.ofSeconds(60);

    /// Sockets are checked once a second.
    private static final int CHECKS_FOR_SOCKETS = 4;

    /// Workspaces that are left at the same time.
    private static final int AT_ONCE = 4;

    private final Nodes nodes;
    private final WorkspaceLeases leases;
    private final WorkspaceHandover handover;
    private final Grants grants;

    /// The workspaces that could not be left.
    private final Map<WorkspaceId, Retry> retries = new ConcurrentHashMap<>();

    private final CountDownLatch closing = new CountDownLatch(1);
    private final BackgroundTask checks;

    /// @param at by `System.nanoTime`
    /// @param delay before that
    private record Retry(long at, Duration delay) {
        static Retry after(@Nullable Retry former) {
            var delay = former == null ? FIRST_RETRY : former.delay().multipliedBy(2);
            var bounded = delay.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : delay;
            return new Retry(System.nanoTime() + bounded.toNanos(), bounded);
        }

        boolean isDue() {
            return System.nanoTime() - at >= 0;
        }
    }

    public NodeDrain(
            Nodes nodes, WorkspaceLeases leases, WorkspaceHandover handover, Grants grants) {
        this.nodes = nodes;
        this.leases = leases;
        this.handover = handover;
        this.grants = grants;
        leases.addLossListener(lost -> grants.moveAll(lost::equals));
        checks =
                new BackgroundTask(Thread.ofVirtual().name("drain"), this::checkRepeatedly).begin();
    }

    /// Up while the server notices that it shall drain. Does not block.
    public Health.State state() {
        return checks.state();
    }

    /// Leaves all workspaces before the server stops, if another node works.
    ///
    /// @param atMost those that are left then go to other nodes when this one has ended
    public void leave(Duration atMost) throws InterruptedException {
        if (!nodes.hasHadPeers()) {
            return;
        }
        long end = System.nanoTime() + atMost.toNanos();
        try {
            nodes.setDraining(true);
            while (nodes.isDraining() && !leases.held().isEmpty() && System.nanoTime() - end < 0) {
                leaveHeld(end);
                if (!leases.held().isEmpty()) {
                    Thread.sleep(CHECK_INTERVAL);
                }
            }
        } catch (FailureException failure) {
            requireUnavailable(failure);
        }
    }

    @Override
    public void close() {
        closing.countDown();
        checks.close();
    }

    private void checkRepeatedly() throws InterruptedException {
        long interval = CHECK_INTERVAL.toMillis();
        for (int check = 0; !closing.await(interval, TimeUnit.MILLISECONDS); check++) {
            if (nodes.isDraining()) {
                leaveHeld(System.nanoTime() + Duration.ofDays(1).toNanos());
            } else {
                leases.setAcquiring(true);
                retries.clear();
                if (check % CHECKS_FOR_SOCKETS == 0) {
                    closeMisplacedSockets();
                }
            }
        }
    }

    /// Closes the sockets that were admitted when nobody had the workspace, and that another node
    /// has taken before their editors logged in: no document can be opened on them.
    private void closeMisplacedSockets() {
        var elsewhere = new HashMap<WorkspaceId, Boolean>();
        grants.moveAll(workspace ->
                !leases.isHeld(workspace)
                        && elsewhere.computeIfAbsent(workspace, nodes::isElsewhere));
    }

    /// Synchronized, since two callers would leave a workspace twice.
    private synchronized void leaveHeld(long end) throws InterruptedException {
        leases.setAcquiring(false);
        leave(leases.held(), end);
        // Handshakes that were admitted before the lease was given up.
        grants.moveAll(workspace -> !leases.isHeld(workspace));
    }

    private void leave(Collection<WorkspaceId> held, long end) {
        var threads = Thread.ofVirtual().name("handover-", 0).factory();
        try (var executor = Executors.newFixedThreadPool(AT_ONCE, threads)) {
            for (var workspace : held) {
                executor.execute(() -> {
                    boolean isInTime = System.nanoTime() - end < 0;
                    if (isInTime && nodes.isDraining() && mayBeLeft(workspace)) {
                        leave(workspace);
                    }
                });
            }
        }
    }

    private boolean mayBeLeft(WorkspaceId workspace) {
        var retry = retries.get(workspace);
        return retry == null || retry.isDue();
    }

    private void leave(WorkspaceId workspace) {
        try {
            handover.handOver(workspace, nodes.successor());
            retries.remove(workspace);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (FailureException failure) {
            requireUnavailable(failure);
            retries.compute(workspace, (_, former) -> Retry.after(former));
        }
    }

    private static void requireUnavailable(FailureException failure) {
        if (failure.failure() != Failure.STORE_UNAVAILABLE) {
            throw failure;
        }
    }
}

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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Leaves all workspaces to other nodes while this node drains: the operator told it to, or it
/// stops. It takes no lease meanwhile, and forwards every request. Without another node that works
/// it goes on serving. Thread-safe.
public final class NodeDrain implements AutoCloseable {
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(250);

    /// Workspaces that are left at the same time.
    private static final int AT_ONCE = 4;

    private final Nodes nodes;
    private final WorkspaceLeases leases;
    private final WorkspaceHandover handover;
    private final Grants grants;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final BackgroundTask looking;

    public NodeDrain(
            Nodes nodes, WorkspaceLeases leases, WorkspaceHandover handover, Grants grants) {
        this.nodes = nodes;
        this.leases = leases;
        this.handover = handover;
        this.grants = grants;
        looking = new BackgroundTask(Thread.ofVirtual().name("drain"), this::look).begin();
    }

    /// Up while the server notices that it shall drain. Does not block.
    public Health.State state() {
        return looking.state();
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
                step(end);
            }
        } catch (FailureException failure) {
            requireUnavailable(failure);
        }
    }

    @Override
    public void close() {
        closing.countDown();
        looking.close();
    }

    private void look() throws InterruptedException {
        while (!closing.await(LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            if (nodes.isDraining()) {
                step(System.nanoTime() + Duration.ofDays(1).toNanos());
            } else {
                leases.setTaking(true);
            }
        }
    }

    /// Two steps at the same time would leave a workspace twice.
    private synchronized void step(long end) throws InterruptedException {
        leases.setTaking(false);
        leave(leases.held(), end);
        // Handshakes that were admitted before the lease was given up.
        grants.moveUnless(leases::isHeld);
    }

    private void leave(Collection<WorkspaceId> held, long end) {
        var threads = Thread.ofVirtual().name("handover-", 0).factory();
        try (var executor = Executors.newFixedThreadPool(AT_ONCE, threads)) {
            for (var workspace : held) {
                executor.execute(() -> {
                    if (System.nanoTime() - end < 0 && nodes.isDraining()) {
                        leave(workspace);
                    }
                });
            }
        }
    }

    private void leave(WorkspaceId workspace) {
        try {
            handover.handOver(workspace, nodes.successor());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (FailureException failure) {
            // The next step attempts it again.
            requireUnavailable(failure);
        }
    }

    private static void requireUnavailable(FailureException failure) {
        if (failure.failure() != Failure.STORE_UNAVAILABLE) {
            throw failure;
        }
    }
}

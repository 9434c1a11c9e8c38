package dev.qide.server.session;

import dev.qide.server.store.WorkspaceId;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A gate for the requests of each workspace: while this node hands a workspace over to another
/// one, its gate is closed, so that new requests wait; the handover waits for those under way.
/// Thread-safe.
public final class RequestGates {
    /// How long a request waits at a closed gate: longer than the steps of a handover may take,
    /// apart from the last comparison of files that are kept in the database ([WorkspaceHandover]).
    /// Clients must wait longer.
    private static final Duration WAIT = Duration.ofSeconds(25);

    private static final Duration POLL = Duration.ofMillis(5);

    private final Map<WorkspaceId, CountDownLatch> closed = new ConcurrentHashMap<>();

    /// The number of requests under way; none for an absent workspace.
    private final Map<WorkspaceId, Integer> requests = new ConcurrentHashMap<>();

    /// Counts a request until [#exit]; false, and not counted, while the gate is closed.
    boolean enter(WorkspaceId workspace) {
        requests.merge(workspace, 1, Integer::sum);
        if (!closed.containsKey(workspace)) {
            return true;
        }
        exit(workspace);
        return false;
    }

    void exit(WorkspaceId workspace) {
        requests.computeIfPresent(workspace, (_, count) -> count == 1 ? null : count - 1);
    }

    /// Waits until the gate is open, for 25 seconds at most.
    ///
    /// @return false when it is still closed then
    boolean awaitOpen(WorkspaceId workspace) {
        var opening = closed.get(workspace);
        try {
            return opening == null || opening.await(WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Makes new requests wait until [#open].
    void close(WorkspaceId workspace) {
        closed.put(workspace, new CountDownLatch(1));
    }

    void open(WorkspaceId workspace) {
        var opening = closed.remove(workspace);
        if (opening != null) {
            opening.countDown();
        }
    }

    /// Waits until no request of the workspace is under way.
    ///
    /// @return false when one takes longer than `atMost`
    boolean awaitIdle(WorkspaceId workspace, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (requests.containsKey(workspace)) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            Thread.sleep(POLL);
        }
        return true;
    }
}

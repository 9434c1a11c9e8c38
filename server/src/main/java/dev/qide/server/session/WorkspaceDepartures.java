package dev.qide.server.session;

import dev.qide.server.store.WorkspaceId;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The workspaces that this node is leaving to another one: new requests wait until it has left,
/// and leaving waits for those under way. Thread-safe.
public final class WorkspaceDepartures {
    /// How long a request waits.
    private static final Duration WAIT = Duration.ofSeconds(10);

    private static final Duration POLL = Duration.ofMillis(5);

    private final Map<WorkspaceId, CountDownLatch> leaving = new ConcurrentHashMap<>();

    /// The requests under way.
    private final Map<WorkspaceId, Integer> requests = new ConcurrentHashMap<>();

    /// Counts a request until [#exit]; false, and not counted, while the workspace is being left.
    boolean enter(WorkspaceId workspace) {
        requests.merge(workspace, 1, Integer::sum);
        if (!leaving.containsKey(workspace)) {
            return true;
        }
        exit(workspace);
        return false;
    }

    void exit(WorkspaceId workspace) {
        requests.computeIfPresent(workspace, (_, count) -> count == 1 ? null : count - 1);
    }

    /// Waits until the workspace is not being left.
    ///
    /// @return false when it took longer than ten seconds
    boolean await(WorkspaceId workspace) {
        var departure = leaving.get(workspace);
        try {
            return departure == null || departure.await(WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Makes new requests wait until [#end].
    void begin(WorkspaceId workspace) {
        leaving.put(workspace, new CountDownLatch(1));
    }

    void end(WorkspaceId workspace) {
        var departure = leaving.remove(workspace);
        if (departure != null) {
            departure.countDown();
        }
    }

    /// Waits for the requests under way.
    ///
    /// @return false when one takes longer
    boolean awaitUnused(WorkspaceId workspace, Duration atMost) throws InterruptedException {
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

package dev.qide.server.collab;

import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// The lease epoch of each workspace whose documents this server has loaded.
///
/// The server raises the epoch once per workspace, before it reads the first row. From then on the
/// log rejects rows of a server that held the lease before. Thread-safe.
final class LeaseEpochs {
    private final ConcurrentHashMap<WorkspaceId, FutureTask<Long>> raised =
            new ConcurrentHashMap<>();
    private final WorkspaceTable workspaces;

    LeaseEpochs(WorkspaceTable workspaces) {
        this.workspaces = workspaces;
    }

    /// Forgets a deleted workspace.
    void forget(WorkspaceId workspace) {
        raised.remove(workspace);
    }

    /// The workspace's epoch. The first call raises it; concurrent calls wait for that.
    long of(WorkspaceId workspace) throws InterruptedException {
        var mine = new FutureTask<>(() -> workspaces.raiseEpoch(workspace));
        var others = raised.putIfAbsent(workspace, mine);
        if (others == null) {
            mine.run();
        }
        var task = others == null ? mine : others;
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
}

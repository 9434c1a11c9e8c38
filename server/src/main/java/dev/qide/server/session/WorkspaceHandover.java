package dev.qide.server.session;

import dev.qide.server.ai.Chats;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.FileSync;
import dev.qide.server.store.WorkspaceId;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands a workspace of this node over to another node.
///
/// New requests wait. Requests in progress are completed, the terminals end, the sockets are closed
/// one by one with 1012 (service restart), the answers of models are stored as far as they go, and
/// the texts are written to disk. Then the lease is offered to the other node, and the waiting
/// requests are forwarded to it. Editors reconnect and resend what was not acknowledged: nothing is
/// lost, since an edit counts only when it is committed. Each step has a time limit, after which
/// the next one begins: the database refuses later writes of this node, and the other node
/// completes the files. Thread-safe; blocks.
public final class WorkspaceHandover {
    private static final Logger LOG = LoggerFactory.getLogger(WorkspaceHandover.class);
    private static final Duration REQUESTS_WAIT = Duration.ofSeconds(3);
    private static final Duration ANSWERS_WAIT = Duration.ofSeconds(3);
    private static final Duration FILES_WAIT = Duration.ofSeconds(3);
    private static final Duration UNLOAD_WAIT = Duration.ofSeconds(3);

    private final Collaboration documents;
    private final FileSync sync;
    private final Grants grants;
    private final WorkspaceTerminals terminals;
    private final Chats chats;
    private final RequestGates gates;

    public WorkspaceHandover(SessionServices services, Grants grants, RequestGates gates) {
        this.documents = services.documents();
        this.sync = services.sync();
        this.terminals = services.terminals();
        this.chats = services.conversations();
        this.grants = grants;
        this.gates = gates;
    }

    /// Leaves one workspace.
    ///
    /// @param to the node that shall take it; null for any
    /// @throws dev.qide.wire.FailureException `STORE_UNAVAILABLE`; this node serves the workspace
    ///   as before then
    void handOver(WorkspaceId workspace, @Nullable UUID to) throws InterruptedException {
        long begun = System.nanoTime();
        boolean isComplete;
        gates.close(workspace);
        try {
            isComplete = gates.awaitIdle(workspace, REQUESTS_WAIT);
            terminals.close(workspace);
            grants.move(workspace);
            isComplete &= chats.end(workspace, ANSWERS_WAIT);
            isComplete &= areWritten(workspace);
            // A socket may have been admitted just before.
            grants.move(workspace);
            isComplete &= documents.in(workspace).unload(UNLOAD_WAIT);
            documents.leases().release(workspace, to);
        } finally {
            terminals.reopen(workspace);
            gates.open(workspace);
        }
        LOG.atInfo()
                .addKeyValue("event.action", "session.workspace_left")
                .addKeyValue("workspace", workspace)
                .addKeyValue("node", to)
                .addKeyValue("reason", isComplete ? "complete" : "time-over")
                .addKeyValue("milliseconds", (System.nanoTime() - begun) / 1_000_000)
                .log("another server shall serve the workspace");
    }

    private boolean areWritten(WorkspaceId workspace) throws InterruptedException {
        long end = System.nanoTime() + FILES_WAIT.toNanos();
        boolean areWritten = true;
        for (var path : documents.in(workspace).paths()) {
            var left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            areWritten &= sync.awaitSynced(workspace, path, left);
        }
        return areWritten;
    }
}

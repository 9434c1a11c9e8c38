package dev.qide.server.session;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.files.Workspace;
import dev.qide.server.nodes.Forwarder;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.transport.HttpHandler;
import dev.qide.server.transport.RequestHead;
import dev.qide.server.transport.WebSocketHandler.Admission;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Forwards requests that concern a workspace of another node to that node, which checks their
/// credentials. A request that was forwarded to this one is answered here, or refused. Thread-safe;
/// calls block.
public final class WorkspaceForwarding {
    private final Workspaces workspaces;
    private final WorkspaceLeases leases;
    private final Forwarder forwarder;
    private final RequestGates gates;

    public WorkspaceForwarding(
            Workspaces workspaces,
            WorkspaceLeases leases,
            Forwarder forwarder,
            RequestGates gates) {
        this.workspaces = workspaces;
        this.leases = leases;
        this.forwarder = forwarder;
        this.gates = gates;
    }

    /// Answers a request here.
    @FunctionalInterface
    public interface LocalAnswer {
        HttpHandler.Answer get() throws IOException, InterruptedException;
    }

    /// This node, and who has the workspaces that it knows.
    ///
    /// @param node the id of this node
    /// @param owned the names of the workspaces whose leases it has, sorted
    /// @param forwarded the ids of the nodes to which it has forwarded requests, by workspace
    public record NodeReport(String node, List<String> owned, Map<String, String> forwarded) {
        public NodeReport {
            owned = List.copyOf(owned);
            forwarded = Map.copyOf(forwarded);
        }
    }

    /// Does not block.
    public NodeReport report() {
        var all = workspaces.all();
        var holders = forwarder.forwarded();
        var forwarded = new HashMap<String, String>();
        for (var workspace : all) {
            var holder = holders.get(workspace.id());
            if (holder != null && !leases.isHeld(workspace.id())) {
                forwarded.put(workspace.name(), holder.toString());
            }
        }
        return new NodeReport(
                forwarder.self().toString(),
                all.stream()
                        .filter(workspace -> leases.isHeld(workspace.id()))
                        .map(Workspace::name)
                        .toList(),
                forwarded);
    }

    /// Whether this node gives its workspaces to others and takes none. Does not block.
    public boolean isDraining() {
        return !leases.isAcquiring();
    }

    /// The answer of the node that has the workspace, which may be this one. A workspace that this
    /// node is leaving is waited for.
    ///
    /// @param name of the workspace; null for a request that concerns none
    /// @param beforeHop is called before a client's request is forwarded, and may refuse it
    /// @throws FailureException `WORKSPACE_MOVED` for a request that was forwarded to the wrong
    ///   node, `WORKSPACE_ELSEWHERE`, `NODE_FAILED`, and what the local answer throws
    /// @throws IOException when the client left
    public HttpHandler.Answer answer(
            HttpHandler.Request request,
            @Nullable String name,
            Runnable beforeHop,
            LocalAnswer local)
            throws IOException, InterruptedException {
        var found = name == null ? null : workspaces.find(name);
        if (found == null) {
            return local.get();
        }
        var id = found.id();
        var there = elsewhere(request.head(), id, beforeHop, () -> forwarder.forward(request, id));
        if (there != null) {
            return there;
        }
        try {
            return local.get();
        } finally {
            gates.exit(id);
        }
    }

    /// The admission by the node that has the workspace, which may be this one.
    ///
    /// @param unanswered is called when a node ended before it answered
    /// @throws FailureException as [#answer]
    public Admission admission(
            RequestHead handshake,
            @Nullable String name,
            Runnable beforeHop,
            Runnable unanswered,
            Supplier<Admission> local) {
        var found = name == null ? null : workspaces.find(name);
        if (found == null) {
            return local.get();
        }
        var id = found.id();
        var there =
                elsewhere(
                        handshake,
                        id,
                        beforeHop,
                        () -> forwarder.forward(handshake, id, unanswered));
        if (there != null) {
            return there;
        }
        try {
            return local.get();
        } finally {
            gates.exit(id);
        }
    }

    /// The answer of the node that has the workspace; null if this node must answer, in which case
    /// it has entered the workspace.
    private <T, X extends Exception> @Nullable T elsewhere(
            RequestHead head, WorkspaceId workspace, Runnable beforeHop, Hop<T, X> hop) throws X {
        do {
            if (!isHere(head, workspace) && forwarder.hasPeers()) {
                beforeHop.run();
                var there = hop.forward();
                if (there != null) {
                    return there;
                }
            }
        } while (!gates.enter(workspace));
        return null;
    }

    /// Forwards to the node that has a workspace.
    @FunctionalInterface
    private interface Hop<T, X extends Exception> {
        /// @return null when this node shall answer
        @Nullable T forward() throws X;
    }

    /// Whether this node has the workspace, or may take it: the node that forwards to it left it
    /// the workspace, or it has the lease without knowing it.
    private boolean isHere(RequestHead head, WorkspaceId workspace) {
        if (!gates.awaitOpen(workspace)) {
            throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
        }
        if (leases.isHeld(workspace)) {
            return true;
        }
        if (!head.isForwarded()) {
            return false;
        }
        if (forwarder.isAssigned(workspace)) {
            if (leases.isAcquiring()) {
                return true;
            }
            if (!leases.isBeingAcquired(workspace)) {
                forwarder.decline(workspace);
            }
        }
        throw new FailureException(Failure.WORKSPACE_MOVED);
    }
}

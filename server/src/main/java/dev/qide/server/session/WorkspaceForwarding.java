package dev.qide.server.session;

import dev.qide.server.collab.WorkspaceLeases;
import dev.qide.server.files.Workspace;
import dev.qide.server.nodes.Forwarder;
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
import org.jspecify.annotations.Nullable;

/// Forwards requests that concern a workspace of another node to that node, which checks their
/// credentials. A request that was forwarded to this one is answered here, or refused. Thread-safe.
public final class WorkspaceForwarding {
    private final Workspaces workspaces;
    private final WorkspaceLeases leases;
    private final Forwarder forwarder;

    public WorkspaceForwarding(Workspaces workspaces, WorkspaceLeases leases, Forwarder forwarder) {
        this.workspaces = workspaces;
        this.leases = leases;
        this.forwarder = forwarder;
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

    /// The answer of the node that has the workspace; null when this node shall answer.
    ///
    /// @param name of the workspace; null for a request that concerns none
    /// @throws FailureException `WORKSPACE_ELSEWHERE` for a request that was forwarded to the wrong
    ///   node, `NODE_FAILED`
    /// @throws IOException when the client left
    public HttpHandler.@Nullable Answer answer(HttpHandler.Request request, @Nullable String name)
            throws IOException {
        var workspace = notHere(request.head(), name);
        return workspace == null ? null : forwarder.forward(request, workspace.id());
    }

    /// The admission by the node that has the workspace; null when this node shall decide.
    ///
    /// @throws FailureException `WORKSPACE_ELSEWHERE` for a handshake that was forwarded to the
    ///   wrong node
    public @Nullable Admission admission(RequestHead handshake, @Nullable String name) {
        var workspace = notHere(handshake, name);
        return workspace == null ? null : forwarder.forward(handshake, workspace.id());
    }

    /// The workspace if it exists and this node does not have its lease.
    private @Nullable Workspace notHere(RequestHead head, @Nullable String name) {
        var found = name == null ? null : workspaces.find(name);
        if (found == null || leases.isHeld(found.id())) {
            return null;
        }
        if (head.isForwarded()) {
            throw new FailureException(Failure.WORKSPACE_ELSEWHERE);
        }
        return found;
    }
}

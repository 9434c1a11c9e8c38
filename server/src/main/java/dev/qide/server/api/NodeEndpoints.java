package dev.qide.server.api;

import dev.qide.server.identity.Action;
import dev.qide.server.session.WorkspaceAccess;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.wire.NodeList;
import dev.qide.wire.WireJson;
import java.util.function.Function;
import java.util.function.Predicate;

/// `GET /api/nodes`: the servers of the database. Thread-safe; calls block on the database.
public final class NodeEndpoints {
    private final Function<Predicate<String>, NodeList> nodes;
    private final WorkspaceAccess access;

    /// @param nodes lists them, and names the workspaces that fulfil a condition
    public NodeEndpoints(Function<Predicate<String>, NodeList> nodes, WorkspaceAccess access) {
        this.nodes = nodes;
        this.access = access;
    }

    Answer list(HttpEndpoints.Exchange exchange) {
        var principal = exchange.requiredPrincipal();
        var list = nodes.apply(name -> access.allows(principal, Action.READ_WORKSPACE, name));
        return Answer.json(200, WireJson.write(list));
    }
}

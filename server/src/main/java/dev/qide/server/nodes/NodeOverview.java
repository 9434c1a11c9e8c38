package dev.qide.server.nodes;

import dev.qide.server.store.NodeTable;
import dev.qide.server.store.NodeTable.NodeSummary;
import dev.qide.wire.NodeList;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Lists the nodes for a caller who may see only some of the workspaces. Thread-safe; calls block
/// on the database.
public final class NodeOverview {
    private static final int NAMES = 1_000;
    private static final int ENDED = 100;

    private final NodeTable table;

    public NodeOverview(NodeTable table) {
        this.table = table;
    }

    /// The nodes that run, and the last 100 that have ended, the oldest first.
    ///
    /// @param isVisible whether a workspace is named; others are only counted
    /// @throws dev.qide.wire.FailureException `STORE_UNAVAILABLE`
    public NodeList list(Predicate<String> isVisible) {
        var all = table.list();
        var ended = all.stream().filter(NodeOverview::hasEnded).toList();
        long tooMany = Math.max(0, ended.size() - ENDED);
        var omitted =
                ended.stream().limit(tooMany).map(NodeSummary::id).collect(Collectors.toSet());
        return new NodeList(
                all.stream()
                        .filter(node -> !omitted.contains(node.id()))
                        .map(node -> described(node, isVisible))
                        .toList());
    }

    private static boolean hasEnded(NodeSummary node) {
        return node.state() == NodeTable.State.ENDED;
    }

    private NodeList.Node described(NodeSummary node, Predicate<String> isVisible) {
        var load = node.load();
        return new NodeList.Node(
                node.id().toString(),
                node.url(),
                state(node.state()),
                node.id().equals(table.self()),
                node.startedAt().toString(),
                node.seenAt().toString(),
                new NodeList.Load(load.heapUsedBytes(), load.heapLimitBytes(), load.cpu()),
                node.workspaces().size(),
                node.workspaces().stream().filter(isVisible).limit(NAMES).toList());
    }

    private static NodeList.State state(NodeTable.State state) {
        return switch (state) {
            case ACTIVE -> NodeList.State.ACTIVE;
            case DRAINING -> NodeList.State.DRAINING;
            case ENDED -> NodeList.State.ENDED;
        };
    }
}

package dev.qide.server.nodes;

import dev.qide.server.store.NodeTable;
import dev.qide.server.store.NodeTable.NodeSummary;
import dev.qide.server.store.NodeTable.State;
import java.time.Duration;
import java.util.UUID;

/// The operator's changes to nodes. Every refusal is an `IllegalArgumentException` with a sentence
/// for the operator. Thread-safe; calls block on the database.
public final class NodeAdministration {
    private static final Duration POLL = Duration.ofMillis(250);

    private final NodeTable table;

    public NodeAdministration(NodeTable table) {
        this.table = table;
    }

    /// Makes a node leave its workspaces to others, and waits until it has none.
    ///
    /// @param name its id, the beginning of it, or its URL
    public UUID drain(String name, Duration atMost) throws InterruptedException {
        var node = named(name).id();
        boolean hasOther =
                table.list().stream()
                        .anyMatch(other ->
                                other.state() == State.ACTIVE
                                        && other.url() != null
                                        && !other.id().equals(node));
        if (!hasOther) {
            throw new IllegalArgumentException(
                    "No other server works that could take the workspaces: start one first, with"
                            + " QIDE_NODE_URL if it is on another machine.");
        }
        change(node, true);
        long end = System.nanoTime() + atMost.toNanos();
        int left = workspaces(node);
        while (left > 0 && System.nanoTime() - end < 0) {
            Thread.sleep(POLL);
            left = workspaces(node);
        }
        if (left > 0) {
            throw new IllegalArgumentException(
                    "The server still has %d workspaces after %d seconds, and continues to drain: see its log."
                            .formatted(left, atMost.toSeconds()));
        }
        return node;
    }

    /// Lets a node take workspaces again.
    ///
    /// @param name its id, the beginning of it, or its URL
    public UUID activate(String name) {
        var node = named(name).id();
        change(node, false);
        return node;
    }

    private int workspaces(UUID node) {
        return table.list().stream()
                .filter(now -> now.id().equals(node))
                .mapToInt(now -> now.workspaces().size())
                .sum();
    }

    private void change(UUID node, boolean isDraining) {
        if (!table.setDraining(node, isDraining)) {
            throw new IllegalArgumentException("The server %s has ended.".formatted(node));
        }
    }

    private NodeSummary named(String name) {
        var found =
                table.list().stream()
                        .filter(node -> node.state() != State.ENDED)
                        .filter(node ->
                                !name.isEmpty()
                                        && (node.id().toString().startsWith(name)
                                                || name.equals(node.url())))
                        .toList();
        if (found.size() != 1) {
            throw new IllegalArgumentException(
                    "%s servers that live are named %s: `qide nodes` lists them."
                            .formatted(found.isEmpty() ? "No" : "Several", name));
        }
        return found.getFirst();
    }
}

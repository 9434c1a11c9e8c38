package dev.qide.server.nodes;

import dev.qide.server.store.NodeTable.LivingNode;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Chooses the node that takes a workspace without a lease.
///
/// The node that receives the request takes the workspace, so a load balancer decides where it
/// goes. A node with many more workspaces than its share offers it to the node with the fewest:
/// shares are proportional to heap sizes, and "many more" means more than a quarter above the
/// share, plus four. A node that drains takes none. Immutable.
///
/// @param self null before the nodes were read
/// @param others the other nodes that work and can be reached
record Placement(@Nullable LivingNode self, List<LivingNode> others) {
    static final Placement NONE = new Placement(null, List.of());

    private static final double TOLERATED_SHARE = 1.25;
    private static final int TOLERATED_WORKSPACES = 4;

    Placement {
        others = List.copyOf(others);
    }

    static Placement of(UUID self, List<LivingNode> living) {
        return new Placement(
                living.stream().filter(node -> node.id().equals(self)).findFirst().orElse(null),
                living.stream().filter(node -> node.peer() != null && !node.isDraining()).toList());
    }

    boolean hasOthers() {
        return !others.isEmpty();
    }

    /// The other node with the fewest workspaces for its heap; null when no other one works.
    @Nullable UUID another() {
        return others.stream()
                .min(Comparator.comparingDouble(Placement::fullness).thenComparing(LivingNode::id))
                .map(LivingNode::id)
                .orElse(null);
    }

    /// The node that takes a new workspace; null for this one.
    @Nullable UUID ofNew() {
        if (self == null || others.isEmpty()) {
            return null;
        }
        if (self.isDraining()) {
            return another();
        }
        double heaps = heap(self) + others.stream().mapToDouble(Placement::heap).sum();
        int all = self.workspaces() + others.stream().mapToInt(LivingNode::workspaces).sum();
        double share = (all + 1) * heap(self) / heaps;
        boolean hasRoom = self.workspaces() + 1 <= TOLERATED_SHARE * share + TOLERATED_WORKSPACES;
        return hasRoom ? null : another();
    }

    private static double fullness(LivingNode node) {
        return (node.workspaces() + 1) / heap(node);
    }

    /// A server of an earlier version does not report its heap.
    private static double heap(LivingNode node) {
        return Math.max(1, node.load().heapLimitBytes());
    }
}

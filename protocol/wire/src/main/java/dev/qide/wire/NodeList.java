package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answer to `GET /api/nodes`: the servers of the database, the oldest first. Those that run, and
/// the last 100 that ended within a day without leaving.
public record NodeList(List<Node> nodes) {
    public NodeList {
        nodes = List.copyOf(nodes);
    }

    /// The state of a server.
    public enum State {
        ACTIVE,
        /// It gives its workspaces to others and takes none.
        DRAINING,
        ENDED
    }

    /// One server.
    ///
    /// @param url how other servers reach it; absent when they cannot
    /// @param answering whether it answered this request
    /// @param startedAt ISO 8601, UTC
    /// @param seenAt when it last wrote that it lives, ISO 8601, UTC
    /// @param workspaceCount how many workspaces it has
    /// @param workspaces the names of its workspaces that the caller may see, at most 1,000, sorted
    public record Node(
            String id,
            @Nullable String url,
            State state,
            boolean answering,
            String startedAt,
            String seenAt,
            Load load,
            int workspaceCount,
            List<String> workspaces) {
        public Node {
            workspaces = List.copyOf(workspaces);
        }
    }

    /// A server's use of its machine.
    ///
    /// @param heapUsedBytes after the last garbage collection
    /// @param heapLimitBytes the maximum size of its heap
    /// @param cpu the share of the machine's processors that it used lately, 0 to 1
    public record Load(long heapUsedBytes, long heapLimitBytes, double cpu) {}
}

package dev.qide.server.files;

import dev.qide.server.store.WorkspaceId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The old and new paths of files and folders that are being moved, or whose documents have yet to
/// follow, and the paths whose documents must end before they are deleted. A reader that finds
/// nothing there, or still finds something, retries shortly. Thread-safe; each such change has few
/// entries.
final class PendingMoves {
    private final Set<Endpoint> endpoints = ConcurrentHashMap.newKeySet();

    private record Endpoint(WorkspaceId workspace, WorkspacePath path) {
        boolean covers(WorkspaceId itsWorkspace, String other) {
            return workspace.equals(itsWorkspace) && path.contains(other);
        }
    }

    void begin(WorkspaceId workspace, WorkspacePath path) {
        endpoints.add(new Endpoint(workspace, path));
    }

    void end(WorkspaceId workspace, WorkspacePath path) {
        endpoints.remove(new Endpoint(workspace, path));
    }

    /// Whether the path, or a folder above it, is being moved from or to, or deleted.
    boolean covers(WorkspaceId workspace, String path) {
        return endpoints.stream().anyMatch(endpoint -> endpoint.covers(workspace, path));
    }
}

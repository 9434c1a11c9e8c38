package dev.qide.server.files;

import dev.qide.server.store.WorkspaceId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The files and folders that are being moved just now, by their old and their new names, and those
/// whose documents have to end before they are deleted. Whoever finds nothing there, or finds
/// something still, looks again in a moment. Thread-safe; there are few entries a change under way.
final class PendingMoves {
    private final Set<Motion> motions = ConcurrentHashMap.newKeySet();

    private record Motion(WorkspaceId workspace, WorkspacePath path) {
        boolean covers(WorkspaceId itsWorkspace, String other) {
            return workspace.equals(itsWorkspace) && path.contains(other);
        }
    }

    void begin(WorkspaceId workspace, WorkspacePath path) {
        motions.add(new Motion(workspace, path));
    }

    void end(WorkspaceId workspace, WorkspacePath path) {
        motions.remove(new Motion(workspace, path));
    }

    /// Whether the path, or a folder above it, is being moved from or to, or deleted.
    boolean covers(WorkspaceId workspace, String path) {
        return motions.stream().anyMatch(motion -> motion.covers(workspace, path));
    }
}

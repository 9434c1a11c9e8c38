package dev.qide.server.workspace;

import dev.qide.server.files.Workspace;

/// Stops a room's work for a deleted workspace. Implemented by higher rooms.
public interface WorkspaceListener {
    /// Called after the workspace was deleted and its documents have ended.
    void deleted(Workspace workspace);
}

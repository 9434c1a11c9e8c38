package dev.qide.server.workspace;

import dev.qide.server.files.Workspace;

/// Stops work for a deleted workspace. Implemented by higher packages.
public interface WorkspaceListener {
    /// Called after the workspace was deleted and its documents have ended.
    void deleted(Workspace workspace);
}

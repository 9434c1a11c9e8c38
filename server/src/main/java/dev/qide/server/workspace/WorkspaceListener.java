package dev.qide.server.workspace;

import dev.qide.server.files.Workspace;

/// Hears that a workspace was deleted, when its documents have ended: what else works for it ends
/// too. Implemented above.
public interface WorkspaceListener {
    void deleted(Workspace workspace);
}

package dev.qide.server.files;

import dev.qide.server.store.WorkspaceId;

/// A listener of [FileChanges].
///
/// Changes of one file arrive in order, one at a time. The next write of that file waits until the
/// call returns, so the call must not block for long.
public interface FileListener {
    /// A file or folder has changed. Called on the thread that made or noticed the change.
    void changed(FileChange change);

    /// The workspace was deleted; no further changes of it follow.
    default void workspaceDeleted(WorkspaceId workspace) {}
}

package dev.qide.server.language;

import org.jspecify.annotations.Nullable;

/// Finds a workspace's folder by its name; null when there is none. Thread-safe; does not block.
public interface WorkspaceFolders {
    @Nullable WorkspaceFolder find(String workspace);
}

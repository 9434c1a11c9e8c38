package dev.qide.server.language;

import org.jspecify.annotations.Nullable;

/// Finds a workspace's folder by its name; null for an unknown name. Thread-safe; does not block.
public interface WorkspaceFolders {
    @Nullable WorkspaceFolder find(String workspace);
}

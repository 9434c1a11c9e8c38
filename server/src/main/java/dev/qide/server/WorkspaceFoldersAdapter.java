package dev.qide.server;

import dev.qide.server.language.WorkspaceFolder;
import dev.qide.server.language.WorkspaceFolders;
import dev.qide.server.workspace.Trust;
import dev.qide.server.workspace.Workspaces;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gives `language` the directory of a workspace, its trust, and the directories to hide from its
/// servers. Thread-safe.
record WorkspaceFoldersAdapter(Workspaces workspaces, Trust trust, Path dataDirectory)
        implements WorkspaceFolders {
    @Override
    public @Nullable WorkspaceFolder find(String name) {
        var workspace = workspaces.find(name);
        return workspace == null
                ? null
                : new WorkspaceFolder(
                        name,
                        workspace.directory(),
                        () -> trust.isTrusted(workspace),
                        hidden(name));
    }

    /// The data directory and the other workspaces. Workspaces that are created later are inside
    /// the data directory.
    private List<Path> hidden(String name) {
        var hidden = new ArrayList<>(List.of(dataDirectory));
        for (var other : workspaces.all()) {
            if (!other.name().equals(name)) {
                hidden.add(other.directory());
            }
        }
        return hidden;
    }
}

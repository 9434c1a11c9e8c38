package dev.qide.server;

import dev.qide.server.language.WorkspaceFolder;
import dev.qide.server.language.WorkspaceFolders;
import dev.qide.server.workspace.Trust;
import dev.qide.server.workspace.Workspaces;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Workspaces as language servers see them. Thread-safe.
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

    /// The data directory and the other workspaces; those that are made later are in the one.
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

package dev.qide.server.language;

import java.nio.file.Path;
import java.util.List;

/// A workspace as language servers see it.
///
/// @param directory where its files are
/// @param isTrusted whether its owner lets servers run its code without the sandbox
/// @param hidden folders that no language server may see: the data directory
public record WorkspaceFolder(String name, Path directory, boolean isTrusted, List<Path> hidden) {
    public WorkspaceFolder {
        hidden = List.copyOf(hidden);
    }
}

package dev.qide.server.language;

import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/// A workspace as language servers see it.
///
/// @param directory where its files are
/// @param trust whether its owner lets servers run its code without the sandbox, asked anew at each
///   start of one; answers at once
/// @param hidden folders that no language server may see: the data directory
public record WorkspaceFolder(
        String name, Path directory, BooleanSupplier trust, List<Path> hidden) {
    public WorkspaceFolder {
        hidden = List.copyOf(hidden);
    }

    boolean isTrusted() {
        return trust.getAsBoolean();
    }
}

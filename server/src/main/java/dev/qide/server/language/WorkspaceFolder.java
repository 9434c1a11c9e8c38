package dev.qide.server.language;

import dev.qide.server.language.settings.UpwardSearch;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/// A workspace from the view of language servers.
///
/// @param directory the directory with its files
/// @param trust whether its owner lets servers run its code without the sandbox; queried at each
///   start of a server; returns at once
/// @param hidden folders that no language server may see: the data directory
public record WorkspaceFolder(
        String name, Path directory, BooleanSupplier trust, List<Path> hidden) {
    public WorkspaceFolder {
        hidden = List.copyOf(hidden);
    }

    public boolean isTrusted() {
        return trust.getAsBoolean();
    }

    /// Whether a document needs an auxiliary server: always, or because the document's folder or a
    /// parent has one of the required files.
    ///
    /// @param path the document's path in the workspace
    public boolean needs(ServerDeclaration auxiliary, String path) {
        var required = auxiliary.documents().requiredFiles();
        return required.isEmpty() || UpwardSearch.from(directory, path).nearest(required) != null;
    }
}

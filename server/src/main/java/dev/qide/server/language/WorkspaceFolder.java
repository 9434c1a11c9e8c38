package dev.qide.server.language;

import dev.qide.server.language.settings.UpwardSearch;
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

    public boolean isTrusted() {
        return trust.getAsBoolean();
    }

    /// Whether an auxiliary server is wanted for a document: always, or because one of the files
    /// that it requires is in the document's folder or in one above it.
    ///
    /// @param path the document's path in the workspace
    public boolean needs(ServerDeclaration auxiliary, String path) {
        var required = auxiliary.documents().requiredFiles();
        return required.isEmpty() || UpwardSearch.from(directory, path).nearest(required) != null;
    }
}

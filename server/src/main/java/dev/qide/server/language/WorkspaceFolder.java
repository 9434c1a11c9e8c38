package dev.qide.server.language;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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
    private static final int ROOT_NAMES = 10_000;

    public WorkspaceFolder {
        hidden = List.copyOf(hidden);
    }

    public boolean isTrusted() {
        return trust.getAsBoolean();
    }

    /// Whether an auxiliary server is wanted: always, or because one of the first 10,000 names in
    /// the root says so.
    public boolean hasUseFor(ServerDeclaration auxiliary) {
        if (auxiliary.documents().requiredFiles().isEmpty()) {
            return true;
        }
        try (var names = Files.list(directory)) {
            return names.limit(ROOT_NAMES)
                    .anyMatch(place -> auxiliary.isCalledFor(String.valueOf(place.getFileName())));
        } catch (IOException | UncheckedIOException _) {
            return false;
        }
    }
}

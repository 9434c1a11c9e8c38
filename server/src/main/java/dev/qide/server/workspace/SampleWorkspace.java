package dev.qide.server.workspace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The small project that a server without `--workspace` serves: Python and TypeScript, enough to
/// try completion, a definition in another file, and an error. It is written once, into the data
/// directory, and never changed by the server afterwards.
public final class SampleWorkspace {
    /// Its name.
    public static final String NAME = "sample";

    private static final List<String> FILES =
            List.of(
                    "README.md",
                    "python/main.py",
                    "python/shapes.py",
                    "typescript/src/main.ts",
                    "typescript/src/shapes.ts",
                    "typescript/tsconfig.json",
                    "typescript/package.json");

    private SampleWorkspace() {}

    /// The sample's directory; writes it if it does not exist.
    public static Path in(Path dataDirectory) throws IOException {
        var directory = dataDirectory.resolve("sample");
        if (Files.exists(directory)) {
            return directory;
        }
        Files.createDirectories(dataDirectory);
        var temporary = Files.createTempDirectory(dataDirectory, "sample-");
        for (var name : FILES) {
            var file = temporary.resolve(name);
            Files.createDirectories(file.resolveSibling("."));
            try (var content = SampleWorkspace.class.getResourceAsStream("/sample/" + name)) {
                if (content == null) {
                    throw new IOException("not on the class path: sample/" + name);
                }
                Files.copy(content, file);
            }
        }
        return Files.move(temporary, directory);
    }
}

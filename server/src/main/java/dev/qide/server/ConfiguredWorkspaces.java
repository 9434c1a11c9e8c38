package dev.qide.server;

import dev.qide.server.cli.ServerConfig;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.workspace.SampleWorkspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The directories of the workspaces that the command line names, or of the sample workspace.
final class ConfiguredWorkspaces {
    private ConfiguredWorkspaces() {}

    /// @throws StartRefusedException with a sentence for the operator
    static Map<String, Path> of(ServerConfig config) throws IOException {
        config.workspaces()
                .forEach((name, directory) -> {
                    if (!Files.isDirectory(directory)) {
                        throw new StartRefusedException(
                                "The directory of workspace %s does not exist or is not a directory: %s. Name another one."
                                        .formatted(name, directory));
                    }
                });
        return config.hasSample()
                ? Map.of(SampleWorkspace.NAME, SampleWorkspace.in(config.data()))
                : config.workspaces();
    }
}

package dev.qide.server.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The option that every command takes. Owned by one thread.
final class DataOption {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Where everything is kept. Default: $XDG_DATA_HOME/qide or ~/.local/share/qide")
    private @Nullable Path data;

    /// The data directory, absolute.
    Path directory(ServerConfig.Environment environment) {
        var chosen = data == null ? ServerConfig.defaultData(environment) : data;
        return chosen.toAbsolutePath().normalize();
    }
}

package dev.qide.server.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The `--data` option of every command. Owned by one thread.
final class DataOption {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data directory. Default: $XDG_DATA_HOME/qide or ~/.local/share/qide")
    private @Nullable Path data;

    /// Whether the command line names one.
    boolean isSet() {
        return data != null;
    }

    /// The data directory, absolute.
    Path directory(ServerConfig.Environment environment) {
        var chosen = data == null ? ServerConfig.defaultData(environment) : data;
        return chosen.toAbsolutePath().normalize();
    }
}

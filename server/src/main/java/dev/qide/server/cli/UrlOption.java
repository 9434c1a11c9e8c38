package dev.qide.server.cli;

import dev.qide.server.cli.credentials.ServerAddress;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The `--url` option of commands that connect to a server. Owned by one thread.
final class UrlOption {
    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://localhost:8080",
            description = "The address of the server, or a link to it. Default: ${DEFAULT-VALUE}")
    private String url = "";

    /// @throws IllegalArgumentException with a sentence
    ServerAddress address() {
        return ServerAddress.of(url);
    }

    /// The token in the link; null for an address.
    @Nullable String token() {
        return ServerAddress.tokenOf(url);
    }
}

package dev.qide.server.cli;

import picocli.CommandLine.Option;

/// The options `--host` and `--port`. Owned by one thread.
final class ListenOptions {
    private static final int PORTS = 65_536;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "The address to listen on. Default: ${DEFAULT-VALUE}",
            defaultValue = "127.0.0.1")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "The port to listen on, 0 for any free one. Default: ${DEFAULT-VALUE}",
            defaultValue = "8080")
    private int port = 8080;

    String host() {
        return host;
    }

    /// @throws IllegalArgumentException with a sentence for the operator
    int port() {
        if (port < 0 || port >= PORTS) {
            throw new IllegalArgumentException("--port must be from 0 to 65535.");
        }
        return port;
    }
}

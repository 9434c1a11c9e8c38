package dev.qide.server.cli;

import dev.qide.server.cli.relay.CopyFolders;
import dev.qide.server.cli.relay.StdioRelay;
import dev.qide.server.telemetry.Logging;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `lsp`: a language server on stdio for editors that start one as a program (Neovim, Emacs). It
/// relays messages to and from a running server.
@Command(
        name = "lsp",
        description =
                "Connects an editor that launches language servers: forwards LSP "
                        + "between stdio and a running server.",
        mixinStandardHelpOptions = true)
final class LspCommand implements Callable<Integer> {
    private final QideCommand.Context context;

    @Parameters(index = "0", paramLabel = "WORKSPACE", description = "The workspace's name.")
    private String workspace = "";

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://localhost:8080",
            description = "The address of the server. Default: ${DEFAULT-VALUE}")
    private String url = "";

    @Option(
            names = "--language",
            paramLabel = "LANGUAGE",
            description =
                    "The id of one language server, for example python. Default: all language servers")
    private @Nullable String language;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "A file with the token. Default: DATA/token, the owner's")
    private @Nullable Path tokenFile;

    @Mixin private final DataOption data = new DataOption();

    LspCommand(QideCommand.Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        Logging.startForCommand();
        var endpoint = endpoint();
        relay(endpoint, token()).run();
        return QideCommand.DONE;
    }

    private StdioRelay relay(URI endpoint, String token) {
        var copies = copies(endpoint);
        try {
            return new StdioRelay(endpoint, token, System.in, context.out(), copies);
        } catch (IOException failure) {
            throw new IllegalArgumentException(
                    "%s cannot be written: set XDG_CACHE_HOME to a directory of yours."
                            .formatted(copies),
                    failure);
        }
    }

    private Path copies(URI endpoint) {
        var cache = ServerConfig.cache(context.environment());
        CopyFolders.deleteOld(cache, Instant.now());
        return CopyFolders.of(cache, endpoint);
    }

    private String token() {
        var file =
                tokenFile == null
                        ? data.directory(context.environment()).resolve("token")
                        : tokenFile;
        try {
            return Files.readString(file, StandardCharsets.UTF_8).strip();
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "Cannot read the token from %s: name its file with --token-file."
                            .formatted(file),
                    unreadable);
        }
    }

    private URI endpoint() {
        try {
            var server = new URI(url);
            var scheme =
                    switch (String.valueOf(server.getScheme())) {
                        case "http", "ws" -> "ws";
                        case "https", "wss" -> "wss";
                        default -> throw new URISyntaxException(url, "not http or https");
                    };
            var prefix = server.getPath() == null ? "" : server.getPath().replaceAll("/+$", "");
            var path = language == null ? "/ws/" + workspace : "/lsp/" + workspace + "/" + language;
            return new URI(scheme, server.getAuthority(), prefix + path, null, null);
        } catch (URISyntaxException wrong) {
            throw new IllegalArgumentException(
                    "--url must be the address of a server, such as http://localhost:8080, not "
                            + url,
                    wrong);
        }
    }
}

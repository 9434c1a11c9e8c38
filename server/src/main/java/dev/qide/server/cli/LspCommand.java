package dev.qide.server.cli;

import dev.qide.server.cli.credentials.HttpProxy;
import dev.qide.server.cli.credentials.SavedLogins;
import dev.qide.server.cli.credentials.ServerAddress;
import dev.qide.server.cli.relay.Endpoint;
import dev.qide.server.cli.relay.ExternalFileCache;
import dev.qide.server.cli.relay.StdioRelay;
import java.io.IOException;
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
///
/// An editor waits until it has started, so it loads neither the libraries of logging nor
/// `java.net.http` (`LspStartTest`).
@Command(
        name = "lsp",
        description =
                "Connects an editor that launches language servers: forwards LSP "
                        + "between stdio and a running server.",
        mixinStandardHelpOptions = true)
final class LspCommand implements Callable<Integer> {
    private static final String TOKEN = "QIDE_TOKEN";

    private final QideCommand.Context context;

    @Parameters(
            index = "0",
            paramLabel = "WORKSPACE",
            description = "The workspace's name, or that of its directory.")
    private String workspace = "";

    @Mixin private final UrlOption url = new UrlOption();

    @Option(
            names = "--language",
            paramLabel = "LANGUAGE",
            description =
                    "The id of one language server, for example python. Default: all language servers")
    private @Nullable String language;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "A file with the token. Default: QIDE_TOKEN, the login of `qide login`, or for "
                            + "a server on this machine the owner's token in DATA/token")
    private @Nullable Path tokenFile;

    @Mixin private final DataOption data = new DataOption();

    LspCommand(QideCommand.Context context) {
        this.context = context;
    }

    /// @param rejected the sentence for a person whose token the server does not accept
    private record Login(String token, String rejected) {}

    @Override
    public Integer call() throws InterruptedException {
        var server = url.address();
        var name = WorkspaceArguments.meant(workspace);
        var path = language == null ? "/ws/" + name : "/lsp/" + name + "/" + language;
        var login = login(server);
        var proxy = HttpProxy.of(context.environment().variables(), server.uri());
        relay(new Endpoint(server.webSocket(path), login.token(), login.rejected(), proxy)).run();
        return QideCommand.DONE;
    }

    private StdioRelay relay(Endpoint endpoint) {
        var cache = ServerConfig.cache(context.environment());
        var copies = ExternalFileCache.of(cache, endpoint.uri());
        var _ =
                Thread.ofPlatform()
                        .daemon()
                        .name("old-copies")
                        .start(() -> ExternalFileCache.deleteOld(cache, Instant.now()));
        try {
            return new StdioRelay(endpoint, System.in, context.out(), copies);
        } catch (IOException failure) {
            throw new IllegalArgumentException(
                    "%s cannot be written: set XDG_CACHE_HOME to a directory of yours."
                            .formatted(copies),
                    failure);
        }
    }

    /// The first of the possible tokens, in the order from the most explicit one.
    private Login login(ServerAddress server) {
        if (tokenFile != null) {
            return inFile(tokenFile, server);
        }
        var given = context.environment().get(TOKEN);
        if (given != null) {
            return new Login(given, rejected(server, TOKEN));
        }
        var saved = new SavedLogins(ServerConfig.configuration(context.environment())).find(server);
        if (saved != null) {
            return new Login(
                    saved.reveal(),
                    "Your login at %s has expired or was revoked: run `qide login --url %s`."
                            .formatted(server, server));
        }
        var ownersFile = data.directory(context.environment()).resolve("token");
        // The owner's token of this machine's server is for no other server.
        if (data.isSet() || (server.isLocal() && Files.exists(ownersFile))) {
            return inFile(ownersFile, server);
        }
        throw new IllegalArgumentException(
                "You are not logged in to %s: run `qide login --url %s`."
                        .formatted(server, server));
    }

    private static Login inFile(Path file, ServerAddress server) {
        try {
            return new Login(
                    Files.readString(file, StandardCharsets.UTF_8).strip(),
                    rejected(server, file.toString()));
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "Cannot read the token from %s: name its file with --token-file, or run `qide login`."
                            .formatted(file),
                    unreadable);
        }
    }

    private static String rejected(ServerAddress server, String place) {
        return "The server at %s rejected the token in %s: run `qide login --url %s`, or create another token."
                .formatted(server, place, server);
    }
}

package dev.qide.server.cli;

import dev.qide.server.cli.credentials.HttpProxy;
import dev.qide.server.cli.credentials.LoginClient;
import dev.qide.server.cli.credentials.SavedLogins;
import dev.qide.server.cli.credentials.ServerAddress;
import dev.qide.server.secrets.Secret;
import java.io.Console;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `login`: saves a token for a server, which `qide lsp` then uses. The person allows the login on
/// a page of the server, or gives a token. stdout carries one sentence when it has succeeded.
@Command(
        name = "login",
        description =
                "Logs in to a server, for `qide lsp`: opens a page on which you allow it, or takes "
                        + "a token.",
        mixinStandardHelpOptions = true)
final class LoginCommand implements Callable<Integer> {
    private static final int INPUT_BYTES = 4 << 10;

    private final QideCommand.Context context;

    @Mixin private final UrlOption url = new UrlOption();

    @Option(
            names = "--token-stdin",
            description =
                    "Takes a token, or a link with one, from stdin; asks for it at a terminal.")
    private boolean isTokenGiven;

    LoginCommand(QideCommand.Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var server = url.address();
        var logins = new SavedLogins(ServerConfig.configuration(context.environment()));
        // A file that cannot be used is reported before the person logs in.
        var _ = logins.find(server);
        var proxy = HttpProxy.of(context.environment().variables(), server.uri());
        try (var client = new LoginClient(server, proxy)) {
            var token = token(client);
            var name = client.nameOf(token);
            logins.put(server, token, name);
            context.out()
                    .printf(
                            "Logged in to %s as %s. The token is in %s.%n",
                            server, name, logins.file());
        }
        return QideCommand.DONE;
    }

    private Secret token(LoginClient client) throws IOException, InterruptedException {
        var inLink = url.token();
        if (inLink != null) {
            return Secret.of(inLink);
        }
        return isTokenGiven ? given() : allowed(client);
    }

    private static Secret given() throws IOException {
        String typed;
        var terminal = Optional.ofNullable(System.console()).filter(Console::isTerminal);
        if (terminal.isPresent()) {
            var characters = terminal.get().readPassword("Token: ");
            typed = characters == null ? "" : new String(characters);
        } else {
            typed = new String(System.in.readNBytes(INPUT_BYTES), StandardCharsets.UTF_8);
        }
        var inLink = ServerAddress.tokenOf(typed);
        var token = (inLink == null ? typed : inLink).strip();
        if (token.isEmpty()) {
            throw new IllegalArgumentException(
                    "There is no token on stdin: pipe one to `qide login --token-stdin`.");
        }
        return Secret.of(token);
    }

    private Secret allowed(LoginClient client) throws InterruptedException {
        var login = client.begin();
        context.err()
                .printf(
                        "Open this page in a browser in which you are logged in, and allow the login:%n%n  %s%n%n"
                                + "Waiting for at most five minutes. `qide login --token-stdin` takes a token instead.%n",
                        login.page());
        open(login.page());
        return client.await(login);
    }

    /// Opens a page if there is a browser; the person has its address anyway.
    private void open(URI page) {
        var variables = context.environment().variables();
        boolean isMac = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac");
        if (!isMac
                && !variables.containsKey("DISPLAY")
                && !variables.containsKey("WAYLAND_DISPLAY")) {
            return;
        }
        try {
            var _ =
                    new ProcessBuilder(isMac ? "open" : "xdg-open", page.toString())
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
        } catch (IOException _) {
            // There is no browser.
        }
    }
}

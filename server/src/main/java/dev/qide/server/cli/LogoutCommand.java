package dev.qide.server.cli;

import dev.qide.server.cli.credentials.SavedLogins;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `logout`: forgets the token of `qide login`.
@Command(
        name = "logout",
        description = "Forgets the token that `qide login` has kept for a server.",
        mixinStandardHelpOptions = true)
final class LogoutCommand implements Callable<Integer> {
    private final QideCommand.Context context;

    @Mixin private final UrlOption url = new UrlOption();

    LogoutCommand(QideCommand.Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var server = url.address();
        var logins = new SavedLogins(ServerConfig.configuration(context.environment()));
        if (!logins.remove(server)) {
            throw new IllegalArgumentException(
                    "You are not logged in at %s: --url names another server.".formatted(server));
        }
        context.out()
                .printf(
                        "Logged out of %s. The token is valid until it expires: revoke it on the account page if somebody else may have it.%n",
                        server);
        return QideCommand.DONE;
    }
}

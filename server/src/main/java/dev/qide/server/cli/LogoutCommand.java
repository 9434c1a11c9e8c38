package dev.qide.server.cli;

import dev.qide.server.cli.credentials.SavedLogins;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `logout`: deletes the saved token of `qide login`.
@Command(
        name = "logout",
        description = "Deletes the token that `qide login` has saved for a server.",
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
                    "You are not logged in to %s. Name another server with --url."
                            .formatted(server));
        }
        context.out()
                .printf(
                        "Logged out of %s. The token itself stays valid until it expires: revoke it on the account page if somebody else may have it.%n",
                        server);
        return QideCommand.DONE;
    }
}

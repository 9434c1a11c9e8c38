package dev.qide.server;

import dev.qide.server.cli.QideCommand;
import dev.qide.server.cli.ServerConfig;
import java.util.List;

/// The entry point of commands that connect to a server: `lsp`, `login` and `logout`. [Main] runs
/// them, too, but loads the libraries of the server, and an editor waits until `qide lsp` has
/// started.
///
/// stdout carries only the output of the command.
public final class ClientMain {
    private ClientMain() {}

    /// Runs a command; the exit code is 0, 1 (refused) or 2 (wrong usage).
    public static void main(String[] arguments) {
        var out = System.out;
        System.setOut(System.err);
        var context =
                new QideCommand.Context(
                        new ServerConfig.Environment(System.getenv()), out, System.err);
        System.exit(QideCommand.runClient(List.of(arguments), context));
    }
}

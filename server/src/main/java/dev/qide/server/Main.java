package dev.qide.server;

import dev.qide.server.cli.QideCommand;
import dev.qide.server.cli.ServeConsole;
import dev.qide.server.cli.ServerConfig;
import dev.qide.server.concurrent.FatalErrors;
import dev.qide.server.telemetry.Logging;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// The entry point: runs the command line of `cli`, and a server for its `serve`.
///
/// stdout carries only the ready line and the output of `doctor`, `token`, `--help` and
/// `--version`; everything else goes to stderr and the log file.
public final class Main {
    private Main() {}

    /// Runs a command; the exit code is 0, 1 (refused) or 2 (wrong usage).
    public static void main(String[] arguments) {
        var out = System.out;
        // Output of libraries must not mix with the ready line.
        System.setOut(System.err);
        FatalErrors.installHandler();
        var context =
                new QideCommand.Context(
                        new ServerConfig.Environment(System.getenv()), out, System.err);
        System.exit(QideCommand.run(List.of(arguments), context, Main::serveUntilStopped));
    }

    private static void serveUntilStopped(ServerConfig config, PrintStream out)
            throws IOException, InterruptedException {
        var server = Server.start(config);
        var stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("shutdown")
                                .unstarted(() -> {
                                    if (ServeConsole.isPresent()) {
                                        System.err.println("Stopping …");
                                    }
                                    server.close();
                                    Logging.stop();
                                    stopped.countDown();
                                    // The default exit code after a signal would signal an error.
                                    Runtime.getRuntime().halt(0);
                                }));
        var link = server.link();
        boolean showsToken = config.showsToken() && !config.login().hasProviders();
        var shown = showsToken ? link : link.substring(0, link.indexOf('#'));
        out.println("Q-IDE ready: " + shown);
        out.flush();
        if (ServeConsole.isPresent()) {
            ServeConsole.ready(config, shown).forEach(System.err::println);
        }
        stopped.await();
    }
}

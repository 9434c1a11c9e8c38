package dev.qide.server;

import dev.qide.server.store.StartRefusedException;
import dev.qide.server.watch.Logging;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// The command line: `serve`, `--help`, `--version`.
///
/// stdout carries the ready line alone, and what `--help` and `--version` say; all else goes to
/// stderr and the log file.
public final class Main {
    private static final int USAGE = 2;
    private static final int CANNOT_START = 1;

    private Main() {}

    /// Runs a command; the exit code is 0, 1 (cannot start) or 2 (wrong usage).
    public static void main(String[] arguments) throws InterruptedException {
        var out = System.out;
        // Whatever a library prints must not reach the channel of the ready line.
        System.setOut(System.err);
        System.exit(run(List.of(arguments), new Settings.Environment(System.getenv()), out));
    }

    private static int run(
            List<String> arguments, Settings.Environment environment, PrintStream out)
            throws InterruptedException {
        var commands = new picocli.CommandLine(CommandLine.spec("qide " + Version.read()));
        try {
            var parsed = commands.parseArgs(arguments.toArray(String[]::new));
            var help = helpOf(parsed, commands);
            if (help != null) {
                out.print(help);
                out.flush();
                return 0;
            }
            var serve = parsed.subcommand();
            if (serve == null) {
                commands.usage(System.err);
                return USAGE;
            }
            return serve(serve, environment, out);
        } catch (ParameterException wrong) {
            say(wrong.getMessage());
            wrong.getCommandLine().usage(System.err);
            return USAGE;
        }
    }

    /// What `--help` and `--version` print, or null when neither was asked for.
    private static @Nullable String helpOf(ParseResult parsed, picocli.CommandLine commands) {
        var subcommand = parsed.subcommand();
        if (parsed.isVersionHelpRequested()
                || (subcommand != null && subcommand.isVersionHelpRequested())) {
            return String.join("\n", commands.getCommandSpec().version()) + "\n";
        }
        if (subcommand != null && subcommand.isUsageHelpRequested()) {
            return subcommand.commandSpec().commandLine().getUsageMessage();
        }
        return parsed.isUsageHelpRequested() ? commands.getUsageMessage() : null;
    }

    private static int serve(ParseResult parsed, Settings.Environment environment, PrintStream out)
            throws InterruptedException {
        try {
            var settings = CommandLine.settings(parsed, environment);
            Files.createDirectories(
                    settings.data(),
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            Logging.start(
                    Files.createDirectories(settings.data().resolve("logs")), settings.logLevel());
            serveUntilStopped(settings, out);
            return 0;
        } catch (IllegalArgumentException | StartRefusedException refused) {
            say(refused.getMessage());
        } catch (UncheckedIOException failure) {
            say(
                    failure.getCause() == null
                            ? failure.getMessage()
                            : failure.getCause().getMessage());
        } catch (IOException failure) {
            say("The data directory cannot be used: " + failure);
        }
        return CANNOT_START;
    }

    private static void serveUntilStopped(Settings settings, PrintStream out)
            throws IOException, InterruptedException {
        var server = Server.start(settings);
        var stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("shutdown")
                                .unstarted(() -> {
                                    server.close();
                                    Logging.stop();
                                    stopped.countDown();
                                    // A signal's own exit code would say that something went wrong.
                                    Runtime.getRuntime().halt(0);
                                }));
        out.println("Q-IDE ready: " + server.link());
        out.flush();
        stopped.await();
    }

    private static void say(@Nullable String sentence) {
        System.err.println("qide: " + sentence);
    }
}

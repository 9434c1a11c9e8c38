package dev.qide.server;

import dev.qide.server.cli.BackupCommand;
import dev.qide.server.cli.CommandLine;
import dev.qide.server.cli.DoctorCommand;
import dev.qide.server.cli.EnvironmentVariable;
import dev.qide.server.cli.ServerConfig;
import dev.qide.server.cli.TokenCommand;
import dev.qide.server.cli.Version;
import dev.qide.server.concurrent.FatalErrors;
import dev.qide.server.store.BackupException;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.telemetry.Logging;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// The command line: `serve`, `doctor`, `token`, `backup`, `restore`, `--help`, `--version`.
///
/// stdout carries the ready line alone, what `doctor` and `token` answer, and what `--help` and
/// `--version` say; all else goes to stderr and the log file.
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    private static final int USAGE = 2;
    private static final int CANNOT_START = 1;

    private Main() {}

    /// Runs a command; the exit code is 0, 1 (cannot start) or 2 (wrong usage).
    public static void main(String[] arguments) throws InterruptedException {
        var out = System.out;
        // Whatever a library prints must not reach the channel of the ready line.
        System.setOut(System.err);
        FatalErrors.watchThreads();
        System.exit(run(List.of(arguments), new ServerConfig.Environment(System.getenv()), out));
    }

    private static int run(
            List<String> arguments, ServerConfig.Environment environment, PrintStream out)
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
            var command = last(parsed);
            return switch (command.commandSpec().name()) {
                case "serve" -> serve(command, environment, out);
                case "doctor" -> doctor(command, environment, out);
                case "create", "list", "revoke" ->
                        command(() -> TokenCommand.run(command, environment, out), out);
                case "backup", "restore" ->
                        command(() -> BackupCommand.run(command, environment, System.err), out);
                default -> {
                    command.commandSpec().commandLine().usage(System.err);
                    yield USAGE;
                }
            };
        } catch (ParameterException wrong) {
            say(wrong.getMessage());
            wrong.getCommandLine().usage(System.err);
            return USAGE;
        }
    }

    /// What `--help` and `--version` print, or null when neither was asked for.
    private static @Nullable String helpOf(ParseResult parsed, picocli.CommandLine commands) {
        for (var at = parsed; at != null; at = at.subcommand()) {
            if (at.isVersionHelpRequested()) {
                return String.join("\n", commands.getCommandSpec().version()) + "\n";
            }
            if (at.isUsageHelpRequested()) {
                return at.commandSpec().commandLine().getUsageMessage();
            }
        }
        return null;
    }

    /// The innermost command that was named.
    private static ParseResult last(ParseResult parsed) {
        var at = parsed;
        for (var next = at.subcommand(); next != null; next = at.subcommand()) {
            at = next;
        }
        return at;
    }

    private static int serve(
            ParseResult parsed, ServerConfig.Environment environment, PrintStream out)
            throws InterruptedException {
        try {
            var config = CommandLine.config(parsed, environment);
            ServerConfig.makeData(config.data());
            Logging.start(
                    Files.createDirectories(config.data().resolve("logs")), config.logLevel());
            for (var unknown : EnvironmentVariable.unknown(environment.variables())) {
                LOG.atWarn()
                        .addKeyValue("event.action", "cli.setting_unknown")
                        .addKeyValue("setting", unknown)
                        .log("no setting of this version: `qide doctor` lists them");
            }
            serveUntilStopped(config, out);
            return 0;
        } catch (IllegalArgumentException | StartRefusedException refused) {
            say(refused.getMessage());
        } catch (UncheckedIOException failure) {
            say(story(failure));
        } catch (IOException failure) {
            say("The data directory cannot be used: " + failure);
        }
        return CANNOT_START;
    }

    private static int doctor(
            ParseResult parsed, ServerConfig.Environment environment, PrintStream out)
            throws InterruptedException {
        Logging.startForCommand();
        try {
            var config = CommandLine.config(parsed, environment);
            boolean isWell = DoctorCommand.run(config, environment, out);
            out.flush();
            return isWell ? 0 : CANNOT_START;
        } catch (IllegalArgumentException refused) {
            say(refused.getMessage());
        } catch (UncheckedIOException failure) {
            say(story(failure));
        }
        return CANNOT_START;
    }

    private interface Command {
        void run() throws InterruptedException;
    }

    private static int command(Command command, PrintStream out) throws InterruptedException {
        Logging.startForCommand();
        try {
            command.run();
            out.flush();
            return 0;
        } catch (IllegalArgumentException | StartRefusedException | BackupException refused) {
            say(refused.getMessage());
        } catch (FailureException refused) {
            say(refused.failure().sentence());
        } catch (UncheckedIOException failure) {
            say(story(failure));
        }
        return CANNOT_START;
    }

    private static @Nullable String story(UncheckedIOException failure) {
        return failure.getCause() == null ? failure.getMessage() : failure.getCause().getMessage();
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
                                    server.close();
                                    Logging.stop();
                                    stopped.countDown();
                                    // A signal's own exit code would say that something went wrong.
                                    Runtime.getRuntime().halt(0);
                                }));
        var link = server.link();
        out.println(
                "Q-IDE ready: "
                        + (config.showsToken() ? link : link.substring(0, link.indexOf('#'))));
        out.flush();
        stopped.await();
    }

    private static void say(@Nullable String sentence) {
        System.err.println("qide: " + sentence);
    }
}

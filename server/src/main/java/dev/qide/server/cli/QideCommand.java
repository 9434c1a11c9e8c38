package dev.qide.server.cli;

import dev.qide.server.store.BackupException;
import dev.qide.server.store.StartRefusedException;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// `qide`: the top-level command. It prints its usage; [#run] runs a whole command line.
///
/// A mistake of the operator is reported as one sentence on stderr, never as a stack trace.
@Command(
        name = "qide",
        description =
                "Language intelligence, live collaboration and AI for any editor over one WebSocket.",
        mixinStandardHelpOptions = true)
public final class QideCommand implements Callable<Integer> {
    /// The command succeeded.
    static final int DONE = 0;

    /// The command line is correct, but the command failed.
    static final int REFUSED = 1;

    /// The command line is wrong.
    static final int WRONG_USAGE = 2;

    @Spec private CommandSpec spec = CommandSpec.create();

    private QideCommand() {}

    /// The environment and the output streams of a command.
    ///
    /// @param out stdout: the ready line, or the command's result
    /// @param err stderr: sentences for the operator, and progress
    public record Context(ServerConfig.Environment environment, PrintStream out, PrintStream err) {}

    /// Runs the command that the arguments name.
    ///
    /// @param server runs a server until it is stopped
    /// @return the exit code: 0, 1 (failed, with a sentence) or 2 (wrong usage)
    public static int run(List<String> arguments, Context context, ServeCommand.Runner server) {
        boolean isServe = !arguments.isEmpty() && "serve".equals(arguments.getFirst());
        // A start need not wait until the other commands are prepared.
        var commandLine =
                isServe
                        ? prepared(withServe(context, server), context)
                        : commandLine(context, server);
        var line = new ArrayList<>(arguments);
        if (opensDirectory(commandLine, arguments)) {
            line.addFirst("serve");
        }
        return execute(commandLine, line, context);
    }

    /// Runs a command that connects to a server, `lsp`, `login` or `logout`, without preparing the
    /// others: an editor waits for it.
    ///
    /// @return as [#run]
    public static int runClient(List<String> arguments, Context context) {
        var commandLine = withClients(new CommandLine(new QideCommand()), context);
        return execute(prepared(commandLine, context), arguments, context);
    }

    private static int execute(CommandLine commandLine, List<String> line, Context context) {
        int exitCode = commandLine.execute(line.toArray(String[]::new));
        context.out().flush();
        return exitCode;
    }

    private static CommandLine withServe(Context context, ServeCommand.Runner server) {
        return new CommandLine(new QideCommand()).addSubcommand(new ServeCommand(context, server));
    }

    private static CommandLine withClients(CommandLine commandLine, Context context) {
        return commandLine
                .addSubcommand(new LspCommand(context))
                .addSubcommand(new LoginCommand(context))
                .addSubcommand(new LogoutCommand(context));
    }

    /// Whether the line is `qide DIR`, which means `qide serve DIR`.
    private static boolean opensDirectory(CommandLine commandLine, List<String> arguments) {
        try {
            return !arguments.isEmpty()
                    && !arguments.getFirst().startsWith("-")
                    && !commandLine.getSubcommands().containsKey(arguments.getFirst())
                    && Files.isDirectory(Path.of(arguments.getFirst()));
        } catch (InvalidPathException _) {
            return false;
        }
    }

    /// The parser of all commands.
    static CommandLine commandLine(Context context, ServeCommand.Runner server) {
        var all =
                withClients(withServe(context, server), context)
                        .addSubcommand(new DoctorCommand(context))
                        .addSubcommand(
                                new CommandLine(new TokenCommand())
                                        .addSubcommand(new TokenCommand.Create(context))
                                        .addSubcommand(new TokenCommand.ListTokens(context))
                                        .addSubcommand(new TokenCommand.Revoke(context)))
                        .addSubcommand(
                                new CommandLine(new KeysCommand())
                                        .addSubcommand(new KeysCommand.Rotate(context))
                                        .addSubcommand(new KeysCommand.ListKeys(context)))
                        .addSubcommand(
                                new CommandLine(new NodesCommand(context))
                                        .addSubcommand(new NodesCommand.Drain(context))
                                        .addSubcommand(new NodesCommand.Activate(context)))
                        .addSubcommand(new BackupCommand(context))
                        .addSubcommand(new RestoreCommand(context));
        return prepared(all, context);
    }

    /// Sets what the command and its subcommands have in common.
    private static CommandLine prepared(CommandLine all, Context context) {
        var _ =
                all.setOut(new PrintWriter(context.out(), true, StandardCharsets.UTF_8))
                        .setErr(new PrintWriter(context.err(), true, StandardCharsets.UTF_8))
                        .setParameterExceptionHandler(QideCommand::wrongUsage)
                        .setExecutionExceptionHandler(
                                (failure, _, _) -> refused(failure, context.err()));
        withVersion(all);
        return all;
    }

    @Override
    public Integer call() {
        return usage(spec);
    }

    /// Prints the usage of a command that needs a subcommand.
    static int usage(CommandSpec spec) {
        var commandLine = spec.commandLine();
        commandLine.usage(commandLine.getErr());
        return WRONG_USAGE;
    }

    private static void withVersion(CommandLine command) {
        command.getCommandSpec().versionProvider(() -> new String[] {"qide " + Version.read()});
        command.getSubcommands().values().forEach(QideCommand::withVersion);
    }

    /// One sentence, with the option or command that was probably meant.
    private static int wrongUsage(ParameterException wrong, String[] arguments) {
        var command = wrong.getCommandLine();
        command.getErr()
                .println(
                        "qide: %s%s '%s --help' shows how it is used."
                                .formatted(
                                        whatIsWrong(wrong),
                                        suggestion(wrong, command, arguments),
                                        command.getCommandSpec().qualifiedName()));
        return WRONG_USAGE;
    }

    private static String whatIsWrong(ParameterException wrong) {
        if (wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.isUnknownOption()
                && !unmatched.getUnmatched().isEmpty()) {
            return "Unknown command or directory '%s'."
                    .formatted(unmatched.getUnmatched().getFirst());
        }
        var message = String.valueOf(wrong.getMessage());
        return message.endsWith(".") ? message : message + ".";
    }

    private static String suggestion(
            ParameterException wrong, CommandLine command, String[] arguments) {
        if (!(wrong instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return "";
        }
        var typed = unmatched.getUnmatched().getFirst().replaceFirst("=.*", "");
        var spec = command.getCommandSpec();
        var serve = command.getSubcommands().get("serve");
        if (serve != null && serve.getCommandSpec().optionsMap().containsKey(typed)) {
            return " Did you mean: qide serve " + shown(arguments) + "?";
        }
        return unmatched.isUnknownOption()
                ? ClosestWord.to(typed, spec.optionsMap().keySet())
                        .map(option -> " Did you mean: " + option + "?")
                        .orElse("")
                : ClosestWord.to(typed, command.getSubcommands().keySet())
                        .map(name -> " Did you mean: " + spec.qualifiedName() + " " + name + "?")
                        .orElse("");
    }

    /// Arguments as a person types them.
    private static String shown(String[] arguments) {
        return Arrays.stream(arguments)
                .map(word ->
                        word.matches("[\\w@%+=:,./-]+")
                                ? word
                                : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }

    /// Prints a sentence for failures that the operator can fix; everything else is a bug and is
    /// thrown.
    private static int refused(Exception failure, PrintStream err) throws Exception {
        var sentence =
                switch (failure) {
                    case IllegalArgumentException refused -> refused.getMessage();
                    case StartRefusedException refused -> refused.getMessage();
                    case BackupException refused -> refused.getMessage();
                    case FailureException refused -> refused.failure().sentence();
                    case UncheckedIOException broken -> reason(broken);
                    case IOException broken -> ServerConfig.dataUnusable(broken);
                    default -> throw failure;
                };
        err.println("qide: " + sentence);
        return REFUSED;
    }

    private static @Nullable String reason(UncheckedIOException failure) {
        return failure.getCause() == null ? failure.getMessage() : failure.getCause().getMessage();
    }
}

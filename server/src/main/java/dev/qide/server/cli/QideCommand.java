package dev.qide.server.cli;

import dev.qide.server.store.BackupException;
import dev.qide.server.store.StartRefusedException;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// `qide`: the command above the others. It shows how it is used; [#run] runs a whole command line.
///
/// What a person got wrong is one sentence on stderr, never a stack trace.
@Command(
        name = "qide",
        description =
                "Language intelligence, live collaboration and AI for any editor over one WebSocket.",
        mixinStandardHelpOptions = true)
public final class QideCommand implements Callable<Integer> {
    /// The command did what it should.
    static final int DONE = 0;

    /// The command was understood and could not be carried out.
    static final int REFUSED = 1;

    /// The command line is wrong.
    static final int WRONG_USAGE = 2;

    @Spec private CommandSpec spec = CommandSpec.create();

    private QideCommand() {}

    /// Where a command reads its settings and writes its answers.
    ///
    /// @param out stdout: the ready line, or what a command was asked for
    /// @param err stderr: sentences for the person, and progress
    public record Context(ServerConfig.Environment environment, PrintStream out, PrintStream err) {}

    /// Runs the command that the arguments name.
    ///
    /// @param server runs a server until it is stopped
    /// @return the exit code: 0, 1 (refused, with a sentence) or 2 (wrong usage)
    public static int run(List<String> arguments, Context context, ServeCommand.Runner server) {
        int exitCode = commandLine(context, server).execute(arguments.toArray(String[]::new));
        context.out().flush();
        return exitCode;
    }

    /// All commands, ready to parse.
    static CommandLine commandLine(Context context, ServeCommand.Runner server) {
        var all =
                new CommandLine(new QideCommand())
                        .addSubcommand(new ServeCommand(context, server))
                        .addSubcommand(new LspCommand(context))
                        .addSubcommand(new DoctorCommand(context))
                        .addSubcommand(
                                new CommandLine(new TokenCommand())
                                        .addSubcommand(new TokenCommand.Create(context))
                                        .addSubcommand(new TokenCommand.ListTokens(context))
                                        .addSubcommand(new TokenCommand.Revoke(context)))
                        .addSubcommand(new BackupCommand(context))
                        .addSubcommand(new RestoreCommand(context))
                        .setOut(new PrintWriter(context.out(), true, StandardCharsets.UTF_8))
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

    /// Shows how a command is used that needs a subcommand.
    static int usage(CommandSpec spec) {
        var commandLine = spec.commandLine();
        commandLine.usage(commandLine.getErr());
        return WRONG_USAGE;
    }

    private static void withVersion(CommandLine command) {
        command.getCommandSpec().version("qide " + Version.read());
        command.getSubcommands().values().forEach(QideCommand::withVersion);
    }

    private static int wrongUsage(ParameterException wrong, String[] arguments) {
        var command = wrong.getCommandLine();
        var err = command.getErr();
        err.println("qide: " + wrong.getMessage());
        UnmatchedArgumentException.printSuggestions(wrong, err);
        err.println(
                "'%s --help' shows how it is used."
                        .formatted(command.getCommandSpec().qualifiedName()));
        return WRONG_USAGE;
    }

    /// What a person can do something about is a sentence; everything else is our defect.
    private static int refused(Exception failure, PrintStream err) throws Exception {
        var sentence =
                switch (failure) {
                    case IllegalArgumentException refused -> refused.getMessage();
                    case StartRefusedException refused -> refused.getMessage();
                    case BackupException refused -> refused.getMessage();
                    case FailureException refused -> refused.failure().sentence();
                    case UncheckedIOException broken -> reason(broken);
                    case IOException broken -> "The data directory cannot be used: " + broken;
                    default -> throw failure;
                };
        err.println("qide: " + sentence);
        return REFUSED;
    }

    private static @Nullable String reason(UncheckedIOException failure) {
        return failure.getCause() == null ? failure.getMessage() : failure.getCause().getMessage();
    }
}

package dev.qide.server.cli;

import dev.qide.server.telemetry.ErrorReports;
import dev.qide.server.telemetry.Logging;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `serve`: runs a server until it is stopped.
@Command(
        name = "serve",
        description = "Runs the server; prints one line with a link when it is ready.",
        mixinStandardHelpOptions = true)
public final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    private final QideCommand.Context context;
    private final Runner server;

    @Option(
            names = "--workspace",
            paramLabel = "NAME=DIR",
            arity = "1",
            description =
                    "Serves the directory DIR, in place, as workspace NAME; may be repeated. Default: a sample workspace.")
    private List<String> workspaces = new ArrayList<>();

    @Option(
            names = "--trust",
            paramLabel = "NAME",
            arity = "1",
            description =
                    "Lets language servers run the code of workspace NAME even where the sandbox does not work; may be repeated.")
    private List<String> trusted = new ArrayList<>();

    @Parameters(
            paramLabel = "DIR",
            arity = "0..*",
            description =
                    "Serves the directory DIR, in place, as a workspace named after it; "
                            + "`qide DIR` does the same.")
    private List<String> opened = new ArrayList<>();

    @Mixin private final ListenOptions listen = new ListenOptions();
    @Mixin private final DataOption data = new DataOption();

    /// Runs a server until it is stopped. Implemented by the root package, which wires the
    /// packages.
    public interface Runner {
        /// @param out gets the ready line
        void serve(ServerConfig config, PrintStream out) throws IOException, InterruptedException;
    }

    ServeCommand(QideCommand.Context context, Runner server) {
        this.context = context;
        this.server = server;
    }

    @Spec
    void describe(CommandSpec spec) {
        spec.usageMessage().footer(environment());
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var config = config();
        ServerConfig.createData(config.data());
        boolean isForPerson = ServeConsole.isPresent();
        Logging.start(
                Files.createDirectories(config.data().resolve("logs")),
                config.logLevel(),
                isForPerson);
        if (config.errorReports() != null) {
            ErrorReports.start(config.errorReports());
        }
        if (isForPerson) {
            context.err()
                    .println(
                            Files.exists(ServerConfig.postgres(config.data()))
                                    ? "Starting Q-IDE …"
                                    : "Starting Q-IDE; the first start takes some seconds longer …");
        }
        for (var unknown : EnvironmentVariable.unknown(context.environment().variables())) {
            LOG.atWarn()
                    .addKeyValue("event.action", "cli.setting_unknown")
                    .addKeyValue("setting", unknown)
                    .log("unknown setting: `qide doctor` lists all settings");
        }
        server.serve(config, context.out());
        return QideCommand.DONE;
    }

    /// The settings from the options and the environment.
    ///
    /// @throws IllegalArgumentException with a sentence for the operator
    ServerConfig config() {
        return ServerConfig.read(
                WorkspaceArguments.of(workspaces, opened).byName(),
                Set.copyOf(trusted),
                listen,
                data,
                context.environment());
    }

    private static String[] environment() {
        var lines =
                new ArrayList<>(
                        List.of("", "Environment (or set NAME_FILE to a file with the value):"));
        for (var variable : EnvironmentVariable.values()) {
            lines.add("  %-20s  %s".formatted(variable.variable(), variable.meaning()));
        }
        return lines.toArray(String[]::new);
    }
}

package dev.qide.server.cli;

import dev.qide.server.cli.Doctor.State;
import dev.qide.server.telemetry.Logging;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `doctor`: prints the results of all checks, and the settings with their values.
@Command(
        name = "doctor",
        description =
                "Checks whether this machine can run the server and says what to do. Starts and changes nothing. The exit code is 1 if the server could not start.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    private final QideCommand.Context context;

    @Mixin private final ListenOptions listen = new ListenOptions();
    @Mixin private final DataOption data = new DataOption();

    DoctorCommand(QideCommand.Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        Logging.startForCommand();
        var out = context.out();
        var environment = context.environment();
        out.println("Q-IDE " + Version.read());
        out.println();
        var findings = Doctor.examine(config(), environment.variables());
        findings.forEach(out::println);
        out.println();
        out.println("Settings, from the environment (or NAME_FILE, a file with the value):");
        for (var variable : EnvironmentVariable.values()) {
            out.printf("  %-21s %s%n", variable.variable(), variable.display(environment));
            out.printf("  %-21s   %s%n", "", variable.meaning());
        }
        boolean isBroken = findings.stream().anyMatch(each -> each.state() == State.BROKEN);
        return isBroken ? QideCommand.REFUSED : QideCommand.DONE;
    }

    /// The settings of a server with these options.
    ///
    /// @throws IllegalArgumentException with a sentence for the operator
    ServerConfig config() {
        return ServerConfig.read(Map.of(), Set.of(), listen, data, context.environment());
    }
}

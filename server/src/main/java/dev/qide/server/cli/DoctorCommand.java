package dev.qide.server.cli;

import dev.qide.server.cli.Doctor.State;
import java.io.PrintStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// `doctor`: prints what was found, and the settings with their values.
public final class DoctorCommand {
    private DoctorCommand() {}

    static CommandSpec spec() {
        return CommandSpec.create()
                .usageMessage(
                        new UsageMessageSpec()
                                .description(
                                        "Looks at what the server needs on this machine: what was found, what is missing, what to do. Starts and changes nothing. The exit code is 1 when no server could start."))
                .addOption(CommandLine.host())
                .addOption(CommandLine.port())
                .addOption(CommandLine.data())
                .mixinStandardHelpOptions(true);
    }

    /// @return whether a server could start
    public static boolean run(
            ServerConfig config, ServerConfig.Environment environment, PrintStream out)
            throws InterruptedException {
        out.println("Q-IDE " + Version.read());
        out.println();
        var findings = Doctor.examine(config, environment.variables());
        findings.forEach(out::println);
        out.println();
        out.println(
                "Settings, from the environment (NAME_FILE names a file that holds the value):");
        for (var setting : EnvironmentVariable.values()) {
            out.printf("  %-21s %s%n", setting.variable(), setting.told(environment));
            out.printf("  %-21s   %s%n", "", setting.meaning());
        }
        return findings.stream().noneMatch(finding -> finding.state() == State.BROKEN);
    }
}

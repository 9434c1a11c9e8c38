package dev.qide.server.cli;

import dev.qide.server.store.Backup;
import dev.qide.server.store.Restore;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParseResult;

/// `backup FILE`, whether a server runs or not, and `restore FILE`, while none does.
///
/// stdout stays empty; stderr tells the progress.
public final class BackupCommand {
    private BackupCommand() {}

    static CommandSpec backup() {
        return described(
                "Writes the whole database, as it is at one moment, to FILE; a server may go on meanwhile.");
    }

    static CommandSpec restore() {
        return described(
                        "Puts the rows of a backup into the database, all or none; no server may run on it.")
                .addOption(
                        OptionSpec.builder("--replace")
                                .description("Drops what the database holds.")
                                .build());
    }

    /// Runs one of them.
    ///
    /// @throws IllegalArgumentException with a sentence for the person
    public static void run(
            ParseResult parsed, ServerConfig.Environment environment, PrintStream progress)
            throws InterruptedException {
        boolean isBackup = parsed.commandSpec().name().equals("backup");
        Path file = parsed.matchedPositionalValue(0, Path.of(""));
        if (!isBackup) {
            Restore.verify(file);
        }
        var meant = DatabaseTarget.of(parsed, environment);
        try (var database = isBackup ? meant.openExisting() : meant.openAlone()) {
            if (isBackup) {
                Backup.write(
                        database.address(),
                        file,
                        InstantSource.system().instant(),
                        progress::println);
            } else {
                database.release();
                new Restore(database.address(), file, progress::println)
                        .run(parsed.hasMatchedOption("--replace"));
                progress.println(file + " is restored.");
            }
        }
    }

    private static CommandSpec described(String sentence) {
        return CommandSpec.create()
                .usageMessage(new UsageMessageSpec().description(sentence))
                .addPositional(
                        PositionalParamSpec.builder()
                                .paramLabel("FILE")
                                .description("The backup.")
                                .index("0")
                                .arity("1")
                                .required(true)
                                .type(Path.class)
                                .build())
                .addOption(CommandLine.data())
                .mixinStandardHelpOptions(true);
    }
}

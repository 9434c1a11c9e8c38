package dev.qide.server.cli;

import dev.qide.server.store.Backup;
import dev.qide.server.telemetry.Logging;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `backup FILE`, whether a server runs or not. stdout stays empty; stderr shows the progress.
@Command(
        name = "backup",
        description =
                "Writes a consistent copy of the whole database to FILE; a server may run meanwhile.",
        mixinStandardHelpOptions = true)
final class BackupCommand implements Callable<Integer> {
    private final QideCommand.Context context;

    @Parameters(index = "0", paramLabel = "FILE", description = "The backup file to write.")
    private Path file = Path.of("");

    @Mixin private final DataOption data = new DataOption();

    BackupCommand(QideCommand.Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        Logging.startForCommand();
        var target = DatabaseTarget.of(data, context.environment());
        try (var database = target.openExisting()) {
            Backup.write(
                    database.address(),
                    file,
                    InstantSource.system().instant(),
                    context.err()::println);
        }
        return QideCommand.DONE;
    }
}

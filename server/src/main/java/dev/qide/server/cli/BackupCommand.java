package dev.qide.server.cli;

import dev.qide.server.store.Backup;
import dev.qide.server.store.CommandDatabase;
import java.nio.file.Path;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `backup FILE`, whether a server runs or not. stdout stays empty; stderr shows the progress.
@Command(
        name = "backup",
        description =
                "Writes a consistent copy of the whole database to FILE; a server may run meanwhile.",
        mixinStandardHelpOptions = true)
final class BackupCommand extends DatabaseCommand {
    @Parameters(index = "0", paramLabel = "FILE", description = "The backup file to write.")
    private Path file = Path.of("");

    BackupCommand(QideCommand.Context context) {
        super(context);
    }

    /// The backup from before an upgrade is one of the previous version, whichever version writes
    /// it.
    @Override
    CommandDatabase.Tables tables() {
        return CommandDatabase.Tables.ANY;
    }

    @Override
    int run(CommandDatabase database) throws InterruptedException {
        Backup.write(database.address(), file, InstantSource.system().instant(), err()::println);
        return QideCommand.DONE;
    }
}

package dev.qide.server.cli;

import dev.qide.server.store.Backup;
import dev.qide.server.store.CommandDatabase;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `backup FILE`, whether a server runs or not. stdout is empty, or with `--stdout` the backup;
/// stderr shows the progress.
@Command(
        name = "backup",
        description =
                "Writes a consistent copy of the whole database to FILE or stdout; a server may run meanwhile.",
        mixinStandardHelpOptions = true)
final class BackupCommand extends DatabaseCommand {
    @ArgGroup(multiplicity = "1")
    private Target target = new Target();

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
        var now = InstantSource.system().instant();
        var file = target.file;
        if (file == null || target.isStdout) {
            // Unlike a PrintStream it reports a pipe without a reader, and a full disk.
            var stdout = new FileOutputStream(FileDescriptor.out);
            Backup.write(database.address(), stdout, now, err()::println);
        } else {
            Backup.write(database.address(), file, now, err()::println);
        }
        return QideCommand.DONE;
    }

    /// One of the two.
    private static final class Target {
        @Parameters(index = "0", paramLabel = "FILE", description = "The backup file to write.")
        private @Nullable Path file;

        @Option(
                names = "--stdout",
                required = true,
                description = "Writes the backup to stdout, for a program that encrypts it.")
        private boolean isStdout;
    }
}

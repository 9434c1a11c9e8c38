package dev.qide.server.cli;

import dev.qide.server.store.Restore;
import dev.qide.server.telemetry.Logging;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `restore FILE`, while no server runs. stdout stays empty; stderr shows the progress.
@Command(
        name = "restore",
        description =
                "Loads a backup into the database, all or nothing; no server may be using it.",
        mixinStandardHelpOptions = true)
final class RestoreCommand implements Callable<Integer> {
    private final QideCommand.Context context;

    @Parameters(index = "0", paramLabel = "FILE", description = "The backup file.")
    private Path file = Path.of("");

    @Option(names = "--replace", description = "Replaces the current content of the database.")
    private boolean replaces;

    @Mixin private final DataOption data = new DataOption();

    RestoreCommand(QideCommand.Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        Logging.startForCommand();
        Restore.verify(file);
        var target = DatabaseTarget.of(data, context.environment());
        try (var database = target.openExclusively()) {
            database.release();
            new Restore(database.address(), file, context.err()::println).run(replaces);
        }
        context.err().println("Restored " + file + ".");
        return QideCommand.DONE;
    }
}

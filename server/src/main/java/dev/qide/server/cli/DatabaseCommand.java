package dev.qide.server.cli;

import dev.qide.server.store.CommandDatabase;
import dev.qide.server.telemetry.Logging;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/// A command that works on an existing database, whether a server runs or not.
abstract class DatabaseCommand implements Callable<Integer> {
    private final QideCommand.Context context;

    @Mixin private final DataOption data = new DataOption();

    DatabaseCommand(QideCommand.Context context) {
        this.context = context;
    }

    @Override
    public final Integer call() throws InterruptedException {
        Logging.startForCommand();
        try (var database = DatabaseTarget.of(data, environment()).openExisting(tables())) {
            return run(database);
        } catch (IOException refused) {
            throw new IllegalArgumentException(refused.getMessage(), refused);
        }
    }

    /// Runs the command.
    ///
    /// @return the exit code
    /// @throws IOException with a sentence for the operator
    abstract int run(CommandDatabase database) throws IOException, InterruptedException;

    /// The tables that the command needs.
    CommandDatabase.Tables tables() {
        return CommandDatabase.Tables.CURRENT;
    }

    final ServerConfig.Environment environment() {
        return context.environment();
    }

    /// The data directory.
    final Path directory() {
        return data.directory(environment());
    }

    final PrintStream out() {
        return context.out();
    }

    final PrintStream err() {
        return context.err();
    }
}

package dev.qide.server.cli;

import dev.qide.server.store.CommandDatabase;
import dev.qide.server.store.DatabaseAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/// The database that a command works on: that of `QIDE_DATABASE_URL`, else the embedded one of its
/// data directory.
///
/// @param url null for the embedded one
record DatabaseTarget(Path data, @Nullable String url) {
    static DatabaseTarget of(DataOption data, ServerConfig.Environment environment) {
        return new DatabaseTarget(
                data.directory(environment), environment.get("QIDE_DATABASE_URL"));
    }

    /// Opens it, whether a server runs or not; an embedded one that is not there is made.
    ///
    /// @throws IllegalArgumentException when the URL is none
    CommandDatabase open() throws InterruptedException {
        return open(CommandDatabase::embedded);
    }

    /// The same for commands that only look at what a server has made: a mistyped name must not
    /// become a database.
    ///
    /// @throws IllegalArgumentException also when no embedded database was ever set up there
    CommandDatabase openExisting() throws InterruptedException {
        if (url == null && !Files.isDirectory(ServerConfig.postgres(data))) {
            throw new IllegalArgumentException(
                    "No server has worked in " + data + ": name its data directory with --data.");
        }
        return open();
    }

    /// Opens it where no server uses it; an embedded one that is not there is made.
    ///
    /// @throws IllegalArgumentException when the URL is none
    CommandDatabase openAlone() throws InterruptedException {
        return open(CommandDatabase::alone);
    }

    private interface Embedded {
        CommandDatabase open(Path directory, Path binaries, SecureRandom random)
                throws InterruptedException;
    }

    private CommandDatabase open(Embedded embedded) throws InterruptedException {
        if (url != null) {
            return CommandDatabase.at(DatabaseAddress.parse(url));
        }
        ServerConfig.makeData(data);
        return embedded.open(
                ServerConfig.postgres(data),
                ServerConfig.postgresPrograms(data),
                new SecureRandom());
    }
}

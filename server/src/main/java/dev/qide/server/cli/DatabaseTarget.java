package dev.qide.server.cli;

import dev.qide.server.store.CommandDatabase;
import dev.qide.server.store.DatabaseAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/// The database that a command works on: that of `QIDE_DATABASE_URL`, else the embedded one in the
/// data directory.
///
/// @param url null for the embedded one
record DatabaseTarget(Path data, @Nullable String url) {
    static DatabaseTarget of(DataOption data, ServerConfig.Environment environment) {
        return new DatabaseTarget(
                data.directory(environment), environment.get("QIDE_DATABASE_URL"));
    }

    /// Opens the database, whether a server runs or not; creates a missing embedded one.
    ///
    /// @throws IllegalArgumentException when the URL is malformed
    CommandDatabase open() throws InterruptedException {
        return open(CommandDatabase::embedded);
    }

    /// Like [#open], but does not create a missing embedded database: a mistyped data directory
    /// must not become a new one.
    ///
    /// @throws IllegalArgumentException also when there is no embedded database
    CommandDatabase openExisting() throws InterruptedException {
        if (url == null && !Files.isDirectory(ServerConfig.postgres(data))) {
            throw new IllegalArgumentException(
                    "No server has used "
                            + data
                            + ": name the server's data directory with --data.");
        }
        return open();
    }

    /// Opens the database if no server uses it; creates a missing embedded one.
    ///
    /// @throws IllegalArgumentException when the URL is malformed
    CommandDatabase openExclusively() throws InterruptedException {
        return open(CommandDatabase::exclusive);
    }

    private interface Embedded {
        CommandDatabase open(Path directory, Path binaries, SecureRandom random)
                throws InterruptedException;
    }

    private CommandDatabase open(Embedded embedded) throws InterruptedException {
        if (url != null) {
            return CommandDatabase.at(DatabaseAddress.parse(url));
        }
        ServerConfig.createData(data);
        return embedded.open(
                ServerConfig.postgres(data),
                ServerConfig.postgresPrograms(data),
                new SecureRandom());
    }
}

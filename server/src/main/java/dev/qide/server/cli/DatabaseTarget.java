package dev.qide.server.cli;

import dev.qide.server.store.CommandDatabase;
import dev.qide.server.store.CommandDatabase.Tables;
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
    CommandDatabase open(Tables tables) throws InterruptedException {
        return open(CommandDatabase::embedded, tables);
    }

    /// Like [#open], but does not create a missing embedded database: a mistyped data directory
    /// must not become a new one.
    ///
    /// @throws IllegalArgumentException also when there is no embedded database
    CommandDatabase openExisting(Tables tables) throws InterruptedException {
        if (url == null && !Files.isDirectory(ServerConfig.postgres(data))) {
            throw new IllegalArgumentException(
                    "No server has used "
                            + data
                            + ": name the server's data directory with --data.");
        }
        return open(tables);
    }

    /// Opens the database, of any version, if no server uses it; creates a missing embedded one.
    ///
    /// @throws IllegalArgumentException when the URL is malformed
    CommandDatabase openExclusively() throws InterruptedException {
        return open(CommandDatabase::exclusive, Tables.ANY);
    }

    private interface Embedded {
        CommandDatabase open(Path directory, Path binaries, SecureRandom random, Tables tables)
                throws InterruptedException;
    }

    private CommandDatabase open(Embedded embedded, Tables tables) throws InterruptedException {
        if (url != null) {
            return CommandDatabase.at(DatabaseAddress.parse(url), tables);
        }
        ServerConfig.createData(data);
        return embedded.open(
                ServerConfig.postgres(data),
                ServerConfig.postgresPrograms(data),
                new SecureRandom(),
                tables);
    }
}

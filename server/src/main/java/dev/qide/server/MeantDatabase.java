package dev.qide.server;

import dev.qide.server.store.CommandDatabase;
import dev.qide.server.store.DatabaseAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParseResult;

/// The database that a command works on: that of `QIDE_DATABASE_URL`, else the embedded one of its
/// data directory.
///
/// @param url null for the embedded one
record MeantDatabase(Path data, @Nullable String url) {
    static MeantDatabase of(ParseResult parsed, Settings.Environment environment) {
        Path data = parsed.matchedOptionValue("--data", Settings.defaultData(environment));
        return new MeantDatabase(
                data.toAbsolutePath().normalize(), environment.get("QIDE_DATABASE_URL"));
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
        if (url == null && !Files.isDirectory(Settings.postgres(data))) {
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
        Settings.makeData(data);
        return embedded.open(
                Settings.postgres(data), Settings.postgresPrograms(data), new SecureRandom());
    }
}

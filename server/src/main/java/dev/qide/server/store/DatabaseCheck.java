package dev.qide.server.store;

import dev.qide.server.store.postgres.PostgresCommand;
import dev.qide.server.store.postgres.UserName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A brief check of an external database.
public sealed interface DatabaseCheck {
    /// How long the check may take.
    Duration ANSWER_WAIT = Duration.ofSeconds(5);

    /// The database responds.
    ///
    /// @param version PostgreSQL's version, for instance `18.6`
    record Answers(String version) implements DatabaseCheck {}

    /// The database does not respond.
    ///
    /// @param sentence the reason, without the password
    record Silent(String sentence) implements DatabaseCheck {}

    /// Checks the embedded database of a data directory; null when no server runs it.
    ///
    /// @param directory PostgreSQL's directory
    static @Nullable DatabaseCheck ofRunning(Path directory) {
        try {
            var running = Files.isDirectory(directory) ? EmbeddedPostgres.running(directory) : null;
            return running == null ? null : of(running);
        } catch (IOException unreadable) {
            return new Silent("Its files cannot be read: " + unreadable.getMessage());
        }
    }

    /// Checks the database. Blocks for a few seconds at most.
    static DatabaseCheck of(DatabaseAddress address) {
        try (var connection =
                DriverManager.getConnection(
                        address.url(), Database.properties(address, ANSWER_WAIT))) {
            return new Answers(connection.getMetaData().getDatabaseProductVersion());
        } catch (SQLException failure) {
            var why = String.valueOf(failure.getMessage());
            return new Silent(
                    address.password().isEmpty() ? why : why.replace(address.password(), "***"));
        }
    }

    /// Why a first start in a directory could not set PostgreSQL up; null when it could. Starts and
    /// changes nothing.
    static @Nullable String setupProblem(Path directory) {
        if (Files.exists(directory.resolve("cluster"))) {
            return null;
        }
        try {
            var passwd = Files.createTempFile("qide-", ".passwd");
            try {
                UserName.named(PostgresCommand.find(), passwd);
                return null;
            } finally {
                Files.delete(passwd);
            }
        } catch (StartRefusedException refused) {
            return refused.getMessage();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}

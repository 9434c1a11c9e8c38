package dev.qide.server.collab;

import static dev.qide.server.Await.await;
import static dev.qide.server.collab.CollabFixture.ANN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.store.EmbeddedPostgres;
import dev.qide.server.store.postgres.PostgresCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The database continues on a new timeline, as after the promotion of a standby that lacks rows.
/// `ops/prove postgres` does the same with a real standby.
final class FailoverTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String LOSE_THE_LAST_ROW =
            """
            DELETE FROM document_updates
            WHERE seq = (SELECT max(seq) FROM document_updates)
            """;

    @TempDir Path data;

    @Test
    void an_open_document_is_stored_again_so_that_rows_which_the_standby_lacks_are_not_lost()
            throws Exception {
        try (var postgres =
                        EmbeddedPostgres.start(
                                data.resolve("postgres"),
                                TestDatabase.binaries(),
                                new SecureRandom());
                var database = new Database(postgres.address());
                var fixture =
                        new CollabFixture(
                                postgres.address(), database, CollabFixture.LIMITS, "demo")) {
            var ann = fixture.client(ANN).joinSettled("");
            var seven = new Typist(7);
            ann.update(seven.type("kept ")).awaits(2, "saved");
            ann.update(seven.type("lost ")).awaits(3, "saved");
            execute(postgres.address(), LOSE_THE_LAST_ROW);
            beginTimeline(postgres);
            ann.update(seven.type("later"));
            await("the edit after the failover", PATIENCE, () -> ann.count("saved") == 4);
            var document = fixture.document();
            await(
                    "the state is stored again",
                    PATIENCE,
                    () -> StoredTexts.text(fixture.rows(document)).contains("kept lost later"));
            long rows = fixture.rows(document).size();
            ann.update(seven.type("!")).awaits(5, "saved");
            // It is stored once, and later rows as always.
            assertThat(fixture.rows(document)).hasSize((int) rows + 1);
        }
    }

    /// Restarts PostgreSQL as the end of a recovery from an archive without WAL, which begins a new
    /// timeline.
    private void beginTimeline(EmbeddedPostgres postgres) throws Exception {
        execute(postgres.administration(), "ALTER SYSTEM SET restore_command = 'false'");
        Files.createFile(data.resolve("postgres/cluster/recovery.signal"));
        long before = postgres.pid();
        PostgresCommand.signal(before, "KILL");
        await("the new timeline", PATIENCE, () -> postgres.pid() > 0 && postgres.pid() != before);
        await("an answer", PATIENCE, () -> timeline(postgres.administration()).equals("00000002"));
    }

    private static String timeline(DatabaseAddress address) {
        try (var connection =
                        DriverManager.getConnection(
                                address.url(), address.user(), address.password());
                var query = connection.createStatement();
                var rows =
                        query.executeQuery(
                                "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        } catch (SQLException _) {
            return "none";
        }
    }

    private static void execute(DatabaseAddress address, String statement) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                address.url(), address.user(), address.password());
                var query = connection.createStatement()) {
            query.execute(statement);
        }
    }
}

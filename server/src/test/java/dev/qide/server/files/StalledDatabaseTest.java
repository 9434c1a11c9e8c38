package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.collab.CollabLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A database that accepts statements and does not answer, here since a table is locked.
final class StalledDatabaseTest {
    private static final String PATH = "main.py";

    @TempDir Path home;

    /// Less than the thirty seconds after which a statement is cancelled.
    private static final Duration SERVED =
            CollabLimits.STANDARD.reconcile().plus(Duration.ofSeconds(12));

    @Test
    void a_document_in_memory_is_served_and_merges_its_file_later() throws Exception {
        var root = Files.createDirectory(home.resolve("project"));
        Files.writeString(root.resolve(PATH), "a\n");
        try (var test = TestDatabase.create();
                var fixture = new FileSyncFixture(test.address(), root);
                var locking = test.connect()) {
            fixture.open(PATH).closed();
            FileSyncFixture.await(
                    "nobody has it open", () -> !fixture.documents.isOpen(fixture.workspace, PATH));
            locking.setAutoCommit(false);
            try (var statement = locking.createStatement()) {
                statement.execute("LOCK TABLE mirrors IN ACCESS EXCLUSIVE MODE");
            }
            Files.writeString(root.resolve(PATH), "b\n", StandardOpenOption.APPEND);
            long start = System.nanoTime();
            fixture.open(PATH);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SERVED);
            fixture.type(PATH, "a", "1");
            assertThat(fixture.text(PATH)).isEqualTo("a1\n");
            locking.rollback();
            fixture.awaitText(PATH, "a1\nb\n");
            fixture.awaitDisk(PATH, "a1\nb\n");
            fixture.awaitEqual(PATH);
        }
    }
}

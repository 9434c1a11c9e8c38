package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A tool restores or deletes a file immediately after the server wrote it, as `git checkout` does.
/// The tool wins: the restored content must not look like a write that has not happened yet.
final class FileSyncRevertTest {
    private static final String PATH = "main.py";
    private static final String BASE = "a\nb\nc\n";

    @TempDir Path home;
    private TestDatabase test;
    private FileSyncFixture fixture;
    private Path file;

    private interface Tool {
        void run() throws IOException;
    }

    @BeforeEach
    void open() throws Exception {
        test = TestDatabase.create();
        file = Files.createDirectory(home.resolve("project")).resolve(PATH);
        Files.writeString(file, BASE);
        fixture = new FileSyncFixture(test.address(), file.getParent());
    }

    @AfterEach
    void close() {
        fixture.close();
        test.close();
    }

    @Test
    void a_checkout_between_the_write_and_its_record_is_merged() throws Exception {
        typeAndRunAtTheWrite("a", "1", this::checkOut);
        awaitRestored();
    }

    @Test
    void a_checkout_after_the_record_of_the_write_is_merged() throws Exception {
        fixture.open(PATH);
        fixture.type(PATH, "a", "1");
        awaitWritten();
        checkOut();
        awaitRestored();
    }

    /// The old content is then also what a temporary file has that was cut off.
    @Test
    void a_checkout_that_removes_an_appended_line_is_merged() throws Exception {
        typeAndRunAtTheWrite("c\n", "d\n", this::checkOut);
        awaitRestored();
    }

    @Test
    void a_checkout_of_an_empty_file_is_merged() throws Exception {
        Files.writeString(file, "");
        fixture.open(PATH);
        runAtTheWrite(() -> fixture.replace(PATH, ""));
        fixture.documents.edit(fixture.workspace, PATH, _ -> "typed\n");
        fixture.awaitText(PATH, "");
        fixture.awaitEqual(PATH);
        assertThat(file).isEmptyFile();
    }

    @Test
    void a_checkout_of_a_file_that_is_written_in_place_is_merged() throws Exception {
        Files.createLink(home.resolve("link"), file);
        typeAndRunAtTheWrite("a", "1", () -> Files.writeString(file, BASE));
        awaitRestored();
        assertThat(home.resolve("link")).hasContent(BASE);
    }

    /// The result looks like a write in place that was cut off after the first of two lines.
    @Test
    void a_line_that_a_tool_removes_from_a_file_written_in_place_stays_removed() throws Exception {
        Files.createLink(home.resolve("link"), file);
        typeAndRunAtTheWrite("c\n", "d\ne\n", () -> Files.writeString(file, BASE + "d\n"));
        fixture.awaitText(PATH, BASE + "d\n");
        fixture.awaitEqual(PATH);
        assertThat(fixture.disk(PATH)).isEqualTo(BASE + "d\n");
    }

    @Test
    void a_deletion_right_after_a_write_in_place_ends_the_document() throws Exception {
        Files.createLink(home.resolve("link"), file);
        typeAndRunAtTheWrite("a", "1", () -> Files.delete(file));
        FileSyncFixture.await(
                "retired", () -> fixture.documents.committedText(fixture.workspace, PATH) == null);
        assertThat(file).doesNotExist();
    }

    @Test
    void a_checkout_of_a_file_that_the_server_made_again_is_merged() throws Exception {
        fixture.open(PATH);
        runAtTheWrite(this::checkOut);
        Files.delete(file);
        fixture.type(PATH, "a", "1");
        awaitRestored();
    }

    @Test
    void a_checkout_of_a_closed_file_is_there_at_the_next_opening() throws Exception {
        fixture.open(PATH).closed();
        runAtTheWrite(this::checkOut);
        fixture.type(PATH, "c\n", "d\n");
        fixture.sync.awaitSynced(fixture.workspace, PATH, FileSyncFixture.SOON);
        fixture.open(PATH);
        awaitRestored();
    }

    @Test
    void a_checkout_while_the_server_is_down_is_merged_by_the_next_one() throws Exception {
        fixture.open(PATH);
        fixture.type(PATH, "c\n", "d\n");
        awaitWritten();
        fixture.close();
        checkOut();
        fixture = new FileSyncFixture(test.address(), file.getParent());
        fixture.open(PATH);
        awaitRestored();
    }

    private void typeAndRunAtTheWrite(String before, String typed, Tool tool) throws Exception {
        fixture.open(PATH);
        runAtTheWrite(tool);
        fixture.type(PATH, before, typed);
    }

    /// Runs the tool once, after the server wrote the file and before it records that.
    private void runAtTheWrite(Tool tool) {
        var isOver = new AtomicBoolean();
        fixture.files
                .changes()
                .addListener(change -> {
                    if (change instanceof FileChange.Saved && !isOver.getAndSet(true)) {
                        try {
                            tool.run();
                        } catch (IOException failure) {
                            throw new UncheckedIOException(failure);
                        }
                    }
                });
    }

    private void awaitWritten() {
        FileSyncFixture.await(
                "the write is recorded",
                () -> {
                    var row = fixture.syncTable.find(fixture.workspace, PATH);
                    return row != null && row.isIntentWritten();
                });
    }

    /// As git does: the file is removed and made again.
    private void checkOut() throws IOException {
        Files.delete(file);
        Files.writeString(file, BASE);
    }

    private void awaitRestored() throws Exception {
        fixture.awaitText(PATH, BASE);
        fixture.awaitEqual(PATH);
        assertThat(fixture.disk(PATH)).isEqualTo(BASE);
    }
}

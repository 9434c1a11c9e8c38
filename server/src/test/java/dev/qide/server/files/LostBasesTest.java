package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.collab.YWebsocketConnection;
import dev.qide.server.store.FileSyncTable.SyncedFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// After an asynchronous failover the database has an older file sync state of a document than the
/// server recorded. Text that is changed within a word shows whether it was merged twice.
/// `ops/prove postgres` does the same with a real standby.
final class LostBasesTest {
    private static final String PATH = "notes.md";

    @TempDir Path home;
    private TestDatabase test;
    private FileSyncFixture fixture;
    private YWebsocketConnection editor;
    private Path file;

    @BeforeEach
    void open() throws Exception {
        test = TestDatabase.create();
        var root = Files.createDirectory(home.resolve("project"));
        file = root.resolve(PATH);
        Files.writeString(file, "one");
        fixture = new FileSyncFixture(test.address(), root);
        editor = fixture.open(PATH);
        keepState();
    }

    @AfterEach
    void close() {
        fixture.close();
        test.close();
    }

    @Test
    void a_file_that_the_server_wrote_is_not_taken_for_a_tools_change() throws Exception {
        type("one", " two");
        awaitConfirmed();
        loseState();
        type("two", "fold");
        assertThat(settledText()).isEqualTo("one twofold");
        type("two", "-");
        assertThat(settledText()).isEqualTo("one two-fold");
    }

    @Test
    void an_older_pending_write_is_discarded() throws Exception {
        type("one", " two");
        awaitConfirmed();
        var _ =
                test.execute(
                        """
                        UPDATE kept SET intent_hash = 'older', intent_text = base_text,
                            intent_line_end = line_end, intent_has_bom = has_bom,
                            intent_encoding = encoding, intent_seq = log_seq
                        """);
        loseState();
        type("two", "fold");
        assertThat(settledText()).isEqualTo("one twofold");
    }

    @Test
    void the_former_file_that_awaits_its_second_check_is_not_taken_for_a_tools() throws Exception {
        type("one", " two");
        awaitConfirmed();
        type("two", " three");
        awaitConfirmed();
        var former = file.resolveSibling(Disk.temporaryOf(row().document()));
        Files.writeString(former, "one two");
        loseState();
        type("three", "fold");
        assertThat(settledText()).isEqualTo("one two threefold");
        assertThat(former).doesNotExist();
    }

    @Test
    void a_document_whose_state_is_lost_as_a_whole_gets_a_new_one() throws Exception {
        type("one", " two");
        awaitConfirmed();
        var _ = test.execute("DELETE FROM mirrors");
        type("two", "fold");
        assertThat(settledText()).isEqualTo("one twofold");
    }

    @Test
    void a_tools_change_that_was_merged_is_not_merged_again() throws Exception {
        fixture.replace(PATH, "one tool");
        fixture.awaitText(PATH, "one tool");
        awaitConfirmed();
        loseState();
        type("tool", "box");
        assertThat(settledText()).isEqualTo("one toolbox");
    }

    @Test
    void a_tools_change_after_the_loss_is_merged() throws Exception {
        type("one", "\ntwo");
        awaitConfirmed();
        loseState();
        fixture.replace(PATH, "one\ntwo\nthree");
        FileSyncFixture.await("the change", () -> fixture.text(PATH).contains("three"));
        assertThat(settledText()).contains("two").contains("three");
    }

    @Test
    void a_document_that_is_opened_again_is_not_merged_twice_and_its_file_is_watched()
            throws Exception {
        type("one", " two");
        awaitConfirmed();
        closeEditor();
        loseState();
        fixture.open(PATH);
        fixture.type(PATH, "two", "fold");
        assertThat(settledText()).isEqualTo("one twofold");
        fixture.replace(PATH, "one twofold tool");
        fixture.awaitText(PATH, "one twofold tool");
    }

    /// The base that is recorded when the document is opened is not that of the last pass.
    @Test
    void a_tool_that_restores_a_file_right_after_the_document_was_opened_wins() throws Exception {
        type("one", " two");
        awaitConfirmed();
        closeEditor();
        fixture.watcher.close();
        fixture.replace(PATH, "another branch");
        fixture.open(PATH);
        fixture.awaitText(PATH, "another branch");
        fixture.replace(PATH, "one two");
        fixture.type(PATH, "another", "!");
        FileSyncFixture.await("the restored file", () -> fixture.text(PATH).contains("one two"));
        assertThat(settledText()).contains("one two");
    }

    private void closeEditor() {
        editor.closed();
        FileSyncFixture.await(
                "nobody has it open", () -> !fixture.documents.isOpen(fixture.workspace, PATH));
    }

    private void type(String before, String typed) throws InterruptedException {
        var text = fixture.text(PATH);
        fixture.type(PATH, before, typed);
        fixture.awaitDisk(PATH, text.replace(before, before + typed));
    }

    private String settledText() throws Exception {
        awaitConfirmed();
        assertThat(file).hasContent(fixture.text(PATH));
        return fixture.text(PATH);
    }

    private void awaitConfirmed() {
        fixture.awaitEqual(PATH);
        FileSyncFixture.await("the write is confirmed", () -> row().intent() == null);
    }

    private SyncedFile row() {
        return Objects.requireNonNull(fixture.syncTable.find(fixture.workspace, PATH));
    }

    /// What the standby will have.
    private void keepState() {
        var _ = test.execute("CREATE TABLE kept AS SELECT * FROM mirrors");
    }

    private void loseState() {
        var _ =
                test.execute(
                        """
                        UPDATE mirrors m SET base_hash = k.base_hash, base_text = k.base_text,
                            line_end = k.line_end, has_bom = k.has_bom, encoding = k.encoding,
                            log_seq = k.log_seq, intent_hash = k.intent_hash,
                            intent_text = k.intent_text, intent_line_end = k.intent_line_end,
                            intent_has_bom = k.intent_has_bom,
                            intent_encoding = k.intent_encoding, intent_seq = k.intent_seq
                        FROM kept k WHERE m.document_id = k.document_id
                        """);
    }
}

package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.collab.Collaboration;
import dev.qide.server.files.sync.CompletedWrites;
import dev.qide.server.files.sync.FileSnapshots;
import dev.qide.server.files.sync.RecordedBases;
import dev.qide.server.files.sync.SyncContext;
import dev.qide.server.files.sync.SyncPass;
import dev.qide.server.store.Database;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.FileSyncTable.FileText;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileSyncTest {
    private static final String PATH = "src/main.py";

    @TempDir Path home;
    private TestDatabase test;
    private FileSyncFixture fixture;
    private Path file;

    @BeforeEach
    void open() throws Exception {
        test = TestDatabase.create();
        file = home.resolve("project").resolve(PATH);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "a\nb\nc\n");
        fixture = new FileSyncFixture(test.address(), home.resolve("project"));
    }

    @AfterEach
    void close() {
        fixture.close();
        test.close();
    }

    @Test
    void typed_text_reaches_the_disk_and_leaves_no_temporary_file() throws Exception {
        var mode = PosixFilePermissions.fromString("rwxr-x--x");
        Files.setPosixFilePermissions(file, mode);
        fixture.open(PATH);
        fixture.type(PATH, "a", "!");
        fixture.awaitDisk(PATH, "a!\nb\nc\n");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(mode);
        FileSyncFixture.await(
                "the write is confirmed", () -> fixture.names("src").equals(Set.of("main.py")));
        assertThat(fixture.sync.isSynced(fixture.workspace, PATH)).isTrue();
    }

    @Test
    void a_server_leaves_the_files_of_anothers_workspace_to_the_other() throws Exception {
        fixture.open(PATH);
        try (var other = new FileSyncFixture(test.address(), home.resolve("project"))) {
            other.sync.fileChanged(other.workspace, PATH);

            assertThat(other.sync.awaitSynced(other.workspace, PATH, FileSyncFixture.SOON))
                    .isTrue();
            assertThat(other.sync.state()).isInstanceOf(Health.State.Up.class);
        }
        fixture.type(PATH, "a", "!");
        fixture.awaitDisk(PATH, "a!\nb\nc\n");
    }

    @Test
    void line_ends_byte_order_mark_and_encoding_stay_those_of_the_file() throws Exception {
        Files.write(file, new byte[] {'g', (byte) 0xFC, '\r', '\n'});
        fixture.open(PATH);
        fixture.type(PATH, "ü", "ß\n");
        var latin = "gü\u00DF\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
        FileSyncFixture.await("latin", () -> Arrays.equals(Files.readAllBytes(file), latin));
        fixture.type(PATH, "ß", "\u65E5");
        fixture.awaitDisk(PATH, "gü\u00DF\u65E5\r\n\r\n");
    }

    @Test
    void a_typed_nul_is_written_exactly_once() throws Exception {
        fixture.open(PATH);
        fixture.type(PATH, "a", "\u0000x");
        fixture.awaitDisk(PATH, "a\u0000x\nb\nc\n");
        fixture.awaitEqual(PATH);
        fixture.type(PATH, "x", "y");
        fixture.awaitDisk(PATH, "a\u0000xy\nb\nc\n");
    }

    @Test
    void the_changes_of_a_tool_are_merged_with_typed_text() throws Exception {
        fixture.open(PATH);
        fixture.withPathsLocked(
                () -> {
                    fixture.type(PATH, "a", "1");
                    fixture.replace(PATH, "a\nb\nc2\n");
                },
                PATH);
        fixture.awaitText(PATH, "a1\nb\nc2\n");
        fixture.awaitDisk(PATH, "a1\nb\nc2\n");
        Files.writeString(file, "0\na1\nb\nc2\n");
        fixture.awaitText(PATH, "0\na1\nb\nc2\n");
        fixture.awaitEqual(PATH);
        assertThat(fixture.heard)
                .anyMatch(change -> change instanceof FileChange.ChangedExternally);
        assertThat(fixture.heard).anyMatch(change -> change instanceof FileChange.Saved);
    }

    @Test
    void the_changes_of_a_tool_to_a_closed_file_are_there_at_the_next_opening() throws Exception {
        fixture.open(PATH).closed();
        fixture.type(PATH, "a", "1");
        fixture.awaitEqual(PATH);
        restart(() -> Files.writeString(file, "a1\nb\nc\nd\n"));
        fixture.type(PATH, "b", "2");
        fixture.open(PATH);
        fixture.awaitText(PATH, "a1\nb2\nc\nd\n");
        fixture.awaitEqual(PATH);
    }

    @Test
    void a_formatter_that_answers_each_write_loses_no_letter() throws Exception {
        Files.writeString(file, "x=0\ny=0\n");
        fixture.open(PATH);
        var isOver = new AtomicBoolean();
        var formatter =
                Thread.ofVirtual()
                        .start(() -> {
                            while (!isOver.get()) {
                                format();
                            }
                        });
        for (char letter = 'A'; letter <= 'Z'; letter++) {
            fixture.type(PATH, letter == 'A' ? "y" : "" + (char) (letter - 1), "" + letter);
        }
        fixture.awaitEqual(PATH);
        FileSyncFixture.await("formatted", () -> fixture.disk(PATH).contains("x = 0"));
        isOver.set(true);
        formatter.join();
        fixture.awaitEqual(PATH);
        assertThat(fixture.text(PATH).replace(" ", ""))
                .isEqualTo("x=0\nyABCDEFGHIJKLMNOPQRSTUVWXYZ=0\n");
    }

    @Test
    void two_writers_of_one_file_lose_no_line_of_each_other() throws Exception {
        Files.writeString(file, "top\nend\n");
        fixture.open(PATH);
        for (int i = 0; i < 20; i++) {
            fixture.type(PATH, "top\n", "d" + i + "\n");
            int line = i;
            Files.write(file, FileSyncFixture.bytes("t" + line + "\n"), StandardOpenOption.APPEND);
        }
        fixture.awaitEqual(PATH);
        FileSyncFixture.await("all lines", () -> fixture.text(PATH).lines().count() == 42);
        fixture.awaitEqual(PATH);
        for (int i = 0; i < 20; i++) {
            assertThat(fixture.disk(PATH).lines()).contains("d" + i, "t" + i);
        }
    }

    @Test
    void a_file_that_a_tool_deletes_ends_its_document_after_a_while() throws Exception {
        fixture.open(PATH);
        Files.delete(file);
        FileSyncFixture.await(
                "retired", () -> fixture.documents.committedText(fixture.workspace, PATH) == null);
        assertThat(file).doesNotExist();
    }

    @Test
    void a_folder_in_the_place_of_a_file_ends_its_document_after_a_while() throws Exception {
        fixture.open(PATH);
        Files.delete(file);
        Files.createDirectory(file);
        FileSyncFixture.await(
                "retired", () -> fixture.documents.committedText(fixture.workspace, PATH) == null);
        assertThat(file).isEmptyDirectory();
        assertThat(fixture.sync.state()).isInstanceOf(Health.State.Up.class);
    }

    @Test
    void a_link_in_the_place_of_a_folder_ends_the_documents_below_it() throws Exception {
        fixture.open(PATH);
        var folder = file.getParent();
        Files.move(folder, home.resolve("elsewhere"));
        Files.createSymbolicLink(folder, home.resolve("elsewhere"));
        FileSyncFixture.await(
                "retired", () -> fixture.documents.committedText(fixture.workspace, PATH) == null);
        assertThat(home.resolve("elsewhere/main.py")).hasContent("a\nb\nc");
        assertThat(fixture.sync.state()).isInstanceOf(Health.State.Up.class);
    }

    @Test
    void text_without_a_place_for_its_file_can_be_opened_until_the_place_is_free()
            throws Exception {
        var connection = fixture.open(PATH);
        fixture.withPathsLocked(
                () -> {
                    Files.delete(file);
                    Files.createDirectory(file);
                    fixture.type(PATH, "a", "1");
                },
                PATH);
        FileSyncFixture.await(
                "told",
                () ->
                        fixture.sync.state() instanceof Health.State.Degraded(var sentence)
                                && sentence.contains("1 of them because a folder"));
        connection.closed();
        FileSyncFixture.await(
                "nobody has it open", () -> !fixture.documents.isOpen(fixture.workspace, PATH));
        fixture.open(PATH);
        assertThat(fixture.text(PATH)).isEqualTo("a1\nb\nc\n");
        Files.delete(file);
        fixture.type(PATH, "a1", "2");
        fixture.awaitDisk(PATH, "a12\nb\nc\n");
        FileSyncFixture.await("told", () -> fixture.sync.state() instanceof Health.State.Up);
    }

    @Test
    void a_file_that_is_unlinked_and_made_again_keeps_its_document() throws Exception {
        fixture.open(PATH);
        var before =
                Objects.requireNonNull(fixture.syncTable.find(fixture.workspace, PATH)).document();
        fixture.withPathsLocked(
                () -> {
                    Files.delete(file);
                    Files.writeString(file, "a\nb\nc\nchecked out\n");
                },
                PATH);
        fixture.awaitText(PATH, "a\nb\nc\nchecked out\n");
        assertThat(
                        Objects.requireNonNull(fixture.syncTable.find(fixture.workspace, PATH))
                                .document())
                .isEqualTo(before);
    }

    @Test
    void a_deleted_file_with_text_that_it_never_had_is_written_again() throws Exception {
        fixture.open(PATH);
        fixture.withPathsLocked(
                () -> {
                    Files.delete(file);
                    fixture.type(PATH, "a", "!");
                },
                PATH);
        fixture.awaitDisk(PATH, "a!\nb\nc\n");
    }

    @Test
    void an_edit_during_the_last_look_at_a_deleted_file_is_not_lost() throws Exception {
        fixture.open(PATH);
        var workspace = fixture.files.workspace(fixture.workspace);
        var path = new WorkspacePath(PATH);
        var pass = new SyncPass(new LateEdit(), workspace, path, fixture.files.disk(workspace));
        fixture.withPathsLocked(
                () -> {
                    Files.delete(file);
                    var _ = pass.run();
                },
                PATH);
        assertThat(fixture.disk(PATH)).isEqualTo("a!\nb\nc\n");
        assertThat(fixture.text(PATH)).isEqualTo("a!\nb\nc\n");
    }

    @Test
    void a_file_that_becomes_binary_ends_its_document() throws Exception {
        fixture.open(PATH);
        Files.write(file, new byte[] {0, 1, 2, (byte) 0xFF});
        FileSyncFixture.await(
                "retired", () -> fixture.documents.committedText(fixture.workspace, PATH) == null);
        assertThat(file).hasBinaryContent(new byte[] {0, 1, 2, (byte) 0xFF});
    }

    @Test
    void a_file_that_grows_above_the_limit_of_texts_ends_its_document() throws Exception {
        fixture.open(PATH);
        int bytes = WorkspaceFiles.FILE_BYTES + 1;
        try (var large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(bytes);
        }
        FileSyncFixture.await(
                "retired", () -> fixture.documents.committedText(fixture.workspace, PATH) == null);
        assertThat(file).hasSize(bytes);
    }

    @Test
    void a_put_is_merged_into_the_document_and_answered_with_what_is_on_disk() throws Exception {
        fixture.open(PATH);
        var loaded = Objects.requireNonNull(fixture.content(PATH)).hash();
        var written =
                fixture.files.exclusively(
                        fixture.files.workspace(fixture.workspace),
                        List.of(new WorkspacePath(PATH)),
                        () -> {
                            fixture.type(PATH, "a", "1");
                            return fixture.files.writeText(
                                    "demo",
                                    PATH,
                                    "a\nb\nc3\n",
                                    new Precondition.Unchanged(Set.of(loaded)),
                                    "ann");
                        });
        assertThat(fixture.disk(PATH)).isEqualTo("a1\nb\nc3\n");
        assertThat(fixture.text(PATH)).isEqualTo("a1\nb\nc3\n");
        assertThat(written.hash()).isEqualTo(Objects.requireNonNull(fixture.content(PATH)).hash());
        FilesTest.assertFails(
                Failure.PRECONDITION_FAILED,
                () ->
                        fixture.files.writeText(
                                "demo",
                                PATH,
                                "x",
                                new Precondition.Unchanged(Set.of(loaded)),
                                "ann"));
        var bytes =
                fixture.files.write(
                        "demo",
                        PATH,
                        FileSyncFixture.bytes("a1\r\nb2\r\nc3\r\n"),
                        new Precondition.Unchanged(Set.of(written.hash())),
                        "ann");
        assertThat(fixture.disk(PATH)).isEqualTo("a1\r\nb2\r\nc3\r\n");
        assertThat(fixture.text(PATH)).isEqualTo("a1\nb2\nc3\n");
        fixture.files.write(
                "demo",
                PATH,
                new byte[] {0, 1},
                new Precondition.Unchanged(Set.of(bytes.hash())),
                "ann");
        assertThat(file).hasBinaryContent(new byte[] {0, 1});
        assertThat(fixture.documents.committedText(fixture.workspace, PATH)).isNull();
    }

    @Test
    void a_program_with_the_file_open_at_the_exchange_may_still_write_to_it() throws Exception {
        fixture.open(PATH);
        try (var inPlace = FileChannel.open(file, StandardOpenOption.WRITE)) {
            fixture.type(PATH, "a", "1");
            writeLate(inPlace);
        }
        fixture.awaitDisk(PATH, "a1\nb\nc\nlate\n");
        fixture.awaitEqual(PATH);
    }

    @Test
    void what_such_a_program_writes_is_merged_before_the_workspace_is_left() throws Exception {
        fixture.open(PATH);
        try (var inPlace = FileChannel.open(file, StandardOpenOption.WRITE)) {
            fixture.type(PATH, "a", "1");
            writeLate(inPlace);
        }
        fixture.documents.leases().release(fixture.workspace, null);
        assertThat(fixture.disk(PATH)).isEqualTo("a1\nb\nc\nlate\n");
    }

    /// Writes to the file that the server has just replaced. The server looks at it once more, a
    /// second after the exchange at the earliest: a machine that pauses longer tests nothing.
    private void writeLate(FileChannel inPlace) throws IOException {
        var lastOld = new AtomicLong(System.nanoTime());
        FileSyncFixture.await(
                "the file is replaced",
                () -> {
                    long now = System.nanoTime();
                    boolean isNew = fixture.disk(PATH).equals("a1\nb\nc\n");
                    if (!isNew) {
                        lastOld.set(now);
                    }
                    return isNew;
                });
        inPlace.write(ByteBuffer.wrap(FileSyncFixture.bytes("a\nb\nc\nlate\n")));
        assumeThat(System.nanoTime() - lastOld.get()).isLessThan(900_000_000L);
    }

    /// Every place where a server can be killed between an intent and its confirmation.
    @Test
    void the_remains_of_a_killed_server_are_found_again() throws Exception {
        fixture.open(PATH).closed();
        var base = "a\nb\nc\n";
        var meant = "a1\nb\nc\n";
        check(base, null, meant);
        check(base, "", meant);
        check(base, meant.substring(0, 3), meant);
        check(base, meant, meant);
        check(base, base, base);
        check(meant, base, meant);
        check(meant, null, meant);
        check("a\nb\nc\nt\n", meant, "a1\nb\nc\nt\n");
        check("a1\nb\nc\nt\n", base, "a1\nb\nc\nt\n");
        check(meant, "a\nb\nc\nt\n", "a1\nb\nc\nt\n");
        check("a1\nb\nc\nu\n", "0\na\nb\nc\n", "0\na1\nb\nc\nu\n");
        check("t\n" + meant, null, "t\n" + meant);
    }

    /// @param disk the file as the killed server left it, or a tool after it
    /// @param left the content under the temporary name; null for none
    private void check(String disk, @Nullable String left, String expected) throws Exception {
        fixture.documents.edit(fixture.workspace, PATH, _ -> "a\nb\nc\n");
        fixture.awaitDisk(PATH, "a\nb\nc\n");
        FileSyncFixture.await("confirmed", () -> fixture.names("src").equals(Set.of("main.py")));
        FileSyncFixture.await(
                "confirmed", () -> fixture.syncTable.unsynced(fixture.workspace).isEmpty());
        fixture.close();
        var between = new FileSyncFixture(test.address(), home.resolve("project"));
        var row = Objects.requireNonNull(between.syncTable.find(between.workspace, PATH));
        between.documents.edit(between.workspace, PATH, text -> text.replace("a\n", "a1\n"));
        between.close();
        var meant = "a1\nb\nc\n";
        try (var database = new Database(test.address())) {
            var syncTable = new FileSyncTable(database);
            syncTable.recordIntent(row.document(), row.base(), row.newestRow(), null);
            var _ = syncTable.confirmIntent(row.document(), row.base());
            var metadata =
                    TextFile.of(meant)
                            .metadata(FileContent.of(FileSyncFixture.bytes(meant)).hash());
            syncTable.recordIntent(
                    row.document(), new FileText(metadata, meant), row.newestRow(), null);
        }
        Files.writeString(file, disk);
        Files.deleteIfExists(temporary(row.document()));
        if (left != null) {
            Files.writeString(temporary(row.document()), left);
        }
        fixture = new FileSyncFixture(test.address(), home.resolve("project"));
        fixture.awaitDisk(PATH, expected);
        fixture.awaitText(PATH, expected);
        FileSyncFixture.await("confirmed", () -> fixture.names("src").equals(Set.of("main.py")));
        fixture.awaitEqual(PATH);
    }

    @Test
    void a_failed_write_to_disk_is_reported_and_retried() throws Exception {
        fixture.open(PATH);
        var folder = file.getParent();
        fixture.withPathsLocked(
                () -> {
                    Files.move(folder, home.resolve("elsewhere"));
                    Files.createSymbolicLink(folder, home.resolve("elsewhere"));
                    fixture.type(PATH, "a", "1");
                },
                PATH);
        FileSyncFixture.await("told", () -> fixture.sync.state() instanceof Health.State.Degraded);
        assertThat(fixture.sync.isSynced(fixture.workspace, PATH)).isFalse();
        assertThat(fixture.sync.isFailing(fixture.workspace, PATH)).isTrue();
        assertThat(home.resolve("elsewhere/main.py")).hasContent("a\nb\nc");
        Files.delete(folder);
        Files.move(home.resolve("elsewhere"), folder);
        fixture.awaitDisk(PATH, "a1\nb\nc\n");
        FileSyncFixture.await("told", () -> fixture.sync.state() instanceof Health.State.Up);
        assertThat(fixture.sync.isFailing(fixture.workspace, PATH)).isFalse();
    }

    @Test
    void an_upload_that_waits_for_the_file_finds_the_text_in_it() throws Exception {
        fixture.open(PATH);
        for (int i = 0; i < 5; i++) {
            fixture.type(PATH, "a", "x");
            assertThat(fixture.sync.awaitSynced(fixture.workspace, PATH, FileSyncFixture.SOON))
                    .isTrue();
            assertThat(fixture.disk(PATH)).isEqualTo(fixture.text(PATH));
        }
    }

    @Test
    void a_new_file_at_the_place_of_a_deleted_one_keeps_what_was_typed_there() throws Exception {
        fixture.open(PATH);
        fixture.withPathsLocked(
                () -> {
                    fixture.type(PATH, "a", "1");
                    Files.delete(file);
                    fixture.files.writeText(
                            "demo", PATH, "a\nb\nc\nnew\n", new Precondition.Absent(), "ann");
                },
                PATH);
        assertThat(fixture.disk(PATH)).isEqualTo("a1\nb\nc\nnew\n");
        fixture.awaitEqual(PATH);
    }

    @Test
    void the_remains_of_a_killed_put_are_removed_at_the_start() throws Exception {
        var left = file.resolveSibling(".qide-0123456789abcdef01234567.tmp");
        var others = file.resolveSibling(".qide-mine.tmp");
        restart(() -> {
            Files.writeString(left, "half");
            Files.writeString(others, "whole");
        });
        FileSyncFixture.await("removed", () -> !Files.exists(left));
        assertThat(others).exists();
    }

    /// Types between the comparison of the document with its missing file and the outcome.
    private final class LateEdit implements SyncContext {
        private boolean isTyped;

        @Override
        public Collaboration documents() {
            return fixture.documents;
        }

        @Override
        public FileSyncTable table() {
            return fixture.syncTable;
        }

        @Override
        public WorkspaceFiles files() {
            return fixture.files;
        }

        @Override
        public RecordedBases recordedBases() {
            return fixture.source.recordedBases();
        }

        @Override
        public CompletedWrites completedWrites() {
            return fixture.source.completedWrites();
        }

        @Override
        public boolean isMoving(FileSnapshots.Key path) {
            return false;
        }

        @Override
        public Instant missingSince(FileSnapshots.Key path) {
            try {
                if (!isTyped) {
                    isTyped = true;
                    fixture.type(PATH, "a", "!");
                }
            } catch (InterruptedException stop) {
                throw new AssertionError(stop);
            }
            return Instant.EPOCH;
        }

        @Override
        public void clearMissing(FileSnapshots.Key path) {}

        @Override
        public Instant now() {
            return Instant.now();
        }
    }

    private interface Action {
        void now() throws IOException;
    }

    private void restart(Action between) throws Exception {
        fixture.close();
        between.now();
        fixture = new FileSyncFixture(test.address(), home.resolve("project"));
    }

    private Path temporary(DocumentId document) {
        return file.resolveSibling(Disk.temporaryOf(document));
    }

    /// As a formatter does on each change: reads, and replaces if that changes anything.
    private void format() {
        try {
            var text = fixture.disk(PATH);
            var formatted = text.replaceAll("(?<! )=(?! )", " = ");
            if (!formatted.equals(text)) {
                Files.writeString(file, formatted);
            }
            Thread.sleep(5);
        } catch (IOException | InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

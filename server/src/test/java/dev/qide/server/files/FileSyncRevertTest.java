package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.FileSyncTable.FileText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A tool restores, deletes or moves a file immediately after the server wrote it, as `git
/// checkout` does. The tool wins: the restored content must not look like a write that has not
/// happened yet.
final class FileSyncRevertTest {
    private static final String PATH = "main.py";
    private static final String BASE = "a\nb\nc\n";
    private static final String TYPED = "a1\nb\nc\n";
    private static final int MANY = 20;

    @TempDir Path home;
    private TestDatabase test;
    private FileSyncFixture fixture;
    private Path root;
    private Path file;

    private interface Tool {
        void run() throws IOException;
    }

    private interface FileTool {
        void run(Path file, String text) throws IOException;
    }

    private interface Kill {
        void leave(Path temporary) throws IOException;
    }

    private interface SavedListener {
        void saved(String path) throws IOException;
    }

    /// @param typed the text that the server writes
    /// @param tool is run immediately after that write, with the text that is expected then
    private record Case(String path, String base, String typed, FileTool tool, String expected) {}

    @BeforeEach
    void open() throws Exception {
        test = TestDatabase.create();
        root = Files.createDirectory(home.resolve("project"));
        file = root.resolve(PATH);
        Files.writeString(file, BASE);
        fixture = new FileSyncFixture(test.address(), root);
    }

    @AfterEach
    void close() {
        fixture.close();
        test.close();
    }

    @Test
    void what_a_tool_restores_right_after_the_write_is_merged() throws Exception {
        var linked = linked("linked.py");
        var shortened = linked("shortened.py");
        check(
                new Case("checked out.py", BASE, TYPED, this::checkOut, BASE),
                // A temporary file that was cut off has the same content.
                new Case("appended.py", BASE, BASE + "d\n", this::checkOut, BASE),
                new Case("empty.py", "", "typed\n", this::checkOut, ""),
                new Case("replaced by sed.py", BASE, TYPED, this::replace, BASE),
                new Case("saved in place.py", BASE, TYPED, this::overwrite, BASE),
                new Case(linked, BASE, TYPED, this::overwrite, BASE),
                // It looks like a write in place that was cut off after the first of two lines.
                new Case(shortened, BASE, BASE + "d\ne\n", this::overwrite, BASE + "d\n"));
        assertThat(home.resolve(linked)).hasContent(BASE);
    }

    @Test
    void what_a_tool_only_moves_or_brings_back_keeps_the_typed_text() throws Exception {
        var mode = PosixFilePermissions.fromString("rwxr-x--x");
        check(
                new Case("moved.py", BASE, TYPED, this::moveAwayAndBack, TYPED),
                new Case(
                        "mode.py",
                        BASE,
                        TYPED,
                        (path, _) -> Files.setPosixFilePermissions(path, mode),
                        TYPED),
                new Case(
                        "stashed.py",
                        BASE,
                        TYPED,
                        (path, text) -> {
                            checkOut(path, BASE);
                            checkOut(path, text);
                        },
                        TYPED));
        fixture.type("mode.py", "b", "2");
        fixture.awaitDisk("mode.py", "a1\nb2\nc\n");
        assertThat(Files.getPosixFilePermissions(root.resolve("mode.py"))).isEqualTo(mode);
    }

    @Test
    void a_stash_that_returns_later_brings_the_typed_text_back() throws Exception {
        typeAndRunAtTheWrite("c\n", "d\n", () -> checkOut(file, BASE));
        awaitRestored();
        replace(file, BASE + "d\n");
        fixture.awaitText(PATH, BASE + "d\n");
        fixture.awaitEqual(PATH);
    }

    /// The tool begins when the server has written all of them.
    @Test
    void a_checkout_of_many_files_is_merged() throws Exception {
        var paths = IntStream.range(0, MANY).mapToObj(number -> number + ".py").toList();
        for (var path : paths) {
            Files.writeString(root.resolve(path), BASE);
            fixture.open(path);
        }
        var written = new AtomicInteger();
        onSaved(_ -> {
            if (written.incrementAndGet() == MANY) {
                for (var path : paths) {
                    replace(root.resolve(path), BASE);
                }
            }
        });
        for (var path : paths) {
            fixture.type(path, "a", "1");
        }
        for (var path : paths) {
            fixture.awaitText(path, BASE);
            fixture.awaitEqual(path);
        }
    }

    @Test
    void a_deletion_right_after_the_write_ends_the_document() throws Exception {
        var paths = List.of("deleted.py", linked("linked.py"));
        for (var path : paths) {
            Files.writeString(root.resolve(path), BASE);
            fixture.open(path);
        }
        onSaved(path -> Files.delete(root.resolve(path)));
        for (var path : paths) {
            fixture.type(path, "c\n", "d\n");
        }
        for (var path : paths) {
            FileSyncFixture.await(
                    path + " is retired",
                    () -> fixture.documents.committedText(fixture.workspace, path) == null);
            assertThat(root.resolve(path)).doesNotExist();
        }
    }

    @Test
    void a_checkout_before_the_second_check_of_the_write_is_merged() throws Exception {
        fixture.open(PATH);
        fixture.type(PATH, "a", "1");
        awaitWritten(TYPED);
        checkOut(file, BASE);
        awaitRestored();
    }

    /// The restored content is neither that before the last write nor that after it.
    @Test
    void a_checkout_undoes_earlier_writes_too() throws Exception {
        fixture.open(PATH);
        fixture.type(PATH, "a", "1");
        fixture.awaitDisk(PATH, TYPED);
        FileSyncFixture.await(
                "confirmed", () -> fixture.syncTable.unsynced(fixture.workspace).isEmpty());
        runAtTheWrite(() -> checkOut(file, BASE));
        fixture.type(PATH, "b", "2");
        awaitRestored();
    }

    @Test
    void text_that_is_typed_after_a_checkout_stays() throws Exception {
        fixture.open(PATH);
        fixture.type(PATH, "a", "1");
        awaitWritten(TYPED);
        checkOut(file, BASE);
        fixture.type(PATH, "c", "3");
        fixture.awaitText(PATH, "a\nb\nc3\n");
        fixture.awaitDisk(PATH, "a\nb\nc3\n");
        fixture.awaitEqual(PATH);
    }

    @Test
    void a_checkout_of_a_file_that_the_server_made_again_is_merged() throws Exception {
        fixture.open(PATH);
        runAtTheWrite(() -> checkOut(file, BASE));
        fixture.withPathsLocked(
                () -> {
                    Files.delete(file);
                    fixture.type(PATH, "a", "1");
                },
                PATH);
        awaitRestored();
    }

    @Test
    void a_checkout_of_a_closed_file_is_there_at_the_next_opening() throws Exception {
        fixture.open(PATH).closed();
        runAtTheWrite(() -> checkOut(file, BASE));
        fixture.type(PATH, "c\n", "d\n");
        fixture.sync.awaitSynced(fixture.workspace, PATH, FileSyncFixture.SOON);
        fixture.open(PATH);
        awaitRestored();
    }

    @Test
    void a_checkout_while_no_server_runs_is_merged_by_the_next_one() throws Exception {
        fixture.open(PATH);
        fixture.type(PATH, "c\n", "d\n");
        fixture.close();
        assertThat(file).hasContent(BASE + "d\n");
        checkOut(file, BASE);
        fixture = new FileSyncFixture(test.address(), root);
        fixture.open(PATH);
        awaitRestored();
    }

    @Test
    void a_checkout_after_a_kill_right_after_the_write_is_merged() throws Exception {
        restartAfterKill(TYPED, BASE);
        awaitRestored();
    }

    /// The temporary file was cut off where the former content ends.
    @Test
    void an_appended_line_is_written_after_a_kill_during_the_write() throws Exception {
        restartAfterKill(BASE + "d\n", BASE);
        fixture.awaitDisk(PATH, BASE + "d\n");
        fixture.awaitEqual(PATH);
        assertThat(fixture.text(PATH)).isEqualTo(BASE + "d\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, ""})
    void a_checkout_over_an_appended_line_is_merged_after_a_kill(String base) throws Exception {
        restart(
                base,
                base + "d\n",
                temporary -> {
                    Files.move(file, temporary);
                    Files.writeString(file, base);
                });
        fixture.awaitText(PATH, base);
        fixture.awaitEqual(PATH);
        assertThat(fixture.disk(PATH)).isEqualTo(base);
    }

    @Test
    void an_exchange_that_a_power_cut_undid_is_repeated() throws Exception {
        restartAfterKill(TYPED, TYPED);
        fixture.awaitDisk(PATH, TYPED);
        fixture.awaitEqual(PATH);
        assertThat(fixture.text(PATH)).isEqualTo(TYPED);
    }

    /// Its disk may have been unmounted. What was typed must reach the directory that is there.
    @Test
    void a_directory_that_takes_the_place_of_the_written_one_gets_the_typed_text()
            throws Exception {
        typeAndRunAtTheWrite(
                "a",
                "1",
                () -> {
                    Files.move(root, home.resolve("unmounted"));
                    Files.createDirectory(root);
                });
        fixture.awaitDisk(PATH, TYPED);
        awaitConfirmed(PATH);
        assertThat(fixture.text(PATH)).isEqualTo(TYPED);
    }

    private void check(Case... cases) throws Exception {
        var tools = new ConcurrentHashMap<String, Case>();
        for (var one : cases) {
            Files.writeString(root.resolve(one.path()), one.base());
            fixture.open(one.path());
            tools.put(one.path(), one);
        }
        onSaved(path -> {
            var due = tools.remove(path);
            if (due != null) {
                assertThat(root.resolve(path)).hasContent(due.typed());
                due.tool().run(root.resolve(path), due.expected());
            }
        });
        for (var one : cases) {
            fixture.documents.edit(fixture.workspace, one.path(), _ -> one.typed());
        }
        for (var one : cases) {
            FileSyncFixture.await(
                    one.path() + " was written", () -> !tools.containsKey(one.path()));
            fixture.awaitText(one.path(), one.expected());
            awaitConfirmed(one.path());
            assertThat(fixture.disk(one.path())).as(one.path()).isEqualTo(one.expected());
            assertThat(fixture.text(one.path())).as(one.path()).isEqualTo(one.expected());
        }
    }

    private void typeAndRunAtTheWrite(String before, String typed, Tool tool) throws Exception {
        fixture.open(PATH);
        runAtTheWrite(tool);
        fixture.type(PATH, before, typed);
    }

    /// Runs the tool once, immediately after the server wrote the file.
    private void runAtTheWrite(Tool tool) {
        var isOver = new AtomicBoolean();
        onSaved(_ -> {
            if (!isOver.getAndSet(true)) {
                tool.run();
            }
        });
    }

    private void onSaved(SavedListener listener) {
        fixture.files
                .changes()
                .addListener(change -> {
                    if (change instanceof FileChange.Saved(_, var path, _, _, _)) {
                        try {
                            listener.saved(path);
                        } catch (IOException failure) {
                            throw new UncheckedIOException(failure);
                        }
                    }
                });
    }

    /// Starts a server that finds the base on disk and a pending write, as a kill leaves them.
    ///
    /// @param meant the text of the pending write
    /// @param left the content under the temporary name
    private void restartAfterKill(String meant, String left) throws Exception {
        restart(BASE, meant, temporary -> Files.writeString(temporary, left));
    }

    /// Starts a server that finds a pending write.
    ///
    /// @param meant the text of the pending write
    /// @param kill changes the files as the killed server and tools did, from the base on disk
    private void restart(String base, String meant, Kill kill) throws Exception {
        Files.writeString(file, base);
        fixture.open(PATH).closed();
        var before = Objects.requireNonNull(fixture.syncTable.find(fixture.workspace, PATH));
        fixture.documents.edit(fixture.workspace, PATH, _ -> meant);
        fixture.close();
        var hash = FileContent.of(FileSyncFixture.bytes(meant)).hash();
        try (var database = new Database(test.address())) {
            var table = new FileSyncTable(database);
            Files.writeString(file, base);
            var replaced = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            table.recordIntent(before.document(), before.base(), before.newestRow(), null);
            var _ = table.confirmIntent(before.document(), before.base());
            table.recordIntent(
                    before.document(),
                    new FileText(TextFile.of(meant).metadata(hash), meant),
                    before.newestRow(),
                    "" + replaced);
        }
        kill.leave(file.resolveSibling(Disk.temporaryOf(before.document())));
        fixture = new FileSyncFixture(test.address(), root);
        fixture.open(PATH);
    }

    /// The pass that wrote the text has ended; the second check is a second away.
    private void awaitWritten(String text) {
        fixture.awaitDisk(PATH, text);
        FileSyncFixture.await("written", () -> fixture.sync.isSynced(fixture.workspace, PATH));
    }

    /// The second check is over.
    private void awaitConfirmed(String path) {
        FileSyncFixture.await(
                path + " is confirmed",
                () -> {
                    var row = fixture.syncTable.find(fixture.workspace, path);
                    return row != null
                            && row.intent() == null
                            && row.isCurrent()
                            && fixture.sync.isSynced(fixture.workspace, path);
                });
    }

    /// A file with another name outside, which is therefore written in place.
    private String linked(String path) throws IOException {
        Files.createFile(root.resolve(path));
        Files.createLink(home.resolve(path), root.resolve(path));
        return path;
    }

    /// As git does: the file is removed and made again.
    private void checkOut(Path path, String text) throws IOException {
        Files.delete(path);
        Files.writeString(path, text);
    }

    /// As `sed -i` does.
    private void replace(Path path, String text) throws IOException {
        fixture.replace("" + path.getFileName(), text);
    }

    private void overwrite(Path path, String text) throws IOException {
        Files.writeString(path, text);
    }

    private void moveAwayAndBack(Path path, String text) throws IOException {
        var away = home.resolve("away");
        Files.move(path, away);
        assertThat(away).hasContent(text);
        Files.move(away, path);
    }

    private void awaitRestored() throws Exception {
        fixture.awaitText(PATH, BASE);
        fixture.awaitEqual(PATH);
        assertThat(fixture.disk(PATH)).isEqualTo(BASE);
    }
}

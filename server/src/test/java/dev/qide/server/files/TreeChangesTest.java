package dev.qide.server.files;

import static dev.qide.server.files.FilesTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.files.sync.SyncPass;
import dev.qide.server.telemetry.Health;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files and folders moved, deleted and made, with live documents in them, and what a server finds
/// that comes after one which was killed between two steps.
final class TreeChangesTest {
    private static final String PATH = "src/main.py";
    private static final long LOOK_NANOS = 10_000;

    private static final String REFUSE_OTHER =
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full';
            END $$;
            CREATE TRIGGER refuse BEFORE UPDATE OF path ON documents
                FOR EACH ROW WHEN (NEW.path = 'lib/other.py') EXECUTE FUNCTION refuse();
            """;

    @TempDir Path home;
    private TestDatabase test;
    private FileSyncFixture fixture;
    private Path root;

    @BeforeEach
    void open() throws Exception {
        test = TestDatabase.create();
        root = home.resolve("project");
        FileSyncFixture.write(root, PATH, "a\n");
        fixture = new FileSyncFixture(test.address(), root);
    }

    @AfterEach
    void close() {
        fixture.close();
        test.close();
    }

    @Test
    void a_moved_file_keeps_its_document_and_what_is_typed_follows_it() throws Exception {
        fixture.open(PATH);
        fixture.type(PATH, "a", "1");
        var document = fixture.document(PATH);

        fixture.tree.move("demo", PATH, "lib/deep/other.py");

        assertThat(fixture.document("lib/deep/other.py")).isEqualTo(document);
        assertThat(fixture.text("lib/deep/other.py")).isEqualTo("a1\n");
        assertThat(fixture.disk("lib/deep/other.py")).isEqualTo("a1\n");
        assertThat(root.resolve(PATH)).doesNotExist();
        assertThat(fixture.documents.committedText(fixture.workspace, PATH)).isNull();
        fixture.type("lib/deep/other.py", "a1", "2");
        fixture.awaitDisk("lib/deep/other.py", "a12\n");
        FileSyncFixture.await(
                "nothing beside it", () -> fixture.names("lib/deep").equals(Set.of("other.py")));
        assertThat(fixture.names("src")).isEmpty();
        assertThat(fixture.heard)
                .anyMatch(change ->
                        change instanceof FileChange.Moved moved
                                && moved.path().equals(PATH)
                                && moved.to().equals("lib/deep/other.py"));
        assertThat(fixture.moves.pending(fixture.workspace)).isEmpty();
    }

    @Test
    void clients_that_have_it_open_are_notified_and_do_not_recreate_it() throws Exception {
        var connection = fixture.open(PATH);

        fixture.tree.move("demo", PATH, "b.py");

        FileSyncFixture.await(
                "it is closed", () -> !fixture.documents.isOpen(fixture.workspace, PATH));
        connection.closed();
        assertThat(root.resolve(PATH)).doesNotExist();
        assertThat(fixture.disk("b.py")).isEqualTo("a\n");
    }

    @Test
    void a_moved_folder_takes_all_its_documents_along() throws Exception {
        FileSyncFixture.write(root, "src/in/er.py", "x\n");
        FileSyncFixture.write(root, "src/unopened.bin", "y");
        fixture.open(PATH);
        fixture.open("src/in/er.py");
        fixture.type(PATH, "a", "1");
        fixture.type("src/in/er.py", "x", "2");
        var first = fixture.document(PATH);
        var second = fixture.document("src/in/er.py");

        fixture.tree.move("demo", "src", "pkg/core");

        assertThat(fixture.document("pkg/core/main.py")).isEqualTo(first);
        assertThat(fixture.document("pkg/core/in/er.py")).isEqualTo(second);
        fixture.awaitDisk("pkg/core/main.py", "a1\n");
        fixture.awaitDisk("pkg/core/in/er.py", "x2\n");
        assertThat(fixture.disk("pkg/core/unopened.bin")).isEqualTo("y");
        assertThat(root.resolve("src")).doesNotExist();
        fixture.open("pkg/core/main.py");
        fixture.type("pkg/core/main.py", "a1", "3");
        fixture.awaitDisk("pkg/core/main.py", "a13\n");
    }

    @Test
    void nothing_is_overwritten_and_nothing_illegal_is_moved() throws Exception {
        FileSyncFixture.write(root, "b.py", "b\n");
        FileSyncFixture.write(root, ".gitignore", "secret/\n");
        fixture.open("b.py");

        assertFails(Failure.FILE_EXISTS, () -> fixture.tree.move("demo", PATH, "b.py"));
        assertFails(Failure.FILE_EXISTS, () -> fixture.tree.move("demo", PATH, PATH));
        assertFails(Failure.PATH_CLASH, () -> fixture.tree.move("demo", PATH, "B.py"));
        assertFails(Failure.PATH_CLASH, () -> fixture.tree.move("demo", PATH, "SRC/x.py"));
        assertFails(Failure.PATH_ILLEGAL, () -> fixture.tree.move("demo", PATH, "../x.py"));
        assertFails(Failure.PATH_ILLEGAL, () -> fixture.tree.move("demo", "src", "src/in"));
        assertFails(Failure.PATH_ILLEGAL, () -> fixture.tree.move("demo", PATH, "b.py/x.py"));
        assertFails(
                Failure.FILE_IGNORED, () -> fixture.tree.move("demo", PATH, "node_modules/x.py"));
        assertFails(Failure.FILE_IGNORED, () -> fixture.tree.move("demo", PATH, "secret/x.py"));
        assertFails(Failure.FILE_IGNORED, () -> fixture.tree.move("demo", "src", "secret"));
        assertFails(Failure.FILE_UNKNOWN, () -> fixture.tree.move("demo", "no.py", "x.py"));
        assertThat(fixture.disk(PATH)).isEqualTo("a\n");
        assertThat(fixture.text("b.py")).isEqualTo("b\n");
        assertThat(fixture.moves.pending(fixture.workspace)).isEmpty();
    }

    @Test
    void documents_that_the_database_does_not_move_at_once_follow_later() throws Exception {
        FileSyncFixture.write(root, "src/other.py", "x\n");
        fixture.open(PATH);
        fixture.open("src/other.py");
        var main = fixture.document(PATH);
        var other = fixture.document("src/other.py");
        test.execute(REFUSE_OTHER);

        assertFails(Failure.DOCUMENT_UNAVAILABLE, () -> fixture.tree.move("demo", "src", "lib"));
        // A new file at the old path does not end the document that has yet to follow.
        assertFails(
                Failure.SERVER_CANCELLED,
                () ->
                        fixture.files.write(
                                "demo",
                                "src/other.py",
                                FileSyncFixture.bytes("new\n"),
                                new Precondition.Anything(),
                                "ann"));
        // A missing file ends its document after a while, but not now.
        Thread.sleep(SyncPass.GRACE.plusSeconds(2));
        test.execute("DROP FUNCTION refuse CASCADE");

        FileSyncFixture.await(
                "all have moved", () -> fixture.document("lib/other.py").equals(other));
        assertThat(fixture.document("lib/main.py")).isEqualTo(main);
        fixture.type("lib/other.py", "x", "1");
        fixture.awaitDisk("lib/other.py", "x1\n");
        FileSyncFixture.await(
                "the record is removed", () -> fixture.moves.pending(fixture.workspace).isEmpty());
        assertThat(root.resolve("src")).doesNotExist();
        assertThat(fixture.heard)
                .anyMatch(change ->
                        change instanceof FileChange.Moved moved
                                && moved.path().equals("src")
                                && moved.to().equals("lib"));
    }

    @Test
    void a_folder_in_the_place_of_a_document_can_be_deleted() throws Exception {
        fixture.open(PATH);
        fixture.withPathsLocked(
                () -> {
                    Files.delete(root.resolve(PATH));
                    FileSyncFixture.write(root, PATH + "/in.txt", "x");
                    fixture.type(PATH, "a", "1");
                },
                PATH);
        FileSyncFixture.await(
                "it has no place", () -> fixture.sync.state() instanceof Health.State.Degraded);

        fixture.tree.delete("demo", PATH, null, true);

        assertThat(root.resolve(PATH)).doesNotExist();
        assertThat(fixture.documents.committedText(fixture.workspace, PATH)).isNull();
    }

    @Test
    void a_file_that_grew_above_the_limit_of_texts_is_moved_and_deleted() throws Exception {
        for (var change : List.of("move", "delete")) {
            FileSyncFixture.write(root, PATH, "a\n");
            fixture.open(PATH);
            try (var large = new RandomAccessFile(root.resolve(PATH).toFile(), "rw")) {
                large.setLength(WorkspaceFiles.FILE_BYTES + 1);
            }

            if (change.equals("move")) {
                fixture.tree.move("demo", PATH, "src/large.log");
                assertThat(root.resolve("src/large.log")).hasSize(WorkspaceFiles.FILE_BYTES + 1);
            } else {
                fixture.tree.delete("demo", PATH, null, false);
            }

            assertThat(root.resolve(PATH)).doesNotExist();
            assertThat(fixture.documents.committedText(fixture.workspace, PATH)).isNull();
        }
    }

    @Test
    void a_name_may_change_in_case_alone() throws Exception {
        fixture.open(PATH);

        fixture.tree.move("demo", PATH, "src/Main.py");

        assertThat(fixture.names("src")).isEqualTo(Set.of("Main.py"));
        assertThat(fixture.text("src/Main.py")).isEqualTo("a\n");
    }

    @Test
    void a_path_whose_file_a_tool_deleted_unnoticed_is_free() throws Exception {
        FileSyncFixture.write(root, "b.py", "b\n");
        fixture.open(PATH).closed();
        fixture.open("b.py").closed();
        restart(() -> Files.delete(root.resolve("b.py")));

        fixture.tree.move("demo", PATH, "b.py");

        assertThat(fixture.text("b.py")).isEqualTo("a\n");
    }

    @Test
    void a_deleted_file_ends_its_document() throws Exception {
        fixture.open(PATH);
        fixture.type(PATH, "a", "1");
        fixture.awaitEqual(PATH);
        var stale = Precondition.ofPresent(FileContent.of(FileSyncFixture.bytes("a\n")).etag());
        var known = Precondition.ofPresent(fixture.content(PATH).etag());

        assertFails(
                Failure.PRECONDITION_FAILED, () -> fixture.tree.delete("demo", PATH, stale, false));
        assertFails(
                Failure.PRECONDITION_REQUIRED,
                () -> fixture.tree.delete("demo", PATH, null, false));
        assertThat(fixture.text(PATH)).isEqualTo("a1\n");
        fixture.tree.delete("demo", PATH, known, false);

        assertThat(fixture.names("src")).isEmpty();
        assertThat(fixture.documents.committedText(fixture.workspace, PATH)).isNull();
        assertFails(Failure.FILE_UNKNOWN, () -> fixture.tree.delete("demo", PATH, known, false));
        fixture.open(PATH);
        assertThat(fixture.text(PATH)).isEmpty();
    }

    @Test
    void typed_text_that_is_not_on_disk_yet_makes_a_deletion_stale() throws Exception {
        fixture.open(PATH);
        var known = Precondition.ofPresent(fixture.content(PATH).etag());
        fixture.type(PATH, "a", "1");

        assertFails(
                Failure.PRECONDITION_FAILED, () -> fixture.tree.delete("demo", PATH, known, false));

        assertThat(fixture.disk(PATH)).isEqualTo("a1\n");
    }

    @Test
    void a_folder_is_deleted_with_its_content_when_the_request_is_recursive() throws Exception {
        FileSyncFixture.write(root, "src/in/er.py", "x\n");
        fixture.open("src/in/er.py");

        assertFails(Failure.IS_A_FOLDER, () -> fixture.tree.delete("demo", "src", null, false));
        assertFails(Failure.FILE_IGNORED, () -> fixture.tree.delete("demo", ".git", null, true));
        fixture.tree.delete("demo", "src", null, true);

        assertThat(root.resolve("src")).doesNotExist();
        assertThat(fixture.documents.committedText(fixture.workspace, "src/in/er.py")).isNull();
        FileSyncFixture.await("what was set aside is deleted", () -> fixture.names("").isEmpty());
        assertThat(fixture.heard)
                .anyMatch(change ->
                        change instanceof FileChange.Deleted(_, var path, var below)
                                && path.equals("src")
                                && Set.copyOf(below).equals(Set.of("main.py", "in/er.py")));
    }

    @Test
    void clients_that_learn_of_a_documents_end_do_not_find_its_file_again() throws Exception {
        var paths = new ArrayList<String>();
        for (int i = 0; i < 40; i++) {
            paths.add("src/file-" + i + ".py");
            FileSyncFixture.write(root, paths.getLast(), "x\n");
            fixture.open(paths.getLast());
        }
        var found = new ConcurrentLinkedQueue<String>();
        var readers = new ArrayList<Thread>();
        for (var path : paths) {
            readers.add(Thread.ofVirtual().start(() -> readOnceItIsOver(path, found)));
        }

        fixture.tree.delete("demo", "src", null, true);

        for (var reader : readers) {
            reader.join();
        }
        assertThat(found).containsOnly("file-unknown").hasSize(paths.size());
    }

    private void readOnceItIsOver(String path, Queue<String> found) {
        while (fixture.documents.isOpen(fixture.workspace, path)) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        try {
            fixture.files.read("demo", path);
            found.add(path + " is there");
        } catch (FailureException failure) {
            found.add(failure.failure().wireName());
        }
    }

    @Test
    void a_deletion_follows_no_link_out_of_the_folder() throws Exception {
        var outside = Files.createDirectory(home.resolve("outside"));
        Files.writeString(outside.resolve("kept.txt"), "kept");
        Files.createSymbolicLink(root.resolve("src/link"), outside);

        assertFails(
                Failure.PATH_ILLEGAL, () -> fixture.tree.delete("demo", "src/link", null, true));
        assertFails(
                Failure.PATH_ILLEGAL,
                () -> fixture.tree.delete("demo", "src/link/kept.txt", null, true));
        assertFails(Failure.PATH_ILLEGAL, () -> fixture.tree.move("demo", PATH, "src/link/x.py"));
        fixture.tree.delete("demo", "src", null, true);

        FileSyncFixture.await("what was set aside is deleted", () -> fixture.names("").isEmpty());
        assertThat(outside.resolve("kept.txt")).hasContent("kept");
    }

    @Test
    void a_folder_is_created_once() throws Exception {
        fixture.tree.createFolder("demo", "new/inner");

        assertThat(root.resolve("new/inner")).isDirectory();
        assertFails(Failure.FILE_EXISTS, () -> fixture.tree.createFolder("demo", "new/inner"));
        assertFails(Failure.FILE_EXISTS, () -> fixture.tree.createFolder("demo", PATH));
        assertFails(Failure.PATH_CLASH, () -> fixture.tree.createFolder("demo", "NEW"));
        assertFails(
                Failure.FILE_IGNORED, () -> fixture.tree.createFolder("demo", "a/node_modules"));
        assertThat(root.resolve("a")).doesNotExist();
    }

    @Test
    void killed_before_the_file_moved_the_document_stays_with_it() throws Exception {
        fixture.open(PATH);
        var document = fixture.document(PATH);

        restart(() -> fixture.moves.begin(fixture.workspace, PATH, "b.py", key(PATH)));

        assertThat(fixture.document(PATH)).isEqualTo(document);
        assertThat(fixture.moves.pending(fixture.workspace)).isEmpty();
    }

    @Test
    void killed_after_the_file_moved_the_documents_follow_it() throws Exception {
        FileSyncFixture.write(root, "src/in/er.py", "x\n");
        fixture.open(PATH);
        fixture.open("src/in/er.py");
        var first = fixture.document(PATH);
        var second = fixture.document("src/in/er.py");

        restart(() -> {
            fixture.moves.begin(fixture.workspace, "src", "pkg", key("src"));
            Files.move(root.resolve("src"), root.resolve("pkg"));
            // Somebody made the old place again before the server came back.
            FileSyncFixture.write(root, PATH, "new\n");
        });

        assertThat(fixture.document("pkg/main.py")).isEqualTo(first);
        assertThat(fixture.document("pkg/in/er.py")).isEqualTo(second);
        assertThat(fixture.moves.pending(fixture.workspace)).isEmpty();
        fixture.open(PATH);
        assertThat(fixture.text(PATH)).isEqualTo("new\n");
    }

    @Test
    void a_folder_that_a_killed_server_had_set_aside_is_removed_at_the_start() throws Exception {
        restart(() ->
                FileSyncFixture.write(root, ".qide-0123456789abcdef01234567.tmp/in/x.py", "x"));

        FileSyncFixture.await("it is removed", () -> fixture.names("").equals(Set.of("src")));
    }

    private interface Action {
        void happens() throws Exception;
    }

    private void restart(Action meanwhile) throws Exception {
        fixture.close();
        // What happens needs the database as much as the disk.
        try (var between = new FileSyncFixture(test.address(), root)) {
            fixture = between;
            meanwhile.happens();
        }
        fixture = new FileSyncFixture(test.address(), root);
    }

    private String key(String path) throws IOException {
        return "" + Files.readAttributes(root.resolve(path), "fileKey").get("fileKey");
    }
}

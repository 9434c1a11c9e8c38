package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.collab.TextSource.FirstText;
import dev.qide.server.owner.Alarms;
import dev.qide.server.owner.CpuPool;
import dev.qide.server.store.Database;
import dev.qide.server.store.DocumentId;
import dev.qide.server.store.DocumentTable;
import dev.qide.server.store.FileMark;
import dev.qide.server.store.StoredDocument;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.wire.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileTextsTest {
    private static final String EMPTY =
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    @TempDir Path home;

    private final BlockingQueue<FileChange> heard = new ArrayBlockingQueue<>(100);
    private TestDatabase test;
    private Database database;
    private CpuPool cpu;
    private Path root;
    private WorkspaceFiles files;
    private FileTexts texts;
    private WorkspaceId workspace;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
        cpu = new CpuPool(2);
        root = Files.createDirectory(home.resolve("project"));
        var workspaces =
                new Workspaces(
                        Map.of("demo", root), home.resolve("data"), new WorkspaceTable(database));
        workspace = workspaces.named("demo").id();
        files = new WorkspaceFiles(workspaces, cpu, new SecureRandom(), heard::add);
        texts =
                new FileTexts(
                        workspaces,
                        files,
                        new DocumentTable(database),
                        () -> Instant.parse("2026-11-23T23:59:00Z"));
    }

    @AfterEach
    void close() {
        cpu.close();
        database.close();
        test.close();
    }

    @Test
    void the_first_text_is_that_of_the_file() throws IOException {
        Files.writeString(root.resolve("a.py"), "x = 1\r\ny = 2\r\n");
        var hash = files.read("demo", "a.py").hash();
        assertThat(texts.read(workspace, "a.py", false))
                .isEqualTo(new FirstText("x = 1\ny = 2\n", hash, "crlf", false, "utf-8"));
    }

    @Test
    void a_path_without_a_file_is_made_for_who_may_and_unknown_for_others() {
        FilesTest.assertFails(Failure.FILE_UNKNOWN, () -> texts.read(workspace, "new/a.py", false));
        assertThat(root.resolve("new")).doesNotExist();
        assertThat(texts.read(workspace, "new/a.py", true))
                .isEqualTo(new FirstText("", EMPTY, "lf", false, "utf-8"));
        assertThat(root.resolve("new/a.py")).isEmptyFile();
        FilesTest.assertFails(Failure.PATH_CLASH, () -> texts.read(workspace, "NEW/a.py", true));
        FilesTest.assertFails(Failure.IS_A_FOLDER, () -> texts.read(workspace, "new", true));
        FilesTest.assertFails(
                Failure.FILE_IGNORED, () -> texts.read(workspace, "node_modules/a.js", true));
        FilesTest.assertFails(
                Failure.WORKSPACE_UNKNOWN,
                () -> texts.read(new WorkspaceId(UUID.randomUUID()), "a.py", true));
    }

    @Test
    void what_is_no_shared_text_is_named() throws IOException {
        Files.write(root.resolve("image.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G', 0, 0});
        Files.write(root.resolve("large.txt"), new byte[TextFile.SHARED_TEXT_BYTES + 1]);
        FilesTest.assertFails(
                Failure.FILE_NOT_TEXT, () -> texts.read(workspace, "image.png", true));
        FilesTest.assertFails(
                Failure.FILE_TOO_LARGE, () -> texts.read(workspace, "large.txt", true));
    }

    @Test
    void a_conflict_path_is_one_that_no_file_and_no_document_has() throws IOException {
        assertThat(texts.conflictPath(workspace, "src/main.py"))
                .isEqualTo("src/main.conflict-2026-11-23-1.py");
        Files.createDirectory(root.resolve("src"));
        Files.createFile(root.resolve("src/main.conflict-2026-11-23-1.py"));
        living("src/main.conflict-2026-11-23-2.py");
        Files.createDirectory(root.resolve("src/main.conflict-2026-11-23-3.py"));
        assertThat(texts.conflictPath(workspace, "src/main.py"))
                .isEqualTo("src/main.conflict-2026-11-23-4.py");
        assertThat(texts.conflictPath(workspace, "Makefile"))
                .isEqualTo("Makefile.conflict-2026-11-23-1");
        assertThat(texts.conflictPath(workspace, ".env")).isEqualTo(".env.conflict-2026-11-23-1");
        var longest = texts.conflictPath(workspace, "ä".repeat(125) + ".py");
        assertThat(longest).endsWith("ä.conflict-2026-11-23-1.py").hasSizeLessThan(130);
    }

    @Test
    void a_change_by_something_else_is_told_while_the_file_is_open() throws Exception {
        Files.writeString(root.resolve("a.py"), "1");
        var first = texts.read(workspace, "a.py", false);
        try (var alarms = new Alarms();
                var _ = new FileWatch(files, alarms, (_, _) -> true)) {
            var saved =
                    files.write(
                            "demo",
                            "a.py",
                            "2".getBytes(StandardCharsets.UTF_8),
                            new Condition.Unchanged(Set.of(first.hash())),
                            "ann");
            assertThat(next()).isInstanceOf(FileChange.Saved.class);
            put("3");
            var now = files.read("demo", "a.py").hash();
            assertThat(next())
                    .as("our own save is no news, and a GET takes none away")
                    .isInstanceOfSatisfying(
                            FileChange.FoundDifferent.class,
                            change -> {
                                assertThat(change.path()).isEqualTo("a.py");
                                assertThat(change.hash()).isEqualTo(now);
                            });
            FilesTest.assertFails(
                    Failure.PRECONDITION_FAILED,
                    () ->
                            files.write(
                                    "demo",
                                    "a.py",
                                    new byte[0],
                                    new Condition.Unchanged(Set.of(saved.hash())),
                                    "ann"));
            Files.delete(root.resolve("a.py"));
            assertThat(next())
                    .isInstanceOfSatisfying(
                            FileChange.FoundDifferent.class,
                            change -> assertThat(change.hash()).isNull());
            put("3");
            assertThat(next()).isInstanceOf(FileChange.FoundDifferent.class);
            assertThat(heard).isEmpty();
        }
    }

    /// As one step, so that no look finds the file half written.
    private void put(String text) throws IOException {
        Files.move(
                Files.writeString(home.resolve("fresh"), text),
                root.resolve("a.py"),
                StandardCopyOption.REPLACE_EXISTING);
    }

    private FileChange next() throws InterruptedException {
        var change = heard.poll(20, TimeUnit.SECONDS);
        assertThat(change).isNotNull();
        return Objects.requireNonNull(change);
    }

    private void living(String path) {
        long epoch = new WorkspaceTable(database).raiseEpoch(workspace);
        new DocumentTable(database)
                .create(
                        new StoredDocument(
                                new DocumentId(UUID.randomUUID()),
                                workspace,
                                path,
                                "1",
                                1L << 40,
                                new FileMark("", "lf", false, "utf-8"),
                                0),
                        new byte[] {1},
                        epoch);
    }
}

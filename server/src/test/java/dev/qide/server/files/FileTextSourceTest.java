package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.collab.TextSource.FirstText;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.concurrent.Scheduler;
import dev.qide.server.store.Database;
import dev.qide.server.store.FileSyncTable;
import dev.qide.server.store.WorkspaceId;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileTextSourceTest {
    private static final String EMPTY =
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    @TempDir Path home;

    private TestDatabase test;
    private Database database;
    private CpuPool cpu;
    private Scheduler scheduler;
    private Path root;
    private WorkspaceFiles files;
    private FileTextSource source;
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
        files = new WorkspaceFiles(workspaces, cpu, new SecureRandom());
        var syncTable = new FileSyncTable(database);
        scheduler = new Scheduler();
        source = new FileTextSource(workspaces, files, syncTable, scheduler);
    }

    @AfterEach
    void close() {
        scheduler.close();
        cpu.close();
        database.close();
        test.close();
    }

    @Test
    void the_first_text_is_that_of_the_file() throws IOException {
        Files.writeString(root.resolve("a.py"), "x = 1\r\ny = 2\r\n");
        var hash = files.read("demo", "a.py").hash();
        assertThat(source.read(workspace, "a.py", false))
                .isEqualTo(new FirstText("x = 1\ny = 2\n", hash, "crlf", false, "utf-8"));
    }

    @Test
    void a_missing_file_is_created_for_editors_and_unknown_for_others() {
        FilesTest.assertFails(
                Failure.FILE_UNKNOWN, () -> source.read(workspace, "new/a.py", false));
        assertThat(root.resolve("new")).doesNotExist();
        assertThat(source.read(workspace, "new/a.py", true))
                .isEqualTo(new FirstText("", EMPTY, "lf", false, "utf-8"));
        assertThat(root.resolve("new/a.py")).isEmptyFile();
        FilesTest.assertFails(Failure.PATH_CLASH, () -> source.read(workspace, "NEW/a.py", true));
        FilesTest.assertFails(Failure.IS_A_FOLDER, () -> source.read(workspace, "new", true));
        FilesTest.assertFails(
                Failure.FILE_IGNORED, () -> source.read(workspace, "node_modules/a.js", true));
        FilesTest.assertFails(
                Failure.WORKSPACE_UNKNOWN,
                () -> source.read(new WorkspaceId(UUID.randomUUID()), "a.py", true));
    }

    @Test
    void files_that_cannot_be_shared_are_named() throws IOException {
        Files.write(root.resolve("image.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G', 0, 0});
        Files.write(root.resolve("large.txt"), new byte[TextFile.SHARED_TEXT_BYTES + 1]);
        FilesTest.assertFails(
                Failure.FILE_NOT_TEXT, () -> source.read(workspace, "image.png", true));
        FilesTest.assertFails(
                Failure.FILE_TOO_LARGE, () -> source.read(workspace, "large.txt", true));
    }
}

package dev.qide.server.files;

import static dev.qide.server.files.FilesTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Paths and symbolic links: nothing outside a workspace is read or written.
final class WorkspacePathTest {
    @RegisterExtension static final FilesFixture FIXTURE = new FilesFixture();
    @TempDir Path home;
    private Path root;
    private Path outside;
    private WorkspaceFiles files;

    @BeforeEach
    void open() throws IOException {
        root = Files.createDirectory(home.resolve("project"));
        outside = Files.createDirectory(home.resolve("outside"));
        Files.writeString(outside.resolve("secret.txt"), "secret");
        files = FIXTURE.files(home, root);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/etc/passwd",
                "../outside/secret.txt",
                "a/../../outside/secret.txt",
                "a/..",
                ".",
                "./a",
                "a/./b",
                "a//b",
                "a/",
                "..\\outside\\secret.txt",
                "a\\b",
                "a\0b",
                "a\nb",
                "a\u007fb",
                "a\u0085b",
                "dir./a",
                "a.",
                "a ",
                "a/ ",
                "...",
                "x\ud800y",
                "evil\u202etxt.py",
                "a\u2028b"
            })
    void a_path_that_is_not_plain_is_illegal(String path) {
        assertFails(Failure.PATH_ILLEGAL, () -> files.read("demo", path));
        assertFails(
                Failure.PATH_ILLEGAL,
                () -> files.write("demo", path, new byte[0], new Precondition.Absent(), "ann"));
        assertThat(outside).isDirectoryNotContaining(file -> !file.endsWith("secret.txt"));
    }

    @Test
    void a_path_is_bounded_in_bytes() {
        assertThat(new WorkspacePath("ä".repeat(127)).value()).hasSize(127);
        assertFails(Failure.PATH_ILLEGAL, () -> new WorkspacePath("ä".repeat(128)));
        assertThat(new WorkspacePath("ab/".repeat(341) + "c").segments()).hasSize(342);
        assertFails(Failure.PATH_ILLEGAL, () -> new WorkspacePath("ab/".repeat(341) + "cd"));
        assertFails(Failure.PATH_ILLEGAL, () -> new WorkspacePath("a".repeat(5 << 20)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                ".env.example",
                "..a",
                "a..b/c",
                "src/Ünï çode/日本.py",
                "a b",
                "%2e%2e",
                "C:",
                "~",
                "e\u0301"
            })
    void a_plain_path_is_written_and_read(String path) {
        files.write("demo", path, FilesTest.bytes("x"), new Precondition.Absent(), "ann");
        assertThat(files.read("demo", path).bytes()).isEqualTo(FilesTest.bytes("x"));
        assertThat(root.resolve(path)).hasContent("x");
    }

    @Test
    void nothing_is_reached_through_a_link() throws IOException {
        Files.writeString(root.resolve("real.txt"), "real");
        Files.createSymbolicLink(root.resolve("out.txt"), outside.resolve("secret.txt"));
        Files.createSymbolicLink(root.resolve("out"), outside);
        Files.createSymbolicLink(root.resolve("in.txt"), root.resolve("real.txt"));
        Files.createSymbolicLink(root.resolve("nowhere"), outside.resolve("new.txt"));
        for (var path : List.of("out.txt", "out/secret.txt", "out/new.txt", "in.txt", "nowhere")) {
            assertFails(Failure.PATH_ILLEGAL, () -> files.read("demo", path));
            for (var precondition : anyCondition("secret")) {
                assertFails(
                        Failure.PATH_ILLEGAL,
                        () ->
                                files.write(
                                        "demo",
                                        path,
                                        FilesTest.bytes("evil"),
                                        precondition,
                                        "ann"));
            }
        }
        assertThat(outside.resolve("secret.txt")).hasContent("secret");
        assertThat(outside.resolve("new.txt")).doesNotExist();
        assertThat(files.list("demo").entries())
                .extracting(FileTree.Entry::path, FileTree.Entry::kind)
                .contains(
                        org.assertj.core.groups.Tuple.tuple("out", FileTree.Kind.LINK),
                        org.assertj.core.groups.Tuple.tuple("in.txt", FileTree.Kind.LINK))
                .noneMatch(entry -> entry.toString().contains("secret"));
    }

    @Test
    void a_link_that_is_swapped_in_meanwhile_leads_nowhere() throws Exception {
        Files.createDirectory(root.resolve("real"));
        Files.writeString(root.resolve("real/secret.txt"), "mine");
        var swap = root.resolve("swap");
        Files.createSymbolicLink(swap, outside);
        try (var tasks = Executors.newThreadPerTaskExecutor(platform())) {
            var swapper =
                    tasks.submit(() -> {
                        for (int i = 0; i < 2_000; i++) {
                            Files.delete(swap);
                            Files.createDirectory(swap);
                            Files.delete(swap);
                            Files.createSymbolicLink(swap, outside);
                        }
                        return true;
                    });
            while (!swapper.isDone()) {
                assertThatThrownBy(() -> files.read("demo", "swap/secret.txt"))
                        .isInstanceOf(FailureException.class);
            }
            assertThat(swapper.get()).isTrue();
        }
    }

    @Test
    void a_path_that_is_not_a_file_is_named_as_what_it_is() throws Exception {
        Files.createDirectory(root.resolve("folder"));
        Files.writeString(root.resolve("file"), "x");
        assertThat(new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start().waitFor())
                .isZero();
        assertFails(Failure.IS_A_FOLDER, () -> files.read("demo", "folder"));
        assertFails(Failure.FILE_UNKNOWN, () -> files.read("demo", "folder/none"));
        assertFails(Failure.FILE_UNKNOWN, () -> files.read("demo", "none/none"));
        assertFails(Failure.PATH_ILLEGAL, () -> files.read("demo", "file/below"));
        assertFails(Failure.PATH_ILLEGAL, () -> files.read("demo", "pipe"));
        assertFails(Failure.WORKSPACE_UNKNOWN, () -> files.read("other", "file"));
        assertFails(
                Failure.IS_A_FOLDER,
                () ->
                        files.write(
                                "demo",
                                "folder",
                                FilesTest.bytes("x"),
                                new Precondition.Absent(),
                                "ann"));
    }

    private static List<Precondition> anyCondition(String content) {
        return List.of(
                new Precondition.Absent(),
                FilesTest.meaning(FileContent.of(FilesTest.bytes(content)).hash()));
    }

    private static ThreadFactory platform() {
        return Thread.ofPlatform().factory();
    }
}

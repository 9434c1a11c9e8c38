package dev.qide.server.files;

import static dev.qide.server.files.FilesTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.files.disk.FileTreeWalk;
import dev.qide.wire.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The list of the files of a workspace, and ignored files.
final class FileTreeTest {
    @RegisterExtension static final FilesFixture FIXTURE = new FilesFixture();
    @TempDir Path home;
    private Path root;
    private WorkspaceFiles files;

    @BeforeEach
    void open() throws IOException {
        root = Files.createDirectory(home.resolve("project"));
        files = FIXTURE.files(home, root);
    }

    @Test
    void ignored_files_are_not_listed_and_open_only_by_name() throws IOException {
        Files.writeString(root.resolve(".gitignore"), "*.log\n/secret/\n!keep.log\nnot-a-dir/\n");
        for (var folder :
                List.of("node_modules/x", "secret", "src/deep", ".git", "a/__pycache__")) {
            Files.createDirectories(root.resolve(folder));
            Files.writeString(root.resolve(folder + "/f.txt"), "x");
        }
        Files.writeString(
                root.resolve("src/.gitignore"), "deep/*\n!deep/keep.txt\n*.tmp\n!x.log\n");
        for (var file :
                List.of(
                        "a.log",
                        "keep.log",
                        "src/x.log",
                        "src/deep/keep.txt",
                        "src/secret",
                        "not-a-dir",
                        "a.tmp",
                        "src/a.tmp")) {
            Files.writeString(root.resolve(file), "x");
        }
        for (var path :
                List.of("a.log", "secret/f.txt", "src/deep/f.txt", "src/a.tmp", "build/new.txt")) {
            var text = FilesTest.bytes("by hand\n");
            var written = files.write("demo", path, text, new Precondition.Anything(), "ann");
            assertThat(files.read("demo", path).hash()).isEqualTo(written.hash());
            var binary = new byte[] {1, 0, 2};
            assertFails(
                    Failure.FILE_IGNORED,
                    () -> files.write("demo", path, binary, new Precondition.Anything(), "ann"));
            Files.write(root.resolve(path), binary);
            assertFails(Failure.FILE_IGNORED, () -> files.read("demo", path));
            assertFails(
                    Failure.FILE_IGNORED,
                    () -> files.write("demo", path, text, new Precondition.Anything(), "ann"));
            Files.write(root.resolve(path), new byte[TextFile.SHARED_TEXT_BYTES + 1]);
            assertFails(Failure.FILE_TOO_LARGE, () -> files.read("demo", path));
        }
        Files.delete(root.resolve("build/new.txt"));
        Files.delete(root.resolve("build"));
        for (var path :
                List.of(
                        "node_modules/x/f.txt",
                        "node_modules/new.txt",
                        ".venv/new.txt",
                        "build/node_modules/new.txt",
                        ".git/f.txt",
                        ".GIT/config")) {
            assertFails(Failure.FILE_IGNORED, () -> files.read("demo", path));
            assertFails(
                    Failure.FILE_IGNORED,
                    () ->
                            files.write(
                                    "demo",
                                    path,
                                    FilesTest.bytes("x"),
                                    new Precondition.Absent(),
                                    "ann"));
        }
        for (var path :
                List.of(
                        "keep.log",
                        "src/x.log",
                        "src/deep/keep.txt",
                        "src/secret",
                        "not-a-dir",
                        "a.tmp",
                        ".gitignore")) {
            assertThat(files.read("demo", path).bytes()).isNotEmpty();
        }
        var tree = files.list("demo");
        assertThat(tree.isTruncated()).isFalse();
        assertThat(tree.entries().stream().filter(FileTree.Entry::isIgnored))
                .extracting(FileTree.Entry::path)
                .containsExactlyInAnyOrder(
                        ".git",
                        "node_modules",
                        "secret",
                        "a/__pycache__",
                        "a.log",
                        "src/deep/f.txt",
                        "src/a.tmp");
        assertThat(tree.entries())
                .extracting(FileTree.Entry::path)
                .doesNotContain("node_modules/x", "secret/f.txt")
                .contains("src", "src/deep", "src/deep/keep.txt");
        Files.writeString(root.resolve(".gitignore"), "keep.*\n");
        assertThat(ignored()).doesNotContain("a.log").contains("keep.log");
    }

    private List<String> ignored() {
        return files.list("demo").entries().stream()
                .filter(FileTree.Entry::isIgnored)
                .map(FileTree.Entry::path)
                .toList();
    }

    @Test
    void a_tree_is_bounded() throws IOException {
        for (int i = 0; i < 5; i++) {
            var folder = Files.createDirectory(root.resolve("f" + i));
            for (int j = 0; j < 10; j++) {
                Files.createFile(folder.resolve("" + j));
            }
        }
        var rules = new IgnoreRules(root);
        assertThat(FileTreeWalk.of(root, rules, 55).isTruncated()).isFalse();
        var tree = FileTreeWalk.of(root, rules, 54);
        assertThat(tree.entries()).hasSize(54);
        assertThat(tree.isTruncated()).isTrue();
    }
}

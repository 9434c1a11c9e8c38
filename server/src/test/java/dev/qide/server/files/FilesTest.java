package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.files.disk.FileTreeWalk;
import dev.qide.server.store.Database;
import dev.qide.server.store.StartRefusedException;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.workspace.SampleWorkspace;
import dev.qide.server.workspace.Workspaces;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FilesTest {
    private static TestDatabase test;
    private static Database database;
    private static CpuPool cpu;

    @TempDir Path home;

    private Path root;
    private Path outside;
    private WorkspaceFiles files;
    private final List<FileChange> heard = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void openDatabase() throws InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
        cpu = new CpuPool(2);
    }

    @AfterAll
    static void closeDatabase() {
        cpu.close();
        database.close();
        test.close();
    }

    @BeforeEach
    void open() throws IOException {
        root = Files.createDirectory(home.resolve("project"));
        outside = Files.createDirectory(home.resolve("outside"));
        Files.writeString(outside.resolve("secret.txt"), "secret");
        files = new WorkspaceFiles(workspaces(Map.of("demo", root)), cpu, new SecureRandom());
        files.changes().addListener(heard::add);
    }

    @Test
    void a_new_file_never_has_a_part_of_its_content() throws Exception {
        var content = new byte[1 << 20];
        int count = 50;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        try (var tool = Executors.newVirtualThreadPerTaskExecutor()) {
            var sizes =
                    tool.submit(() -> {
                        var seen = new ArrayList<Long>();
                        for (int number = 0; number < count; number++) {
                            var file = root.resolve("new-" + number);
                            while (!Files.exists(file) && System.nanoTime() < deadline) {
                                Thread.onSpinWait();
                            }
                            seen.add(Files.size(file));
                        }
                        return seen;
                    });
            for (int number = 0; number < count; number++) {
                var absent = new Precondition.Absent();
                files.write("demo", "new-" + number, content, absent, "ann");
            }
            assertThat(sizes.get()).hasSize(count).containsOnly((long) content.length);
        }
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
        files.write("demo", path, bytes("x"), new Precondition.Absent(), "ann");
        assertThat(files.read("demo", path).bytes()).isEqualTo(bytes("x"));
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
                        () -> files.write("demo", path, bytes("evil"), precondition, "ann"));
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
                () -> files.write("demo", "folder", bytes("x"), new Precondition.Absent(), "ann"));
    }

    @Test
    void a_write_must_name_the_version_it_replaces() {
        var first = files.write("demo", "src/a.py", bytes("1"), new Precondition.Absent(), "ann");
        assertThat(first.isCreated()).isTrue();
        assertThat(first.etag()).isEqualTo('"' + first.hash() + '"').hasSize(66);
        assertThat(files.read("demo", "src/a.py").etag()).isEqualTo(first.etag());
        var second = files.write("demo", "src/a.py", bytes("2"), meaning(first.hash()), "bob");
        assertThat(second.isCreated()).isFalse();
        assertFails(
                Failure.PRECONDITION_FAILED,
                () -> files.write("demo", "src/a.py", bytes("3"), meaning(first.hash()), "ann"));
        assertFails(
                Failure.PRECONDITION_FAILED,
                () ->
                        files.write(
                                "demo", "src/a.py", bytes("3"), new Precondition.Absent(), "ann"));
        assertFails(
                Failure.PRECONDITION_FAILED,
                () -> files.write("demo", "none.py", bytes("3"), meaning(first.hash()), "ann"));
        assertThat(root.resolve("src/a.py")).hasContent("2");
        assertThat(root.resolve("none.py")).doesNotExist();
        assertThat(heard)
                .map(change -> ((FileChange.Saved) change).by() + " " + change.path())
                .containsExactly("ann src/a.py", "bob src/a.py");
    }

    @Test
    void conditions_are_read_from_their_headers() {
        assertThat(Precondition.of("\"ab\"", null)).isEqualTo(meaning("ab"));
        assertThat(Precondition.of(" \"ab\" , W/\"cd\",\"ef\"", null))
                .isEqualTo(new Precondition.Unchanged(Set.of("ab", "ef")));
        assertThat(Precondition.of("W/\"ab\"", null))
                .isEqualTo(new Precondition.Unchanged(Set.of()));
        assertThat(Precondition.of(null, " * ")).isEqualTo(new Precondition.Absent());
        assertFails(Failure.PRECONDITION_REQUIRED, () -> Precondition.of(null, null));
        assertThat(Precondition.of(" * ", null)).isEqualTo(new Precondition.Present());
        for (var wrong : List.of("ab", "\"ab", "\"a\"\"b\"", "\"a\" x", "\"a\u00e9\"")) {
            assertFails(Failure.INVALID_PARAMS, () -> Precondition.of(wrong, null));
        }
        assertFails(Failure.INVALID_PARAMS, () -> Precondition.of(null, "\"ab\""));
        assertFails(Failure.INVALID_PARAMS, () -> Precondition.of("\"ab\"", "*"));
    }

    @Test
    void one_of_many_writers_of_the_same_version_wins() throws Exception {
        var start =
                files.write("demo", "a.py", bytes("0"), new Precondition.Absent(), "ann").hash();
        assertThat(winners("a.py", meaning(start))).hasSize(1);
        var made = winners("new/b.py", new Precondition.Absent());
        assertThat(made).hasSize(1);
        assertThat(root.resolve("new/b.py")).hasContent(made.getFirst());
    }

    @Test
    void a_replaced_file_keeps_its_mode_and_leaves_no_temporary_file() throws IOException {
        var script = root.resolve("run.sh");
        Files.writeString(script, "old");
        var mode = PosixFilePermissions.fromString("rwxr-x--x");
        Files.setPosixFilePermissions(script, mode);
        var old = files.read("demo", "run.sh");
        files.write("demo", "run.sh", bytes("new"), meaning(old.hash()), "ann");
        assertThat(Files.getPosixFilePermissions(script)).isEqualTo(mode);
        try (var all = Files.list(root)) {
            assertThat(all).containsExactly(script);
        }
    }

    @Test
    void a_text_is_written_in_the_way_of_the_file_it_replaces() {
        var windows = new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF, 'a', '\r', '\n'};
        var first = files.write("demo", "w.txt", windows, new Precondition.Absent(), "ann");
        var next = files.writeText("demo", "w.txt", "a\nb\n", meaning(first.hash()), "ann");
        assertThat(files.read("demo", "w.txt").bytes()).isEqualTo(bytes("\ufeffa\r\nb\r\n"));
        assertThat(next.hash()).isEqualTo(files.read("demo", "w.txt").hash());
        var latin = new byte[] {'g', (byte) 0xFC, 'n', '\n'};
        var old = files.write("demo", "l.txt", latin, new Precondition.Absent(), "ann");
        var kept = files.writeText("demo", "l.txt", "grün\n", meaning(old.hash()), "ann");
        assertThat(files.read("demo", "l.txt").bytes())
                .isEqualTo("grün\n".getBytes(StandardCharsets.ISO_8859_1));
        files.writeText("demo", "l.txt", "日本\n", meaning(kept.hash()), "ann");
        assertThat(files.read("demo", "l.txt").bytes()).isEqualTo(bytes("日本\n"));
    }

    @Test
    void files_that_begin_together_in_a_new_folder_do_not_clash() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 40; round++) {
                var folder = "new-" + round + "/inner/";
                var written = new ArrayList<Future<?>>();
                for (int i = 0; i < 24; i++) {
                    var path = folder + "file-" + i + ".py";
                    written.add(
                            threads.submit(() ->
                                    files.write(
                                            "demo",
                                            path,
                                            new byte[0],
                                            new Precondition.Absent(),
                                            "ann")));
                }
                for (var one : written) {
                    one.get();
                }
            }
        }
    }

    @Test
    void a_name_that_differs_only_in_case_is_refused_when_it_is_new() {
        files.write("demo", "Src/Main.py", bytes("1"), new Precondition.Absent(), "ann");
        for (var path : List.of("src/other.py", "Src/main.py", "SRC/Main.py")) {
            assertFails(
                    Failure.PATH_CLASH,
                    () -> files.write("demo", path, bytes("2"), new Precondition.Absent(), "ann"));
        }
        files.write("demo", "Src/other.py", bytes("2"), new Precondition.Absent(), "ann");
    }

    @Test
    void files_have_a_limit() throws IOException {
        var large = root.resolve("large.bin");
        try (var channel =
                java.nio.channels.FileChannel.open(
                        large,
                        java.nio.file.StandardOpenOption.CREATE,
                        java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap(new byte[1]), WorkspaceFiles.FILE_BYTES);
        }
        assertFails(Failure.FILE_TOO_LARGE, () -> files.read("demo", "large.bin"));
        assertFails(
                Failure.FILE_TOO_LARGE,
                () ->
                        files.write(
                                "demo",
                                "more.bin",
                                new byte[WorkspaceFiles.FILE_BYTES + 1],
                                new Precondition.Absent(),
                                "ann"));
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
            var text = bytes("by hand\n");
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
                    () -> files.write("demo", path, bytes("x"), new Precondition.Absent(), "ann"));
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

    @Test
    void workspaces_that_share_files_or_hold_the_data_are_refused() throws IOException {
        var inner = Files.createDirectory(root.resolve("inner"));
        var link = Files.createSymbolicLink(home.resolve("link"), root);
        assertRefused("share files", Map.of("one", root, "two", inner));
        assertRefused("share files", Map.of("one", root, "two", link));
        assertRefused("data directory", Map.of("all", home));
        assertRefused("cannot be used", Map.of("none", home.resolve("none")));
        assertRefused("is not one", Map.of("file", outside.resolve("secret.txt")));
        for (var name : List.of("", "a b", "../x", ".x", "a/b", "x".repeat(65))) {
            assertRefused("name", Map.of(name, root));
        }
        var both = workspaces(Map.of("b", outside, "a", link));
        assertThat(both.all()).extracting(Workspace::name).containsExactly("a", "b");
        assertThat(both.named("a").directory()).isEqualTo(root.toRealPath());
        assertThat(both.of(both.named("a").id())).isEqualTo(both.named("a"));
    }

    @Test
    void the_sample_is_written_once_and_then_left_alone() throws IOException {
        var sample = SampleWorkspace.in(home.resolve("data"));
        assertThat(sample.resolve("python/shapes.py")).content().contains("class Circle");
        assertThat(sample.resolve("typescript/src/main.ts")).exists();
        Files.delete(sample.resolve("README.md"));
        assertThat(SampleWorkspace.in(home.resolve("data"))).isEqualTo(sample);
        assertThat(sample.resolve("README.md")).doesNotExist();
        try (var all = Files.list(home.resolve("data"))) {
            assertThat(all).containsExactly(sample);
        }
        var found = workspaces(Map.of(SampleWorkspace.NAME, sample));
        assertThat(
                        new WorkspaceFiles(found, cpu, new SecureRandom())
                                .list(SampleWorkspace.NAME)
                                .entries())
                .noneMatch(FileTree.Entry::isIgnored)
                .hasSize(9);
    }

    private Workspaces workspaces(Map<String, Path> directories) {
        return new Workspaces(directories, home.resolve("data"), new WorkspaceTable(database));
    }

    private List<String> winners(String path, Precondition precondition) throws Exception {
        var attempts = new ArrayList<Future<String>>();
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                var mine = "written by " + i;
                attempts.add(
                        tasks.submit(() -> {
                            files.write("demo", path, bytes(mine), precondition, "ann");
                            return mine;
                        }));
            }
        }
        var winners = new ArrayList<String>();
        for (var attempt : attempts) {
            if (attempt.state() == Future.State.SUCCESS) {
                winners.add(attempt.get());
            } else {
                assertThat(attempt.exceptionNow())
                        .isInstanceOfSatisfying(
                                FailureException.class,
                                failure ->
                                        assertThat(failure.failure())
                                                .isEqualTo(Failure.PRECONDITION_FAILED));
            }
        }
        return winners;
    }

    private void assertRefused(String words, Map<String, Path> directories) {
        assertThatThrownBy(() -> workspaces(directories))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining(words);
    }

    private static List<Precondition> anyCondition(String content) {
        return List.of(new Precondition.Absent(), meaning(FileContent.of(bytes(content)).hash()));
    }

    private static Precondition meaning(String hash) {
        return new Precondition.Unchanged(Set.of(hash));
    }

    private static ThreadFactory platform() {
        return Thread.ofPlatform().factory();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void assertFails(Failure expected, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.failure()).isEqualTo(expected));
    }
}

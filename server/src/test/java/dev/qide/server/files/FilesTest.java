package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Reads and writes of files, over a real disk and database.
final class FilesTest {
    @RegisterExtension static final FilesFixture FIXTURE = new FilesFixture();
    @TempDir Path home;
    private Path root;
    private WorkspaceFiles files;
    private final List<FileChange> heard = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws IOException {
        root = Files.createDirectory(home.resolve("project"));
        files = FIXTURE.files(home, root);
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

    static Precondition meaning(String hash) {
        return new Precondition.Unchanged(Set.of(hash));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void assertFails(Failure expected, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.failure()).isEqualTo(expected));
    }
}

package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.qide.wire.FailureException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A process in the workspace exchanges a folder with a link that leads out, again and again, while
/// the server works there: nothing outside is read, named, written, made or deleted. Or it
/// exchanges files and folders with named pipes: nothing waits for them.
final class SwappedLinksTest {
    private static final long EACH_MILLIS = 300;
    private static final String SECRET = "only-outside";
    private static final int WORK_AT_LEAST = 5;

    @TempDir Path home;
    private FileSyncFixture fixture;
    private Path outside;
    private Map<String, String> before = Map.of();

    private interface Step {
        void run(int turn) throws Exception;
    }

    @BeforeEach
    void open() throws Exception {
        var root = Files.createDirectories(home.resolve("project"));
        outside = home.resolve("outside");
        Files.createDirectories(outside.resolve("inner"));
        for (var folder : List.of(root.resolve("swap"), outside)) {
            Files.createDirectories(folder.resolve("inner"));
            Files.writeString(folder.resolve("a.txt"), folder.equals(outside) ? SECRET : "mine");
            Files.writeString(folder.resolve("inner/b.txt"), "b");
        }
        Files.writeString(outside.resolve(SECRET + ".txt"), SECRET);
        Files.writeString(outside.resolve("inner/" + SECRET + ".txt"), SECRET);
        Files.createDirectory(outside.resolve("Clash-" + SECRET));
        var leftover = outside.resolve(".qide-0123456789abcdef01234567.tmp");
        Files.writeString(leftover, SECRET);
        Files.setLastModifiedTime(leftover, java.nio.file.attribute.FileTime.from(Instant.EPOCH));
        before = tree();
        fixture = new FileSyncFixture(root);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void a_file_is_read_and_written_only_inside() throws Exception {
        whileSwapping(turn -> {
            assertThat(fixture.files.read("demo", "swap/a.txt").bytes())
                    .asString(StandardCharsets.UTF_8)
                    .doesNotContain(SECRET);
            write("swap/a.txt", "turn " + turn);
        });
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void files_and_folders_are_created_only_inside() throws Exception {
        whileSwapping(turn -> {
            attempt(() -> write("swap/new" + turn + "/deep/c.txt", "c"));
            attempt(() -> fixture.tree.createFolder("demo", "swap/made" + turn));
        });
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void moves_and_deletions_stay_inside() throws Exception {
        whileSwapping(turn -> {
            attempt(() -> fixture.tree.delete("demo", "swap/inner", null, true));
            attempt(() -> fixture.tree.move("demo", "swap/a.txt", "moved" + turn));
            write("from" + turn, "x");
            fixture.tree.move("demo", "from" + turn, "swap/to" + turn + "/x");
        });
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void names_outside_are_neither_listed_nor_found_nor_exported() throws Exception {
        whileSwapping(_ -> {
            assertThat(fixture.files.list("demo").entries().toString()).doesNotContain(SECRET);
            var zip = new ByteArrayOutputStream();
            fixture.out.of("demo").writeTo(zip);
            assertThat(zip.toString(StandardCharsets.ISO_8859_1)).doesNotContain(SECRET);
            var result =
                    new TextSearch(
                                    fixture.workspaces,
                                    fixture.files,
                                    fixture.sync,
                                    fixture.documents)
                            .find(
                                    "demo",
                                    new SearchPattern.Query(
                                            SECRET, false, false, false, List.of(), List.of(),
                                            1_000));
            assertThat(result.matches()).isEmpty();
        });
    }

    @Test
    void a_clash_of_names_reveals_nothing_outside() throws Exception {
        whileSwapping(turn -> {
            var failure = catchThrowable(() -> write("swap/clash-" + SECRET + "/x", "x" + turn));
            assertThat(String.valueOf(failure)).doesNotContain("Clash-");
            if (failure instanceof FailureException known) {
                assertThat(known.tags().toString()).doesNotContain("Clash-");
            }
        });
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void leftovers_are_cleaned_only_inside() throws Exception {
        var workspace = fixture.workspaces.named("demo");
        whileSwapping(_ -> fixture.files.removeLeftovers(workspace, Instant.now()));
        assertThat(tree()).isEqualTo(before);
    }

    /// Opening a pipe would block forever, while holding the lock of the path.
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_pipe_in_the_place_of_a_file_or_folder_stops_nothing() throws Exception {
        for (var name : List.of("pipe", "ignored", "folder")) {
            var pipe = fixture.root.resolve(name).toString();
            assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
        }
        Files.writeString(fixture.root.resolve(".gitignore"), "*.log");
        var exchanges =
                Map.of("swap/a.txt", "../pipe", ".gitignore", "ignored", "swap/inner", "../folder");
        whileExchanging(
                exchanges,
                turn -> {
                    attempt(() -> fixture.files.read("demo", "swap/a.txt"));
                    attempt(() -> write("swap/a.txt", "turn " + turn));
                    attempt(() -> fixture.files.list("demo"));
                    attempt(() -> fixture.files.read("demo", "swap/inner/b.txt"));
                    attempt(() -> write("swap/inner/c.log", "turn " + turn));
                    attempt(() -> fixture.out.of("demo").writeTo(new ByteArrayOutputStream()));
                    attempt(() -> fixture.tree.delete("demo", "swap/inner/c.log", null, false));
                });
        assertThat(tree()).isEqualTo(before);
    }

    /// Works for 300 ms, and five turns at least, beside the one who swaps. A refused step is
    /// right; anything else than a named failure is not.
    private void whileSwapping(Step step) throws Exception {
        Files.createSymbolicLink(fixture.root.resolve("link"), outside);
        whileExchanging(Map.of("swap", "link"), step);
    }

    private void whileExchanging(Map<String, String> names, Step step) throws Exception {
        var isOver = new AtomicBoolean();
        try (var tasks = Executors.newSingleThreadExecutor(Thread.ofPlatform().factory())) {
            var begun = new CountDownLatch(1);
            var swapper = tasks.submit(() -> swap(names, begun, isOver));
            try {
                assertThat(begun.await(30, TimeUnit.SECONDS)).as("it swaps").isTrue();
                long end = System.nanoTime() + Duration.ofMillis(EACH_MILLIS).toNanos();
                for (int turn = 0; turn < WORK_AT_LEAST || System.nanoTime() < end; turn++) {
                    int now = turn;
                    attempt(() -> step.run(now));
                }
            } finally {
                isOver.set(true);
            }
            assertThat(swapper.get()).isPositive();
        }
    }

    /// Each step exchanges two names at once, so that both are always there, unless the server has
    /// just deleted one.
    private int swap(Map<String, String> names, CountDownLatch begun, AtomicBoolean isOver)
            throws IOException {
        var system = Objects.requireNonNull(Disk.renameat2());
        int count = 0;
        while (!isOver.get()) {
            for (var each : names.entrySet()) {
                try {
                    system.exchange(
                            fixture.root, new WorkspacePath(each.getKey()), each.getValue());
                    count++;
                    begun.countDown();
                } catch (NoSuchFileException _) {
                    Thread.onSpinWait();
                }
            }
        }
        return count;
    }

    private static void attempt(ThrowingCallable work) throws Exception {
        try {
            work.call();
        } catch (FailureException _) {
            // The link, or nothing, was there at that moment.
        } catch (IOException cut) {
            // An archive that has begun can only be cut.
            assertThat(cut).hasCauseInstanceOf(FailureException.class);
        } catch (Exception | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void write(String path, String text) {
        var _ =
                fixture.files.write(
                        "demo",
                        path,
                        text.getBytes(StandardCharsets.UTF_8),
                        new Precondition.Anything(),
                        "ann");
    }

    /// Every name outside, with its content.
    private Map<String, String> tree() throws IOException {
        var all = new TreeMap<String, String>();
        try (var paths = Files.walk(outside)) {
            for (var path : new ArrayList<>(paths.toList())) {
                all.put(path.toString(), Files.isRegularFile(path) ? Files.readString(path) : "");
            }
        }
        return all;
    }
}

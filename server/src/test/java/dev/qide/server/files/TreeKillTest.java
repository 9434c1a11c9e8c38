package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.ChildJvm;
import dev.qide.server.TestDatabase;
import dev.qide.server.store.DatabaseAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` of a server at any moment while it types into a document and moves it to and fro:
/// there is one file, it is the same document, and it has all that was acknowledged.
final class TreeKillTest {
    private static final String HERE = "src/main.py";
    private static final String THERE = "lib/other.py";
    private static final int ROUNDS = Integer.getInteger("tree.kills", 3);
    private static final int LONGEST_MILLIS = 1_500;

    @TempDir Path home;

    /// What runs in the process that is killed: types and moves, and tells each number when its
    /// line is committed.
    static final class Mover {
        private Mover() {}

        /// @param arguments URL, user and password of the database, the workspace, the first number
        public static void main(String[] arguments) throws Exception {
            var fixture =
                    new FileSyncFixture(
                            new DatabaseAddress(arguments[0], arguments[1], arguments[2]),
                            Path.of(arguments[3]));
            var path = Files.exists(fixture.root.resolve(HERE)) ? HERE : THERE;
            System.out.println("ready");
            for (int number = Integer.parseInt(arguments[4]); ; number++) {
                var line = "d" + number + "\n";
                Objects.requireNonNull(
                        fixture.documents.edit(fixture.workspace, path, text -> text + line));
                System.out.println(number);
                var next = path.equals(HERE) ? THERE : HERE;
                fixture.tree.move("demo", path, next);
                path = next;
            }
        }
    }

    @Test
    void a_kill_during_moves_loses_neither_text_nor_history() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("-Dseed=" + seed);
        var random = new Random(seed);
        var root = Files.createDirectory(home.resolve("project"));
        Files.createDirectories(root.resolve("src"));
        Files.writeString(root.resolve(HERE), "begin\n");
        int typed = 0;
        try (var test = TestDatabase.create()) {
            Object document;
            try (var fixture = new FileSyncFixture(test.address(), root)) {
                fixture.open(HERE);
                document =
                        Objects.requireNonNull(
                                        fixture.documents.committedText(fixture.workspace, HERE))
                                .document();
            }
            for (int round = 0; round < ROUNDS; round++) {
                var server = start(test.address(), root, typed);
                var first = new CountDownLatch(1);
                var told = new FutureTask<>(() -> lastTold(server, first));
                Thread.ofVirtual().start(told);
                try {
                    // At least one round gets to move something, however slow the machine is.
                    if (round == ROUNDS - 1 && typed == 0) {
                        assertThat(first.await(1, TimeUnit.MINUTES)).as("a move").isTrue();
                    }
                    LockSupport.parkNanos(random.nextInt(LONGEST_MILLIS) * 1_000_000L);
                } finally {
                    server.destroyForcibly();
                    server.waitFor();
                }
                typed = Math.max(typed, told.get(10, TimeUnit.SECONDS));
                try (var fixture = new FileSyncFixture(test.address(), root)) {
                    boolean isHere = Files.exists(root.resolve(HERE));
                    assertThat(Files.exists(root.resolve(THERE))).isNotEqualTo(isHere);
                    var path = isHere ? HERE : THERE;
                    fixture.open(path);
                    fixture.awaitEqual(path);
                    var text =
                            Objects.requireNonNull(
                                    fixture.documents.committedText(fixture.workspace, path));
                    assertThat(text.document()).isEqualTo(document);
                    assertThat(text.text().lines().filter(line -> line.startsWith("d")))
                            .doesNotHaveDuplicates()
                            .containsAll(
                                    IntStream.range(0, typed)
                                            .mapToObj(number -> "d" + number)
                                            .toList());
                    assertThat(fixture.moves.pending(fixture.workspace)).isEmpty();
                    // An update that was committed but not reported in time counts too.
                    typed = (int) text.text().lines().filter(line -> line.startsWith("d")).count();
                }
            }
        }
        System.out.println(typed + " lines typed and moves made");
        assertThat(typed).isPositive();
    }

    private static Process start(DatabaseAddress address, Path root, int first) throws IOException {
        return ChildJvm.start(
                        Mover.class,
                        address.url(),
                        address.user(),
                        address.password(),
                        root.toString(),
                        "" + first)
                .process();
    }

    /// The number after the last reported one; read while the server runs.
    private static int lastTold(Process server, CountDownLatch first) {
        int typed = 0;
        try {
            var lines = server.inputReader(StandardCharsets.UTF_8);
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                typed = Integer.parseInt(line) + 1;
                first.countDown();
            }
        } catch (IOException _) {
            // The pipe ends with the server.
        }
        return typed;
    }
}

package dev.qide.server.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.DatabaseAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` of a server at any moment of its writing, while a tool writes to the same file: what
/// was acknowledged and what the tool wrote are both in the document and in the file, once.
final class FileSyncKillTest {
    private static final String PATH = "main.py";
    private static final int ROUNDS = Integer.getInteger("mirror.kills", 5);
    private static final int ROUNDS_IN_PLACE = Integer.getInteger("in.place.kills", 2);
    private static final int LARGE_LINES = 100_000;
    private static final int HEAD_BYTES = 16;
    private static final int LONGEST_MILLIS = 1_500;

    @TempDir Path home;

    @Test
    void nothing_is_lost_and_nothing_reverted_by_a_kill() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("-Dseed=" + seed);
        var random = new Random(seed);
        var root = Files.createDirectory(home.resolve("project"));
        var file = root.resolve(PATH);
        Files.writeString(file, "begin\nmiddle\nend\n");
        int typed = 0;
        int lines = 0;
        try (var test = TestDatabase.create()) {
            for (int round = 0; round < ROUNDS; round++) {
                var server = KillableSync.start(test.address(), root, PATH, typed);
                var told = new FutureTask<>(() -> lastTold(server));
                Thread.ofVirtual().start(told);
                try {
                    long end = System.nanoTime() + random.nextInt(LONGEST_MILLIS) * 1_000_000L;
                    while (System.nanoTime() < end) {
                        append(file, lines++);
                        LockSupport.parkNanos(random.nextInt(200) * 1_000_000L);
                    }
                } finally {
                    server.destroyForcibly();
                    server.waitFor();
                }
                typed = Math.max(typed, told.get(10, TimeUnit.SECONDS));
                append(file, lines++);
                try (var fixture = new FileSyncFixture(test.address(), root)) {
                    fixture.open(PATH);
                    fixture.awaitEqual(PATH);
                    var text = fixture.text(PATH);
                    check(text, "d", typed);
                    check(text, "t", lines);
                    // An update that was committed but not reported in time counts too.
                    typed = (int) text.lines().filter(line -> line.startsWith("d")).count();
                    fixture.sync.close();
                    assertThat(Files.readString(file)).isEqualTo(text);
                }
                try (var all = Files.list(root)) {
                    assertThat(all.map(one -> "" + one.getFileName())).containsExactly(PATH);
                }
            }
        }
    }

    /// The base cannot be written while the test locks it, so that the server is killed between the
    /// commit of a merge and the write of its base, if there is anything between them. The tool
    /// then replaces its own line, which merges as an edit of that line only from the newer base.
    @Test
    void a_merge_and_its_base_survive_a_kill_together() throws Exception {
        var root = Files.createDirectory(home.resolve("project"));
        var file = root.resolve(PATH);
        Files.writeString(file, "begin\nmiddle\nend\n");
        try (var test = TestDatabase.create();
                var locking = connection(test.address());
                var watching = connection(test.address())) {
            var server = KillableSync.start(test.address(), root, PATH, KillableSync.NO_TYPING);
            try {
                locking.setAutoCommit(false);
                query(
                        locking,
                        "SELECT count(*) FROM (SELECT 1 FROM mirrors FOR UPDATE) AS all_rows");
                append(file, 0);
                FileSyncFixture.await(
                        "the base waits", () -> !backendsThatWait(watching).equals("0"));
            } finally {
                server.destroyForcibly();
                server.waitFor();
            }
            // What the killed server has sent must not run after it.
            FileSyncFixture.await(
                    "the sessions of the killed server end",
                    () -> terminateWaiting(watching).equals("0"));
            locking.rollback();
            Files.writeString(file, "begin\nmiddle\nend\nt1\n");
            try (var fixture = new FileSyncFixture(test.address(), root)) {
                fixture.open(PATH);
                fixture.awaitEqual(PATH);
                assertThat(fixture.text(PATH)).isEqualTo("begin\nmiddle\nend\nt1\n");
            }
        }
    }

    private static String backendsThatWait(Connection connection) throws SQLException {
        return query(
                connection,
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """);
    }

    private static String terminateWaiting(Connection connection) throws SQLException {
        return query(
                connection,
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """);
    }

    private static Connection connection(DatabaseAddress address) throws SQLException {
        return DriverManager.getConnection(address.url(), address.user(), address.password());
    }

    private static String query(Connection connection, String text) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(text)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /// The killer waits for the first byte of a write, so that most kills leave a torn file.
    @Test
    void a_write_in_place_that_a_kill_cuts_is_completed() throws Exception {
        var root = Files.createDirectory(home.resolve("project"));
        var file = root.resolve(PATH);
        var link = home.resolve("link");
        Files.writeString(file, "a line of a long text\n".repeat(LARGE_LINES));
        Files.createLink(link, file);
        int typed = 0;
        int torn = 0;
        try (var test = TestDatabase.create()) {
            for (int round = 0; round < ROUNDS_IN_PLACE; round++) {
                var server = KillableSync.start(test.address(), root, PATH, typed);
                var told = new FutureTask<>(() -> lastTold(server));
                Thread.ofVirtual().start(told);
                try {
                    awaitWrite(file);
                } finally {
                    server.destroyForcibly();
                    server.waitFor();
                }
                typed = Math.max(typed, told.get(10, TimeUnit.SECONDS));
                torn += isTorn(Files.readString(file)) ? 1 : 0;
                try (var fixture = new FileSyncFixture(test.address(), root)) {
                    fixture.open(PATH);
                    fixture.awaitEqual(PATH);
                    var text = fixture.text(PATH);
                    check(text, "d", typed);
                    assertThat(isTorn(text)).isFalse();
                    typed = (int) text.lines().filter(line -> line.startsWith("d")).count();
                    assertThat(Files.readString(link)).isEqualTo(text);
                }
            }
        }
        System.out.println(torn + " of " + ROUNDS_IN_PLACE + " kills left a torn file");
    }

    private static void awaitWrite(Path file) throws IOException {
        try (var channel = FileChannel.open(file)) {
            var before = head(channel);
            long end = System.nanoTime() + FileSyncFixture.SOON.toNanos();
            while (head(channel).equals(before)) {
                assertThat(System.nanoTime()).as("the server writes").isLessThan(end);
                Thread.onSpinWait();
            }
        }
    }

    private static String head(FileChannel channel) throws IOException {
        var bytes = ByteBuffer.allocate(HEAD_BYTES);
        channel.read(bytes, 0);
        return new String(bytes.array(), StandardCharsets.UTF_8);
    }

    /// Whether there is a line that nobody wrote, or one of the first text is missing.
    private static boolean isTorn(String text) {
        var others = text.lines().filter(line -> !line.matches("d\\d+")).toList();
        return !text.endsWith("\n")
                || others.size() != LARGE_LINES
                || !others.stream().allMatch("a line of a long text"::equals);
    }

    private static void append(Path file, int number) throws Exception {
        Files.write(
                file,
                ("t" + number + "\n").getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.APPEND);
    }

    /// Each line once, from 0 to before `count` at least.
    private static void check(String text, String first, int count) {
        var found =
                text.lines()
                        .filter(line -> line.matches(first + "\\d+"))
                        .collect(Collectors.toList());
        assertThat(found).doesNotHaveDuplicates();
        assertThat(found)
                .containsAll(IntStream.range(0, count).mapToObj(number -> first + number).toList());
    }

    /// The number after the last reported one; read while the server runs.
    private static int lastTold(Process server) {
        int typed = 0;
        try {
            var lines = server.inputReader(StandardCharsets.UTF_8);
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                typed = Integer.parseInt(line) + 1;
            }
        } catch (IOException _) {
            // The pipe ends with the server.
        }
        return typed;
    }
}

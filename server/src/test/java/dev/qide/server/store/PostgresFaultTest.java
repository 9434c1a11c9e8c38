package dev.qide.server.store;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.postgres.PostgresCommand;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The embedded PostgreSQL is killed, or its disk fills up, while clients write.
final class PostgresFaultTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SERVES_WITHIN = Duration.ofSeconds(10);

    @TempDir static Path data;

    @Test
    void commits_survive_a_kill_of_the_database_which_serves_again_within_ten_seconds()
            throws Exception {
        try (var postgres = start();
                var database = new Database(postgres.address());
                var log = new UpdateLog(database, new Metrics())) {
            var workspaces = new WorkspaceTable(database);
            var workspace = workspaces.findOrCreate("demo");
            long epoch = workspaces.raiseEpoch(workspace);
            var document = StoreTest.begin(database, workspace, "main.py", epoch).id();
            try (var load = new Load(log, workspace, epoch, document)) {
                var shortest = PATIENCE;
                for (int kill = 0; kill < 3; kill++) {
                    load.awaitMore(1_000);
                    long killed = postgres.pid();
                    PostgresCommand.signal(killed, "KILL");
                    long begun = System.nanoTime();
                    // Its backends finish their work; then a new one must confirm.
                    await(() -> postgres.pid() > 0 && postgres.pid() != killed);
                    load.awaitMore(1);
                    var taken = Duration.ofNanos(System.nanoTime() - begun);
                    System.out.printf("killed: serving again after %d ms%n", taken.toMillis());
                    shortest = taken.compareTo(shortest) < 0 ? taken : shortest;
                }
                // The best of three, since the machine runs other work too.
                assertThat(shortest).as("serving again").isLessThan(SERVES_WITHIN);
                load.awaitMore(1_000);
                load.end();
                var rows = new ArrayList<byte[]>();
                await(() -> isRead(log, document, rows));
                var there = new HashSet<Long>();
                rows.stream()
                        .filter(row -> row.length == Long.BYTES)
                        .forEach(row -> there.add(ByteBuffer.wrap(row).getLong()));
                assertThat(load.acknowledged()).hasSizeGreaterThan(4_000);
                assertThat(there).containsAll(load.acknowledged());
                System.out.printf("%d acknowledged, all there%n", load.acknowledged().size());
            }
            await(() -> database.state() instanceof Health.State.Up);
        }
    }

    /// Writers to the log, each with one uncommitted row.
    private static final class Load implements AutoCloseable {
        private static final int WRITERS = 16;

        private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
        private final AtomicLong next = new AtomicLong();
        private final AtomicBoolean isEnding = new AtomicBoolean();
        private final List<Thread> writers = new ArrayList<>();

        Load(UpdateLog log, WorkspaceId workspace, long epoch, DocumentId document) {
            for (int i = 0; i < WRITERS; i++) {
                writers.add(
                        Thread.ofVirtual()
                                .start(() -> {
                                    while (!isEnding.get()) {
                                        long number = next.incrementAndGet();
                                        var bytes = ByteBuffer.allocate(Long.BYTES).putLong(number);
                                        var heard = new UpdateLogTest.RecordingOutcome();
                                        var row =
                                                new UpdateLog.Row(
                                                        workspace,
                                                        epoch,
                                                        document,
                                                        bytes.array(),
                                                        heard);
                                        if (log.offer(row) && heard.awaited().equals("committed")) {
                                            acknowledged.add(number);
                                        }
                                    }
                                }));
            }
        }

        void awaitMore(int rows) {
            int enough = acknowledged.size() + rows;
            await(() -> acknowledged.size() >= enough);
        }

        Set<Long> acknowledged() {
            return acknowledged;
        }

        void end() throws InterruptedException {
            isEnding.set(true);
            for (var writer : writers) {
                assertThat(writer.join(PATIENCE)).isTrue();
            }
        }

        @Override
        public void close() {
            isEnding.set(true);
        }
    }

    @Test
    void a_backend_that_outlives_its_killed_postmaster_does_not_delay_the_restart()
            throws Exception {
        try (var postgres = start()) {
            // The best of three, since the machine runs other work too.
            var shortest = PATIENCE;
            for (int kill = 0; kill < 3 && shortest.compareTo(SERVES_WITHIN) >= 0; kill++) {
                var taken = killUnderABusyBackend(postgres);
                shortest = taken.compareTo(shortest) < 0 ? taken : shortest;
            }
            assertThat(shortest).isLessThan(SERVES_WITHIN);
        }
    }

    /// The duration of the outage.
    private static Duration killUnderABusyBackend(EmbeddedPostgres postgres) throws Exception {
        try (var connection = EmbeddedPostgresTest.connect(postgres.address());
                var query = connection.createStatement()) {
            long backend;
            try (var rows = query.executeQuery("SELECT pg_backend_pid()")) {
                assertThat(rows.next()).isTrue();
                backend = rows.getLong(1);
            }
            // It computes for minutes without waiting for its client.
            query.execute("SET max_parallel_workers_per_gather = 0");
            var busy =
                    Thread.ofVirtual()
                            .start(() ->
                                    assertThatThrownBy(() -> query.execute(COMPUTE))
                                            .isInstanceOf(SQLException.class));
            await(() -> EmbeddedPostgresTest.state(backend) == 'R');
            long killed = postgres.pid();
            PostgresCommand.signal(killed, "KILL");
            long begun = System.nanoTime();
            await(() ->
                    postgres.pid() != killed
                            && EmbeddedPostgresTest.isAnswering(postgres.address()));
            var taken = Duration.ofNanos(System.nanoTime() - begun);
            assertThat(EmbeddedPostgresTest.state(backend)).as("gone").isIn('-', 'Z');
            assertThat(busy.join(PATIENCE)).isTrue();
            return taken;
        }
    }

    private static final String COMPUTE =
            """
            DO $$ DECLARE i bigint := 0; BEGIN
                WHILE i < 20000000000 LOOP i := i + 1; END LOOP; END $$
            """;

    private static boolean isRead(UpdateLog log, DocumentId document, List<byte[]> rows) {
        rows.clear();
        try {
            log.read(document, rows::add);
            return true;
        } catch (FailureException down) {
            assertThat(down.failure()).isEqualTo(Failure.DOCUMENT_UNAVAILABLE);
            return false;
        }
    }

    @Test
    void a_full_disk_loses_nothing_and_work_continues_after_space_is_freed() throws Exception {
        // A private disk that ends with the process.
        var small = Files.createDirectory(data.resolve("small"));
        boolean isRoot = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        var command =
                new ArrayList<>(
                        List.of("unshare", isRoot ? "-m" : "-Urm", "sh", "-c", MOUNT, "" + small));
        command.addAll(EmbeddedPostgresTest.java(FullDisk.class, small.toString()));
        var said = EmbeddedPostgresTest.run(command);
        System.out.print(said);
        assertThat(said).contains("full after 50 rows", "refused nothing", "all there");
    }

    private static final String MOUNT = "mount -t tmpfs -o size=160m tmpfs \"$0\" && exec \"$@\"";

    private static EmbeddedPostgres start() throws InterruptedException {
        return EmbeddedPostgres.start(
                data.resolve("postgres"), TestDatabase.binaries(), new SecureRandom());
    }

    /// Fills the disk of a working database, then frees space.
    static final class FullDisk {
        private static final int ROW_BYTES = 64 << 10;
        private static final int ROWS_BEFORE = 50;
        private static final int FILL_BYTES = 4 << 20;
        private static final Duration NO_ANSWER = Duration.ofSeconds(3);

        private FullDisk() {}

        public static void main(String[] arguments) throws Exception {
            var disk = Path.of(arguments[0]);
            try (var postgres =
                            EmbeddedPostgres.start(
                                    disk.resolve("postgres"),
                                    TestDatabase.binaries(),
                                    new SecureRandom());
                    var database = new Database(postgres.address());
                    var log = new UpdateLog(database, new Metrics())) {
                var workspaces = new WorkspaceTable(database);
                var workspace = workspaces.findOrCreate("demo");
                long epoch = workspaces.raiseEpoch(workspace);
                var document = StoreTest.begin(database, workspace, "main.py", epoch).id();
                var written = new ArrayList<UpdateLogTest.RecordingOutcome>();
                var random = new Random(1);
                var ballast = disk.resolve("ballast");
                do {
                    assertThat(written).as("the disk is full").hasSizeLessThan(1_000);
                    if (written.size() == ROWS_BEFORE) {
                        fill(ballast);
                        switchLog(postgres.administration());
                    }
                    var bytes = new byte[ROW_BYTES];
                    random.nextBytes(bytes);
                    var heard = new UpdateLogTest.RecordingOutcome();
                    written.add(heard);
                    var row = new UpdateLog.Row(workspace, epoch, document, bytes, heard);
                    assertThat(log.offer(row)).isTrue();
                } while (isHeard(
                        written.getLast(), written.size() <= ROWS_BEFORE ? PATIENCE : NO_ANSWER));
                int confirmed = written.size() - 1;
                Files.delete(ballast);
                long begun = System.nanoTime();
                for (var heard : written) {
                    assertThat(heard.await()).isEqualTo("committed");
                }
                System.out.printf(
                        "full after %d rows; refused nothing; all confirmed %d ms after there was space%n",
                        confirmed, (System.nanoTime() - begun) / 1_000_000);
                var rows = new ArrayList<byte[]>();
                await(() -> isRead(log, document, rows));
                assertThat(rows).hasSizeGreaterThanOrEqualTo(1 + written.size());
                System.out.println("all there");
            }
        }

        /// The next row needs a new segment of the write-ahead log; without space for it PostgreSQL
        /// stops.
        private static void switchLog(DatabaseAddress address) {
            try (var connection = EmbeddedPostgresTest.connect(address);
                    var query = connection.createStatement()) {
                query.execute("SELECT pg_switch_wal()");
            } catch (SQLException ended) {
                System.out.println("the database ended: " + ended.getSQLState());
            }
        }

        private static boolean isHeard(UpdateLogTest.RecordingOutcome heard, Duration patience) {
            long end = System.nanoTime() + patience.toNanos();
            while (heard.heard.getCount() > 0 && System.nanoTime() < end) {
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
            }
            return heard.heard.getCount() == 0;
        }

        private static void fill(Path ballast) {
            var zeros = new byte[FILL_BYTES];
            try (var out = Files.newOutputStream(ballast)) {
                for (int length = FILL_BYTES; length > 0; length /= 2) {
                    fill(out, zeros, length);
                }
            } catch (IOException full) {
                assertThat(full).hasMessageContaining("No space");
            }
        }

        private static void fill(OutputStream out, byte[] zeros, int length) throws IOException {
            while (true) {
                try {
                    out.write(zeros, 0, length);
                } catch (IOException full) {
                    if (length == 1) {
                        throw full;
                    }
                    return;
                }
            }
        }
    }
}

package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.TestDatabase;
import dev.qide.server.watch.Health;
import dev.qide.server.watch.Metrics;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedPostgresTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /// One cluster for all tests of the class: setting one up takes seconds, starting it does not.
    @TempDir static Path data;

    @Test
    void what_was_committed_survives_the_kill_of_the_database() throws Exception {
        try (var postgres = start();
                var database = new Database(postgres.address());
                var log = new UpdateLog(database, new Metrics())) {
            var workspaces = new WorkspaceTable(database);
            var workspace = workspaces.findOrCreate("demo");
            long epoch = workspaces.raiseEpoch(workspace);
            var document = StoreTest.begin(database, workspace, "main.py", epoch).id();
            var before = offer(log, workspace, epoch, document, 500);
            for (var heard : before) {
                assertThat(heard.await()).isEqualTo("committed");
            }
            long killed = postgres.pid();
            PostgresCommand.signal(killed, "KILL");
            var during = offer(log, workspace, epoch, document, 200);
            for (var heard : during) {
                assertThat(heard.await()).isEqualTo("committed");
            }
            // Its backends may outlive a killed postmaster for a moment, and end in the middle of a
            // read.
            await(() -> postgres.pid() > 0 && postgres.pid() != killed);
            var rows = new ArrayList<byte[]>();
            await(() -> isRead(log, document, rows));
            assertThat(rows).hasSizeGreaterThanOrEqualTo(1 + 500 + 200);
            await(() -> database.state() instanceof Health.State.Up);
        }
    }

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
    void a_second_server_on_one_directory_is_refused_with_a_sentence() throws Exception {
        try (var postgres = start()) {
            assertThatThrownBy(EmbeddedPostgresTest::start)
                    .isInstanceOf(StartRefusedException.class)
                    .hasMessageContaining("Another Q-IDE server is using");
            assertThat(postgres.pid()).isPositive();
            assertThat(answers(postgres.address())).isTrue();
        }
        start().close();
    }

    @Test
    void nobody_gets_in_without_the_password_and_its_files_are_private() throws Exception {
        try (var postgres = start()) {
            for (var user : List.of("postgres", "qide")) {
                assertThatThrownBy(() ->
                                DriverManager.getConnection(
                                        postgres.address().url(), user, "guess"))
                        .isInstanceOf(SQLException.class)
                        .satisfies(refusal ->
                                assertThat(((SQLException) refusal).getSQLState())
                                        .startsWith("28"));
            }
            assertThat(permissions("password")).isEqualTo("rw-------");
            assertThat(permissions("superuser-password")).isEqualTo("rw-------");
            assertThat(permissions("cluster")).isEqualTo("rwx------");
            assertThat(permissions("")).isEqualTo("rwx------");
        }
    }

    @Test
    void it_stands_outside_of_the_terminals_session() throws Exception {
        try (var postgres = start()) {
            assertThat(session(postgres.pid())).isEqualTo(postgres.pid());
            assertThat(session(ProcessHandle.current().pid())).isNotEqualTo(postgres.pid());
        }
    }

    @Test
    void a_cluster_that_could_lose_commits_is_refused() throws Exception {
        start().close();
        for (var setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
            var settings = data.resolve("postgres/cluster/postgresql.auto.conf");
            Files.writeString(settings, setting + " = off\n");
            assertThatThrownBy(EmbeddedPostgresTest::start)
                    .isInstanceOf(StartRefusedException.class)
                    .hasMessageContaining(setting + " off");
            Files.writeString(settings, "");
        }
        try (var postgres = start()) {
            assertThat(answers(postgres.address())).isTrue();
        }
    }

    @Test
    void a_killed_server_takes_its_database_along_and_the_next_start_works() throws Exception {
        var server =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Server.class.getName(),
                                data.resolve("postgres").toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (var output =
                new BufferedReader(
                        new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
            long pid = Long.parseLong(output.readLine());
            server.destroyForcibly();
            assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
            var cluster = data.toRealPath().resolve("postgres/cluster");
            await(() -> !StalePostmaster.isPostmasterOf(cluster, pid));
        }
        try (var postgres = start()) {
            assertThat(answers(postgres.address())).isTrue();
        }
    }

    @Test
    void an_orphan_is_stopped_at_the_next_start() throws Exception {
        start().close();
        var cluster = data.toRealPath().resolve("postgres/cluster");
        var programs = PostgresBinaries.unpacked(TestDatabase.binaries());
        var prefix = new ArrayList<>(PostgresCommand.find().prefix());
        int deathWish = prefix.indexOf("setpriv");
        prefix.subList(deathWish < 0 ? prefix.size() : deathWish, prefix.size()).clear();
        var line =
                new PostgresCommand(prefix)
                        .line(
                                programs.resolve("bin/postgres"),
                                List.of(
                                        "-D",
                                        cluster.toString(),
                                        "-c",
                                        "unix_socket_directories=",
                                        "-c",
                                        "listen_addresses="));
        var orphan =
                new ProcessBuilder(line)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        var pidFile = cluster.resolve("postmaster.pid");
        await(() -> Files.exists(pidFile));
        try (var postgres = start()) {
            assertThat(orphan.waitFor(5, TimeUnit.SECONDS)).isTrue();
            assertThat(answers(postgres.address())).isTrue();
        } finally {
            orphan.destroyForcibly();
        }
    }

    @Test
    void a_pid_file_that_names_a_zombie_or_a_stranger_stands_in_nobodys_way() throws Exception {
        start().close();
        var pidFile = data.resolve("postgres/cluster/postmaster.pid");
        var parent =
                // The child ends after the shell has become somebody who never asks for it.
                new ProcessBuilder("sh", "-c", "sleep 1 & echo $!; exec sleep 60")
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (var output =
                new BufferedReader(
                        new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
            long zombie = Long.parseLong(output.readLine());
            await(() -> state(zombie) == 'Z');
            for (long pid : List.of(zombie, parent.pid(), 1L)) {
                Files.writeString(
                        pidFile,
                        pid + "\n" + data + "\n",
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING);
                try (var postgres = start()) {
                    assertThat(answers(postgres.address())).isTrue();
                }
            }
            assertThat(parent.isAlive()).isTrue();
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void the_data_stays_and_the_deleted_password_is_made_anew() throws Exception {
        WorkspaceId workspace;
        try (var postgres = start();
                var database = new Database(postgres.address())) {
            workspace = new WorkspaceTable(database).findOrCreate("demo");
        }
        Files.delete(data.resolve("postgres/password"));
        try (var postgres = start();
                var database = new Database(postgres.address())) {
            assertThat(new WorkspaceTable(database).findOrCreate("demo")).isEqualTo(workspace);
        }
    }

    private static EmbeddedPostgres start() throws InterruptedException {
        return EmbeddedPostgres.start(
                data.resolve("postgres"), TestDatabase.binaries(), new SecureRandom());
    }

    private static List<UpdateLogTest.Heard> offer(
            UpdateLog log, WorkspaceId workspace, long epoch, DocumentId document, int rows) {
        var outcomes = new ArrayList<UpdateLogTest.Heard>();
        for (int i = 0; i < rows; i++) {
            var heard = new UpdateLogTest.Heard();
            outcomes.add(heard);
            assertThat(
                            log.offer(
                                    new UpdateLog.Row(
                                            workspace, epoch, document, new byte[] {1}, heard)))
                    .isTrue();
        }
        return outcomes;
    }

    private static boolean answers(DatabaseAddress address) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                address.url(), address.user(), address.password());
                var query = connection.createStatement()) {
            return query.execute("SELECT 1");
        }
    }

    private static String permissions(String file) throws IOException {
        return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(data.resolve("postgres").resolve(file)));
    }

    private static long session(long pid) throws IOException {
        return Long.parseLong(fields(pid)[3]);
    }

    private static char state(long pid) {
        try {
            return fields(pid)[0].charAt(0);
        } catch (IOException _) {
            return '-';
        }
    }

    /// What follows the name in `/proc/PID/stat`: state, parent, group, session, …
    private static String[] fields(long pid) throws IOException {
        var stat = Files.readString(Path.of("/proc", "" + pid, "stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    /// A server that does nothing but hold the database, in a JVM of its own.
    static final class Server {
        private Server() {}

        public static void main(String[] arguments) throws InterruptedException {
            var postgres =
                    EmbeddedPostgres.start(
                            Path.of(arguments[0]), TestDatabase.binaries(), new SecureRandom());
            System.out.println(postgres.pid());
            Thread.sleep(Duration.ofMinutes(1));
            postgres.close();
        }
    }
}

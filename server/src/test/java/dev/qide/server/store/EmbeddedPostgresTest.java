package dev.qide.server.store;

import static dev.qide.server.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.ChildJvm;
import dev.qide.server.FreePort;
import dev.qide.server.TestDatabase;
import dev.qide.server.store.postgres.PostgresBinaries;
import dev.qide.server.store.postgres.PostgresCommand;
import dev.qide.server.store.postgres.StalePostmaster;
import dev.qide.server.store.postgres.UserName;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedPostgresTest {
    /// One cluster for all tests of the class: creating one takes seconds, starting one does not.
    @TempDir static Path data;

    @Test
    void a_second_server_on_a_directory_is_refused() throws Exception {
        try (var postgres = start()) {
            assertThatThrownBy(EmbeddedPostgresTest::start)
                    .isInstanceOf(StartRefusedException.class)
                    .hasMessageContaining("Another Q-IDE server is using");
            assertThat(postgres.pid()).isPositive();
            assertThat(answers(postgres.address())).isTrue();
        }
        start().close();
    }

    /// `docker run --user 54321`, and every container of OpenShift.
    @Test
    void a_user_id_without_a_name_gets_one_to_set_a_database_up(@TempDir Path home)
            throws Exception {
        var unnamed =
                new PostgresCommand(List.of("unshare", "--map-user=54321", "--map-group=54321"));
        var programs = PostgresBinaries.unpacked(TestDatabase.binaries());
        var arguments = List.of("--pgdata=" + home.resolve("cluster"), "--no-sync");
        assertThatThrownBy(() -> unnamed.run(programs.resolve("bin/initdb"), arguments))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("54321");
        UserName.named(unnamed, home.resolve("passwd"))
                .run(programs.resolve("bin/initdb"), arguments);
        assertThat(home.resolve("cluster/PG_VERSION")).exists();
    }

    @Test
    void a_user_id_that_gets_no_name_is_refused_in_one_sentence(@TempDir Path home) {
        var nothingRuns = new PostgresCommand(List.of("false"));
        assertThatThrownBy(() -> UserName.named(nothingRuns, home.resolve("passwd")))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("libnss-wrapper")
                .hasMessageContaining("QIDE_DATABASE_URL");
    }

    @Test
    void the_password_is_required_and_files_are_private() throws Exception {
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
    void the_postmaster_is_a_direct_child_in_its_own_session() throws Exception {
        try (var postgres = start()) {
            assertThat(ProcessHandle.of(postgres.pid()).flatMap(ProcessHandle::parent))
                    .hasValue(ProcessHandle.current());
            assertThat(session(postgres.pid())).isEqualTo(postgres.pid());
            assertThat(session(ProcessHandle.current().pid())).isNotEqualTo(postgres.pid());
        }
    }

    @Test
    void a_cluster_with_non_durable_settings_is_refused() throws Exception {
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
    void a_port_bound_by_another_process_is_replaced() throws Exception {
        start().close();
        // The kernel accepts the connection; the test then closes it.
        try (var stranger = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var ports = List.of(stranger.getLocalPort(), FreePort.next()).iterator();
            Thread.ofVirtual().start(() -> hangUp(stranger));
            try (var postgres =
                    EmbeddedPostgres.startUnlessLocked(
                            data.resolve("postgres"),
                            TestDatabase.binaries(),
                            new SecureRandom(),
                            ports::next)) {
                assertThat(answers(Objects.requireNonNull(postgres).address())).isTrue();
            }
        }
    }

    private static void hangUp(ServerSocket stranger) {
        try {
            while (true) {
                stranger.accept().close();
            }
        } catch (IOException _) {
            // The test has ended.
        }
    }

    @Test
    void killing_the_server_ends_its_database_and_the_next_start_works() throws Exception {
        var server =
                new ProcessBuilder(
                                ChildJvm.java(),
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
                        .commandLine(
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
    void a_stale_pid_file_does_not_prevent_a_start() throws Exception {
        start().close();
        var pidFile = data.resolve("postgres/cluster/postmaster.pid");
        var parent =
                // The child ends after the shell has exec'ed a program that never reaps it.
                new ProcessBuilder("sh", "-c", "sleep 1 & echo $!; exec sleep 600")
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (var output =
                new BufferedReader(
                        new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
            long zombie = Long.parseLong(output.readLine());
            await(() -> state(zombie) == 'Z');
            long nobody = 4_194_303;
            assertThat(ProcessHandle.of(nobody)).isEmpty();
            for (var pid : List.of(zombie, parent.pid(), 1L, nobody, "", "x")) {
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
    void an_existing_cluster_is_ready_within_three_seconds() throws Exception {
        start().close();
        var shortest = Duration.ofDays(1);
        for (int i = 0; i < 3; i++) {
            long begun = System.nanoTime();
            try (var postgres = start()) {
                assertThat(answers(postgres.address())).isTrue();
                var taken = Duration.ofNanos(System.nanoTime() - begun);
                System.out.printf("warm: ready after %d ms%n", taken.toMillis());
                shortest = taken.compareTo(shortest) < 0 ? taken : shortest;
            }
        }
        assertThat(shortest).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void a_plain_user_can_start_it() throws Exception {
        boolean isRoot = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        if (!isRoot) {
            // All other tests of this class have run as a plain user.
            start().close();
            return;
        }
        var place = Files.createTempDirectory("qide-plain-");
        try {
            var jars = new ArrayList<String>();
            for (var entry : ChildJvm.classPath().split(":", -1)) {
                var copy = place.resolve(jars.size() + "-" + Path.of(entry).getFileName());
                assertThat(run(List.of("cp", "-rL", entry, copy.toString()))).isEmpty();
                jars.add(copy.toString());
            }
            var programs = place.resolve("programs");
            // Not the parent folder: another JVM may be unpacking there.
            var unpacked = PostgresBinaries.unpacked(TestDatabase.binaries()).toString();
            Files.createDirectory(programs);
            assertThat(run(List.of("cp", "-r", unpacked, programs.toString()))).isEmpty();
            assertThat(run(List.of("chown", "-R", NOBODY, place.toString()))).isEmpty();
            var command = new ArrayList<>(List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY));
            command.add("--clear-groups");
            command.addAll(java(PlainUser.class, place + "/data", programs.toString()));
            command.set(command.indexOf(ChildJvm.classPath()), String.join(":", jars));
            assertThat(run(command)).contains("answers as " + NOBODY);
        } finally {
            PostgresBinaries.delete(place);
        }
    }

    private static final String NOBODY = "65534";

    static List<String> java(Class<?> program, String... arguments) {
        var command = new ArrayList<String>();
        command.add(ChildJvm.java());
        command.addAll(List.of("-cp", ChildJvm.classPath(), program.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /// Runs a command to completion.
    ///
    /// @return its output, including errors
    static String run(List<String> command) throws Exception {
        var output = Files.createTempFile("qide-output-", "");
        var process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ends").isTrue();
            assertThat(process.exitValue()).as(Files.readString(output)).isZero();
            return Files.readString(output);
        } finally {
            process.destroyForcibly();
            Files.delete(output);
        }
    }

    @Test
    void the_data_survives_a_restart_and_a_deleted_password_is_replaced() throws Exception {
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

    static Connection connect(DatabaseAddress address) throws SQLException {
        return DriverManager.getConnection(address.url(), address.user(), address.password());
    }

    static boolean isAnswering(DatabaseAddress address) {
        try {
            return answers(address);
        } catch (SQLException _) {
            return false;
        }
    }

    static boolean answers(DatabaseAddress address) throws SQLException {
        try (var connection = connect(address);
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

    static char state(long pid) {
        try {
            return fields(pid)[0].charAt(0);
        } catch (IOException _) {
            return '-';
        }
    }

    /// The fields after the name in `/proc/PID/stat`: state, parent, group, session, …
    private static String[] fields(long pid) throws IOException {
        var stat = Files.readString(Path.of("/proc", "" + pid, "stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }

    /// A server that only holds the database, in its own JVM.
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

    /// Starts the database as the current user.
    static final class PlainUser {
        private PlainUser() {}

        public static void main(String[] arguments) throws Exception {
            var programs = Path.of(arguments[1]);
            try (var postgres =
                    EmbeddedPostgres.start(Path.of(arguments[0]), programs, new SecureRandom())) {
                assertThat(answers(postgres.address())).isTrue();
                var owner = Files.getAttribute(Path.of("/proc", "" + postgres.pid()), "unix:uid");
                System.out.println("answers as " + owner);
            }
        }
    }
}

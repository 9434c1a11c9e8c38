package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.FragilePostgres;
import dev.qide.server.TestDatabase;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.telemetry.LoggedLines;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// `backup` and `restore` as processes, on the embedded database of a data directory and on the one
/// that `QIDE_DATABASE_URL` names.
class BackupCommandTest {
    @TempDir Path folder;
    @RegisterExtension final CommandProcesses processes = new CommandProcesses();

    @Test
    void a_database_is_backed_up_while_its_server_runs_and_restored_elsewhere() throws Exception {
        var server = start(null, "one", "serve", "--port", "0");
        var _ = CommandProcesses.awaitReady(server);
        succeeds(null, "one", "token", "create", "--scope", "read", "--name", "Vera");
        assertThat(succeeds(null, "one", "backup", file()))
                .contains("tokens: 1 rows", file() + " is written: ");
        assertThat(fails(null, "one", "restore", file(), "--replace"))
                .contains("A Q-IDE server is running on", "stop it first");
        server.toHandle().destroy();
        var _ = CommandProcesses.awaitEnd(server);

        // Without a running server, into another data directory.
        succeeds(null, "one", "token", "create", "--scope", "read", "--name", "Wim");
        succeeds(null, "one", "backup", file());
        assertThat(succeeds(null, "two", "restore", file()))
                .contains("tokens: 2 rows, verified", "Restored " + file());
        assertThat(fails(null, "two", "restore", file())).contains("Use --replace");

        // From the embedded database to an external one.
        try (var external = TestDatabase.create()) {
            var url = FragilePostgres.url(external.address());
            assertThat(succeeds(url, "none", "restore", file())).contains("Restored ");
            assertThat(succeeds(url, "none", "token", "list")).contains("Vera", "Wim");
            assertThat(url).contains(DatabaseAddress.parse(url).password());
            assertThat(Files.readString(folder.resolve("stderr")))
                    .doesNotContain(DatabaseAddress.parse(url).password());
        }
    }

    @Test
    void a_database_whose_tables_are_older_is_backed_up_and_not_migrated() throws Exception {
        try (var external = TestDatabase.create()) {
            external.execute("DROP TABLE workspace_trees CASCADE");
            // Flyway ignores a missing migration below the newest one.
            external.execute("DELETE FROM flyway_schema_history WHERE version::int >= 29");
            var tables = "SELECT relname FROM pg_class WHERE relkind = 'r' ORDER BY 1";
            var before = external.rows(tables);
            succeeds(FragilePostgres.url(external.address()), "none", "backup", file());
            assertThat(external.rows(tables)).isEqualTo(before);
        }
    }

    @Test
    void a_backup_goes_to_stdout_which_may_be_full() throws Exception {
        succeeds(null, "one", "token", "create", "--scope", "read", "--name", "Vera");
        var backup = start(null, "one", "backup", "--stdout");
        Files.write(Path.of(file()), backup.getInputStream().readAllBytes());
        var _ = CommandProcesses.awaitEnd(backup);
        assertThat(backup.exitValue()).isZero();
        assertThat(succeeds(null, "two", "restore", file())).contains("tokens: 1 rows, verified");

        var full = Redirect.to(new File("/dev/full"));
        var failed = startInto(full, null, "one", "backup", "--stdout");
        assertThat(failed.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(failed.exitValue()).isEqualTo(1);
        assertThat(folder.resolve("stderr"))
                .content()
                .contains("The backup cannot be written: No space left on device.");
    }

    @Test
    void wrong_usage_is_a_sentence_and_starts_no_database() throws Exception {
        assertThat(run(null, "data", "backup").exitCode()).isEqualTo(2);
        assertThat(run(null, "data", "backup", file(), "--stdout").exitCode()).isEqualTo(2);
        assertThat(run(null, "data", "restore").exitCode()).isEqualTo(2);
        assertThat(fails(null, "data", "restore", file())).contains("There is no file");
        Files.writeString(Path.of(file()), "Q-IDE backup 1\n");
        assertThat(fails(null, "data", "restore", file())).contains("is cut off");
        assertThat(fails("mysql://x", "data", "backup", file())).contains("QIDE_DATABASE_URL");
        assertThat(folder.resolve("data")).doesNotExist();
        assertThat(Files.readString(folder.resolve("stderr"))).doesNotContain("\tat ");
    }

    private record Ended(int exitCode, String output) {}

    private String file() {
        return folder.resolve("qide.backup").toString();
    }

    /// The output on stdout and stderr.
    private String succeeds(@Nullable String url, String data, String... arguments)
            throws Exception {
        var ended = run(url, data, arguments);
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        return ended.output();
    }

    private String fails(@Nullable String url, String data, String... arguments) throws Exception {
        var ended = run(url, data, arguments);
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(1);
        return ended.output();
    }

    private Ended run(@Nullable String url, String data, String... arguments) throws Exception {
        var log = folder.resolve("stderr");
        long before = Files.exists(log) ? Files.size(log) : 0;
        var process = start(url, data, arguments);
        var out = CommandProcesses.awaitEnd(process);
        LoggedLines.check(log);
        boolean isSilent = List.of("backup", "restore").contains(arguments[0]);
        assertThat(isSilent ? out : "").as("stdout").isEmpty();
        var error = Files.readString(log).substring((int) before);
        return new Ended(process.exitValue(), out + error);
    }

    private Process start(@Nullable String url, String data, String... arguments)
            throws IOException {
        return startInto(Redirect.PIPE, url, data, arguments);
    }

    private Process startInto(
            Redirect output, @Nullable String url, String data, String... arguments)
            throws IOException {
        var directory = folder.resolve(data);
        var programs = directory.resolve("postgresql-programs");
        if (List.of("one", "two").contains(data) && !Files.exists(programs)) {
            // Shared by all tests, already unpacked.
            Files.createDirectories(directory);
            Files.createDirectories(TestDatabase.binaries());
            Files.createSymbolicLink(programs, TestDatabase.binaries());
        }
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", directory.toString()));
        return processes.start(
                folder.resolve("stderr"),
                Map.of("QIDE_DATABASE_URL", url == null ? "" : url),
                all,
                output);
    }
}

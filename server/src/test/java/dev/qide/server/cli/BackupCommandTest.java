package dev.qide.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.FragilePostgres;
import dev.qide.server.TestDatabase;
import dev.qide.server.store.DatabaseAddress;
import dev.qide.server.telemetry.LoggedLines;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `backup` and `restore` as processes, on the embedded database of a data directory and on the one
/// that `QIDE_DATABASE_URL` names.
class BackupCommandTest {
    private static final long PATIENCE_SECONDS = 120;

    @TempDir Path folder;
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void end() throws InterruptedException {
        for (var process : processes) {
            process.destroyForcibly();
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void a_database_is_backed_up_while_its_server_runs_and_restored_elsewhere() throws Exception {
        var server = start(null, "one", "serve", "--port", "0");
        awaitReady(server);
        succeeds(null, "one", "token", "create", "--scope", "read", "--name", "Vera");
        assertThat(succeeds(null, "one", "backup", file()))
                .contains("tokens: 1 rows", file() + " is written: ");
        assertThat(fails(null, "one", "restore", file(), "--replace"))
                .contains("A Q-IDE server is running on", "stop it first");
        server.toHandle().destroy();
        assertThat(server.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();

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
    void wrong_usage_is_a_sentence_and_starts_no_database() throws Exception {
        assertThat(run(null, "data", "backup").exitCode()).isEqualTo(2);
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
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        LoggedLines.check(log);
        boolean isSilent = List.of("backup", "restore").contains(arguments[0]);
        assertThat(isSilent ? out : "").as("stdout").isEmpty();
        var error = Files.readString(log).substring((int) before);
        return new Ended(process.exitValue(), out + error);
    }

    private Process start(@Nullable String url, String data, String... arguments)
            throws IOException {
        var directory = folder.resolve(data);
        var programs = directory.resolve("postgresql-programs");
        if (List.of("one", "two").contains(data) && !Files.exists(programs)) {
            // Shared by all tests, already unpacked.
            Files.createDirectories(directory);
            Files.createDirectories(TestDatabase.binaries());
            Files.createSymbolicLink(programs, TestDatabase.binaries());
        }
        var classes =
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"));
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command = new ArrayList<>(List.of(java, "-cp", classes, "dev.qide.server.Main"));
        command.addAll(Arrays.asList(arguments));
        command.addAll(List.of("--data", directory.toString()));
        var error = ProcessBuilder.Redirect.appendTo(folder.resolve("stderr").toFile());
        var builder = new ProcessBuilder(command).redirectError(error);
        builder.environment().remove("QIDE_DATABASE_URL");
        if (url != null) {
            builder.environment().put("QIDE_DATABASE_URL", url);
        }
        var process = builder.start();
        process.getOutputStream().close();
        processes.add(process);
        return process;
    }

    private static void awaitReady(Process server) throws Exception {
        var line = new CompletableFuture<String>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        line.complete(
                                String.valueOf(
                                        server.inputReader(StandardCharsets.UTF_8).readLine()));
                    } catch (IOException failure) {
                        line.completeExceptionally(failure);
                    }
                });
        assertThat(line.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).startsWith("Q-IDE ready: ");
    }
}

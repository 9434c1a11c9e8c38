package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.telemetry.LoggedLines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The command line as a process, on the embedded database: its output, streams and exit codes.
class ServeTest {
    private static final long START_SECONDS = 120;
    private static final long STOP_SECONDS = 60;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir Path folder;

    @Test
    void help_and_version_are_printed_and_need_no_database() throws Exception {
        var help = run("--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).contains("serve");
        assertThat(run("serve", "--help").out())
                .contains("--workspace", "--trust", "--port", "--data");
        var version = run("--version");
        assertThat(version.exitCode()).isZero();
        assertThat(version.out()).matches("qide \\d+\\.\\d+\\.\\d+\\S*\n");
        assertThat(folder.resolve("data")).doesNotExist();
    }

    @Test
    void wrong_usage_is_a_sentence_on_stderr() throws Exception {
        check(2, "Unknown option: '--no-such-option'", "serve", "--no-such-option");
        check(2, "Did you mean: qide serve", "serv");
        check(2, "'qide serve --help'", "serve", "--prot", "80");
        check(2, "", "dance");
        check(2, "Unknown command or directory 'dance'", "dance");
        check(2, "Did you mean: --port? 'qide serve --help'", "serve", "--prot", "80");
        check(
                2,
                "Did you mean: qide serve --port 80 '/tmp/my project'?",
                "--port",
                "80",
                "/tmp/my project");
        check(2, "Did you mean: qide serve --host=::1?", "--host=::1");
        check(2, "Did you mean: qide token list?", "token", "lsit");
        check(1, "There is no directory " + folder.resolve("none"), "serve", folder + "/none");
        check(2, "");
        check(1, "--workspace must be NAME=DIR", "serve", "--workspace", "nowhere");
        check(1, "twice", "serve", "--workspace", "a=" + folder, "--workspace", "a=" + folder);
        check(1, "--port", "serve", "--port", "65536");
    }

    @Test
    void a_server_serves_survives_a_kill_and_stops_gracefully() throws Exception {
        Files.writeString(
                Files.createDirectory(folder.resolve("project")).resolve("a.txt"), "hello\n");
        try (var server = serve()) {
            assertThat(server.firstLine())
                    .matches("Q-IDE ready: http://127\\.0\\.0\\.1:\\d+/#token=\\S{32,}");
            var token = Files.readString(folder.resolve("data/token")).strip();
            assertThat(server.firstLine()).endsWith("#token=" + token);
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(folder.resolve("data/token"))))
                    .isEqualTo("rw-------");
            assertThat(get(server, "/api/workspaces/project/files/a.txt", token))
                    .isEqualTo("200 hello\n");
            assertThat(get(server, "/ready", "")).startsWith("200 ");
            var workspace = "project=" + folder.resolve("project");
            check(
                    1,
                    "Another Q-IDE server is using " + folder.resolve("data") + ":",
                    "serve",
                    "--port",
                    "0",
                    "--workspace",
                    workspace);
        }
        try (var again = serve("QIDE_SHOW_TOKEN=false");
                var client =
                        TestClient.connect(
                                URI.create(again.url().replace("http", "ws") + "/ws/project"),
                                token())) {
            assertThat(again.firstLine()).isEqualTo("Q-IDE ready: " + again.url() + "/");
            client.initialize(null);

            assertThat(again.stop()).as("exit code after SIGTERM").isZero();

            assertThat(client.closeCode()).isEqualTo(1001);
            assertThat(again.restOfOutput()).as("stdout behind the ready line").isEmpty();
            assertThat(again.log())
                    .as("the log")
                    .contains("\"event.action\":\"server.stopped\"")
                    .doesNotContain(token());
        }
    }

    /// `script` gives the server a terminal of its own. `exec`, since a shell that waits for the
    /// server (`dash` does) would get the Ctrl+C too, and its exit code would hide the server's.
    @Test
    void at_a_terminal_a_server_speaks_sentences_and_opens_the_directory_that_is_named()
            throws Exception {
        var project = Files.createDirectory(folder.resolve("Mein Prüfling"));
        var command =
                java("" + project, "--port", "0", "--data", folder + "/data").stream()
                        .map(word -> "'" + word + "'")
                        .collect(
                                // A shell starts jobs in the background with SIGINT ignored.
                                Collectors.joining(" ", "exec env --default-signal=INT ", ""));
        var typescript = folder.resolve("typescript");
        var process =
                new ProcessBuilder(
                                "script", "--quiet", "--return", "--command", command, "/dev/null")
                        .redirectErrorStream(true)
                        .redirectOutput(typescript.toFile())
                        .start();
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
            while (!Files.readString(typescript).contains("Press Ctrl+C to stop")) {
                assertThat(System.nanoTime()).as(Files.readString(typescript)).isLessThan(end);
                assertThat(process.isAlive()).as(Files.readString(typescript)).isTrue();
                LockSupport.parkNanos(20_000_000);
            }
            // Ctrl+C, as the terminal sends it.
            process.getOutputStream().write(3);
            process.getOutputStream().close();
            assertThat(process.waitFor(STOP_SECONDS, TimeUnit.SECONDS))
                    .as(() -> stateOf(process, typescript))
                    .isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        var shown = Files.readString(typescript);
        assertThat(shown)
                .contains("Q-IDE ready: http://127.0.0.1:")
                .contains("Open this link in a browser; it signs you in as the owner.")
                .contains("Workspace: Mein-Prufling (" + project + ").")
                .contains("your data is in " + folder.resolve("data") + ".")
                .contains("Stopping …")
                .doesNotContain("@timestamp");
        assertThat(folder.resolve("data/logs/qide.json")).content().contains("@timestamp");
    }

    /// What a terminal showed, and the threads of the programs in it.
    private static String stateOf(Process terminal, Path shown) {
        try {
            var state = new StringBuilder(Files.readString(shown));
            for (var one : terminal.descendants().toList()) {
                state.append(one.pid()).append(' ').append(one.info().command().orElse("?"));
                var threads =
                        new ProcessBuilder(
                                        Path.of(System.getProperty("java.home"), "bin", "jstack")
                                                .toString(),
                                        Long.toString(one.pid()))
                                .redirectErrorStream(true)
                                .start();
                state.append(
                        new String(
                                threads.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            }
            return state.toString();
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    private String token() throws IOException {
        return Files.readString(folder.resolve("data/token")).strip();
    }

    private static String get(Serving server, String path, String token)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .header("Authorization", "Bearer " + token)
                        .build();
        var answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body();
    }

    private void check(int exitCode, String sentence, String... arguments) throws Exception {
        var ended = run(arguments);

        assertThat(ended.exitCode()).as(Arrays.toString(arguments)).isEqualTo(exitCode);
        assertThat(ended.out()).as("stdout of " + Arrays.toString(arguments)).isEmpty();
        assertThat(ended.error()).contains(sentence).isNotBlank().doesNotContain("\tat ");
    }

    private record Ended(int exitCode, String out, String error) {}

    private Ended run(String... arguments) throws Exception {
        var process = start(List.of(), arguments);
        process.getOutputStream().close();
        assertThat(process.waitFor(START_SECONDS, TimeUnit.SECONDS)).isTrue();
        LoggedLines.check(folder.resolve("stderr"));
        return new Ended(
                process.exitValue(),
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
                Files.readString(folder.resolve("stderr")));
    }

    private Serving serve(String... settings) throws Exception {
        return new Serving(
                start(
                        List.of(settings),
                        "serve",
                        "--port",
                        "0",
                        "--workspace",
                        "project=" + folder.resolve("project")),
                folder.resolve("stderr"));
    }

    /// @param settings `NAME=VALUE`
    private Process start(List<String> settings, String... arguments) throws IOException {
        var builder =
                new ProcessBuilder(java(arguments))
                        .redirectError(folder.resolve("stderr").toFile());
        for (var setting : settings) {
            var parts = setting.split("=", 2);
            builder.environment().put(parts[0], parts[1]);
        }
        return builder.start();
    }

    private List<String> java(String... arguments) {
        var command = new ArrayList<String>();
        command.add(ChildJvm.java());
        command.addAll(List.of("-cp", ChildJvm.classPath(), "dev.qide.server.Main"));
        command.addAll(List.of(arguments));
        if (arguments.length > 0 && arguments[0].equals("serve") && !command.contains("--help")) {
            command.addAll(List.of("--data", folder.resolve("data").toString()));
        }
        return command;
    }

    /// A started server; closing it kills it.
    private static final class Serving implements AutoCloseable {
        private final Process process;
        private final BufferedReader out;
        private final Path log;
        private final String firstLine;

        Serving(Process process, Path log) throws Exception {
            this.process = process;
            this.log = log;
            out = process.inputReader(StandardCharsets.UTF_8);
            try {
                firstLine = ChildJvm.firstLine(out, Duration.ofSeconds(START_SECONDS));
            } catch (TimeoutException late) {
                process.destroyForcibly();
                throw new AssertionError(log(), late);
            }
        }

        String firstLine() {
            return firstLine;
        }

        String url() {
            return firstLine.substring(firstLine.indexOf("http"), firstLine.lastIndexOf('/'));
        }

        int stop() throws InterruptedException {
            // By its handle: the process object would close the streams before they are read.
            process.toHandle().destroy();
            assertThat(process.waitFor(STOP_SECONDS, TimeUnit.SECONDS))
                    .as("stops in time")
                    .isTrue();
            return process.exitValue();
        }

        String restOfOutput() throws IOException {
            return String.join("\n", out.lines().toList());
        }

        String log() throws IOException {
            return Files.readString(log);
        }

        @Override
        public void close() {
            process.destroyForcibly();
            try {
                assertThat(process.waitFor(STOP_SECONDS, TimeUnit.SECONDS))
                        .as("ends in time")
                        .isTrue();
                LoggedLines.check(log);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

package dev.qide.server;

import dev.qide.server.telemetry.LoggedLines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The server as a separate process, which can be killed. Its output is appended to `server.log` in
/// its data directory. Owned by one thread.
public final class ForkedServer implements AutoCloseable {
    private static final long START_SECONDS = 120;
    private static final long STOP_SECONDS = 60;

    private final Config config;
    private final Process process;
    private final CompletableFuture<String> firstLine = new CompletableFuture<>();
    private final Thread killer;

    /// The directories, port and database of a server; a process with the same configuration is
    /// that server restarted.
    ///
    /// @param port the port to listen on
    /// @param databaseUrl `postgresql://user:password@host:port/name`
    /// @param options of the JVM
    public record Config(
            Path data, Path workspace, int port, String databaseUrl, List<String> options) {
        /// JVM options for a fast start at the cost of peak speed.
        public static final List<String> QUICK_START =
                List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

        public Config {
            options = List.copyOf(options);
        }

        Path log() {
            return data.resolve("server.log");
        }
    }

    private ForkedServer(Config config, Process process) {
        this.config = config;
        this.process = process;
        killer = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
        Thread.ofVirtual().start(this::listen);
    }

    /// Starts it without waiting until it is ready.
    public static ForkedServer begin(Config config) throws IOException {
        return begin(config, Main.class.getName(), Map.of());
    }

    /// Starts it with further settings, by the names of their environment variables.
    public static ForkedServer begin(Config config, Map<String, String> settings)
            throws IOException {
        return begin(config, Main.class.getName(), settings);
    }

    /// Starts it by another main class, which runs the server's.
    static ForkedServer begin(Config config, String mainClass) throws IOException {
        return begin(config, mainClass, Map.of());
    }

    private static ForkedServer begin(Config config, String mainClass, Map<String, String> settings)
            throws IOException {
        var command = new ArrayList<String>();
        command.add(ChildJvm.java());
        command.add("-Djdk.virtualThreadScheduler.parallelism=16");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(config.options());
        command.addAll(List.of("-cp", ChildJvm.classPath(), mainClass, "serve"));
        command.addAll(List.of("--port", Integer.toString(config.port())));
        command.addAll(List.of("--data", config.data().toString()));
        command.addAll(
                List.of("--workspace", TestServer.WORKSPACE + "=" + config.workspace().toString()));
        var builder =
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.appendTo(config.log().toFile()));
        builder.environment().put("QIDE_DATABASE_URL", config.databaseUrl());
        builder.environment().putAll(settings);
        return new ForkedServer(config, builder.start());
    }

    /// Waits until it is ready.
    public ForkedServer awaitReady() throws IOException, InterruptedException {
        try {
            var line = firstLine.get(START_SECONDS, TimeUnit.SECONDS);
            if (!line.startsWith("Q-IDE ready: ")) {
                throw new AssertionError("it did not start: " + log());
            }
            return this;
        } catch (ExecutionException | TimeoutException failure) {
            throw new AssertionError("it did not start: " + log(), failure);
        }
    }

    /// Its data directory.
    Path data() {
        return config.data();
    }

    public boolean isReady() {
        return firstLine.isDone();
    }

    public String token() throws IOException {
        return Files.readString(config.data().resolve("token")).strip();
    }

    /// Its address.
    public URI http() {
        return URI.create("http://127.0.0.1:" + config.port() + "/");
    }

    public long pid() {
        return process.pid();
    }

    /// Writes a line to its standard input.
    void sendLine(String line) throws IOException {
        var input = process.outputWriter(StandardCharsets.UTF_8);
        input.write(line + "\n");
        input.flush();
    }

    /// Waits until it has ended by itself.
    int awaitExit() throws InterruptedException {
        awaitEnd();
        return process.exitValue();
    }

    /// SIGKILL; waits until it is dead.
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitEnd();
    }

    /// SIGTERM; waits until it has ended gracefully.
    public void terminate() throws InterruptedException {
        process.toHandle().destroy();
        awaitEnd();
        if (process.exitValue() != 0) {
            throw new AssertionError("exit code " + process.exitValue() + " after SIGTERM");
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            awaitEnd();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitEnd() throws InterruptedException {
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end: " + process.pid());
        }
        var _ = Runtime.getRuntime().removeShutdownHook(killer);
        try {
            LoggedLines.check(config.log());
            LoggedLines.check(config.data().resolve("logs/qide.json"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void listen() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            firstLine.complete(String.valueOf(out.readLine()));
            while (out.readLine() != null) {
                // No more output is expected; reading it keeps the pipe from filling.
            }
        } catch (IOException failure) {
            firstLine.completeExceptionally(failure);
        }
    }

    private String log() throws IOException {
        var words = Files.readString(config.log());
        return words.substring(Math.max(0, words.length() - 4_000));
    }
}

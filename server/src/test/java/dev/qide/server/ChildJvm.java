package dev.qide.server;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A main class of the tests in a separate JVM, which can be killed.
///
/// @param word the word that it printed after `ready`, or empty
public record ChildJvm(Process process, String word) {
    private static final String READY = "ready";

    /// The program `java` of this JVM.
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /// The class path of the tests, which includes the server's classes.
    public static String classPath() {
        return System.getProperty(
                "surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /// Waits for the first line that a process prints.
    ///
    /// @return `null` as a word when it ended without a line
    public static String firstLine(BufferedReader out, Duration limit) throws Exception {
        var line = new CompletableFuture<String>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        line.complete(String.valueOf(out.readLine()));
                    } catch (IOException failure) {
                        line.completeExceptionally(failure);
                    }
                });
        return line.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Starts the JVM and waits for its line `ready` or `ready WORD`.
    public static ChildJvm start(Class<?> main, String... arguments) throws IOException {
        var command =
                new ArrayList<>(
                        List.of(
                                java(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                classPath(),
                                main.getName()));
        command.addAll(Arrays.asList(arguments));
        var process =
                new ProcessBuilder(command)
                        .redirectError(Redirect.to(new File("/dev/null")))
                        .start();
        var lines = process.inputReader(StandardCharsets.UTF_8);
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals(READY) || line.startsWith(READY + " ")) {
                return new ChildJvm(process, line.substring(READY.length()).strip());
            }
        }
        process.destroyForcibly();
        throw new IOException("the server did not come up");
    }

    /// SIGKILL; waits until it is dead.
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }
}

package dev.qide.server;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A main class of the tests in a separate JVM, which can be killed.
///
/// @param word the word that it printed after `ready`, or empty
public record ChildJvm(Process process, String word) {
    private static final String READY = "ready";

    /// Starts the JVM and waits for its line `ready` or `ready WORD`.
    public static ChildJvm start(Class<?> main, String... arguments) throws IOException {
        var classes = System.getProperty("surefire.test.class.path");
        var command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                classes == null ? System.getProperty("java.class.path") : classes,
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

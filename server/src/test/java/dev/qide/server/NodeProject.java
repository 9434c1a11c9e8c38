package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A folder of Node scripts under `src/test/node` with a lock of its own: unmodified npm clients
/// that tests run. Needs `node` and `npm` on the PATH.
///
/// @param folder where `package.json` and its lock lie
public record NodeProject(Path folder) {
    private static final long INSTALL_SECONDS = 180;

    /// The project of this name, its packages installed: once for each lock.
    public static NodeProject installed(String name) throws IOException, InterruptedException {
        var folder = Path.of(System.getProperty("basedir", "."), "src/test/node", name);
        var project = new NodeProject(folder);
        var lock = Files.readAllBytes(folder.resolve("package-lock.json"));
        var installed = folder.resolve("node_modules/.qide-installed");
        if (!Files.exists(installed) || !Arrays.equals(Files.readAllBytes(installed), lock)) {
            project.command(
                    INSTALL_SECONDS,
                    List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
            Files.write(installed, lock);
        }
        return project;
    }

    /// Runs a script that has to end with code 0 within so many seconds.
    ///
    /// @return what it printed
    public String run(long seconds, String script, String... arguments)
            throws IOException, InterruptedException {
        return command(
                seconds, Stream.concat(Stream.of("node", script), Stream.of(arguments)).toList());
    }

    private String command(long seconds, List<String> command)
            throws IOException, InterruptedException {
        var output = Files.createTempFile("qide-node", ".txt");
        try {
            var process =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            boolean hasEnded = process.waitFor(seconds, TimeUnit.SECONDS);
            process.destroyForcibly();
            var words = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(hasEnded).as(words).isTrue();
            assertThat(process.exitValue()).as(words).isZero();
            return words;
        } finally {
            Files.delete(output);
        }
    }
}

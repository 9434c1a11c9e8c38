package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.concurrent.LockFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// A folder of Node scripts with its own lock file, under `src/test/node` or in `ops`: unmodified
/// npm clients that tests run. Needs `node` and `npm` on the PATH.
///
/// @param folder the folder of `package.json` and its lock file
public record NodeProject(Path folder) {
    private static final long INSTALL_SECONDS = 180;
    private static final List<String> INSTALL =
            List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");

    /// The project of this name, with its packages installed once per lock file. If several JVMs
    /// call this at the same time, one installs and the others wait.
    public static NodeProject installed(String name) throws IOException, InterruptedException {
        return installed(Path.of(System.getProperty("basedir", ".")), name, INSTALL);
    }

    /// The tool of this name in `ops`, its packages installed.
    public static NodeProject ofOps(String name) throws IOException, InterruptedException {
        var base = Path.of(System.getProperty("basedir", "."));
        var folder = base.resolve("../ops", name).normalize();
        return installed(base, folder, INSTALL);
    }

    /// @param base the module's directory
    /// @param install the command that installs the packages
    static NodeProject installed(Path base, String name, List<String> install)
            throws IOException, InterruptedException {
        return installed(base, base.resolve("src/test/node", name), install);
    }

    private static NodeProject installed(Path base, Path folder, List<String> install)
            throws IOException, InterruptedException {
        var project = new NodeProject(folder);
        var name = folder.getFileName();
        // Outside of `node_modules`, which npm deletes first.
        var lockFile = Files.createDirectories(base.resolve("target")).resolve(name + ".npm-lock");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2 * INSTALL_SECONDS);
        while (!project.isInstalled()) {
            try (var lock = LockFile.tryAcquire(lockFile)) {
                if (lock != null && !project.isInstalled()) {
                    project.command(INSTALL_SECONDS, install);
                    Files.write(project.mark(), project.lock());
                }
            }
            assertThat(System.nanoTime()).as("another JVM installs %s", name).isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        return project;
    }

    private boolean isInstalled() throws IOException {
        try {
            return Arrays.equals(Files.readAllBytes(mark()), lock());
        } catch (NoSuchFileException _) {
            return false;
        }
    }

    private byte[] lock() throws IOException {
        return Files.readAllBytes(folder.resolve("package-lock.json"));
    }

    /// A copy of the lock file whose packages are installed; npm deletes it when it starts.
    private Path mark() {
        return folder.resolve("node_modules/.qide-installed");
    }

    /// Runs a script, which must end with exit code 0 within this number of seconds.
    ///
    /// @return its output
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

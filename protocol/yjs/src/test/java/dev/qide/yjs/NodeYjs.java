package dev.qide.yjs;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program in `golden/` that runs the real Yjs on Node; installs its packages at the first use.
/// Fails without Node.
final class NodeYjs implements AutoCloseable {
    private static final Path GOLDEN = Path.of("golden");
    private static final long INSTALL_SECONDS = 300;

    private final Process process;
    private final BufferedReader output;
    private final BufferedWriter input;

    private NodeYjs(Process process) {
        this.process = process;
        output = process.inputReader(StandardCharsets.UTF_8);
        input = process.outputWriter(StandardCharsets.UTF_8);
    }

    static NodeYjs start(String script, String... arguments) throws IOException {
        if (!Files.isDirectory(GOLDEN.resolve("node_modules/yjs"))) {
            install();
        }
        var command = new ArrayList<>(List.of("node", script));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).directory(GOLDEN.toFile());
        return new NodeYjs(builder.redirectError(ProcessBuilder.Redirect.DISCARD).start());
    }

    private static void install() throws IOException {
        var npm =
                new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund")
                        .directory(GOLDEN.toFile())
                        .inheritIO()
                        .start();
        try {
            if (!npm.waitFor(INSTALL_SECONDS, TimeUnit.SECONDS) || npm.exitValue() != 0) {
                npm.destroyForcibly();
                throw new IOException("npm ci failed in " + GOLDEN.toAbsolutePath());
            }
        } catch (InterruptedException e) {
            npm.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    BufferedReader output() {
        return output;
    }

    void send(String line) throws IOException {
        input.write(line);
        input.newLine();
        input.flush();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}

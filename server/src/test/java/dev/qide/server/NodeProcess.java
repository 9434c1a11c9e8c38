package dev.qide.server;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A Node script that answers each line of JSON on its standard input with one on its standard
/// output. Owned by one thread.
public final class NodeProcess implements AutoCloseable {
    private static final long EXIT_SECONDS = 10;

    private final Process node;
    private final Writer in;
    private final BufferedReader out;
    private final Path log;

    private NodeProcess(Process node, Path log) {
        this.node = node;
        this.log = log;
        in = node.outputWriter(StandardCharsets.UTF_8);
        out = node.inputReader(StandardCharsets.UTF_8);
    }

    /// Starts a script of a project.
    public static NodeProcess start(NodeProject project, String script, String... arguments)
            throws IOException {
        var command = Stream.concat(Stream.of("node", script), Stream.of(arguments)).toList();
        var log = Files.createTempFile("qide-node", ".log");
        var node =
                new ProcessBuilder(command)
                        .directory(project.folder().toFile())
                        .redirectError(log.toFile())
                        .start();
        return new NodeProcess(node, log);
    }

    /// Sends a line and reads the answer.
    public JsonObject exchange(JsonObject words) {
        try {
            in.write(words + "\n");
            in.flush();
            var line = out.readLine();
            if (line == null) {
                throw new AssertionError("the Node process ended at " + words + "\n" + log());
            }
            return JsonParser.parseString(line).getAsJsonObject();
        } catch (IOException failure) {
            throw new AssertionError(words + "\n" + log(), failure);
        }
    }

    /// An object of names and values: numbers, whether something is so, and anything else as text.
    public static JsonObject words(Object... namesAndValues) {
        var words = new JsonObject();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            var name = (String) namesAndValues[i];
            switch (namesAndValues[i + 1]) {
                case Number number -> words.addProperty(name, number);
                case Boolean is -> words.addProperty(name, is);
                case Object other -> words.addProperty(name, other.toString());
            }
        }
        return words;
    }

    /// What the script has written to its standard error.
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    @Override
    public void close() {
        try {
            in.close();
            if (!node.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
                node.destroyForcibly();
            }
            Files.delete(log);
        } catch (IOException failure) {
            node.destroyForcibly();
            throw new UncheckedIOException(failure);
        } catch (InterruptedException _) {
            node.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}

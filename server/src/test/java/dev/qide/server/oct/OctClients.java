package dev.qide.server.oct;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.Await;
import dev.qide.server.NodeProject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Unmodified clients of Open Collaboration Tools in a Node process
/// (`src/test/node/oct/rooms.mjs`). Owned by one thread.
final class OctClients implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long EXIT_SECONDS = 10;

    private final Process node;
    private final Writer in;
    private final BufferedReader out;
    private final Path log;
    private int requests;

    /// A command that a client did not carry out.
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    private OctClients(Process node, Path log) {
        this.node = node;
        this.log = log;
        in = node.outputWriter(StandardCharsets.UTF_8);
        out = node.inputReader(StandardCharsets.UTF_8);
    }

    static OctClients start() throws IOException, InterruptedException {
        var folder = NodeProject.installed("oct").folder().toAbsolutePath();
        var log = Files.createTempFile("qide-oct", ".log");
        var node =
                new ProcessBuilder("node", "rooms.mjs")
                        .directory(folder.toFile())
                        .redirectError(log.toFile())
                        .start();
        return new OctClients(node, log);
    }

    /// Sends a command to one client.
    ///
    /// @throws Refused with the client's failure
    JsonElement command(String who, String command, Object... namesAndValues) {
        var words = new JsonObject();
        words.addProperty("id", ++requests);
        words.addProperty("command", command);
        words.addProperty("who", who);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            var name = (String) namesAndValues[i];
            switch (namesAndValues[i + 1]) {
                case Number number -> words.addProperty(name, number);
                case Boolean is -> words.addProperty(name, is);
                case Object other -> words.addProperty(name, other.toString());
            }
        }
        var answer = exchange(words);
        if (answer.has("failure")) {
            throw new Refused(answer.get("failure").getAsString());
        }
        return answer.has("answer") ? answer.get("answer") : JsonNull.INSTANCE;
    }

    String text(String who) {
        return command(who, "text").getAsString();
    }

    /// What the connection of a client reported.
    List<String> events(String who) {
        return words(who, "events");
    }

    List<String> words(String who, String command) {
        return command(who, command).getAsJsonArray().asList().stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    void awaitEvent(String who, String event) {
        Await.await(
                who + " reports " + event,
                PATIENCE,
                () -> events(who).stream().anyMatch(it -> it.startsWith(event)));
    }

    void awaitText(String who, String text) {
        Await.await(who + " has the text", PATIENCE, () -> text(who).equals(text));
    }

    void awaitReceived(String who, int characters) {
        Await.await(
                who + " has received everything",
                PATIENCE,
                () -> command(who, "received").getAsInt() == characters);
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

    private JsonObject exchange(JsonObject words) {
        try {
            in.write(words + "\n");
            in.flush();
            var line = out.readLine();
            if (line == null) {
                throw new AssertionError("the Node process ended\n" + Files.readString(log));
            }
            return JsonParser.parseString(line).getAsJsonObject();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}

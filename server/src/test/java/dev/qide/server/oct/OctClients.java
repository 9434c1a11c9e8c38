package dev.qide.server.oct;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import dev.qide.server.Await;
import dev.qide.server.NodeProcess;
import dev.qide.server.NodeProject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Unmodified clients of Open Collaboration Tools in a Node process
/// (`src/test/node/oct/rooms.mjs`). Owned by one thread.
final class OctClients implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final NodeProcess node;
    private int requests;

    /// A command that a client did not carry out.
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    private OctClients(NodeProcess node) {
        this.node = node;
    }

    static OctClients start() throws IOException, InterruptedException {
        return new OctClients(NodeProcess.start(NodeProject.installed("oct"), "rooms.mjs"));
    }

    /// Sends a command to one client.
    ///
    /// @throws Refused with the client's failure
    JsonElement command(String who, String command, Object... namesAndValues) {
        var words = NodeProcess.words(namesAndValues);
        words.addProperty("id", ++requests);
        words.addProperty("command", command);
        words.addProperty("who", who);
        var answer = node.exchange(words);
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

    void awaitTransport(String who, String name) {
        Await.await(
                who + " uses " + name,
                PATIENCE,
                () -> command(who, "transport").getAsString().equals(name));
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
        node.close();
    }
}

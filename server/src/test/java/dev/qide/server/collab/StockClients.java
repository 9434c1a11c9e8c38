package dev.qide.server.collab;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.NodeProcess;
import dev.qide.server.NodeProject;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Unmodified clients of three kinds in a Node process, each connected through a proxy that can cut
/// the connection (`src/test/node/collab/clients.mjs`). Owned by one thread.
final class StockClients implements AutoCloseable {
    /// How long a test waits for a condition.
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final long POLL_NANOS = 10_000_000;

    private final NodeProcess node;
    private int requests;

    /// A kind of client.
    enum Kind {
        HOCUSPOCUS,
        Y_WEBSOCKET,
        QIDE;

        String wire() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    /// One client.
    ///
    /// @param token the client's credential
    /// @param extras further settings: `endpoint`, `others`, `isPacking`, `isSilent`,
    ///   `isUnassisted` for one whose application does nothing when the server refuses a document
    record ClientSpec(
            String name,
            Kind kind,
            String workspace,
            String path,
            String token,
            JsonObject extras) {
        ClientSpec(String name, Kind kind, String workspace, String path, String token) {
            this(name, kind, workspace, path, token, new JsonObject());
        }

        ClientSpec with(String extra, JsonElement value) {
            var more = extras.deepCopy();
            more.add(extra, value);
            return new ClientSpec(name, kind, workspace, path, token, more);
        }

        ClientSpec with(String extra, String value) {
            return with(extra, new JsonPrimitive(value));
        }

        ClientSpec with(String extra) {
            return with(extra, new JsonPrimitive(true));
        }
    }

    /// The state of one client.
    record State(JsonObject json) {
        String name() {
            return json.get("name").getAsString();
        }

        String path() {
            return json.get("path").getAsString();
        }

        String text() {
            return json.get("text").getAsString();
        }

        boolean is(String word) {
            return json.get(word).getAsBoolean();
        }

        int count(String word) {
            return json.get(word).getAsInt();
        }

        List<String> words(String word) {
            return json.getAsJsonArray(word).asList().stream()
                    .map(JsonElement::getAsString)
                    .toList();
        }

        JsonObject present() {
            return json.getAsJsonObject("present");
        }

        /// Whether everything is saved, as far as this kind of client can know.
        boolean isSynced() {
            return is("synced") && is("saved");
        }

        @Override
        public String toString() {
            var text = text();
            var short_ = json.deepCopy();
            short_.addProperty("text", text.length() + " units, hash " + text.hashCode());
            short_.remove("present");
            return short_.toString();
        }
    }

    private StockClients(NodeProcess node) {
        this.node = node;
    }

    static StockClients start() throws IOException, InterruptedException {
        var project = NodeProject.installed("collab");
        var folder = project.folder().toAbsolutePath();
        var client = folder.resolve("../../../../../protocol/client/dist/src/index.js").normalize();
        if (!Files.exists(client)) {
            throw new IOException("@qide/client is not built: " + client);
        }
        return new StockClients(
                NodeProcess.start(project, "clients.mjs", client.toUri().toString()));
    }

    /// Sets the server for new connections; each proxy reads it per connection.
    void target(int port) {
        var words = new JsonObject();
        words.addProperty("host", "127.0.0.1");
        words.addProperty("port", port);
        request("target", words);
    }

    void open(ClientSpec spec) {
        var words = spec.extras().deepCopy();
        words.addProperty("name", spec.name());
        words.addProperty("kind", spec.kind().wire());
        words.addProperty("workspace", spec.workspace());
        words.addProperty("path", spec.path());
        words.addProperty("token", spec.token());
        request("open", words);
    }

    /// Sends a command to one client.
    JsonElement command(String who, String command, Object... namesAndValues) {
        return request(command, words(who, namesAndValues));
    }

    /// Sends a command to all clients.
    JsonElement commandAll(String command, Object... namesAndValues) {
        return request(command, words(null, namesAndValues));
    }

    State state(String who) {
        return states(words(who)).getFirst();
    }

    List<State> states() {
        return states(new JsonObject());
    }

    String text(String who) {
        return state(who).text();
    }

    /// Waits until these clients are synced and have the same text.
    ///
    /// @return that text
    String awaitOneText(String... people) {
        await(
                "one text of " + String.join(", ", people),
                () -> {
                    var states = Stream.of(people).map(this::state).toList();
                    return states.stream().allMatch(State::isSynced)
                            && states.stream().map(State::text).distinct().count() == 1;
                });
        return text(people[0]);
    }

    void await(String what, BooleanSupplier condition) {
        await(what, PATIENCE, condition);
    }

    void await(String what, Duration patience, BooleanSupplier condition) {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "not within "
                                + patience
                                + ": "
                                + what
                                + states().stream()
                                        .map(State::toString)
                                        .collect(Collectors.joining("\n", "\n", "\n"))
                                + node.log());
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /// Disconnects all clients.
    void dismiss() {
        request("dismiss", new JsonObject());
    }

    @Override
    public void close() {
        node.close();
    }

    private List<State> states(JsonObject words) {
        var states = new ArrayList<State>();
        for (var state : (JsonArray) request("states", words)) {
            states.add(new State(state.getAsJsonObject()));
        }
        return states;
    }

    private JsonElement request(String command, JsonObject words) {
        words.addProperty("id", ++requests);
        words.addProperty("command", command);
        var answer = node.exchange(words);
        if (answer.has("failure")) {
            throw new AssertionError(command + ": " + answer.get("failure").getAsString());
        }
        return answer.has("answer") ? answer.get("answer") : JsonNull.INSTANCE;
    }

    private static JsonObject words(@Nullable String who, Object... namesAndValues) {
        var words = NodeProcess.words(namesAndValues);
        if (who != null) {
            words.addProperty("who", who);
        }
        return words;
    }
}

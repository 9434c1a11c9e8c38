package dev.qide.server.collab;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.NodeProject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    private static final long EXIT_SECONDS = 10;
    private static final long POLL_NANOS = 10_000_000;

    private final Process node;
    private final Writer in;
    private final BufferedReader out;
    private final Path log;
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
    /// @param extras further settings: `endpoint`, `others`, `isPacking`, `isSilent`
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

    private StockClients(Process node, Path log) {
        this.node = node;
        this.log = log;
        in = node.outputWriter(StandardCharsets.UTF_8);
        out = node.inputReader(StandardCharsets.UTF_8);
    }

    static StockClients start() throws IOException, InterruptedException {
        var folder = NodeProject.installed("collab").folder().toAbsolutePath();
        var client = folder.resolve("../../../../../protocol/client/dist/src/index.js").normalize();
        if (!Files.exists(client)) {
            throw new IOException("@qide/client is not built: " + client);
        }
        var log = Files.createTempFile("qide-clients", ".log");
        var node =
                new ProcessBuilder("node", "clients.mjs", client.toUri().toString())
                        .directory(folder.toFile())
                        .redirectError(log.toFile())
                        .start();
        return new StockClients(node, log);
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
                                + log());
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
        try {
            in.write(words + "\n");
            in.flush();
            var line = out.readLine();
            if (line == null) {
                throw new AssertionError("the Node process ended at " + command + "\n" + log());
            }
            var answer = JsonParser.parseString(line).getAsJsonObject();
            if (answer.has("failure")) {
                throw new AssertionError(command + ": " + answer.get("failure").getAsString());
            }
            return answer.has("answer") ? answer.get("answer") : JsonNull.INSTANCE;
        } catch (IOException failure) {
            throw new AssertionError(command + "\n" + log(), failure);
        }
    }

    private String log() {
        try {
            return Files.readString(log);
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    private static JsonObject words(@Nullable String who, Object... namesAndValues) {
        var words = new JsonObject();
        if (who != null) {
            words.addProperty("who", who);
        }
        for (int i = 0; i < namesAndValues.length; i += 2) {
            var name = (String) namesAndValues[i];
            switch (namesAndValues[i + 1]) {
                case Number number -> words.addProperty(name, number);
                case String string -> words.addProperty(name, string);
                case Boolean is -> words.addProperty(name, is);
                default -> throw new IllegalArgumentException(name);
            }
        }
        return words;
    }
}

package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.yjs.Lib0Encoder;
import dev.qide.yjs.StateVector;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A WebSocket client for tests: JSON-RPC on text frames, bytes on binary ones. Every wait has a
/// deadline.
public final class TestClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// Types of messages of the Hocuspocus provider.
    private static final int SYNC = 0;

    private static final int AUTH = 2;

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final BlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
    private final List<JsonObject> passedOver = new CopyOnWriteArrayList<>();
    private final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final WebSocket socket;

    private TestClient(URI uri, List<String> subprotocols, @Nullable String bearer) {
        var builder = HTTP.newWebSocketBuilder();
        if (!subprotocols.isEmpty()) {
            builder.subprotocols(
                    subprotocols.getFirst(),
                    subprotocols.subList(1, subprotocols.size()).toArray(String[]::new));
        }
        if (bearer != null) {
            builder.header("Authorization", "Bearer " + bearer);
        }
        socket = builder.buildAsync(uri, new Receiver()).join();
    }

    /// Connects with a bearer token.
    ///
    /// @throws CompletionException when the handshake is refused; its cause has the response
    public static TestClient connect(URI uri, @Nullable String bearer) {
        return new TestClient(uri, List.of(), bearer);
    }

    /// Connects with these subprotocols.
    public static TestClient connect(URI uri, List<String> subprotocols) {
        return new TestClient(uri, subprotocols, null);
    }

    public String subprotocol() {
        return socket.getSubprotocol();
    }

    public void text(String text) {
        var _ = socket.sendText(text, true).join();
    }

    public void binary(byte[] bytes) {
        var _ = socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    }

    /// Logs in to a document, with the Auth message of a Hocuspocus provider.
    ///
    /// @param token empty if the socket has a credential
    public void authenticate(String path, String token) {
        binary(message(path, AUTH).writeVarString(token).writeVarString("4.8.0").toBytes());
    }

    /// Asks for the content of a document, with the first sync step of a provider that has nothing.
    public void requestContent(String path) {
        requestContent(path, StateVector.of(Map.of()));
    }

    /// The same of a provider that has something.
    public void requestContent(String path, StateVector has) {
        binary(message(path, SYNC).writeVarBytes(has.encode()).toBytes());
    }

    private static Lib0Encoder message(String path, int type) {
        return new Lib0Encoder().writeVarString(path).writeVarUint(type).writeVarUint(0);
    }

    /// Sends a request and returns its id.
    public int ask(String method, String params) {
        int id = ids.incrementAndGet();
        text(
                "{\"jsonrpc\":\"2.0\",\"id\":"
                        + id
                        + ",\"method\":\""
                        + method
                        + "\",\"params\":"
                        + json(params)
                        + "}");
        return id;
    }

    /// Sends a request and waits for the whole response.
    public JsonObject answer(String method, String params) {
        int id = ask(method, params);
        return await(message -> isAnswer(message, id));
    }

    /// Sends a request and waits for its result.
    public JsonElement result(String method, String params) {
        var answer = answer(method, params);
        assertThat(answer.has("error")).as(answer.toString()).isFalse();
        return answer.get("result");
    }

    public void tell(String method, String params) {
        text("{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\",\"params\":" + json(params) + "}");
    }

    /// `initialize` with capabilities of an ordinary client, then `initialized`.
    public JsonObject initialize(@Nullable String root) {
        return initialize(root, "{}");
    }

    /// The same of a client that shows documents outside the workspace.
    public JsonObject initializeWithExternalDocuments(@Nullable String root) {
        return initialize(root, "{'textDocumentContent':{}}");
    }

    private JsonObject initialize(@Nullable String root, String workspace) {
        var result =
                result(
                        "initialize",
                        "{'processId':null,'rootUri':"
                                + (root == null ? "null" : "'" + root + "'")
                                + ",'capabilities':{'workspace':"
                                + workspace
                                + ",'textDocument':{'publishDiagnostics':{},'completion':{},'hover':{},'definition':{}}}}");
        tell("initialized", "{}");
        return result.getAsJsonObject();
    }

    public void open(String uri, String languageId, String text) {
        var document = new JsonObject();
        document.addProperty("uri", uri);
        document.addProperty("languageId", languageId);
        document.addProperty("version", 1);
        document.addProperty("text", text);
        tell("textDocument/didOpen", "{\"textDocument\":" + document + "}");
    }

    /// Waits for diagnostics of a document that match.
    public JsonArray diagnostics(String uri, Predicate<JsonArray> wanted) {
        return await(message ->
                        isNotification(message, "textDocument/publishDiagnostics")
                                && params(message).get("uri").getAsString().equals(uri)
                                && wanted.test(params(message).getAsJsonArray("diagnostics")))
                .getAsJsonObject("params")
                .getAsJsonArray("diagnostics");
    }

    public JsonObject await(Predicate<JsonObject> wanted) {
        return await(wanted, PATIENCE);
    }

    /// Waits for the next matching message; skips the others.
    public JsonObject await(Predicate<JsonObject> wanted, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (true) {
                var message =
                        messages.poll(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                if (message == null) {
                    throw new AssertionError("not in time; passed over: " + passedOver);
                }
                if (wanted.test(message)) {
                    return message;
                }
                passedOver.add(message);
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AssertionError(stop);
        }
    }

    /// The next binary frame.
    public byte[] frame() {
        try {
            var frame = frames.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (frame == null) {
                throw new AssertionError("no binary frame in time");
            }
            return frame;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AssertionError(stop);
        }
    }

    /// The number of text messages that arrived and were not awaited.
    public int unread() {
        return messages.size();
    }

    /// The number of answers among them.
    public long unreadAnswers() {
        return messages.stream()
                .filter(message -> message.has("id") && !message.has("method"))
                .count();
    }

    /// The number of binary frames that arrived and were not awaited.
    public int unreadFrames() {
        return frames.size();
    }

    /// Waits until the socket has ended and returns the close code (1006 if it ended without one).
    public int closeCode() {
        try {
            return closed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException
                | java.util.concurrent.ExecutionException
                | TimeoutException failure) {
            throw new AssertionError("not closed in time", failure);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }

    public static boolean isNotification(JsonObject message, String method) {
        return !message.has("id")
                && message.has("method")
                && message.get("method").getAsString().equals(method);
    }

    public static int errorCode(JsonObject answer) {
        assertThat(answer.has("error")).as(answer.toString()).isTrue();
        return answer.getAsJsonObject("error").get("code").getAsInt();
    }

    private static boolean isAnswer(JsonObject message, int id) {
        return message.has("id")
                && !message.has("method")
                && message.get("id").toString().equals("" + id);
    }

    private static JsonObject params(JsonObject message) {
        return message.getAsJsonObject("params");
    }

    private static String json(String withSingleQuotes) {
        return withSingleQuotes.contains("\"")
                ? withSingleQuotes
                : withSingleQuotes.replace('\'', '"');
    }

    private final class Receiver implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                messages.add(JsonParser.parseString(text.toString()).getAsJsonObject());
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(
                WebSocket webSocket, ByteBuffer data, boolean last) {
            var part = new byte[data.remaining()];
            data.get(part);
            bytes.writeBytes(part);
            if (last) {
                frames.add(bytes.toByteArray());
                bytes.reset();
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            closed.complete(code);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            closed.complete(1006);
        }
    }
}

package dev.qide.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A model provider on loopback with OpenAI's HTTP API, which answers according to a script.
///
/// It counts the calls whose clients disconnected before the end, as a cancellation must.
public final class ScriptedModel implements AutoCloseable {
    private static final long PAUSE_LIMIT_SECONDS = 20;

    private final HttpServer server;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger abandoned = new AtomicInteger();
    private volatile Script script = Script.saying("");

    /// The behaviour of the next calls.
    ///
    /// @param hasFillIn whether `/v1/completions` exists
    /// @param status the HTTP status of the response
    /// @param pause where the model stops until its client has disconnected
    public record Script(List<String> tokens, boolean hasFillIn, int status, Pause pause) {
        public static Script saying(String... tokens) {
            return new Script(List.of(tokens), true, 200, Pause.NEVER);
        }

        public Script without() {
            return new Script(tokens, false, status, pause);
        }

        public Script failing(int code) {
            return new Script(tokens, hasFillIn, code, pause);
        }

        public Script pausing(Pause where) {
            return new Script(tokens, hasFillIn, status, where);
        }
    }

    /// The point at which a model stops.
    public enum Pause {
        NEVER,
        BEFORE_HEADERS,
        BEFORE_FIRST_TOKEN,
        AFTER_FIRST_TOKEN
    }

    public ScriptedModel() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/completions", exchange -> answer(exchange, true));
        server.createContext("/v1/chat/completions", exchange -> answer(exchange, false));
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public void play(Script next) {
        script = next;
        requests.clear();
        abandoned.set(0);
    }

    /// The path and the body of each request so far.
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /// The number of calls whose client disconnected before the end.
    public int abandoned() {
        return abandoned.get();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange, boolean isFillIn) {
        var now = script;
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(exchange.getRequestURI().getPath() + " " + body);
            if (isFillIn && !now.hasFillIn()) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            if (now.status() != 200) {
                exchange.sendResponseHeaders(now.status(), -1);
                return;
            }
            stream(exchange, now, isFillIn);
        } catch (IOException left) {
            abandoned.incrementAndGet();
        }
    }

    private static void stream(HttpExchange exchange, Script script, boolean isFillIn)
            throws IOException {
        if (script.pause() == Pause.BEFORE_HEADERS) {
            // HTTP/1.1 reveals a disconnect only at a write, so the headers are written.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(700));
        }
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        if (script.pause() == Pause.BEFORE_FIRST_TOKEN || script.pause() == Pause.BEFORE_HEADERS) {
            untilLeft(exchange);
        }
        for (var token : script.tokens()) {
            write(exchange, isFillIn ? fillIn(token) : delta(token));
            if (script.pause() == Pause.AFTER_FIRST_TOKEN) {
                untilLeft(exchange);
            }
        }
        write(exchange, "[DONE]");
    }

    private static void untilLeft(HttpExchange exchange) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PAUSE_LIMIT_SECONDS);
        while (System.nanoTime() < end) {
            exchange.getResponseBody().write(": wait\n\n".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    private static void write(HttpExchange exchange, String data) throws IOException {
        exchange.getResponseBody()
                .write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
    }

    private static String fillIn(String token) {
        return "{\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":"
                + new com.google.gson.JsonPrimitive(token)
                + ",\"finish_reason\":null}]}";
    }

    private static String delta(String token) {
        return "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                + new com.google.gson.JsonPrimitive(token)
                + "},\"finish_reason\":null}]}";
    }
}

package dev.qide.server.telemetry;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.GZIPInputStream;

/// A Sentry server that keeps the events of the envelopes that it accepts. Thread-safe.
public final class SentrySink implements AutoCloseable {
    public final BlockingQueue<JsonObject> events = new LinkedBlockingQueue<>();
    public final List<String> bodies = new CopyOnWriteArrayList<>();

    /// The addresses of the pages that sent something.
    public final List<String> referers = new CopyOnWriteArrayList<>();

    private final HttpServer server;

    public SentrySink() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/42/envelope/", this::receive);
        server.start();
    }

    public String origin() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public String dsn() {
        return "http://public@127.0.0.1:" + server.getAddress().getPort() + "/42";
    }

    /// An envelope: a header, then for each item a header with its length and the item.
    private void receive(HttpExchange exchange) throws IOException {
        try (exchange;
                var in = exchange.getRequestBody()) {
            var headers = exchange.getRequestHeaders();
            boolean isZipped = "gzip".equals(headers.getFirst("Content-Encoding"));
            var bytes = (isZipped ? new GZIPInputStream(in) : in).readAllBytes();
            bodies.add(new String(bytes, StandardCharsets.UTF_8));
            referers.add(String.valueOf(headers.getFirst("Referer")));
            // Servers send the key in a header, pages in the query.
            var key = headers.getFirst("X-Sentry-Auth") + exchange.getRequestURI().getQuery();
            boolean isRight = key.contains("sentry_key=public");
            if (isRight) {
                read(bytes);
            }
            exchange.sendResponseHeaders(isRight ? 200 : 400, -1);
        }
    }

    private void read(byte[] envelope) {
        int at = lineEnd(envelope, 0) + 1;
        while (at < envelope.length) {
            int end = lineEnd(envelope, at);
            var head = json(envelope, at, end);
            // Without a length the item ends at the end of its line.
            int length =
                    head.has("length")
                            ? head.get("length").getAsInt()
                            : lineEnd(envelope, end + 1) - end - 1;
            if (head.get("type").getAsString().equals("event")) {
                events.add(json(envelope, end + 1, end + 1 + length));
            }
            at = end + 1 + length + 1;
        }
    }

    private static int lineEnd(byte[] bytes, int from) {
        int end = from;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        return end;
    }

    private static JsonObject json(byte[] bytes, int from, int to) {
        return JsonParser.parseString(new String(bytes, from, to - from, StandardCharsets.UTF_8))
                .getAsJsonObject();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

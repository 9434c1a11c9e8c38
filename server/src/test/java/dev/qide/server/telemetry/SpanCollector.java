package dev.qide.server.telemetry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPInputStream;

/// An OpenTelemetry collector: decodes OTLP over HTTP with the messages of OpenTelemetry's own
/// definition, and keeps the spans. Thread-safe.
public final class SpanCollector implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<Received> spans = new CopyOnWriteArrayList<>();
    private final List<String> resources = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final HttpServer server;

    /// A span with its ids as hexadecimal digits; `parent` is empty for none.
    public record Received(String trace, String id, String parent, Span span) {
        private static Received of(Span span) {
            var hex = HexFormat.of();
            return new Received(
                    hex.formatHex(span.getTraceId().toByteArray()),
                    hex.formatHex(span.getSpanId().toByteArray()),
                    hex.formatHex(span.getParentSpanId().toByteArray()),
                    span);
        }

        public String name() {
            return span.getName();
        }

        /// The value of an attribute as text; empty for none.
        public String attribute(String name) {
            return span.getAttributesList().stream()
                    .filter(attribute -> attribute.getKey().equals(name))
                    .map(SpanCollector::text)
                    .findFirst()
                    .orElse("");
        }
    }

    private SpanCollector(boolean isAnswering) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", isAnswering ? this::receive : _ -> hang());
        server.start();
    }

    public static SpanCollector start() throws IOException {
        return new SpanCollector(true);
    }

    /// One that accepts requests and never answers.
    static SpanCollector hanging() throws IOException {
        return new SpanCollector(false);
    }

    public String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public SpanDestination settings() {
        return new SpanDestination(endpoint(), "test", "1.2");
    }

    public List<Received> spans() {
        return List.copyOf(spans);
    }

    /// Forgets the spans that have arrived.
    public void forget() {
        spans.clear();
    }

    /// The attributes of the resources that sent spans.
    List<String> resources() {
        return List.copyOf(resources);
    }

    /// Waits for a span of this name.
    public Received awaits(String name) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - end < 0) {
            for (var span : spans) {
                if (span.name().equals(name)) {
                    return span;
                }
            }
            LockSupport.parkNanos(1_000_000);
        }
        throw new AssertionError(
                "no span in time with the name "
                        + name
                        + " among "
                        + spans.stream().map(Received::name).toList());
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange;
                var in = exchange.getRequestBody()) {
            var headers = exchange.getRequestHeaders();
            boolean isRight =
                    exchange.getRequestURI().getPath().equals("/v1/traces")
                            && exchange.getRequestMethod().equals("POST")
                            && "application/x-protobuf".equals(headers.getFirst("Content-Type"));
            if (isRight) {
                boolean isZipped = "gzip".equals(headers.getFirst("Content-Encoding"));
                var request =
                        ExportTraceServiceRequest.parseFrom(
                                isZipped ? new GZIPInputStream(in) : in);
                for (var ofResource : request.getResourceSpansList()) {
                    ofResource.getResource().getAttributesList().stream()
                            .map(attribute -> attribute.getKey() + "=" + text(attribute))
                            .forEach(resources::add);
                    ofResource.getScopeSpansList().stream()
                            .flatMap(scope -> scope.getSpansList().stream())
                            .map(Received::of)
                            .forEach(spans::add);
                }
            }
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(isRight ? 200 : 400, -1);
        }
    }

    private void hang() {
        try {
            closed.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static String text(KeyValue attribute) {
        var value = attribute.getValue();
        return value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue();
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
    }
}

package dev.qide.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// What a Sentry server receives of an error in the log, and what it does not.
final class ErrorReportsTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    /// A Sentry server that keeps the events of the envelopes that it accepts.
    private static final class Sink implements AutoCloseable {
        final BlockingQueue<JsonObject> events = new LinkedBlockingQueue<>();
        final List<String> bodies = new CopyOnWriteArrayList<>();
        private final HttpServer server;

        Sink() throws IOException {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/api/42/envelope/", this::receive);
            server.start();
        }

        String dsn() {
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
                boolean isRight =
                        headers.getFirst("Content-Type").equals("application/x-sentry-envelope")
                                && headers.getFirst("X-Sentry-Auth").contains("sentry_key=public");
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
                int length = head.get("length").getAsInt();
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
            return JsonParser.parseString(
                            new String(bytes, from, to - from, StandardCharsets.UTF_8))
                    .getAsJsonObject();
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    @Test
    void an_error_is_reported_with_its_stack_and_without_content() throws Exception {
        try (var sink = new Sink()) {
            ErrorReports.start(new ErrorReports.Settings(sink.dsn(), "test", "1.2"));
            try {
                Trace.continuing("00-" + TRACE + "-00f067aa0ba902b7-01")
                        .run(ErrorReportsTest::fail);
                JsonObject event;
                do {
                    event = Objects.requireNonNull(sink.events.poll(30, TimeUnit.SECONDS));
                } while (!event.toString().contains("a.failed"));
                assertThat(event.get("release").getAsString()).isEqualTo("qide@1.2");
                assertThat(event.get("environment").getAsString()).isEqualTo("test");
                assertThat(event.get("level").getAsString()).isEqualTo("error");
                assertThat(event.getAsJsonObject("message").toString())
                        .contains("something failed");
                var tags = event.getAsJsonObject("tags");
                assertThat(tags.get("event.action").getAsString()).isEqualTo("a.failed");
                assertThat(tags.get("error.id").getAsString()).isEqualTo("e-1");
                assertThat(tags.get("trace.id").getAsString()).isEqualTo(TRACE);
                var exceptions = event.getAsJsonObject("exception").getAsJsonArray("values");
                assertThat(exceptions.toString())
                        .contains("IllegalStateException", "IOException", "ErrorReportsTest");
                assertThat(sink.bodies)
                        .noneMatch(body -> body.contains("confidential"))
                        .noneMatch(body -> body.contains("203.0.113.9"))
                        .noneMatch(body -> body.contains("a.warned"))
                        .noneMatch(body -> body.contains("server_name"));
            } finally {
                stop();
            }
            int before = sink.bodies.size();
            fail();
            assertThat(sink.bodies).hasSize(before);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "https://sentry.example/1",
                "https://key@sentry.example/",
                "ftp://key@sentry.example/1",
                "https://key@sentry.example/project"
            })
    void an_address_that_is_none_is_refused(String dsn) {
        assertThatThrownBy(() -> new ErrorReports.Settings(dsn, "test", "1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https://KEY@HOST/PROJECT");
        assertThat(new ErrorReports.Settings("https://key@h/1", "test", "1").toString())
                .doesNotContain("key");
    }

    private static void fail() {
        var log = LoggerFactory.getLogger(ErrorReportsTest.class);
        log.atWarn().addKeyValue("event.action", "a.warned").log("a warning");
        log.atError()
                .addKeyValue("event.action", "a.failed")
                .addKeyValue("error.id", "e-1")
                .addKeyValue("address", "203.0.113.9")
                .addKeyValue("object", "confidential")
                .setCause(
                        new IllegalStateException(
                                "confidential", new IOException("confidential too")))
                .log("something failed");
    }

    private static void stop() {
        var root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        var appender = root.getAppender("sentry");
        assertThat(root.detachAppender(appender)).isTrue();
        appender.stop();
    }
}

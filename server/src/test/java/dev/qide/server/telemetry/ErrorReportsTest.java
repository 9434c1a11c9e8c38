package dev.qide.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// What a Sentry server receives of an error in the log, and what it does not.
final class ErrorReportsTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    @Test
    void an_error_is_reported_with_its_stack_and_without_content() throws Exception {
        try (var sink = new SentrySink()) {
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

package dev.qide.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// The encoder of log lines, beyond the keys that [LogKeysTest] checks.
class LogEncoderTest {
    private static final int THREADS = 300;
    private static final Pattern GENERATORS =
            Pattern.compile("(\\d+) +\\d+ +tools\\.jackson\\.core\\.json\\.UTF8JsonGenerator");

    private static LoggingEvent event(String message) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Logger logger = context.getLogger("dev.qide.test");
        return new LoggingEvent("test", logger, Level.INFO, message, null, null);
    }

    @Test
    void a_line_is_one_json_object() {
        var encoder = Logging.encoder((LoggerContext) LoggerFactory.getILoggerFactory());
        for (var message : new String[] {"first \"ä\" \n \u2028", "second"}) {
            var line = new String(encoder.encode(event(message)), StandardCharsets.UTF_8);
            assertThat(line).startsWith("{\"@timestamp\":\"").endsWith("\"qide.log\"}\n");
            assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
            assertThat(LogFields.committed().problems(line)).isEmpty();
        }
    }

    /// Each connection has a thread that logs once and then waits.
    @Test
    void a_thread_that_has_logged_holds_no_buffers() throws Exception {
        var encoder = Logging.encoder((LoggerContext) LoggerFactory.getILoggerFactory());
        var encoded = new CountDownLatch(THREADS);
        var end = new CountDownLatch(1);
        var threads = new ArrayList<Thread>();
        for (int number = 0; number < THREADS; number++) {
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                encoder.encode(event("began"));
                                encoded.countDown();
                                awaitQuietly(end);
                            }));
        }
        encoded.await();
        try {
            assertThat(generators()).isLessThan(THREADS / 2);
        } finally {
            end.countDown();
            for (var thread : threads) {
                thread.join();
            }
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// How many generators, with their buffers, are alive in this JVM.
    private static int generators() throws Exception {
        var histogram =
                (String)
                        ManagementFactory.getPlatformMBeanServer()
                                .invoke(
                                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                        "gcClassHistogram",
                                        new Object[] {new String[0]},
                                        new String[] {String[].class.getName()});
        var found = GENERATORS.matcher(histogram);
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }
}

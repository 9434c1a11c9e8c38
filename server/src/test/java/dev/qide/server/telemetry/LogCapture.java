package dev.qide.server.telemetry;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import net.logstash.logback.encoder.LogstashEncoder;
import org.slf4j.LoggerFactory;

/// What this JVM logs while it is open, each line as the server would write it, stack traces
/// included. Thread-safe.
public final class LogCapture implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger root;
    private final AppenderBase<ILoggingEvent> appender;

    public LogCapture() {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        appender = new Appender(Logging.encoder(context), lines);
        appender.setContext(context);
        appender.start();
        root.addAppender(appender);
    }

    /// Waits for a line that contains all these texts.
    public String awaits(String... parts) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - end < 0) {
            for (var line : lines) {
                if (List.of(parts).stream().allMatch(line::contains)) {
                    return line;
                }
            }
            LockSupport.parkNanos(1_000_000);
        }
        throw new AssertionError("no line in time with " + List.of(parts));
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void close() {
        root.detachAppender(appender);
        appender.stop();
    }

    private static final class Appender extends AppenderBase<ILoggingEvent> {
        private final LogstashEncoder encoder;
        private final List<String> lines;

        Appender(LogstashEncoder encoder, List<String> lines) {
            this.encoder = encoder;
            this.lines = lines;
        }

        @Override
        protected void append(ILoggingEvent event) {
            lines.add(new String(encoder.encode(event), StandardCharsets.UTF_8));
        }
    }
}

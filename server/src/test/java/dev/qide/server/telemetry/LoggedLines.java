package dev.qide.server.telemetry;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import net.logstash.logback.encoder.LogstashEncoder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Checks that an index accepts every line logged by the test JVMs and the servers they start
/// ([LogFields]); otherwise the test class that logged it fails. JUnit discovers this extension
/// automatically. Thread-safe.
public final class LoggedLines implements AfterAllCallback {
    private static final int PROBLEMS = 20;
    private static final LogFields FIELDS = LogFields.committed();

    /// One logging system per JVM, so one list.
    private static final Set<String> FOUND = new LinkedHashSet<>();

    @Override
    public void afterAll(ExtensionContext context) {
        List<String> found;
        synchronized (FOUND) {
            found = List.copyOf(FOUND);
            FOUND.clear();
        }
        if (!found.isEmpty()) {
            throw new AssertionError("Log lines that cannot be indexed: " + found);
        }
    }

    /// Checks the log of a server in another process: its `qide.json`, or its stderr, which also
    /// has JVM messages.
    ///
    /// @param log may be absent
    public static void check(Path log) throws IOException {
        if (!Files.exists(log)) {
            return;
        }
        var text = Files.readString(log, StandardCharsets.UTF_8);
        // A killed process may leave an incomplete last line.
        text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .filter(line -> line.startsWith("{"))
                .forEach(LoggedLines::check);
    }

    private static void check(String line) {
        add(FIELDS.problems(line));
    }

    private static void add(Collection<String> problems) {
        synchronized (FOUND) {
            if (FOUND.size() < PROBLEMS) {
                FOUND.addAll(problems);
            }
        }
    }

    /// Encodes each event as the server does and checks the line.
    public static final class LineCheckAppender extends AppenderBase<ILoggingEvent> {
        private @Nullable LogstashEncoder encoder;

        @Override
        public void start() {
            encoder = Logging.encoder((LoggerContext) getContext());
            super.start();
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (encoder != null) {
                check(new String(encoder.encode(event), StandardCharsets.UTF_8));
            }
        }
    }
}

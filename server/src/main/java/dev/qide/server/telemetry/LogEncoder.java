package dev.qide.server.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.spi.ContextAware;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import net.logstash.logback.LogstashFormatter;
import net.logstash.logback.composite.AbstractCompositeJsonFormatter;
import net.logstash.logback.encoder.LogstashEncoder;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;
import tools.jackson.databind.json.JsonMapper;

/// Encodes log events as its superclass does, with buffers that all threads share.
///
/// The superclass keeps buffers of 33 KB for each thread that has logged, until the thread ends.
/// Each connection has a thread, and logs at least that it began. Thread-safe.
final class LogEncoder extends LogstashEncoder {
    private static final int LINE_BYTES = 512;
    private static final byte[] NOTHING = {};

    @Override
    protected AbstractCompositeJsonFormatter<ILoggingEvent> createFormatter() {
        return new Formatter(this);
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        var line = new ByteArrayOutputStream(LINE_BYTES);
        try {
            encode(event, line);
            return line.toByteArray();
        } catch (IOException failure) {
            addWarn("cannot encode a log event", failure);
            return NOTHING;
        }
    }

    private static final class Formatter extends LogstashFormatter {
        /// As many as threads encode at one time; more are not kept.
        private static final int SHARED_BUFFERS = 16;

        private final JsonMapper mapper =
                new JsonMapper(
                        JsonFactory.builder()
                                .recyclerPool(JsonRecyclerPools.newBoundedPool(SHARED_BUFFERS))
                                .build());

        Formatter(ContextAware origin) {
            super(origin);
        }

        @Override
        public void writeEvent(ILoggingEvent event, OutputStream line) throws IOException {
            try (var json = mapper.createGenerator(line)) {
                writeEventToGenerator(json, event);
            }
        }
    }
}

package dev.qide.server.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.List;
import java.util.Map;
import net.logstash.logback.composite.AbstractJsonProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;
import tools.jackson.core.JsonGenerator;

/// Writes the key-values of a log event, then those of the [Trace] that is bound to the thread and
/// that the event lacks: numbers as numbers, maps as objects of strings, everything else as
/// strings. Otherwise an id, which is a record, would become an object, and an index rejects an
/// object where another line has a string.
///
/// Events are encoded on the thread that logs them: an appender that defers it loses the trace.
final class KeyValuesJson extends AbstractJsonProvider<ILoggingEvent> {
    private static final List<KeyValuePair> NO_PAIRS = List.of();

    @Override
    public void writeTo(JsonGenerator json, ILoggingEvent event) {
        var pairs = event.getKeyValuePairs() == null ? NO_PAIRS : event.getKeyValuePairs();
        for (var pair : pairs) {
            switch (pair.value) {
                case Number number -> json.writeNumberProperty(pair.key, number.longValue());
                case Map<?, ?> map -> {
                    json.writeObjectPropertyStart(pair.key);
                    map.forEach((name, value) -> json.writeStringProperty("" + name, "" + value));
                    json.writeEndObject();
                }
                case null -> json.writeStringProperty(pair.key, "");
                case Object value -> json.writeStringProperty(pair.key, value.toString());
            }
        }
        var trace = Trace.current();
        if (trace != null) {
            write(json, pairs, "trace.id", trace.id());
            write(json, pairs, "principal", trace.principal());
            write(json, pairs, "workspace", trace.workspace());
        }
    }

    private static void write(
            JsonGenerator json, List<KeyValuePair> pairs, String key, @Nullable String value) {
        if (value != null && pairs.stream().noneMatch(pair -> pair.key.equals(key))) {
            json.writeStringProperty(key, value);
        }
    }
}

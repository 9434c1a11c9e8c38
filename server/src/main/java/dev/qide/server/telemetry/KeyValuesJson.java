package dev.qide.server.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Map;
import net.logstash.logback.composite.AbstractJsonProvider;
import tools.jackson.core.JsonGenerator;

/// Writes the key-values of a log event: numbers as numbers, maps as objects of strings, everything
/// else as strings. Otherwise an id, which is a record, would become an object, and an index
/// rejects an object where another line has a string.
final class KeyValuesJson extends AbstractJsonProvider<ILoggingEvent> {
    @Override
    public void writeTo(JsonGenerator json, ILoggingEvent event) {
        var pairs = event.getKeyValuePairs();
        if (pairs == null) {
            return;
        }
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
    }
}

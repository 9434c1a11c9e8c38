package dev.qide.server.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Map;
import net.logstash.logback.composite.AbstractJsonProvider;
import tools.jackson.core.JsonGenerator;

/// Writes the key-values of a log event: a number as a number, a map as an object of words, and
/// anything else as a word. An id, which is a record, would else become an object, and no index
/// takes an object where another line has a word.
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
                case Map<?, ?> words -> {
                    json.writeObjectPropertyStart(pair.key);
                    words.forEach((name, word) -> json.writeStringProperty("" + name, "" + word));
                    json.writeEndObject();
                }
                case null -> json.writeStringProperty(pair.key, "");
                case Object word -> json.writeStringProperty(pair.key, word.toString());
            }
        }
    }
}

package dev.qide.server.cli.relay;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import org.jspecify.annotations.Nullable;

/// The members of a JSON-RPC message that say what it is.
///
/// @param id as JSON text; null in a notification
/// @param method null in a response
record MessageHead(@Nullable String id, @Nullable String method) {
    private static final MessageHead UNREADABLE = new MessageHead(null, null);

    /// Reads over the other members without keeping them. A message that is no JSON object has
    /// neither: its receiver says what is wrong with it.
    static MessageHead of(String message) {
        String id = null;
        String method = null;
        try (var in = new JsonReader(new StringReader(message))) {
            in.beginObject();
            while (in.hasNext()) {
                switch (in.nextName()) {
                    case "id" -> id = JsonParser.parseReader(in).toString();
                    case "method" -> method = in.nextString();
                    default -> in.skipValue();
                }
            }
            in.endObject();
            return new MessageHead(id, method);
        } catch (IOException | IllegalStateException | JsonParseException _) {
            return UNREADABLE;
        }
    }

    boolean isRequest() {
        return id != null && method != null;
    }

    boolean isResponse() {
        return id != null && method == null;
    }

    /// Whether it is a request or a notification of that method.
    boolean is(String name) {
        return name.equals(method);
    }
}

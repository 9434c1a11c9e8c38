package dev.qide.server.cli.relay;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import org.jspecify.annotations.Nullable;

/// The members of a JSON-RPC 2.0 message that tell a request, a notification and a response apart.
///
/// @param id as JSON text; null in a notification
/// @param method null in a response
record JsonRpcMembers(@Nullable String id, @Nullable String method) {
    private static final JsonRpcMembers UNREADABLE = new JsonRpcMembers(null, null);

    /// Skips the other members. A message that is not a JSON object has neither; its receiver
    /// reports the error.
    static JsonRpcMembers of(String message) {
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
            return new JsonRpcMembers(id, method);
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

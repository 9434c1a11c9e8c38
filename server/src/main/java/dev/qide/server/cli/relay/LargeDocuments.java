package dev.qide.server.cli.relay;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import dev.qide.server.limits.Limits;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The open documents that exceed the largest message of the server, which would end the
/// connection, and with it the language features of all others. They have none until the editor
/// closes them. Not thread-safe.
final class LargeDocuments {
    /// Room for what the relay changes in a message, such as the addresses of files.
    private static final int MARGIN_BYTES = 64 << 10;

    private static final int MESSAGE_BYTES = Limits.MESSAGE_BYTES - MARGIN_BYTES;
    private static final int MOST_BYTES_OF_A_UNIT = 3;

    private final Set<String> uris = new HashSet<>();

    /// Whether the server would end the connection for a message.
    static boolean isTooLong(String message) {
        return message.length() > MESSAGE_BYTES / MOST_BYTES_OF_A_UNIT
                && message.getBytes(StandardCharsets.UTF_8).length > MESSAGE_BYTES;
    }

    /// The address of the document that a message is about; null for none.
    static @Nullable String documentOf(String message) {
        try {
            return JsonPath.at(JsonParser.parseString(message), "params.textDocument.uri")
                            instanceof JsonPrimitive uri
                    ? uri.getAsString()
                    : null;
        } catch (JsonParseException | IllegalStateException _) {
            return null;
        }
    }

    /// Whether a message is about one of these documents.
    boolean concerns(String message) {
        return !uris.isEmpty() && uris.contains(documentOf(message));
    }

    /// @return whether it is a new one
    boolean add(String uri) {
        return uris.add(uri);
    }

    void remove(@Nullable String uri) {
        uris.remove(uri);
    }

    /// The sentence for the person.
    static String refusal(String uri) {
        return "%s has no language features, since the server takes messages of at most %d MiB."
                .formatted(uri, Limits.MESSAGE_BYTES >> 20);
    }
}

package dev.qide.server.collab.awareness;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.qide.server.collab.Access;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.IOException;
import java.io.StringReader;

/// Validation of one client's awareness state: clients parse states without checks, so a malformed
/// one would break them.
public final class AwarenessState {
    /// The state of a client that has left.
    public static final String GONE = "null";

    /// The maximum length of a state.
    private static final int STATE_CHARACTERS = 16 * 1024;

    private static final int DEPTH = 32;

    private AwarenessState() {}

    /// Validates a state.
    ///
    /// @return whether its length and depth are within the bounds
    /// @throws FailureException `FRAME_MALFORMED`
    public static boolean isWithinBounds(String state) {
        if (state.equals(GONE)) {
            return true;
        }
        if (state.length() > STATE_CHARACTERS) {
            return false;
        }
        try (var in = new JsonReader(new StringReader(state))) {
            in.setStrictness(Strictness.STRICT);
            return isShallowObject(in);
        } catch (IOException | IllegalStateException _) {
            throw new FailureException(Failure.FRAME_MALFORMED);
        }
    }

    /// Sets the field `qide` (`{"id":"…","name":"…"}`) to the authenticated person, since clients
    /// can claim any name. The rest stays unchanged.
    ///
    /// @param state validated
    static String withIdentity(String state, Access.Member member) {
        if (state.equals(GONE)) {
            return GONE;
        }
        var identity = new JsonObject();
        identity.addProperty("id", member.key());
        identity.addProperty("name", member.name());
        var object = JsonParser.parseString(state).getAsJsonObject();
        object.add("qide", identity);
        return object.toString();
    }

    private static boolean isShallowObject(JsonReader in) throws IOException {
        in.beginObject();
        for (int depth = 1; depth > 0; ) {
            depth += readToken(in);
            if (depth > DEPTH) {
                return false;
            }
        }
        if (in.peek() != JsonToken.END_DOCUMENT) {
            throw new IllegalStateException();
        }
        return true;
    }

    /// Reads one token.
    ///
    /// @return the change in depth
    private static int readToken(JsonReader in) throws IOException {
        return switch (in.peek()) {
            case BEGIN_OBJECT -> {
                in.beginObject();
                yield 1;
            }
            case BEGIN_ARRAY -> {
                in.beginArray();
                yield 1;
            }
            case END_OBJECT -> {
                in.endObject();
                yield -1;
            }
            case END_ARRAY -> {
                in.endArray();
                yield -1;
            }
            case NAME, STRING, NUMBER, BOOLEAN, NULL -> {
                skip(in);
                yield 0;
            }
            case END_DOCUMENT -> throw new IllegalStateException();
        };
    }

    private static void skip(JsonReader in) throws IOException {
        if (in.peek() == JsonToken.NAME) {
            var _ = in.nextName();
        } else {
            in.skipValue();
        }
    }
}

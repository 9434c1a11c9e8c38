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

/// Checks a state of awareness before others see it: clients parse it without a guard, so that a
/// broken one would break them.
public final class AwarenessState {
    /// What says that a client has gone.
    public static final String GONE = "null";

    /// How long one state may be.
    static final int STATE_CHARACTERS = 16 * 1024;

    private static final int DEPTH = 32;

    private AwarenessState() {}

    /// @return the state itself
    /// @throws FailureException `FRAME_MALFORMED`, `MESSAGE_TOO_LARGE`
    public static String checked(String state) {
        if (state.equals(GONE)) {
            return GONE;
        }
        if (state.length() > STATE_CHARACTERS) {
            throw new FailureException(Failure.MESSAGE_TOO_LARGE);
        }
        try (var in = new JsonReader(new StringReader(state))) {
            in.setStrictness(Strictness.STRICT);
            readObject(in);
        } catch (IOException | IllegalStateException _) {
            throw new FailureException(Failure.FRAME_MALFORMED);
        }
        return state;
    }

    /// The state with the field `qide` (`{"id":"…","name":"…"}`) that says who logged in: what a
    /// client says of itself anybody can say. The rest stays as the client wrote it.
    ///
    /// @param state checked
    static String pinned(String state, Access.Member member) {
        if (state.equals(GONE)) {
            return GONE;
        }
        var who = new JsonObject();
        who.addProperty("id", member.key());
        who.addProperty("name", member.name());
        var object = JsonParser.parseString(state).getAsJsonObject();
        object.add("qide", who);
        return object.toString();
    }

    private static void readObject(JsonReader in) throws IOException {
        in.beginObject();
        for (int depth = 1; depth > 0; ) {
            depth += change(in);
            if (depth > DEPTH) {
                throw new FailureException(Failure.MESSAGE_TOO_LARGE);
            }
        }
        if (in.peek() != JsonToken.END_DOCUMENT) {
            throw new IllegalStateException();
        }
    }

    /// Reads one token.
    ///
    /// @return by how much it changes the depth
    private static int change(JsonReader in) throws IOException {
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

package dev.qide.server.tools;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The arguments of one call, which a model wrote: every member is checked. Immutable.
record ToolArguments(JsonObject members) {
    private static final int TEXT_CHARACTERS = 2_000_000;

    /// @throws FailureException `INVALID_PARAMS` when it is no JSON object
    static ToolArguments parse(String json) {
        return new ToolArguments(json.isBlank() ? new JsonObject() : WireJson.object(json));
    }

    /// @throws FailureException `INVALID_PARAMS` when the member is absent or not a string
    String text(String name) {
        var value = textOrNull(name);
        if (value == null) {
            throw wrong(name, "a string");
        }
        return value;
    }

    @Nullable String textOrNull(String name) {
        var value = members.get(name);
        if (value == null || value.isJsonNull()) {
            return null;
        }
        if (value instanceof JsonPrimitive text
                && text.isString()
                && text.getAsString().length() <= TEXT_CHARACTERS) {
            return text.getAsString();
        }
        throw wrong(name, "a string");
    }

    /// A whole number from 1, or another value without the member.
    int numberOr(String name, int otherwise) {
        var value = members.get(name);
        if (value == null || value.isJsonNull()) {
            return otherwise;
        }
        if (value instanceof JsonPrimitive number && number.isNumber()) {
            double exact = number.getAsDouble();
            if (exact >= 1 && exact <= Integer.MAX_VALUE && exact == Math.rint(exact)) {
                return (int) exact;
            }
        }
        throw wrong(name, "a whole number from 1");
    }

    boolean isOn(String name) {
        var value = members.get(name);
        if (value == null || value.isJsonNull()) {
            return false;
        }
        if (value instanceof JsonPrimitive flag && flag.isBoolean()) {
            return flag.getAsBoolean();
        }
        throw wrong(name, "true or false");
    }

    /// The objects of a required array.
    ///
    /// @param most how many there may be
    List<ToolArguments> objects(String name, int most) {
        var objects = new ArrayList<ToolArguments>();
        if (members.get(name) instanceof JsonArray array) {
            for (var element : array) {
                if (!(element instanceof JsonObject object)) {
                    throw wrong(name, "an array of objects");
                }
                objects.add(new ToolArguments(object));
            }
        }
        if (objects.isEmpty() || objects.size() > most) {
            throw wrong(name, "an array of 1 to " + most + " objects");
        }
        return objects;
    }

    private static FailureException wrong(String name, String wanted) {
        return new FailureException(
                Failure.INVALID_PARAMS, Map.of("argument", name, "needs", wanted));
    }
}

package dev.qide.server.ai.provider;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// Reads members of foreign JSON objects; a member that is null or of another type counts as
/// absent.
public final class JsonFields {
    /// The highest count. A provider that reports more is wrong.
    static final long MOST = 1_000_000_000;

    private JsonFields() {}

    public static @Nullable String string(@Nullable JsonObject object, String name) {
        return object != null && object.get(name) instanceof JsonPrimitive value && value.isString()
                ? value.getAsString()
                : null;
    }

    /// The string, or the empty string.
    public static String text(@Nullable JsonObject object, String name) {
        var value = string(object, name);
        return value == null ? "" : value;
    }

    public static @Nullable JsonObject object(@Nullable JsonObject object, String name) {
        return object != null && object.get(name) instanceof JsonObject value ? value : null;
    }

    /// The objects of an array; empty without one.
    public static List<JsonObject> objects(@Nullable JsonObject object, String name) {
        return object != null && object.get(name) instanceof JsonArray values
                ? objects(values)
                : List.of();
    }

    public static List<JsonObject> objects(JsonArray values) {
        return StreamSupport.stream(values.spliterator(), false)
                .filter(JsonObject.class::isInstance)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    /// The number, moved into the range from 0 to [#MOST]; 0 without one.
    public static long count(@Nullable JsonObject object, String name) {
        var value = number(object, name);
        return value == null ? 0 : Math.clamp(value.longValue(), 0, MOST);
    }

    public static @Nullable Double number(@Nullable JsonObject object, String name) {
        return object != null && object.get(name) instanceof JsonPrimitive value && value.isNumber()
                ? Double.valueOf(value.getAsDouble())
                : null;
    }

    public static boolean isTrue(@Nullable JsonObject object, String name) {
        return object != null
                && object.get(name) instanceof JsonPrimitive value
                && value.isBoolean()
                && value.getAsBoolean();
    }

    /// An object with string members.
    ///
    /// @param namesAndValues alternating names and values
    public static JsonObject of(String... namesAndValues) {
        var object = new JsonObject();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.addProperty(namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }

    public static JsonArray array(List<? extends JsonElement> elements) {
        var array = new JsonArray();
        elements.forEach(array::add);
        return array;
    }

    /// Adds members that the object lacks.
    public static void addMissing(JsonObject object, JsonObject more) {
        more.entrySet()
                .forEach(member -> {
                    if (!object.has(member.getKey())) {
                        object.add(member.getKey(), member.getValue());
                    }
                });
    }
}

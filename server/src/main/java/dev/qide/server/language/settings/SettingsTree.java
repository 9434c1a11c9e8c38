package dev.qide.server.language.settings;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

/// Settings as a tree of JSON objects; a section is a [JsonPath].
public final class SettingsTree {
    private SettingsTree() {}

    /// A copy of the first tree, overridden by the second: objects are merged, other values
    /// replaced; `null` replaces nothing.
    public static JsonElement overlaid(JsonElement below, JsonElement above) {
        if (above.isJsonNull()) {
            return below.deepCopy();
        }
        if (!(below instanceof JsonObject under) || !(above instanceof JsonObject over)) {
            return above.deepCopy();
        }
        var merged = under.deepCopy();
        over.asMap()
                .forEach((name, value) -> {
                    var known = merged.get(name);
                    merged.add(name, known == null ? value.deepCopy() : overlaid(known, value));
                });
        return merged;
    }
}

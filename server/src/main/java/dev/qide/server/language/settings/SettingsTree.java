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

    /// A tree whose only value is at this section; `null` for the value `null`.
    ///
    /// @param section a [dev.qide.server.language.JsonPath], empty for the whole tree
    public static JsonElement of(String section, JsonElement value) {
        if (section.isEmpty() || value.isJsonNull()) {
            return value;
        }
        int last = section.lastIndexOf('.');
        var holder = new JsonObject();
        holder.add(section.substring(last + 1), value);
        return last < 0 ? holder : of(section.substring(0, last), holder);
    }
}

package dev.qide.server.language.settings;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;

/// Settings as a tree of JSON objects, whose members a dotted section names: `python.analysis`.
public final class SettingsTree {
    private SettingsTree() {}

    /// A copy of the first with the second laid over it: objects are merged, anything else
    /// replaces; `null` replaces nothing.
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

    /// What a section names; `null` where it is not there. The empty section is the whole tree.
    public static JsonElement at(JsonElement tree, String section) {
        var at = tree;
        if (!section.isEmpty()) {
            for (var part : section.split("\\.", -1)) {
                at = at instanceof JsonObject object ? object.get(part) : null;
                if (at == null) {
                    return JsonNull.INSTANCE;
                }
            }
        }
        return at;
    }
}

package dev.qide.server.language;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

/// Looks up a value in a tree of JSON objects by a dotted path: `textDocument.hover`.
public final class JsonPath {
    private static final JsonPrimitive TRUE = new JsonPrimitive(true);

    private JsonPath() {}

    /// The value at a path; JSON `null` when there is none. The empty path is the whole tree.
    public static JsonElement at(JsonElement tree, String path) {
        var at = tree;
        if (!path.isEmpty()) {
            for (var part : path.split("\\.", -1)) {
                at = at instanceof JsonObject object ? object.get(part) : null;
                if (at == null) {
                    return JsonNull.INSTANCE;
                }
            }
        }
        return at;
    }

    /// The object that is a member of another one; it is added if there is none.
    public static JsonObject member(JsonObject holder, String name) {
        if (holder.get(name) instanceof JsonObject present) {
            return present;
        }
        var added = new JsonObject();
        holder.add(name, added);
        return added;
    }

    /// Whether the value at a path is `true`.
    public static boolean isTrue(JsonElement tree, String path) {
        return TRUE.equals(at(tree, path));
    }
}

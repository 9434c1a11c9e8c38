package dev.qide.server.cli.relay;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What an editor has changed in the workspace folders of its `initialize`, by
/// `workspace/didChangeWorkspaceFolders`. Not thread-safe.
///
/// The `initialize` stays as it was: the server derives the root of the workspace from its folders.
final class EditorFolders {
    private final Map<String, JsonElement> added = new LinkedHashMap<>();
    private final Map<String, JsonElement> removed = new LinkedHashMap<>();

    /// A `workspace/didChangeWorkspaceFolders`.
    void changed(String message) {
        var event = JsonPath.at(JsonParser.parseString(message), "params.event");
        move(JsonPath.at(event, "removed"), added, removed);
        move(JsonPath.at(event, "added"), removed, added);
    }

    /// The parameters of one `workspace/didChangeWorkspaceFolders` with all changes; empty if there
    /// are none.
    List<JsonObject> now() {
        if (added.isEmpty() && removed.isEmpty()) {
            return List.of();
        }
        var event = new JsonObject();
        event.add("added", array(added));
        event.add("removed", array(removed));
        var params = new JsonObject();
        params.add("event", event);
        return List.of(params);
    }

    private static void move(
            JsonElement folders, Map<String, JsonElement> from, Map<String, JsonElement> to) {
        if (folders instanceof JsonArray all) {
            for (var folder : all) {
                if (JsonPath.at(folder, "uri") instanceof JsonPrimitive uri) {
                    from.remove(uri.getAsString());
                    to.put(uri.getAsString(), folder);
                }
            }
        }
    }

    private static JsonArray array(Map<String, JsonElement> folders) {
        var array = new JsonArray();
        folders.values().forEach(array::add);
        return array;
    }
}

package dev.qide.server.language.settings;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import dev.qide.server.language.NoFollowReader;
import dev.qide.server.language.rewrite.RootUri;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Reads the settings in `.vscode/settings.json` of a workspace's root that a language server may
/// receive: those that its declaration lists, without the restricted ones.
public final class ProjectSettings {
    private static final String FILE = ".vscode/settings.json";

    /// The maximum size of the file; a longer one is ignored.
    private static final int FILE_BYTES = 256 << 10;

    private ProjectSettings() {}

    /// Reads the settings; `null` when the file is missing or invalid.
    ///
    /// @param asServer the workspace's path as the language server sees it
    public static JsonElement of(Path workspace, String asServer, SettingsPolicy policy) {
        if (policy.project().isEmpty()) {
            return JsonNull.INSTANCE;
        }
        try {
            var root = workspace.toRealPath();
            var file = root.resolve(FILE).toRealPath();
            var bytes = NoFollowReader.read(root, file, FILE_BYTES + 1);
            if (bytes.length > FILE_BYTES) {
                return JsonNull.INSTANCE;
            }
            var text = new String(bytes, StandardCharsets.UTF_8);
            var read = JsonParser.parseString(JsonWithComments.plain(text));
            if (!(read instanceof JsonObject flat)) {
                return JsonNull.INSTANCE;
            }
            var allowed = allowed("", tree(flat), policy);
            resolveSchemas(allowed, RootUri.ofPath(asServer).text());
            return policy.permitted("", allowed, _ -> {});
        } catch (IOException | JsonParseException _) {
            return JsonNull.INSTANCE;
        }
    }

    /// Turns dotted names into nested objects and drops settings for a single language
    /// (`[python]`).
    private static JsonObject tree(JsonObject flat) {
        var tree = new JsonObject();
        flat.asMap()
                .forEach((name, value) -> {
                    if (!name.startsWith("[")) {
                        put(tree, List.of(name.split("\\.", -1)), value);
                    }
                });
        return tree;
    }

    private static void put(JsonObject tree, List<String> path, JsonElement value) {
        var at = tree;
        for (var part : path.subList(0, path.size() - 1)) {
            if (!(at.get(part) instanceof JsonObject)) {
                at.add(part, new JsonObject());
            }
            at = at.getAsJsonObject(part);
        }
        var last = path.getLast();
        var known = at.get(last);
        at.add(last, known == null ? value : SettingsTree.overlaid(known, value));
    }

    private static JsonObject allowed(String name, JsonObject settings, SettingsPolicy policy) {
        var allowed = new JsonObject();
        settings.asMap()
                .forEach((member, value) -> {
                    var path = name.isEmpty() ? member : name + "." + member;
                    if (policy.isForProjects(path)) {
                        allowed.add(member, value);
                    } else if (value instanceof JsonObject object) {
                        var below = allowed(path, object, policy);
                        if (!below.isEmpty()) {
                            allowed.add(member, below);
                        }
                    }
                });
        return allowed;
    }

    /// Paths of schemas (`json.schemas`) are relative to the workspace's root; the server needs
    /// URIs.
    private static void resolveSchemas(JsonObject settings, String root) {
        if (JsonPath.at(settings, "json.schemas") instanceof JsonArray schemas) {
            for (var schema : schemas) {
                if (schema instanceof JsonObject object
                        && object.get("url") instanceof JsonPrimitive url
                        && url.isString()
                        && (url.getAsString().startsWith("./")
                                || url.getAsString().startsWith("/"))) {
                    var path = url.getAsString();
                    object.addProperty("url", root + path.substring(path.indexOf('/')));
                }
            }
        }
    }
}

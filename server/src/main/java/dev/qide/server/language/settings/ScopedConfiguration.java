package dev.qide.server.language.settings;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.ServerDeclaration;
import dev.qide.server.language.rewrite.RootUri;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The declared configuration of a running language server, for the workspace and for single
/// documents. Thread-safe.
///
/// @param declared the configuration with its placeholders filled in
/// @param folders the differences for documents of some folders
/// @param directory the workspace's directory
/// @param asServer the workspace's path as the language server sees it
public record ScopedConfiguration(
        JsonElement declared,
        List<ServerDeclaration.FolderConfiguration> folders,
        Path directory,
        String asServer) {
    public ScopedConfiguration {
        folders = List.copyOf(folders);
    }

    /// @param scopeUri the URI of the document or folder, as the server writes it; null for the
    ///   workspace
    public JsonElement of(@Nullable String scopeUri) {
        var path = scopeUri == null || folders.isEmpty() ? null : pathOf(scopeUri);
        var configuration = declared;
        if (path != null) {
            var search = UpwardSearch.from(directory, path);
            for (var one : folders) {
                var folder = search.nearest(one.files(), one.unless());
                if (folder != null) {
                    var place = asServer(search.root().relativize(folder));
                    configuration =
                            SettingsTree.overlaid(
                                    configuration, filled(one.configuration(), place));
                }
            }
        }
        return configuration;
    }

    /// The path in the workspace for a server's URI; null when it is outside.
    @Nullable String pathOf(String uri) {
        int end = RootUri.ofPath(asServer).matchEnd(uri, 0);
        return end < 0 || end == uri.length()
                ? null
                : RootUri.decoded(uri, end, uri.length()).substring(1);
    }

    private String asServer(Path relative) {
        return relative.toString().isEmpty() ? asServer : asServer + "/" + relative;
    }

    private static JsonElement filled(JsonElement json, String folder) {
        return switch (json) {
            case JsonObject object -> {
                var copy = new JsonObject();
                object.asMap().forEach((name, value) -> copy.add(name, filled(value, folder)));
                yield copy;
            }
            case JsonArray array -> {
                var copy = new JsonArray();
                array.forEach(element -> copy.add(filled(element, folder)));
                yield copy;
            }
            case JsonPrimitive text when text.isString() ->
                    new JsonPrimitive(text.getAsString().replace("${folder}", folder));
            default -> json;
        };
    }
}

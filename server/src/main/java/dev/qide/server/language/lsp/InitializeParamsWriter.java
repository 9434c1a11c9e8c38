package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.language.WorkspaceFolder;
import dev.qide.server.language.process.ServerLauncher;
import dev.qide.server.language.rewrite.RootUri;
import dev.qide.server.language.settings.ProjectSettings;
import dev.qide.server.language.settings.ScopedConfiguration;
import dev.qide.server.language.settings.SettingsTree;
import org.jspecify.annotations.Nullable;

/// What a server is told of itself, its workspace and its client by `initialize`.
///
/// The client's own root and process id never reach a server; [ClientSettings] says what of its
/// initialization options does. Thread-safe.
final class InitializeParamsWriter {
    private InitializeParamsWriter() {}

    /// The parameters of `initialize` (LSP 3.18).
    ///
    /// @param client the client's own parameters, null when the session answered it
    static JsonObject params(
            ServerContext context, ServerLauncher.Launched launched, @Nullable JsonObject client) {
        var server = context.server();
        var folder = context.folder();
        var params = new JsonObject();
        params.add("processId", JsonNull.INSTANCE);
        params.addProperty("rootPath", launched.workspace());
        params.addProperty("rootUri", RootUri.ofPath(launched.workspace()).text());
        params.add("workspaceFolders", folders(folder, launched));
        var options =
                ServerLauncher.filled(server.settings().initializationOptions(), launched, folder);
        params.add("initializationOptions", options);
        if (client == null) {
            params.add("capabilities", routed(context));
            return params;
        }
        client.asMap()
                .forEach((name, value) -> {
                    if (!params.has(name)) {
                        params.add(name, value);
                    }
                });
        if (!params.has("capabilities")) {
            params.add("capabilities", new JsonObject());
        }
        return params;
    }

    static DefaultClientResponses requests(
            ServerContext context, ServerLauncher.Launched launched, @Nullable JsonObject client) {
        var capabilities =
                client == null
                        ? RoutedCapabilities.answeredByEditor(
                                routed(context), context.client().capabilities())
                        : new JsonObject();
        if (client != null && client.get("capabilities") instanceof JsonObject announced) {
            capabilities = announced;
        }
        var settings = context.server().settings();
        var configuration =
                new ScopedConfiguration(
                        SettingsTree.overlaid(
                                ServerLauncher.filled(
                                        settings.configuration(), launched, context.folder()),
                                ProjectSettings.of(
                                        context.folder().directory(),
                                        launched.workspace(),
                                        settings.policy())),
                        settings.folderConfiguration(),
                        context.folder().directory(),
                        launched.workspace());
        return new DefaultClientResponses(
                capabilities, configuration, folders(context.folder(), launched));
    }

    /// The root URI that a client names: `workspaceFolders[0]`, else `rootUri`, else none.
    static RootUri clientRoot(JsonObject initialize) {
        JsonElement root = initialize.get("rootUri");
        if (initialize.get("workspaceFolders") instanceof JsonArray folders
                && !folders.isEmpty()
                && folders.get(0) instanceof JsonObject first) {
            root = first.get("uri");
        }
        return RootUri.ofClient(root != null && root.isJsonPrimitive() ? root.getAsString() : null);
    }

    private static JsonObject routed(ServerContext context) {
        return RoutedCapabilities.of(
                context.client().capabilities(), context.server().settings().client());
    }

    private static JsonArray folders(WorkspaceFolder folder, ServerLauncher.Launched launched) {
        var first = new JsonObject();
        first.addProperty("uri", RootUri.ofPath(launched.workspace()).text());
        first.addProperty("name", folder.name());
        var folders = new JsonArray();
        folders.add(first);
        return folders;
    }
}

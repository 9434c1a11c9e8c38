package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.SessionMode;
import dev.qide.server.language.process.ServerLauncher;
import dev.qide.server.language.rewrite.RootUri;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a server is told of itself, its workspace and its client by `initialize`.
///
/// The client's own root, process id and initialization options never reach a server: options may
/// name executables. Thread-safe.
final class InitializeParamsWriter {
    private static final String PROXY_CAPABILITIES =
            Declarations.resource("proxy-capabilities.json");

    private InitializeParamsWriter() {}

    /// The parameters of `initialize` (LSP 3.18).
    ///
    /// @param client the client's own parameters, null when the session answered it
    static JsonObject params(
            ServerContext context, ServerLauncher.Launched launched, @Nullable JsonObject client) {
        var server = context.server();
        var params = new JsonObject();
        params.add("processId", JsonNull.INSTANCE);
        params.addProperty("rootPath", launched.workspace());
        params.addProperty("rootUri", RootUri.ofPath(launched.workspace()).text());
        params.add(
                "workspaceFolders", new ScopedConfiguration(context, launched).workspaceFolders());
        var options = ServerLauncher.filled(server.settings().initializationOptions(), launched);
        params.add("initializationOptions", options);
        if (client == null) {
            var fixed = JsonParser.parseString(PROXY_CAPABILITIES).getAsJsonObject();
            Declarations.merge(fixed, server.settings().client());
            params.add("capabilities", fixed);
            return params;
        }
        client.asMap()
                .forEach((name, value) -> {
                    if (!params.has(name)) {
                        params.add(name, value);
                    }
                });
        params.add("capabilities", capabilities(params, launched));
        return params;
    }

    static DefaultClientResponses requests(
            ServerContext context, ServerLauncher.Launched launched, @Nullable JsonObject client) {
        var capabilities = new JsonObject();
        if (client != null && client.get("capabilities") instanceof JsonObject announced) {
            capabilities = announced;
        } else if (context.mode() == SessionMode.ROUTED_WITH_EDITS) {
            var workspace = new JsonObject();
            workspace.addProperty("applyEdit", true);
            capabilities.add("workspace", workspace);
        }
        return new DefaultClientResponses(capabilities, new ScopedConfiguration(context, launched));
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

    /// What the client announced. The settings and folders of a server of Python are answered in
    /// the client's place, whatever it announced of them.
    private static JsonElement capabilities(JsonObject params, ServerLauncher.Launched launched) {
        var capabilities =
                params.get("capabilities") instanceof JsonObject announced
                        ? announced.deepCopy()
                        : new JsonObject();
        if (launched.python() != null) {
            var workspace =
                    capabilities.get("workspace") instanceof JsonObject announced
                            ? announced
                            : new JsonObject();
            workspace.addProperty("configuration", true);
            workspace.addProperty("workspaceFolders", true);
            capabilities.add("workspace", workspace);
        }
        return capabilities;
    }

    /// What follows the answer to `initialize`: `initialized`, and the configuration.
    static List<String> initialized(ServerContext context, ServerLauncher.Launched launched) {
        var settings = new JsonObject();
        settings.add("settings", new ScopedConfiguration(context, launched).settings());
        return List.of(
                MessageWriter.notification("initialized", new JsonObject()),
                MessageWriter.notification("workspace/didChangeConfiguration", settings));
    }
}

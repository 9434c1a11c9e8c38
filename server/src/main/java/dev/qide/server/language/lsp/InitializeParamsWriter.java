package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.qide.server.language.JsonPath;
import dev.qide.server.language.process.RunningServer;
import dev.qide.server.language.process.ServerLauncher;
import dev.qide.server.language.rewrite.RootUri;
import org.jspecify.annotations.Nullable;

/// Writes the parameters of `initialize` for a server.
///
/// The client's own root and process id never reach a server; [ClientSettings] filters its
/// initialization options. Thread-safe.
final class InitializeParamsWriter {
    private InitializeParamsWriter() {}

    /// The parameters of `initialize` (LSP 3.18).
    ///
    /// @param configuration the server's settings and workspace folders
    /// @param client the client's own parameters, null when the session itself answered the client
    static JsonObject params(
            ServerContext context,
            ServerLauncher.Launched launched,
            ServerConfiguration configuration,
            @Nullable JsonObject client) {
        var server = context.server();
        var params = new JsonObject();
        params.add("processId", JsonNull.INSTANCE);
        params.addProperty("rootPath", configuration.rootPath());
        params.addProperty("rootUri", RootUri.ofPath(configuration.rootPath()).text());
        params.add("workspaceFolders", configuration.workspaceFolders());
        var options = ServerLauncher.filled(server.settings().initializationOptions(), launched);
        params.add("initializationOptions", options);
        if (client == null) {
            params.add("capabilities", routed(context));
            return params;
        }
        client.asMap()
                .forEach((name, value) -> {
                    // Go's and .NET's decoders ignore the case of names.
                    if (params.keySet().stream().noneMatch(name::equalsIgnoreCase)) {
                        params.add(name, value);
                    }
                });
        params.add("capabilities", capabilities(params, launched));
        return params;
    }

    static DefaultClientResponses requests(
            ServerContext context, ServerLauncher.Launched launched, ClientHandshake handshake) {
        var client = handshake.initialize();
        var capabilities =
                client == null
                        ? RoutedCapabilities.answeredByEditor(
                                routed(context), context.client().capabilities())
                        : new JsonObject();
        if (client != null && client.get("capabilities") instanceof JsonObject announced) {
            capabilities = announced;
        }
        return new DefaultClientResponses(
                capabilities, new ServerConfiguration(context, launched, handshake.folders()));
    }

    /// The form in which a client names files, according to its capabilities.
    static RunningServer.RootlessUris clientUris(ServerContext context, ClientHandshake handshake) {
        var client = handshake.initialize();
        var capabilities =
                client == null
                        ? RoutedCapabilities.read(context.client().capabilities())
                        : client.get("capabilities");
        boolean showsExternalDocuments =
                capabilities instanceof JsonObject object
                        && object.get("workspace") instanceof JsonObject workspace
                        && workspace.get("textDocumentContent") instanceof JsonObject;
        return new RunningServer.RootlessUris(handshake.root(), showsExternalDocuments);
    }

    private static JsonObject routed(ServerContext context) {
        return RoutedCapabilities.of(
                context.client().capabilities(), context.server().settings().client());
    }

    /// The client's capabilities. Requests for settings and folders by a Python server are answered
    /// in the client's place, whatever the client announced. Positions are in UTF-16 units, as in
    /// every copy of a text that this server keeps.
    private static JsonElement capabilities(JsonObject params, ServerLauncher.Launched launched) {
        var capabilities =
                params.get("capabilities") instanceof JsonObject announced
                        ? announced.deepCopy()
                        : new JsonObject();
        var encodings = new JsonArray();
        encodings.add("utf-16");
        JsonPath.member(capabilities, "general").add("positionEncodings", encodings);
        // clangd's older name.
        capabilities.remove("offsetEncoding");
        if (launched.python() != null) {
            var workspace = JsonPath.member(capabilities, "workspace");
            workspace.addProperty("configuration", true);
            workspace.addProperty("workspaceFolders", true);
        }
        return capabilities;
    }
}

package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.Map;

/// The table of what language servers request, and what they are answered in an editor's place.
///
/// A server may die of an error, so every request gets a result: `null` where nothing better is
/// known. Owned by one thread.
public final class DefaultClientResponses {
    /// Which of the client's capabilities says that it takes a request; `*` stands for the dynamic
    /// registration of each method that is to be registered.
    private static final Map<String, String> ANNOUNCED_BY =
            Map.ofEntries(
                    Map.entry("client/registerCapability", "*"),
                    Map.entry("client/unregisterCapability", "*"),
                    Map.entry("window/workDoneProgress/create", "window.workDoneProgress"),
                    Map.entry("window/showMessageRequest", "window.showMessage"),
                    Map.entry("window/showDocument", "window.showDocument.support"),
                    Map.entry("workspace/applyEdit", "workspace.applyEdit"),
                    Map.entry(
                            "workspace/semanticTokens/refresh",
                            "workspace.semanticTokens.refreshSupport"),
                    Map.entry("workspace/codeLens/refresh", "workspace.codeLens.refreshSupport"),
                    Map.entry("workspace/inlayHint/refresh", "workspace.inlayHint.refreshSupport"),
                    Map.entry(
                            "workspace/inlineValue/refresh",
                            "workspace.inlineValue.refreshSupport"),
                    Map.entry(
                            "workspace/foldingRange/refresh",
                            "workspace.foldingRange.refreshSupport"),
                    Map.entry(
                            "workspace/diagnostic/refresh",
                            "workspace.diagnostics.refreshSupport"));

    private final JsonObject clientCapabilities;
    private final ScopedConfiguration configuration;

    /// @param clientCapabilities empty when nothing is to be forwarded
    DefaultClientResponses(JsonObject clientCapabilities, ScopedConfiguration configuration) {
        this.clientCapabilities = clientCapabilities;
        this.configuration = configuration;
    }

    /// Whether the editor itself is to be asked.
    boolean isForEditor(String method, JsonObject params) {
        var announcedBy = ANNOUNCED_BY.get(method);
        if (announcedBy == null) {
            return false;
        }
        if (!announcedBy.equals("*")) {
            return isAnnounced(announcedBy);
        }
        // The specification spells it "unregisterations".
        for (var name : new String[] {"registrations", "unregisterations"}) {
            if (params.get(name) instanceof JsonArray registrations) {
                return registrations.asList().stream().allMatch(this::isDynamic);
            }
        }
        return false;
    }

    /// The result that a server gets in the editor's place.
    JsonElement answer(String method, JsonObject params) {
        return switch (method) {
            case "workspace/configuration" -> configuration(params);
            case "workspace/workspaceFolders" -> configuration.workspaceFolders();
            case "workspace/applyEdit" -> refusal("applied");
            case "window/showDocument" -> refusal("success");
            default -> JsonNull.INSTANCE;
        };
    }

    private JsonElement configuration(JsonObject params) {
        var answers = new JsonArray();
        if (params.get("items") instanceof JsonArray items) {
            for (var item : items) {
                var section =
                        item instanceof JsonObject object && object.get("section") != null
                                ? object.get("section").getAsString()
                                : "";
                answers.add(at(configuration.settings(item), section));
            }
        }
        return answers;
    }

    private boolean isDynamic(JsonElement registration) {
        return registration instanceof JsonObject object
                && object.get("method") != null
                && isAnnounced(
                        object.get("method").getAsString().replace('/', '.')
                                + ".dynamicRegistration");
    }

    private boolean isAnnounced(String path) {
        var announced = at(clientCapabilities, path);
        return announced.isJsonObject()
                || (announced.isJsonPrimitive() && announced.getAsBoolean());
    }

    static JsonArray array(JsonObject params, String name) {
        return params.get(name) instanceof JsonArray array ? array : new JsonArray();
    }

    private static JsonElement at(JsonElement tree, String path) {
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

    private static JsonObject refusal(String member) {
        var refusal = new JsonObject();
        refusal.addProperty(member, false);
        return refusal;
    }
}

package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.qide.server.language.Declarations;
import dev.qide.server.language.JsonPath;
import java.util.List;

/// The `ClientCapabilities` (LSP 3.18) for a server of a session on `/ws`: the editor's own, since
/// the server's messages reach the editor, with these changes.
///
/// - Only Q-IDE registers features with the editor, so no feature of the editor has
///   `dynamicRegistration`; a server then announces everything in the result of `initialize`.
/// - What Q-IDE answers in the editor's place is announced: configuration, workspace folders,
///   watched files, and pulled diagnostics, unless the editor itself pulls ([#pullsDiagnostics]).
/// - Features that the editor leaves out have an empty entry, since some servers fail without.
final class RoutedCapabilities {
    private static final String OVERRIDES = Declarations.resource("routed-capabilities.json");
    private static final String DYNAMIC = "dynamicRegistration";

    /// Features that an editor may use without announcing them.
    private static final List<String> FEATURES =
            List.of(
                    "callHierarchy codeAction codeLens colorProvider completion declaration definition documentHighlight documentLink documentSymbol foldingRange formatting hover implementation inlayHint linkedEditingRange onTypeFormatting publishDiagnostics rangeFormatting references rename selectionRange signatureHelp typeDefinition typeHierarchy"
                            .split(" ", -1));

    private RoutedCapabilities() {}

    /// @param client the editor's `ClientCapabilities` as JSON text; anything but an object counts
    ///   as an empty one
    /// @param ofServer additional capabilities in the server's declaration
    static JsonObject of(String client, JsonObject ofServer) {
        var capabilities = read(client);
        for (var part : List.of("workspace", "textDocument", "window", "general")) {
            if (!(capabilities.get(part) instanceof JsonObject)) {
                capabilities.add(part, new JsonObject());
            }
        }
        capabilities.remove("notebookDocument");
        var textDocument = capabilities.getAsJsonObject("textDocument");
        for (var feature : FEATURES) {
            if (!(textDocument.get(feature) instanceof JsonObject)) {
                textDocument.add(feature, new JsonObject());
            }
        }
        withoutItemDefaultData(textDocument.getAsJsonObject("completion"));
        withoutRegistration(textDocument);
        withoutRegistration(capabilities.getAsJsonObject("workspace"));
        override(capabilities, JsonParser.parseString(OVERRIDES).getAsJsonObject());
        var own = read(client);
        if (pullsDiagnostics(own)) {
            restore(capabilities, own, "workspace", "diagnostics");
            restore(capabilities, own, "textDocument", "diagnostic");
            withoutRegistration(textDocument);
        }
        override(capabilities, ofServer);
        return capabilities;
    }

    /// The part of them that decides which requests of a server the editor itself answers.
    ///
    /// @param client the editor's `ClientCapabilities` as JSON text
    static JsonObject answeredByEditor(JsonObject capabilities, String client) {
        var own = capabilities.deepCopy();
        if (own.get("workspace") instanceof JsonObject workspace) {
            workspace.remove("didChangeWatchedFiles");
            workspace.remove("workspaceFolders");
            var announced = read(client);
            if (!pullsDiagnostics(announced)) {
                workspace.remove("diagnostics");
            }
            workspace.add("configuration", JsonPath.at(announced, "workspace.configuration"));
        }
        return own;
    }

    /// Whether an editor pulls diagnostics (`textDocument/diagnostic`) from the servers that answer
    /// pulls. Any other editor gets all diagnostics pushed.
    ///
    /// @param client its `ClientCapabilities`
    static boolean pullsDiagnostics(JsonObject client) {
        return JsonPath.isTrue(client, "textDocument.diagnostic." + DYNAMIC);
    }

    private static void restore(JsonObject capabilities, JsonObject own, String part, String name) {
        var holder = capabilities.getAsJsonObject(part);
        holder.remove(name);
        if (JsonPath.at(own, part + "." + name) instanceof JsonObject announced) {
            holder.add(name, announced);
        }
    }

    /// Capabilities from JSON text; empty when the text is no object.
    static JsonObject read(String client) {
        try {
            return JsonParser.parseString(client) instanceof JsonObject object
                    ? object
                    : new JsonObject();
        } catch (JsonParseException _) {
            return new JsonObject();
        }
    }

    /// Every completion item has its own `data`, which names the item's server.
    private static void withoutItemDefaultData(JsonObject completion) {
        if (completion.get("completionList") instanceof JsonObject list
                && list.get("itemDefaults") instanceof JsonArray defaults) {
            var kept = new JsonArray();
            defaults.forEach(name -> {
                if (!name.isJsonPrimitive() || !name.getAsString().equals("data")) {
                    kept.add(name);
                }
            });
            list.add("itemDefaults", kept);
        }
    }

    private static void withoutRegistration(JsonObject features) {
        features.entrySet()
                .forEach(feature -> {
                    if (feature.getValue() instanceof JsonObject options) {
                        options.remove(DYNAMIC);
                    }
                });
    }

    /// Copies the members of one object into another; unlike [Declarations#merge], the second
    /// object overrides.
    private static void override(JsonObject into, JsonObject from) {
        from.entrySet()
                .forEach(member -> {
                    if (into.get(member.getKey()) instanceof JsonObject present
                            && member.getValue() instanceof JsonObject added) {
                        override(present, added);
                    } else {
                        into.add(member.getKey(), member.getValue().deepCopy());
                    }
                });
    }
}

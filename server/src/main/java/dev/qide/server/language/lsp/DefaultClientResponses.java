package dev.qide.server.language.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.JsonPath;
import dev.qide.server.language.settings.ProjectStyle;
import dev.qide.server.language.settings.SettingsTree;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Answers the requests of language servers in place of the editor.
///
/// Some servers crash on an error response, so every request gets a result: `null` by default.
/// Owned by one thread.
public final class DefaultClientResponses {
    static final String CONFIGURATION = "workspace/configuration";

    /// The section in which TypeScript's server requests the style of a document, in which its
    /// quick fixes and refactorings write text.
    private static final String FORMATTING_OPTIONS = "formattingOptions";

    /// The client capability that allows each request to be forwarded; `*` stands for dynamic
    /// registration of the methods in the request. LSP has no capability for the request of
    /// TypeScript's server.
    private static final Map<String, String> ANNOUNCED_BY =
            Map.ofEntries(
                    Map.entry("client/registerCapability", "*"),
                    Map.entry("client/unregisterCapability", "*"),
                    Map.entry("window/workDoneProgress/create", "window.workDoneProgress"),
                    Map.entry("window/showMessageRequest", "window.showMessage"),
                    Map.entry("window/showDocument", "window.showDocument.support"),
                    Map.entry("workspace/applyEdit", "workspace.applyEdit"),
                    Map.entry(CONFIGURATION, "workspace.configuration"),
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
                            "workspace/diagnostic/refresh", "workspace.diagnostics.refreshSupport"),
                    Map.entry("_typescript.rename", "experimental._typescript.rename"));

    private final JsonObject clientCapabilities;
    private final ServerConfiguration declared;
    private JsonElement clientSettings = JsonNull.INSTANCE;

    /// @param clientCapabilities empty when nothing may be forwarded
    DefaultClientResponses(JsonObject clientCapabilities, ServerConfiguration declared) {
        this.clientCapabilities = clientCapabilities;
        this.declared = declared;
    }

    /// Whether the editor itself answers the request.
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

    /// Whether the editor creates files as a part of a workspace edit.
    boolean createsFiles() {
        var operations =
                JsonPath.at(clientCapabilities, "workspace.workspaceEdit.resourceOperations");
        return isAnnounced("workspace.workspaceEdit.documentChanges")
                && operations instanceof JsonArray array
                && array.contains(new JsonPrimitive("create"));
    }

    /// The result that a server gets without the editor.
    JsonElement answer(String method, JsonObject params) {
        return switch (method) {
            case CONFIGURATION -> configuration(params, new JsonArray(), (_, theirs) -> theirs);
            case "workspace/workspaceFolders" -> declared.workspaceFolders();
            case "workspace/applyEdit" -> refusal("applied");
            case "window/showDocument" -> refusal("success");
            default -> JsonNull.INSTANCE;
        };
    }

    /// The declared settings of the server for each folder, without the client's.
    ServerConfiguration declared() {
        return declared;
    }

    /// Replaces the client's settings; restricted ones have been removed.
    void configure(JsonElement settings) {
        clientSettings = settings;
    }

    /// The configuration of the whole workspace: the declared one, overlaid with the client's.
    JsonElement configuration() {
        return declared.completed(SettingsTree.overlaid(declared.of(null), clientSettings), null);
    }

    /// The result of `workspace/configuration`: ours, overlaid with the client's responses.
    ///
    /// @param params of the request, with the server's URIs
    /// @param answers of the client, one per item; missing or null ones leave ours
    /// @param permitted removes restricted settings from the response of a section
    JsonArray configuration(
            JsonObject params,
            JsonArray answers,
            BiFunction<String, JsonElement, JsonElement> permitted) {
        var result = new JsonArray();
        for (var item : array(params, "items")) {
            var section = Objects.requireNonNullElse(text(item, "section"), "");
            var scope = text(item, "scopeUri");
            var ours = SettingsTree.overlaid(declared.of(scope), clientSettings);
            var theirs =
                    result.size() < answers.size()
                            ? permitted.apply(section, answers.get(result.size()))
                            : JsonNull.INSTANCE;
            var all = SettingsTree.overlaid(ours, SettingsTree.of(section, theirs));
            var value = JsonPath.at(declared.completed(all, scope), section);
            result.add(section.equals(FORMATTING_OPTIONS) ? styled(item, value) : value);
        }
        return result;
    }

    /// Formatting options with the project's style, as in requests for formatting.
    private JsonElement styled(JsonElement item, JsonElement options) {
        var uri = text(item, "scopeUri");
        var style = uri == null ? null : declared.styleOf(uri);
        if (style == null) {
            return options;
        }
        var styled = options instanceof JsonObject given ? given.deepCopy() : new JsonObject();
        return ProjectStyle.putInto(styled, style) ? styled : options;
    }

    private boolean isDynamic(JsonElement registration) {
        return registration instanceof JsonObject object
                && object.get("method") instanceof JsonPrimitive method
                && isAnnounced(dynamicRegistration(method.getAsString()));
    }

    /// The client capability that allows a method to be registered (LSP 3.18).
    private static String dynamicRegistration(String method) {
        if (method.equals("workspace/didChangeWorkspaceFolders")) {
            return "workspace.workspaceFolders";
        }
        var capability =
                switch (method) {
                    case "textDocument/didOpen",
                            "textDocument/didChange",
                            "textDocument/didClose",
                            "textDocument/didSave",
                            "textDocument/willSave",
                            "textDocument/willSaveWaitUntil" ->
                            "textDocument.synchronization";
                    case "textDocument/prepareCallHierarchy" -> "textDocument.callHierarchy";
                    case "textDocument/prepareTypeHierarchy" -> "textDocument.typeHierarchy";
                    case "textDocument/documentColor" -> "textDocument.colorProvider";
                    case "textDocument/rangesFormatting" -> "textDocument.rangeFormatting";
                    case "workspace/willCreateFiles",
                            "workspace/didCreateFiles",
                            "workspace/willRenameFiles",
                            "workspace/didRenameFiles",
                            "workspace/willDeleteFiles",
                            "workspace/didDeleteFiles" ->
                            "workspace.fileOperations";
                    default -> method.replace('/', '.');
                };
        return capability + ".dynamicRegistration";
    }

    private boolean isAnnounced(String path) {
        var announced = JsonPath.at(clientCapabilities, path);
        return announced.isJsonObject()
                || (announced.isJsonPrimitive() && announced.getAsBoolean());
    }

    static JsonArray array(JsonObject params, String name) {
        return params.get(name) instanceof JsonArray array ? array : new JsonArray();
    }

    private static @Nullable String text(JsonElement item, String member) {
        return item instanceof JsonObject object
                        && object.get(member) instanceof JsonPrimitive text
                        && text.isString()
                ? text.getAsString()
                : null;
    }

    private static JsonObject refusal(String member) {
        var refusal = new JsonObject();
        refusal.addProperty(member, false);
        return refusal;
    }
}

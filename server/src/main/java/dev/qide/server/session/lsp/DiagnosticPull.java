package dev.qide.server.session.lsp;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.qide.server.language.LspMethod;
import dev.qide.wire.WireJson;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request for diagnostics (LSP 3.18, `textDocument/diagnostic` and `workspace/diagnostic`).
///
/// A client may register the diagnostics of several servers for the same documents. It tells them
/// apart by `identifier`: a server's own, or its language for a server that has none. Without an
/// identifier, the request is for all servers of the document.
///
/// @param message the request; not changed
/// @param identifier of the registration; null for none
public record DiagnosticPull(JsonObject message, @Nullable String identifier) {
    /// The request for the diagnostics of one document.
    public static final String METHOD = "textDocument/diagnostic";

    /// The request for the diagnostics of all documents.
    public static final String OF_WORKSPACE = "workspace/diagnostic";

    static final String PROVIDER = "diagnosticProvider";
    private static final String IDENTIFIER = "identifier";
    private static final String PREVIOUS = "previousResultId";

    /// @param json the whole request
    public static DiagnosticPull read(String json) {
        var message = WireJson.object(json);
        return new DiagnosticPull(
                message,
                message.get("params") instanceof JsonObject params
                                && params.get(IDENTIFIER) instanceof JsonPrimitive text
                        ? text.getAsString()
                        : null);
    }

    /// The servers that get the request.
    ///
    /// @param languages of the document's servers, or of all, in order
    public List<String> servers(
            Collection<String> languages, LspMethod method, SessionCapabilities capabilities) {
        return languages.stream()
                .filter(language -> capabilities.answers(language, method))
                .filter(language ->
                        identifier == null
                                || identifier.equals(
                                        identifier(language, capabilities.of(language))))
                .toList();
    }

    /// The request for one of its servers.
    ///
    /// @param isMerged whether several servers get it; a `previousResultId` then belongs to no
    ///   server, and the answers are complete
    public String toServer(JsonObject capabilities, boolean isMerged) {
        var text = message.deepCopy();
        if (text.get("params") instanceof JsonObject params) {
            if (ownIdentifier(capabilities.get(PROVIDER)) == null) {
                params.remove(IDENTIFIER);
            }
            if (isMerged) {
                params.remove(PREVIOUS);
            }
        }
        return text.toString();
    }

    /// The identifier under which a server's diagnostics are registered.
    static String identifier(String language, JsonObject capabilities) {
        var own = ownIdentifier(capabilities.get(PROVIDER));
        return own == null ? language : own;
    }

    private static @Nullable String ownIdentifier(@Nullable JsonElement options) {
        return options instanceof JsonObject object
                        && object.get(IDENTIFIER) instanceof JsonPrimitive text
                ? text.getAsString()
                : null;
    }
}

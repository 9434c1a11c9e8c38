package dev.qide.server.session;

import com.google.gson.JsonObject;
import dev.qide.server.language.LanguageHost;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import org.jspecify.annotations.Nullable;

/// `workspace/textDocumentContent` (LSP 3.18): the text of a read-only document outside the
/// workspace.
final class ExternalText {
    static final String METHOD = "workspace/textDocumentContent";
    static final String SCHEME = "qide-external";

    private ExternalText() {}

    static boolean isExternal(String uri) {
        return uri.startsWith(SCHEME + ":");
    }

    /// The request's result as JSON text.
    ///
    /// @throws FailureException `INVALID_PARAMS`, and those of [LanguageHost#readExternal]
    static String read(LanguageHost languages, Editor editor, @Nullable JsonObject params) {
        if (params == null || params.get("uri") == null || !params.get("uri").isJsonPrimitive()) {
            throw new FailureException(Failure.INVALID_PARAMS);
        }
        var result = new JsonObject();
        result.addProperty(
                "text",
                languages.readExternal(editor.workspace(), params.get("uri").getAsString()));
        return result.toString();
    }
}

package dev.qide.server.session.lsp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The root URI that a client uses for the workspace; it may be any, or none. A client never sees a
/// path of the server.
///
/// @param uri without a slash at the end; null for none: then `file:///src/main.py` is
///   `src/main.py`
public record ClientRoot(@Nullable String uri) {
    public static final ClientRoot NONE = new ClientRoot(null);

    /// The longest root. It is compared with every URI of a client's messages, and stands in those
    /// of a server in place of the workspace's.
    private static final int ROOT_CHARACTERS = 1_024;

    /// The root that the parameters of an `initialize` request name: `workspaceFolders[0]`, else
    /// `rootUri`.
    ///
    /// @throws FailureException `INVALID_PARAMS` when it is longer than 1,024 characters
    public static ClientRoot of(@Nullable JsonObject initialize) {
        if (initialize == null) {
            return NONE;
        }
        if (initialize.get("workspaceFolders") instanceof JsonArray folders
                && !folders.isEmpty()
                && folders.get(0) instanceof JsonObject folder) {
            return named(folder.get("uri"));
        }
        return named(initialize.get("rootUri"));
    }

    /// The path inside the workspace that a document's URI means, or null when it lies outside.
    public @Nullable String pathOf(String document) {
        var root = uri == null ? "file://" : uri;
        if (!document.startsWith(root + "/")) {
            return null;
        }
        try {
            return URLDecoder.decode(
                    document.substring(root.length() + 1).replace("+", "%2B"),
                    StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static ClientRoot named(@Nullable JsonElement uri) {
        if (uri == null || !uri.isJsonPrimitive() || uri.getAsString().isEmpty()) {
            return NONE;
        }
        var text = uri.getAsString();
        if (text.length() > ROOT_CHARACTERS) {
            throw new FailureException(
                    Failure.INVALID_PARAMS, Map.of("reason", "too-long", "member", "rootUri"));
        }
        var trimmed = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        return trimmed.equals("file://") || trimmed.equals("file:")
                ? NONE
                : new ClientRoot(trimmed);
    }
}

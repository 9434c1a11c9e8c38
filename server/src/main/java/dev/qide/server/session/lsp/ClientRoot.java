package dev.qide.server.session.lsp;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The root URI that a client uses for the workspace; it may be any, or none. A client never sees a
/// path of the server.
///
/// @param uri without a slash at the end; null for none: then `file:///src/main.py` is
///   `src/main.py`
public record ClientRoot(@Nullable String uri) {
    public static final ClientRoot NONE = new ClientRoot(null);

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
}

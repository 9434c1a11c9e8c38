package dev.qide.server.session.lsp;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The root URI that a client uses for the workspace: any URI, or none. A client never sees a path
/// of the server.
///
/// @param uri without a trailing slash; null for none, then `file:///src/main.py` means
///   `src/main.py`
public record ClientRoot(@Nullable String uri) {
    public static final ClientRoot NONE = new ClientRoot(null);

    /// The path in the workspace to which a document's URI refers; null when it is outside.
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

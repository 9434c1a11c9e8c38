package dev.qide.server.language;

import dev.qide.server.language.rewrite.RootUri;
import org.jspecify.annotations.Nullable;

/// The URIs of a client without a root, for which `file:///src/a.py` is `src/a.py`.
final class RootlessUris {
    private static final String ROOT = "file:///";

    private RootlessUris() {}

    /// @param path in the workspace
    static String of(String path) {
        return RootUri.ofPath("/" + path).text();
    }

    /// The path; null when the URI is outside the workspace.
    static @Nullable String path(String uri) {
        return uri.startsWith(ROOT) ? RootUri.decoded(uri, ROOT.length(), uri.length()) : null;
    }
}

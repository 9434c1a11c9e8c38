package dev.qide.server.language.rewrite;

import java.util.Set;

/// Folders of a project that contain installed packages, at any depth. Their files exist only on
/// disk, not as shared documents. Pure functions.
public final class PackageFolders {
    private static final Set<String> ANYWHERE = Set.of("node_modules", ".venv");

    /// A name that source folders have too. Below the root, such a folder counts only if it
    /// contains the library of a virtual environment.
    private static final String ENVIRONMENT = "venv";

    private static final Set<String> LIBRARIES = Set.of("lib", "lib64", "Lib");

    /// Characters that end a URI within a text. File URIs encode the colon; stopping at it keeps
    /// the scan of a text with many URIs linear.
    private static final String BEHIND_URI = " \t\r\n\"<>`|:";

    /// Further such characters when the URI is not the whole text.
    private static final String BEHIND_LINK = ")]}";

    private PackageFolders() {}

    /// Whether a folder with this name can contain packages.
    public static boolean isName(String name) {
        return ANYWHERE.contains(name) || name.equals(ENVIRONMENT);
    }

    /// The end index of the first package folder in a path; -1 for none.
    ///
    /// @param path decoded, relative to the workspace
    public static int end(String path) {
        int from = 0;
        while (from < path.length()) {
            int slash = path.indexOf('/', from);
            int to = slash < 0 ? path.length() : slash;
            var name = path.substring(from, to);
            boolean isEnvironment =
                    name.equals(ENVIRONMENT) && (from == 0 || hasLibrary(path, to + 1));
            if (ANYWHERE.contains(name) || isEnvironment) {
                return to;
            }
            from = to + 1;
        }
        return -1;
    }

    /// The decoded path of a URI in a text, relative to the workspace.
    ///
    /// @param start the index of the URI
    /// @param from the index after the workspace's root
    public static String path(String text, int start, int from) {
        boolean isInText = start > 0 && text.charAt(start - 1) != '"';
        int to = from;
        while (to < text.length() && !isBehind(text.charAt(to), isInText)) {
            to++;
        }
        var path = text.substring(from, to);
        var decoded = RootUri.decoded(path, 0, path.length());
        return decoded.startsWith("/") ? decoded.substring(1) : decoded;
    }

    private static boolean isBehind(char c, boolean isInText) {
        return BEHIND_URI.indexOf(c) >= 0 || (isInText && BEHIND_LINK.indexOf(c) >= 0);
    }

    private static boolean hasLibrary(String path, int from) {
        if (from >= path.length()) {
            return false;
        }
        int slash = path.indexOf('/', from);
        return LIBRARIES.contains(path.substring(from, slash < 0 ? path.length() : slash));
    }
}

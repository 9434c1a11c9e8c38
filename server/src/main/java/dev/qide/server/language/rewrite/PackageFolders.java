package dev.qide.server.language.rewrite;

import java.util.Set;

/// Folders of a project that hold installed packages, at any depth: files on disk that are no
/// documents of anybody. Pure functions.
public final class PackageFolders {
    private static final Set<String> ANYWHERE = Set.of("node_modules", ".venv");

    /// A name that source folders have too: below the root it counts only with the library of a
    /// virtual environment in it.
    private static final String ENVIRONMENT = "venv";

    private static final Set<String> LIBRARIES = Set.of("lib", "lib64", "Lib");

    /// Characters behind a URI in a text. A colon, which URIs of files have encoded, keeps the
    /// reading of a text with many URIs linear.
    private static final String BEHIND_URI = " \t\r\n\"<>`|:";

    /// The same, where the URI is not the whole text.
    private static final String BEHIND_LINK = ")]}";

    private PackageFolders() {}

    /// Whether a folder of this name can hold packages.
    public static boolean isName(String name) {
        return ANYWHERE.contains(name) || name.equals(ENVIRONMENT);
    }

    /// The index behind the first package folder of a path; -1 for none.
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

    /// The decoded path, relative to the workspace, of a URI in a text.
    ///
    /// @param start where the URI begins
    /// @param from behind the workspace's root
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

package dev.qide.server.language.settings;

/// A pattern for file names in declarations: a name, in which one `*` stands for any characters.
public final class NamePattern {
    private NamePattern() {}

    public static boolean matches(String pattern, String name) {
        int star = pattern.indexOf('*');
        return star < 0
                ? name.equals(pattern)
                : name.length() >= pattern.length() - 1
                        && name.startsWith(pattern.substring(0, star))
                        && name.endsWith(pattern.substring(star + 1));
    }

    /// Whether the end of a path matches: `.vscode/*.json` matches each such file in every folder
    /// named `.vscode`.
    public static boolean matchesEnd(String pattern, String path) {
        var patterns = pattern.split("/", -1);
        var names = path.split("/", -1);
        int behind = names.length - patterns.length;
        if (behind < 0) {
            return false;
        }
        for (int i = 0; i < patterns.length; i++) {
            if (!matches(patterns[i], names[behind + i])) {
                return false;
            }
        }
        return true;
    }
}

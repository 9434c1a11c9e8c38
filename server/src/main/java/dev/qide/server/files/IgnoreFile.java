package dev.qide.server.files;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The rules of one `.gitignore` (gitignore(5)).
///
/// A file may have very many rules, and a rule may be crafted to be expensive. Rules that are a
/// plain name or path are therefore looked up, at most [#PATTERNS] others are tried one by one, and
/// [WildcardPattern] matches each in time proportional to pattern times name. Immutable.
final class IgnoreFile {
    /// The maximum number of rules with wildcards; the last ones count, since they overrule earlier
    /// ones.
    static final int PATTERNS = 1_000;

    private static final String[] NO_PARTS = {};

    private final Map<String, Rule> names = new HashMap<>();
    private final Map<String, Rule> paths = new HashMap<>();
    private final List<Rule> patterns = new ArrayList<>();

    /// One line.
    ///
    /// @param order of the line in the file: the last matching line decides
    /// @param parts of the pattern, one per name; a rule without `/` has one part and matches names
    ///   in any folder
    /// @param isForFolders whether it matches folders only
    /// @param before the rule that decides about files then: an earlier line with the same pattern
    private record Rule(
            int order,
            String[] parts,
            boolean isAnchored,
            boolean isIgnoring,
            boolean isForFolders,
            @Nullable Rule before) {
        boolean matches(String name, String[] path) {
            return isAnchored
                    ? WildcardPattern.matchesPath(parts, path)
                    : WildcardPattern.matches(parts[0], name);
        }
    }

    private IgnoreFile() {}

    static IgnoreFile parse(byte[] bytes) {
        var file = new IgnoreFile();
        int order = 0;
        var text = new String(bytes, StandardCharsets.UTF_8);
        for (var line : (text.startsWith("\uFEFF") ? text.substring(1) : text).split("\n", -1)) {
            file.add(order++, line);
        }
        int surplus = file.patterns.size() - PATTERNS;
        if (surplus > 0) {
            file.patterns.subList(0, surplus).clear();
        }
        return file;
    }

    /// @param path relative to the file's folder
    /// @return whether it is ignored; null when no rule matches
    @Nullable Boolean isIgnored(String path, boolean isFolder) {
        var name = path.substring(path.lastIndexOf('/') + 1);
        var decides =
                later(matching(names.get(name), isFolder), matching(paths.get(path), isFolder));
        var parts = patterns.isEmpty() ? NO_PARTS : path.split("/", -1);
        for (var rule : patterns.reversed()) {
            if (decides != null && decides.order() > rule.order()) {
                break;
            }
            if ((isFolder || !rule.isForFolders()) && rule.matches(name, parts)) {
                return rule.isIgnoring();
            }
        }
        return decides == null ? null : decides.isIgnoring();
    }

    private static @Nullable Rule matching(@Nullable Rule rule, boolean isFolder) {
        var at = rule;
        while (at != null && at.isForFolders() && !isFolder) {
            at = at.before();
        }
        return at;
    }

    private static @Nullable Rule later(@Nullable Rule one, @Nullable Rule other) {
        return one == null || (other != null && other.order() > one.order()) ? other : one;
    }

    private void add(int order, String line) {
        var text = withoutBlanksAtEnd(line);
        boolean isIgnoring = !text.startsWith("!");
        if (text.isEmpty() || text.startsWith("#") || text.equals("/")) {
            return;
        }
        if (!isIgnoring) {
            text = text.substring(1);
        }
        boolean isForFolders = text.endsWith("/");
        if (isForFolders) {
            text = text.substring(0, text.length() - 1);
        }
        boolean isAnchored = text.indexOf('/') >= 0;
        if (text.startsWith("/")) {
            text = text.substring(1);
        }
        if (text.isEmpty()) {
            return;
        }
        boolean isPlain = !WildcardPattern.isIn(text);
        var table = isAnchored ? paths : names;
        // Of those that say the same the last one decides; one for folders alone leaves files to
        // the
        // last one before that is for both.
        var same = isPlain && isForFolders ? table.get(text) : null;
        var before = same != null && same.isForFolders() ? same.before() : same;
        var parts = isAnchored ? text.split("/", -1) : new String[] {text};
        var rule = new Rule(order, parts, isAnchored, isIgnoring, isForFolders, before);
        if (isPlain) {
            table.put(text, rule);
        } else {
            patterns.add(rule);
        }
    }

    /// Trailing blanks do not count unless the last one is quoted; a CR belongs to the line end.
    private static String withoutBlanksAtEnd(String line) {
        int end = line.endsWith("\r") ? line.length() - 1 : line.length();
        while (end > 0 && line.charAt(end - 1) == ' ') {
            boolean isQuoted = end > 1 && line.charAt(end - 2) == '\\';
            if (isQuoted) {
                break;
            }
            end--;
        }
        return line.substring(0, end);
    }
}

package dev.qide.server.files;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The rules of one `.gitignore` (gitignore(5)).
///
/// A file may hold very many rules, and a rule may be made to be tried in very many ways. So rules
/// that are a plain name or a plain path are looked up, at most [#PATTERNS] others are tried one
/// after the other, and [WildcardPattern] tries each in time that grows with pattern times name.
/// Immutable.
final class IgnoreFile {
    /// How many rules with wildcards count, the last ones, which overrule those before.
    static final int PATTERNS = 1_000;

    private static final String[] NO_PARTS = {};

    private final Map<String, Rule> names = new HashMap<>();
    private final Map<String, Rule> paths = new HashMap<>();
    private final List<Rule> patterns = new ArrayList<>();

    /// One line.
    ///
    /// @param order of the file's lines: the last that means a path decides
    /// @param parts of the pattern, one for each name; a rule without `/` has one and means names
    ///   in any folder
    /// @param isForFolders whether it means folders alone
    /// @param before what decides about files then: an earlier line that says the same
    private record Rule(
            int order,
            String[] parts,
            boolean isAnchored,
            boolean isIgnoring,
            boolean isForFolders,
            @Nullable Rule before) {
        boolean means(String name, String[] path) {
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

    /// @param path from the file's folder on
    /// @return whether it is ignored; null when no rule means it
    @Nullable Boolean isIgnored(String path, boolean isFolder) {
        var name = path.substring(path.lastIndexOf('/') + 1);
        var decides = later(meant(names.get(name), isFolder), meant(paths.get(path), isFolder));
        var parts = patterns.isEmpty() ? NO_PARTS : path.split("/", -1);
        for (var rule : patterns.reversed()) {
            if (decides != null && decides.order() > rule.order()) {
                break;
            }
            if ((isFolder || !rule.isForFolders()) && rule.means(name, parts)) {
                return rule.isIgnoring();
            }
        }
        return decides == null ? null : decides.isIgnoring();
    }

    private static @Nullable Rule meant(@Nullable Rule rule, boolean isFolder) {
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

    /// Blanks at the end mean nothing unless the last one is quoted; a CR belongs to the line's
    /// end.
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

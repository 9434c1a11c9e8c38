package dev.qide.server.files;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A search text, and the files to search. Owned by one thread at a time.
public final class SearchPattern {
    private static final int QUERY_CHARACTERS = 1_000;

    /// The maximum number of path patterns in a query.
    private static final int GLOBS = 100;

    /// The maximum number of steps of a matcher that read no character, at one position. The
    /// largest file is then searched in about a minute, whatever the expression.
    private static final int STEPS = 2_000;

    private static final String WORD = "[\\p{L}\\p{N}_]";

    private final Pattern text;
    private final @Nullable Pattern includes;
    private final @Nullable Pattern excludes;
    private final Deadline deadline;

    /// The query of a client.
    ///
    /// @param text the text to find
    /// @param isRegex whether it is a regular expression of `java.util.regex`, without the flag
    ///   `x`; `^` and `$` match at line ends
    /// @param isCaseSensitive whether upper and lower case differ
    /// @param isWord whether a letter, a digit or `_` may neither precede nor follow a match
    /// @param includes the files to search: `*` and `?` within a name, `**` across folders,
    ///   `{a,b}`; without `/` a pattern matches names in any folder, after a `/` at its start only
    ///   at the top; one that matches a folder matches everything in it; empty for all files
    /// @param excludes the files to leave out, in the same form
    /// @param limit the maximum number of matches, from 1 to [TextSearch#MATCHES_AT_MOST]
    public record Query(
            String text,
            boolean isRegex,
            boolean isCaseSensitive,
            boolean isWord,
            List<String> includes,
            List<String> excludes,
            int limit) {
        public Query {
            includes = List.copyOf(includes);
            excludes = List.copyOf(excludes);
        }
    }

    SearchPattern(Query query, Deadline deadline) {
        this.deadline = deadline;
        if (query.text().isEmpty() || query.text().length() > QUERY_CHARACTERS) {
            throw invalid("q", "1 to " + QUERY_CHARACTERS + " characters");
        }
        text = text(query);
        includes = paths("include", query.includes());
        excludes = paths("exclude", query.excludes());
    }

    Matcher matcher(CharSequence content) {
        return text.matcher(content);
    }

    /// Whether the query covers the file at this path.
    boolean isIn(String path) {
        return (includes == null || includes.matcher(deadline.exceeded(path)).matches())
                && (excludes == null || !excludes.matcher(deadline.exceeded(path)).matches());
    }

    private static Pattern text(Query query) {
        var source = query.isRegex() ? query.text() : Pattern.quote(query.text());
        if (query.isWord()) {
            source = "(?<!" + WORD + ")(?:" + source + ")(?!" + WORD + ")";
        }
        int flags = Pattern.MULTILINE | Pattern.UNIX_LINES;
        if (!query.isCaseSensitive()) {
            flags |= Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;
        }
        Pattern compiled;
        try {
            compiled = Pattern.compile(source, flags);
        } catch (PatternSyntaxException | StackOverflowError none) {
            throw invalid("q", "no-expression");
        }
        requireCheap("q", source);
        return compiled;
    }

    /// Refuses what a [Deadline] could not end, in an expression that compiles.
    private static void requireCheap(String parameter, String expression) {
        if (ExpressionCost.of(expression) > STEPS) {
            throw invalid(parameter, "too-complex");
        }
    }

    private static @Nullable Pattern paths(String parameter, List<String> globs) {
        if (globs.isEmpty()) {
            return null;
        }
        if (globs.size() > GLOBS) {
            throw invalid(parameter, "at most " + GLOBS);
        }
        // A pattern that matches a folder also selects its content.
        var all =
                globs.stream()
                        .map(glob -> "(?:" + path(parameter, glob) + ")(?:/.*)?")
                        .collect(Collectors.joining("|"));
        try {
            return Pattern.compile(all);
        } catch (PatternSyntaxException none) {
            throw invalid(parameter, "no-glob");
        }
    }

    private static String path(String parameter, String glob) {
        if (glob.isEmpty() || glob.length() > QUERY_CHARACTERS) {
            throw invalid(parameter, "1 to " + QUERY_CHARACTERS + " characters");
        }
        var out = new StringBuilder(glob.indexOf('/') < 0 ? "(?:.*/)?" : "");
        int open = 0;
        for (int i = glob.startsWith("/") ? 1 : 0; i < glob.length(); i++) {
            char one = glob.charAt(i);
            switch (one) {
                case '*' -> {
                    int stars = i;
                    while (i + 1 < glob.length() && glob.charAt(i + 1) == '*') {
                        i++;
                    }
                    boolean isFolders =
                            i > stars && i + 1 < glob.length() && glob.charAt(i + 1) == '/';
                    out.append(isFolders ? "(?:.*/)?" : i > stars ? ".*" : "[^/]*");
                    i += isFolders ? 1 : 0;
                }
                case '?' -> out.append("[^/]");
                case '{' -> {
                    open++;
                    out.append("(?:");
                }
                case '}' -> {
                    if (--open < 0) {
                        throw invalid(parameter, "no-glob");
                    }
                    out.append(')');
                }
                case ',' -> out.append(open > 0 ? "|" : ",");
                default -> out.append(Pattern.quote(String.valueOf(one)));
            }
        }
        if (open > 0) {
            throw invalid(parameter, "no-glob");
        }
        requireCheap(parameter, out.toString());
        return out.toString();
    }

    private static FailureException invalid(String parameter, String reason) {
        return new FailureException(
                Failure.INVALID_PARAMS, Map.of("parameter", parameter, "reason", reason));
    }
}

package dev.qide.server.files;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// A search text, and the files to search. Owned by one thread at a time.
public final class SearchPattern {
    private static final int QUERY_CHARACTERS = 1_000;
    private static final String WORD = "[\\p{L}\\p{N}_]";

    private final Pattern text;
    private final @Nullable Pattern paths;
    private final Deadline deadline;

    /// The query of a client.
    ///
    /// @param text the text to find
    /// @param isRegex whether it is a regular expression of `java.util.regex`; `^` and `$` match at
    ///   line ends
    /// @param isCaseSensitive whether upper and lower case differ
    /// @param isWord whether a letter, a digit or `_` may neither precede nor follow a match
    /// @param glob the files: `*` and `?` within a name, `**` across folders, `{a,b}`; without `/`
    ///   it matches names in any folder; null for all files
    public record Query(
            String text,
            boolean isRegex,
            boolean isCaseSensitive,
            boolean isWord,
            @Nullable String glob) {}

    SearchPattern(Query query, Deadline deadline) {
        this.deadline = deadline;
        if (query.text().isEmpty() || query.text().length() > QUERY_CHARACTERS) {
            throw invalid("q", "1 to " + QUERY_CHARACTERS + " characters");
        }
        text = text(query);
        var glob = query.glob();
        paths = glob == null || glob.isEmpty() ? null : paths(glob);
    }

    Matcher matcher(CharSequence content) {
        return text.matcher(content);
    }

    /// Whether the glob matches this path.
    boolean isIn(String path) {
        return paths == null || paths.matcher(deadline.exceeded(path)).matches();
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
        try {
            return Pattern.compile(source, flags);
        } catch (PatternSyntaxException | StackOverflowError none) {
            throw invalid("q", "no-expression");
        }
    }

    private static Pattern paths(String glob) {
        if (glob.length() > QUERY_CHARACTERS) {
            throw invalid("glob", "1 to " + QUERY_CHARACTERS + " characters");
        }
        var out = new StringBuilder(glob.indexOf('/') < 0 ? "(?:.*/)?" : "");
        int open = 0;
        for (int i = 0; i < glob.length(); i++) {
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
                    open--;
                    out.append(')');
                }
                case ',' -> out.append(open > 0 ? "|" : ",");
                default -> out.append(Pattern.quote(String.valueOf(one)));
            }
        }
        try {
            return Pattern.compile(out.toString());
        } catch (PatternSyntaxException none) {
            throw invalid("glob", "no-glob");
        }
    }

    private static FailureException invalid(String parameter, String reason) {
        return new FailureException(
                Failure.INVALID_PARAMS, Map.of("parameter", parameter, "reason", reason));
    }
}

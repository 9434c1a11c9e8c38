package dev.qide.server.files;

import java.util.Locale;

/// Scores paths against what somebody types to open a file: all characters have to occur in order,
/// whatever their case. Best are those in the file's name, at the beginnings of words, and side by
/// side. Linear in the path. Immutable.
final class PathPattern {
    /// The score of a path that lacks a character.
    static final int NO_MATCH = -1;

    private static final int IN_NAME = 10_000;
    private static final int WHOLE_NAME = 4_000;
    private static final int NAME_PREFIX = 2_000;
    private static final int CHARACTER = 1;
    private static final int SAME_CASE = 1;
    private static final int SIDE_BY_SIDE = 5;
    private static final int WORD_BEGINNING = 8;

    private final String query;
    private final String lower;

    PathPattern(String query) {
        this.query = query.replace(" ", "").replace('\\', '/');
        lower = this.query.toLowerCase(Locale.ROOT);
    }

    /// The greater, the better; [#NO_MATCH] when the path does not match.
    int score(String path) {
        if (lower.length() != query.length()) {
            // A character whose lower case is longer: only then is its position another.
            return path.contains(query) ? 0 : NO_MATCH;
        }
        int name = path.lastIndexOf('/') + 1;
        if (query.indexOf('/') < 0) {
            int inName = aligned(path, name);
            if (inName != NO_MATCH) {
                return IN_NAME + inName + whole(path, name);
            }
        }
        return aligned(path, 0);
    }

    private int whole(String path, int name) {
        if (!path.regionMatches(true, name, query, 0, query.length())) {
            return 0;
        }
        return path.length() - name == query.length() ? WHOLE_NAME : NAME_PREFIX;
    }

    /// The score of the match that ends first and, from its end, begins last.
    private int aligned(String path, int from) {
        int end = from - 1;
        for (int i = 0; i < lower.length(); i++) {
            do {
                end++;
            } while (end < path.length() && !isAt(path, end, i));
            if (end >= path.length()) {
                return NO_MATCH;
            }
        }
        int score = 0;
        int next = end + 2;
        int at = end;
        for (int i = lower.length() - 1; i >= 0; i--) {
            while (!isAt(path, at, i)) {
                at--;
            }
            score += CHARACTER + (path.charAt(at) == query.charAt(i) ? SAME_CASE : 0);
            score += at + 1 == next ? SIDE_BY_SIDE : 0;
            score += isWordBeginning(path, at) ? WORD_BEGINNING : 0;
            next = at--;
        }
        return score;
    }

    private boolean isAt(String path, int at, int index) {
        return Character.toLowerCase(path.charAt(at)) == lower.charAt(index);
    }

    private static boolean isWordBeginning(String path, int at) {
        if (at == 0) {
            return true;
        }
        char before = path.charAt(at - 1);
        char here = path.charAt(at);
        return !Character.isLetterOrDigit(before)
                || (Character.isUpperCase(here) && !Character.isUpperCase(before))
                || (Character.isDigit(here) && !Character.isDigit(before));
    }
}

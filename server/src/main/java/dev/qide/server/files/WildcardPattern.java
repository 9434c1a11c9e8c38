package dev.qide.server.files;

/// Matches names with the wildcards of gitignore(5): `*`, `?`, `[a-z]`, `[!a]`, `[[:digit:]]`, `\`
/// before a literal character, and `**` across folders.
///
/// Takes at most pattern times name steps: after a mismatch only the last `*` matches one character
/// more, since the last one can match whatever an earlier one could.
final class WildcardPattern {
    private static final String ANY_FOLDERS = "**";

    private WildcardPattern() {}

    /// Whether a pattern has wildcards.
    static boolean isIn(String pattern) {
        return pattern.chars().anyMatch(c -> "*?[\\".indexOf(c) >= 0);
    }

    /// Whether the names of a path match the parts; `**` matches any number of names, and at least
    /// one as the last part.
    static boolean matchesPath(String[] parts, String[] names) {
        int part = 0;
        int name = 0;
        int star = -1;
        int taken = 0;
        while (name < names.length) {
            if (part < parts.length && parts[part].equals(ANY_FOLDERS)) {
                if (part == parts.length - 1) {
                    return true;
                }
                star = part++;
                taken = name;
            } else if (part < parts.length && matches(parts[part], names[name])) {
                part++;
                name++;
            } else if (star >= 0) {
                part = star + 1;
                name = ++taken;
            } else {
                return false;
            }
        }
        return part == parts.length;
    }

    /// Whether a name matches the pattern.
    static boolean matches(String pattern, String name) {
        int at = 0;
        int in = 0;
        int star = -1;
        int taken = 0;
        while (in < name.length()) {
            int next = at < pattern.length() ? one(pattern, at, name.charAt(in)) : -1;
            if (at < pattern.length() && pattern.charAt(at) == '*') {
                star = at++;
                taken = in;
            } else if (next > 0) {
                at = next;
                in++;
            } else if (star >= 0) {
                at = star + 1;
                in = ++taken;
            } else {
                return false;
            }
        }
        while (at < pattern.length() && pattern.charAt(at) == '*') {
            at++;
        }
        return at == pattern.length();
    }

    /// The position in the pattern after the element that matches this character; -1 when it does
    /// not.
    private static int one(String pattern, int at, char c) {
        return switch (pattern.charAt(at)) {
            case '*' -> -1;
            case '?' -> at + 1;
            case '\\' -> at + 1 < pattern.length() && pattern.charAt(at + 1) == c ? at + 2 : -1;
            case '[' -> set(pattern, at, c);
            default -> pattern.charAt(at) == c ? at + 1 : -1;
        };
    }

    private static int set(String pattern, int open, char c) {
        int at = open + 1;
        boolean isNot = at < pattern.length() && "!^".indexOf(pattern.charAt(at)) >= 0;
        at += isNot ? 1 : 0;
        boolean isIn = false;
        for (int first = at; at < pattern.length(); ) {
            char low = pattern.charAt(at);
            if (low == ']' && at > first) {
                return isIn == isNot ? -1 : at + 1;
            }
            int named = low == '[' && pattern.startsWith("[:", at) ? pattern.indexOf(":]", at) : -1;
            if (named > 0) {
                isIn |= isOf(pattern.substring(at + 2, named), c);
                at = named + 2;
                continue;
            }
            at += low == '\\' && at + 1 < pattern.length() ? 1 : 0;
            low = pattern.charAt(at++);
            char high = low;
            if (at + 1 < pattern.length()
                    && pattern.charAt(at) == '-'
                    && pattern.charAt(at + 1) != ']') {
                at += pattern.charAt(at + 1) == '\\' && at + 2 < pattern.length() ? 2 : 1;
                high = pattern.charAt(at++);
            }
            isIn |= low <= c && c <= high;
        }
        // An unclosed set matches nothing.
        return -1;
    }

    private static boolean isOf(String kind, char c) {
        return switch (kind) {
            case "alnum" -> Character.isLetterOrDigit(c);
            case "alpha" -> Character.isLetter(c);
            case "digit" -> Character.isDigit(c);
            case "lower" -> Character.isLowerCase(c);
            case "upper" -> Character.isUpperCase(c);
            case "space", "blank" -> Character.isWhitespace(c);
            case "punct" -> c > ' ' && c < 0x7F && !Character.isLetterOrDigit(c);
            case "xdigit" -> Character.digit(c, 16) >= 0;
            case "cntrl" -> Character.isISOControl(c);
            default -> false;
        };
    }
}

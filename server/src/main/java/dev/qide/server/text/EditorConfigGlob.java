package dev.qide.server.text;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// The name of a section of an `.editorconfig`: `*` any string without `/`, `**` any string, `?`
/// any character but `/`, `[name]` and `[!name]` one of or none of the characters, `{a,b}` one of
/// the strings, `{1..9}` an integer between the two (any integer where they are more than 200
/// apart), `\` before a character that means itself. Immutable.
///
/// A name without `/` matches in every folder below; one with a `/` from the folder of the file.
///
/// It is matched as a nondeterministic automaton, all states at once: time is the product of the
/// lengths of name and path, whatever the name has.
public final class EditorConfigGlob {
    private static final int MANY_STATES = 4_096;
    private static final int LISTED_INTEGERS = 200;
    private static final int DEEPEST_BRACES = 8;

    /// One state: what it takes, and the state after that. `EPSILON` takes nothing and leads to
    /// both of its followers.
    private enum Kind {
        LITERAL,
        ANY,
        ANY_BUT_SLASH,
        ONE_OF,
        NONE_OF,
        DIGIT,
        EPSILON,
        ACCEPT
    }

    private record State(Kind kind, String characters, int next, int other) {
        boolean takes(char c) {
            return switch (kind) {
                case LITERAL -> characters.charAt(0) == c;
                case ANY -> true;
                case ANY_BUT_SLASH -> c != '/';
                case ONE_OF -> isListed(c);
                case NONE_OF -> c != '/' && !isListed(c);
                case DIGIT -> (c >= '0' && c <= '9') || c == '-';
                case EPSILON, ACCEPT -> false;
            };
        }

        private boolean isListed(char c) {
            for (int i = 0; i < characters.length(); i++) {
                boolean isRange = i + 2 < characters.length() && characters.charAt(i + 1) == '-';
                if (isRange && characters.charAt(i) <= c && c <= characters.charAt(i + 2)) {
                    return true;
                }
                if (characters.charAt(i) == c) {
                    return true;
                }
            }
            return false;
        }
    }

    private static final Pattern RANGE = Pattern.compile("([+-]?\\d{1,6})\\.\\.([+-]?\\d{1,6})");

    private final List<State> states = new ArrayList<>();
    private final int start;

    private EditorConfigGlob(String name) {
        int accept = add(Kind.ACCEPT, "", -1, -1);
        int slash = name.indexOf('/');
        boolean isAnywhere = slash < 0;
        var own = slash == 0 ? name.substring(1) : name;
        int first = compiled(own, accept, 0);
        start = isAnywhere ? anyFolders(first) : first;
    }

    static EditorConfigGlob of(String name) {
        return new EditorConfigGlob(name);
    }

    /// Whether the pattern matches a file.
    ///
    /// @param path relative to the folder of the `.editorconfig`, `/` between its parts
    public boolean matches(String path) {
        var now = new BitSet(states.size());
        follow(start, now);
        for (int i = 0; i < path.length() && !now.isEmpty(); i++) {
            var then = new BitSet(states.size());
            for (int at = now.nextSetBit(0); at >= 0; at = now.nextSetBit(at + 1)) {
                var state = states.get(at);
                if (state.takes(path.charAt(i))) {
                    follow(state.next(), then);
                }
            }
            now = then;
        }
        return now.get(0);
    }

    private void follow(int at, BitSet into) {
        if (at < 0 || into.get(at)) {
            return;
        }
        into.set(at);
        var state = states.get(at);
        if (state.kind() == Kind.EPSILON) {
            follow(state.next(), into);
            follow(state.other(), into);
        }
    }

    private int anyFolders(int first) {
        // Either nothing, or anything that ends with a slash.
        int slash = add(Kind.LITERAL, "/", first, -1);
        int loop = states.size() + 1;
        int any = add(Kind.ANY, "", loop, -1);
        add(Kind.EPSILON, "", any, slash);
        return add(Kind.EPSILON, "", first, loop);
    }

    /// The states of a name, from its end, so that each knows its follower.
    private int compiled(String name, int next, int depth) {
        var parts = parts(name, depth);
        int at = next;
        for (int i = parts.size() - 1; i >= 0; i--) {
            at = compiledPart(parts.get(i), at, depth);
        }
        return at;
    }

    private int compiledPart(String part, int next, int depth) {
        if (part.equals("**") || part.equals("*")) {
            int loop = states.size() + 1;
            int any = add(part.equals("**") ? Kind.ANY : Kind.ANY_BUT_SLASH, "", loop, -1);
            return add(Kind.EPSILON, "", any, next);
        }
        if (part.equals("?")) {
            return add(Kind.ANY_BUT_SLASH, "", next, -1);
        }
        if (part.length() > 2 && part.startsWith("[")) {
            boolean isNot = part.charAt(1) == '!';
            return add(
                    isNot ? Kind.NONE_OF : Kind.ONE_OF,
                    part.substring(isNot ? 2 : 1, part.length() - 1),
                    next,
                    -1);
        }
        if (part.length() > 2 && part.startsWith("{")) {
            return alternatives(part.substring(1, part.length() - 1), next, depth + 1);
        }
        return add(Kind.LITERAL, part.substring(part.length() - 1), next, -1);
    }

    private int alternatives(String inside, int next, int depth) {
        var range = RANGE.matcher(inside);
        if (range.matches()) {
            int low = Integer.parseInt(range.group(1));
            int high = Integer.parseInt(range.group(2));
            if (high - low > LISTED_INTEGERS || states.size() > MANY_STATES) {
                int loop = states.size() + 1;
                int digit = add(Kind.DIGIT, "", loop, -1);
                add(Kind.EPSILON, "", digit, next);
                return digit;
            }
            return oneOf(
                    IntStream.rangeClosed(low, high).mapToObj(Integer::toString).toList(),
                    next,
                    depth);
        }
        return oneOf(split(inside), next, depth);
    }

    private int oneOf(List<String> names, int next, int depth) {
        int at = -1;
        for (var one : names) {
            int first = compiled(one, next, depth);
            at = at < 0 ? first : add(Kind.EPSILON, "", first, at);
        }
        return at;
    }

    private int add(Kind kind, String characters, int next, int other) {
        states.add(new State(kind, characters, next, other));
        return states.size() - 1;
    }

    /// The parts of a name: wild cards, groups, and single characters, an escaped one with its `\`.
    private static List<String> parts(String name, int depth) {
        var parts = new ArrayList<String>();
        int at = 0;
        while (at < name.length()) {
            int to = partEnd(name, at, depth);
            parts.add(name.substring(at, to));
            at = to;
        }
        return parts;
    }

    private static int partEnd(String name, int at, int depth) {
        char c = name.charAt(at);
        int end =
                switch (c) {
                    case '\\' -> Math.min(at + 2, name.length());
                    case '*' -> name.startsWith("**", at) ? at + 2 : at + 1;
                    case '[' -> name.indexOf(']', at + 2) + 1;
                    case '{' -> depth < DEEPEST_BRACES ? braceEnd(name, at) : 0;
                    default -> at + 1;
                };
        return end <= at ? at + 1 : end;
    }

    /// The index behind the brace that closes a group with a comma or a range; 0 for none.
    private static int braceEnd(String name, int from) {
        int open = 0;
        boolean isGroup = false;
        for (int at = from; at < name.length(); at++) {
            switch (name.charAt(at)) {
                case '\\' -> at++;
                case '{' -> open++;
                case ',' -> isGroup = true;
                case '.' -> isGroup |= name.startsWith("..", at);
                case '}' -> {
                    if (--open == 0) {
                        return isGroup ? at + 1 : 0;
                    }
                }
                default -> {}
            }
        }
        return 0;
    }

    private static List<String> split(String inside) {
        var parts = new ArrayList<String>();
        int open = 0;
        int from = 0;
        for (int at = 0; at < inside.length(); at++) {
            switch (inside.charAt(at)) {
                case '\\' -> at++;
                case '{' -> open++;
                case '}' -> open--;
                case ',' -> {
                    if (open == 0) {
                        parts.add(inside.substring(from, at));
                        from = at + 1;
                    }
                }
                default -> {}
            }
        }
        parts.add(inside.substring(from));
        return parts;
    }
}

package dev.qide.server.files;

/// How many steps `java.util.regex` takes for an expression without reading a character. A
/// [Deadline] cannot end these: `(){60000}` repeats nothing 60,000 times, `(?:|)(?:|)` doubles the
/// ways to what follows with each group, and `(?<=\z.{0,9999})` looks back from each position.
///
/// Parses an expression that compiles. The result is an upper bound. Owned by one thread.
final class ExpressionCost {
    /// A part that reads a character, and fails without one.
    private static final Part CHARACTER = new Part(1, 0, 1);

    /// A part that matches without a character, such as `^` or a reference to a group.
    private static final Part EMPTY = new Part(1, 1, 0);

    private final String source;
    private int at;

    /// @param steps an upper bound of its steps between two characters that are read
    /// @param ways in how many ways it matches without a character
    /// @param length the largest number of characters that it matches
    private record Part(double steps, double ways, double length) {
        /// A part of which only the first match counts.
        Part atomic() {
            return new Part(steps, Math.min(1, ways), length);
        }

        /// A part that is tried at each of the preceding characters.
        Part behind() {
            return new Part((1 + length) * steps, 1, 0);
        }

        Part repeated(double min, double max) {
            return new Part(
                    ways == 0 ? steps : Math.max(1, min) * steps,
                    min == 0 ? ways + 1 : ways,
                    length == 0 ? 0 : max * length);
        }
    }

    private ExpressionCost(String source) {
        this.source = source;
    }

    /// The largest number of steps without reading a character; infinite for an expression with the
    /// flag `x`, whose comments are not parsed.
    static double of(String expression) {
        var parser = new ExpressionCost(unquoted(expression));
        double steps = parser.alternatives().steps();
        return parser.at == parser.source.length() ? steps : Double.POSITIVE_INFINITY;
    }

    /// The expression with escaped characters in place of `\Q…\E`, as [java.util.regex.Pattern]
    /// itself replaces them.
    private static String unquoted(String expression) {
        var out = new StringBuilder();
        boolean isQuoted = false;
        for (int i = 0; i < expression.length(); i++) {
            char next = expression.charAt(i);
            if (isQuoted && expression.startsWith("\\E", i)) {
                isQuoted = false;
                i++;
            } else if (isQuoted) {
                out.append(next < 0x80 && !Character.isLetterOrDigit(next) ? "\\" : "");
                out.append(next);
            } else if (expression.startsWith("\\Q", i)) {
                isQuoted = true;
                i++;
            } else if (next == '\\') {
                out.append(expression, i, i + 2);
                i++;
            } else {
                out.append(next);
            }
        }
        return out.toString();
    }

    private Part alternatives() {
        var all = sequence();
        while (isNext('|')) {
            at++;
            var next = sequence();
            all =
                    new Part(
                            all.steps() + next.steps(),
                            all.ways() + next.ways(),
                            Math.max(all.length(), next.length()));
        }
        return all;
    }

    private Part sequence() {
        double steps = 1;
        double reached = 1;
        double ways = 1;
        double length = 0;
        while (at < source.length() && !isNext('|') && !isNext(')')) {
            var part = quantified(one());
            steps += reached * part.steps();
            reached *= Math.max(1, part.ways());
            ways *= part.ways();
            length += part.length();
        }
        return new Part(steps, ways, length);
    }

    private Part quantified(Part part) {
        if (at >= source.length()) {
            return part;
        }
        double min = 0;
        double max = Double.POSITIVE_INFINITY;
        switch (source.charAt(at)) {
            case '?' -> max = 1;
            case '*' -> {}
            case '+' -> min = 1;
            case '{' -> {
                int end = source.indexOf('}', at);
                var bounds = source.substring(at + 1, end).split(",", -1);
                min = Double.parseDouble(bounds[0]);
                var last = bounds[bounds.length - 1];
                max = last.isEmpty() ? max : Double.parseDouble(last);
                at = end;
            }
            default -> {
                return part;
            }
        }
        at++;
        if (isNext('?') || isNext('+')) {
            at++;
        }
        return part.repeated(min, max);
    }

    private Part one() {
        switch (source.charAt(at)) {
            case '(' -> {
                return group();
            }
            case '[' -> skipClass();
            case '\\' -> {
                return escape();
            }
            case '^', '$' -> {
                at++;
                return EMPTY;
            }
            case '{' -> {
                // A second quantifier repeats nothing.
                return EMPTY;
            }
            default -> at++;
        }
        return CHARACTER;
    }

    private Part group() {
        at++;
        if (!isNext('?')) {
            return closed();
        }
        at += 2;
        return switch (source.charAt(at - 1)) {
            case ':' -> closed();
            case '>' -> closed().atomic();
            case '=', '!' -> new Part(closed().steps(), 1, 0);
            case '<' -> {
                if (isNext('=') || isNext('!')) {
                    at++;
                    yield closed().behind();
                }
                at = source.indexOf('>', at) + 1;
                yield closed();
            }
            default -> flags();
        };
    }

    private Part closed() {
        var content = alternatives();
        at++;
        return content;
    }

    private Part flags() {
        int begin = --at;
        while (at < source.length() && !isNext(':') && !isNext(')')) {
            at++;
        }
        if (source.substring(begin, at).indexOf('x') >= 0) {
            at = source.length() + 1;
            return EMPTY;
        }
        if (isNext(':')) {
            at++;
            return closed();
        }
        at++;
        return EMPTY;
    }

    private Part escape() {
        char kind = source.charAt(at + 1);
        at += 2;
        switch (kind) {
            case 'A', 'B', 'G', 'Z', 'z' -> {
                return EMPTY;
            }
            case 'b' -> {
                at += source.startsWith("{g}", at) ? 3 : 0;
                return EMPTY;
            }
            case 'k' -> {
                at = source.indexOf('>', at) + 1;
                return EMPTY;
            }
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' -> {
                while (at < source.length() && Character.isDigit(source.charAt(at))) {
                    at++;
                }
                return EMPTY;
            }
            case 'R' -> {
                return new Part(1, 0, 2);
            }
            case 'c' -> at++;
            case 'p', 'P', 'x', 'N' -> at = isNext('{') ? source.indexOf('}', at) + 1 : at;
            default -> {}
        }
        return CHARACTER;
    }

    /// A bracket directly after the opening one is a character of the class.
    private void skipClass() {
        at++;
        at += isNext('^') ? 1 : 0;
        for (int first = at; at < source.length() && (at == first || !isNext(']')); ) {
            if (isNext('[')) {
                skipClass();
            } else if (isNext('\\')) {
                var _ = escape();
            } else {
                at++;
            }
        }
        at++;
    }

    private boolean isNext(char one) {
        return at < source.length() && source.charAt(at) == one;
    }
}

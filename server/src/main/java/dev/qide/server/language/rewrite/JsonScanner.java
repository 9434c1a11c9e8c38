package dev.qide.server.language.rewrite;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Arrays;
import java.util.Map;

/// Scans JSON text (RFC 8259) from the first to the last character and reports the position of each
/// token, without building a tree or decoding strings. Checks every character, except inside values
/// that are nested too deeply and skipped. Owned by one thread.
public final class JsonScanner {
    /// The maximum nesting depth. Gson parses 255 levels, here and in editors with LSP4J; the
    /// marker of an item adds one ([ItemMarker]).
    static final int DEPTH_LEVELS = 254;

    /// Classes of characters inside strings; [#OF_NAMES] are the special characters that file names
    /// contain.
    private static final byte ORDINARY = 0;

    private static final byte OF_NAMES = 1;
    private static final byte ESCAPE = 2;
    private static final byte QUOTE = 3;
    private static final byte ILLEGAL = 4;
    private static final byte[] KINDS = kinds();

    private final String text;

    /// The same as an array, which is read twice as fast.
    private final char[] chars;

    private final Tokens tokens;
    private int at;

    private JsonScanner(String text, Tokens tokens) {
        this.text = text;
        this.chars = text.toCharArray();
        this.tokens = tokens;
    }

    /// A range of the text; the end is exclusive. The range of a string excludes its quotes.
    ///
    /// @param isPlain whether it is a string without `/`, `:` and `\\`. Most strings are plain, and
    ///   no plain string names a file
    public record Span(int from, int to, boolean isPlain) {
        static final Span NONE = new Span(0, 0);

        Span(int from, int to) {
            this(from, to, false);
        }

        public String of(String text) {
            return text.substring(from, to);
        }

        public boolean is(String text, String value) {
            return to - from == value.length()
                    && text.regionMatches(from, value, 0, value.length());
        }
    }

    /// Receives the tokens. Depth 1 is directly inside the outermost object; `name` is the member
    /// of a value or, inside an array, the member of the array.
    public interface Tokens {
        void name(int depth, Span name);

        void string(int depth, Span name, Span value);

        default void literal(int depth, Span name, Span value) {}

        default void opened(int depth, Span name, int from) {}

        default void closed(int depth, Span name, int to) {}

        /// An object or array exceeds the nesting depth. It is skipped without being checked,
        /// unless this throws.
        default void tooDeep() {
            throw new FailureException(Failure.MESSAGE_TOO_LARGE, Map.of("reason", "too-deep"));
        }
    }

    /// @throws FailureException `PARSE_ERROR` when the text is not JSON, `MESSAGE_TOO_LARGE` when
    ///   it exceeds the nesting depth and [Tokens#tooDeep] throws it
    public static void scan(String text, Tokens tokens) {
        var scanner = new JsonScanner(text, tokens);
        scanner.space();
        scanner.value(0, Span.NONE);
        scanner.space();
        if (scanner.at != text.length()) {
            throw scanner.malformed();
        }
    }

    private void value(int depth, Span name) {
        switch (peek()) {
            case '{' -> object(depth, name);
            case '[' -> array(depth, name);
            case '"' -> tokens.string(depth, name, string());
            case 't' -> literal(depth, name, "true");
            case 'f' -> literal(depth, name, "false");
            case 'n' -> literal(depth, name, "null");
            default -> number(depth, name);
        }
    }

    private void object(int depth, Span name) {
        if (isSkipped(depth)) {
            return;
        }
        open(depth, name);
        space();
        if (peek() != '}') {
            do {
                space();
                if (peek() != '"') {
                    throw malformed();
                }
                var member = string();
                tokens.name(depth + 1, member);
                space();
                expect(':');
                space();
                value(depth + 1, member);
                space();
            } while (isNext(','));
        }
        close('}', depth, name);
    }

    private void array(int depth, Span name) {
        if (isSkipped(depth)) {
            return;
        }
        open(depth, name);
        space();
        if (peek() != ']') {
            do {
                space();
                value(depth + 1, name);
                space();
            } while (isNext(','));
        }
        close(']', depth, name);
    }

    /// Skips an object or array that is too deep, without recursion.
    private boolean isSkipped(int depth) {
        if (depth < DEPTH_LEVELS) {
            return false;
        }
        tokens.tooDeep();
        int open = 0;
        do {
            switch (peek()) {
                case '"' -> string();
                case '{', '[' -> {
                    open++;
                    at++;
                }
                case '}', ']' -> {
                    open--;
                    at++;
                }
                default -> at++;
            }
        } while (open > 0);
        return true;
    }

    private void open(int depth, Span name) {
        tokens.opened(depth, name, at);
        at++;
    }

    private void close(char bracket, int depth, Span name) {
        expect(bracket);
        tokens.closed(depth, name, at);
    }

    private Span string() {
        int from = ++at;
        int seen = 0;
        while (true) {
            at = behindOrdinary(at);
            int kind = at < chars.length ? kind(chars[at]) : ILLEGAL;
            at++;
            switch (kind) {
                case OF_NAMES -> seen = kind;
                case ESCAPE -> {
                    seen = kind;
                    escape();
                }
                case QUOTE -> {
                    return new Span(from, at - 1, seen == 0);
                }
                default -> {
                    at--;
                    throw malformed();
                }
            }
        }
    }

    private int behindOrdinary(int from) {
        int end = chars.length;
        int i = from;
        while (i < end && kind(chars[i]) == ORDINARY) {
            i++;
        }
        return i;
    }

    private static int kind(char c) {
        return c < KINDS.length ? KINDS[c] : ORDINARY;
    }

    private static byte[] kinds() {
        var kinds = new byte[0x80];
        Arrays.fill(kinds, 0, ' ', ILLEGAL);
        kinds['/'] = OF_NAMES;
        kinds[':'] = OF_NAMES;
        kinds['\\'] = ESCAPE;
        kinds['"'] = QUOTE;
        return kinds;
    }

    private void escape() {
        char c = peek();
        at++;
        if (c != 'u') {
            if ("\"\\/bfnrt".indexOf(c) < 0) {
                throw malformed();
            }
            return;
        }
        for (int digit = 0; digit < 4; digit++, at++) {
            if (Character.digit(peek(), 16) < 0 || peek() > 'f') {
                throw malformed();
            }
        }
    }

    private void literal(int depth, Span name, String word) {
        if (!text.startsWith(word, at)) {
            throw malformed();
        }
        tokens.literal(depth, name, new Span(at, at + word.length()));
        at += word.length();
    }

    private void number(int depth, Span name) {
        int from = at;
        isNext('-');
        if (!isNext('0')) {
            digits();
        }
        if (isNext('.')) {
            digits();
        }
        if (isNext('e') || isNext('E')) {
            if (!isNext('+')) {
                isNext('-');
            }
            digits();
        }
        tokens.literal(depth, name, new Span(from, at));
    }

    private void digits() {
        int from = at;
        while (at < chars.length && chars[at] >= '0' && chars[at] <= '9') {
            at++;
        }
        if (at == from) {
            throw malformed();
        }
    }

    private void space() {
        while (at < chars.length && isSpace(chars[at])) {
            at++;
        }
    }

    private static boolean isSpace(char c) {
        return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
    }

    private char peek() {
        if (at >= chars.length) {
            throw malformed();
        }
        return chars[at];
    }

    private void expect(char c) {
        if (peek() != c) {
            throw malformed();
        }
        at++;
    }

    private boolean isNext(char c) {
        boolean isIt = at < chars.length && chars[at] == c;
        if (isIt) {
            at++;
        }
        return isIt;
    }

    private FailureException malformed() {
        return new FailureException(Failure.PARSE_ERROR, Map.of("offset", Integer.toString(at)));
    }
}
